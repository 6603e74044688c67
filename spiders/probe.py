"""Proposes a source file for a site that nobody has harvested yet, and tries one that is written."""

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from spiders.address import canonical, host_of
from spiders.harvest import harvest
from spiders.source import DEFAULT_DELAY, Source, SourceError, parse_source
from spiders.workers import environment

TIME_LIMIT = 600.0  # seconds


@dataclass(frozen=True, slots=True)
class Sample:
    """A document as the proposal would harvest it."""

    title: str
    url: str
    word_count: int
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A source file for a site: `found` says in a line what the site offers."""

    source_id: str
    found: str
    toml: str
    samples: tuple[Sample, ...]


def probe(url: str, *, contact: str, time_limit: float = TIME_LIMIT) -> Proposal:
    """Look a site over, as politely as a harvest, and propose a source file with up to three samples.

    Raises SourceError if the address is none, the site does not answer, or its robots.txt forbids.
    """
    source = _first(url)
    with tempfile.TemporaryDirectory(prefix="probe-") as home:
        job = {
            "source": asdict(source), "home": home, "run_id": "probe", "contact": " ".join(contact.split()), "limit": 3,
            "again": False, "warc": None, "workers": 1, "backoff": 1.0, "timeout": 30.0, "now": None,
        }  # fmt: skip
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-c", "from spiders.prospect import main; main()"],
                input=json.dumps(job).encode(),
                capture_output=True,
                env=environment(),
                timeout=time_limit,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SourceError(
                f"{url}: the probe took longer than {time_limit:g} s; the site is too slow"
            ) from error
        seen_path = Path(home, "seen.json")
        if not seen_path.exists():
            words = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise SourceError(f"{url}: the probe broke off: {words[-1] if words else 'no word of why'}")
        seen = json.loads(seen_path.read_text("utf-8"))
    if seen["proposal"] is None:
        raise SourceError(seen["message"] or f"{url}: answers with nothing that could be harvested")
    found = f"Found: {', '.join(seen['phrases'])}."
    if not seen["samples"] and seen["message"]:
        found += f" No sample: {seen['message']}."
    samples = tuple(
        Sample(one["title"], one["url"], len(one["text"].split()), one["text"]) for one in seen["samples"][:3]
    )
    return Proposal(source.id, found, _toml(source, seen["proposal"], seen["phrases"]), samples)


def check(source: Source, *, contact: str) -> str | None:
    """Try one document of a source, and return in a line what is wrong, or None if it comes."""
    with tempfile.TemporaryDirectory(prefix="check-") as home:
        result = harvest(
            source, home=home, run_id="check", contact=contact, limit=1, workers=1, time_limit=TIME_LIMIT
        )
    return None if result.ok else f"{source.id}: {result.message}"


def _first(url: str) -> Source:
    """Return a source of the address alone."""
    wrong = SourceError(f"{url!r} is not an address; one such as 'https://host/path' is needed")
    try:
        address = canonical(url if "://" in url else f"https://{url}")
    except ValueError as error:
        raise wrong from error
    if "@" in urlsplit(url).netloc or url.startswith("mailto:"):
        raise wrong
    labels = [label for label in host_of(address).replace(":", "-").split(".") if label != "www"]
    name = "-".join(labels) if labels[0].isdigit() else labels[0]
    raw = f'title = "Probe"\nkind = "pages"\nstart = [{json.dumps(address)}]\n'
    return parse_source(raw.encode(), Path(f"{name}.toml"))


def _toml(source: Source, proposal: dict[str, Any], phrases: list[str]) -> str:
    """Return the source file's text."""
    start = source.start[0]
    lines = [
        f"# Proposed by a probe of {start}: {', '.join(phrases)}.",
        "# Read the site's terms, fill in licence, basis, checked_on and contact, then set active = true.",
        f"title = {json.dumps(urlsplit(start).netloc + urlsplit(start).path.rstrip('/'))}",
        f'kind = "{proposal["kind"]}"',
        f"start = [{', '.join(json.dumps(one) for one in proposal['start'])}]",
    ]
    if proposal["allow"]:
        lines.append(f"allow = [{', '.join(json.dumps(one) for one in proposal['allow'])}]")
    lines += [
        '# licence = ""',
        '# basis = ""',
        "# checked_on = 2026-01-31",
        '# contact = ""',
        f"delay = {max(source.delay, 2 * DEFAULT_DELAY) if source.delay else 0.0}",
        "active = false",
    ]
    if proposal["item"]:
        lines += ["", "[select]", f"item = {json.dumps(proposal['item'])}"]
        lines += [f"next = {json.dumps(proposal['next'])}"] if proposal["next"] else []
    if proposal["split"]:
        lines += ["", "[split]", f"heading = {json.dumps(proposal['split'])}"]
    return "\n".join(lines) + "\n"
