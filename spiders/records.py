"""Makes records of what was extracted: case studies of a document, and the digests that name them."""

import hashlib
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from spiders.bodies import digest

ABSENT_WORDS = 150  # a page that says that it is not there has fewer
_ABSENT = re.compile(
    r"\A\W*(?:error\W*)?404(?=\W*\Z|\s*[:|–—-]|\s+(?:error|not|page))|"
    r"\b(?:page|file|content|post)\W+(?:(?:was|is|could|can)?\W*not|can.t|couldn.t)\W+(?:be\W+)?found\b|"
    r"\bpage\W+(?:no\W+longer|doesn.t|does\W+not)\W+exists?\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\W*(?:not found|nothing found|error|oops|sorry|page (?:missing|unavailable))\b", re.IGNORECASE
)
_ABSENT_TEXT = re.compile(
    r"\b(?:page|address|url|link|content|article|file)\b[^.!?]{0,60}?\b(?:"
    r"(?:can(?:not|.t)|could(?: not|n.t)) be found|(?:was|is) not found|not found on this server|"
    r"do(?:es not|esn.t) exist|no longer (?:exists?|available|here)|has been (?:re)?moved|may have (?:been )?moved)",
    re.IGNORECASE,
)
SAME_SHARE = 0.9  # of the five-word runs of two texts, for one to be the other's canonical page


def case_studies_of(
    record: dict[str, Any], sections: list[list[Any]], *, split: bool
) -> list[dict[str, Any]]:
    """Return the case studies of a document, from its sections: title, start, end, pages, confidence."""
    counts: dict[str, int] = {}
    found = []
    for position, (title, start, end, pages, confidence) in enumerate(sections):
        heading = str(title) if split else ""
        ordinal = counts[heading] = counts.get(heading, -1) + 1
        text = record["text"][start:end]
        found.append(
            {
                "case_study_id": digest16(record["document_id"], heading, str(ordinal)),
                **{key: record[key] for key in ("document_id", "source", "url", "published", "fetched_at")},
                "licence": record["licence"],
                "language": record["language"],
                "title": (str(title).strip() if split else "") or record["title"],
                "text": text,
                "start_char": start,
                "end_char": end,
                "pages": pages,
                "confidence": confidence,
                "position": position,
                "text_sha256": digest(text.encode()),
            }
        )
    return found


def title_of(text: str, url: str) -> str:
    """Return a title for a document that has none: its first line, or its address's last part."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    last = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    return line if 0 < len(line) <= 120 else last or line[:120]


def says_absent(title: str, text: str) -> bool:
    """Tell whether a page that was answered with 200 says that what was asked for is not there."""
    if len(text.split()) >= ABSENT_WORDS:
        return False
    return bool(_ABSENT.search(title) or (_VAGUE.match(title) and _ABSENT_TEXT.search(text)))


def alike(one: str, other: str) -> bool:
    """Tell whether two texts are one, but for a counter or a date."""
    if one == other:
        return True
    first, second = _runs(one), _runs(other)
    return len(first & second) >= SAME_SHARE * len(first | second) > 0


def _runs(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[place : place + 5]) for place in range(max(1, len(words) - 4))}


def digest16(*parts: str) -> str:
    """Return the sixteen hexadecimal digits that name what the parts, a line each, describe."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
