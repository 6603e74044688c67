"""Measures extraction, splitting and near-duplicates: `python -m tests.spiders.bench_text`."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from spiders.duplicates import DuplicateIndex
from spiders.extract import extract
from spiders.source import SplitRule
from spiders.split import DOUBTFUL, split
from tests.spiders.gold.pages import pages
from tests.spiders.gold.reports import GoldSection, reports

_TOKEN = re.compile(r"\w+")


def token_f1(found: str, gold: str) -> float:
    """Return F1 over words as a bag."""
    one, other = Counter(_TOKEN.findall(found.lower())), Counter(_TOKEN.findall(gold.lower()))
    shared = sum((one & other).values())
    return 2 * shared / max(sum(one.values()) + sum(other.values()), 1)


def seconds(function: Callable[[], object], *, times: int = 3) -> float:
    """Return the least CPU time of several runs."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


def main_text(*, held_out: bool) -> tuple[dict[str, tuple[float, float]], float, float]:
    """Return each page's F1 of ours and of trafilatura's plain text, and the seconds of both."""
    import trafilatura

    gold = pages(held_out=held_out)
    bodies = [page.html.encode() for page in gold]

    def ours() -> list[str]:
        return [
            extract(body, url="https://site.example/a/", content_type="text/html").text for body in bodies
        ]

    def theirs() -> list[str]:
        return [trafilatura.extract(body) or "" for body in bodies]

    scores = {}
    for page, mine, other in zip(gold, ours(), theirs(), strict=True):
        with_title = f"{page.title}\n\n{page.text}"
        scores[page.name] = (
            max(token_f1(mine, page.text), token_f1(mine, with_title)),
            max(token_f1(other, page.text), token_f1(other, with_title)),
        )
    return scores, seconds(ours), seconds(theirs)


def split_f1(
    found: list[tuple[str, str, tuple[int, int] | None]], gold: list[GoldSection]
) -> tuple[int, int, int]:
    """Return right, found and gold sections: right are heading, first and last sentence, all three."""
    left = list(gold)
    right = 0
    for title, text, _ in found:
        for section in left:
            if _same(title, section.title) and _has_ends(text, section):
                right += 1
                left.remove(section)
                break
    return right, len(found), len(gold)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _has_ends(text: str, section: GoldSection) -> bool:
    squashed = _plain(text)
    start = re.sub(r"^casestudy\d\d?", "", squashed).removeprefix(_plain(section.title))
    for name in ("The challenge",):
        start = start.removeprefix(_plain(name))
    return start.startswith(_plain(section.first)) and squashed.endswith(_plain(section.last))


def report_splits(*, held_out: bool, count: int = 12) -> tuple[dict[str, tuple[int, int, int]], list[str]]:
    """Return each report's counts, and its layout in words."""
    counts, traits = {}, []
    for one in reports(held_out=held_out, count=count):
        extraction = extract(one.body, url="https://site.example/report.pdf", content_type="application/pdf")
        sections = split(extraction, SplitRule("auto"))
        found = [
            (s.title, extraction.text[s.start : s.end], s.pages) for s in sections if s.confidence >= DOUBTFUL
        ]
        counts[one.name] = split_f1(found, one.sections)
        traits.append(one.traits)
    return counts, traits


def f1_of(counts: Iterable[tuple[int, int, int]]) -> float:
    """Return F1 over all reports together."""
    counts = list(counts)
    return 2 * sum(c[0] for c in counts) / max(sum(c[1] + c[2] for c in counts), 1)


def pdf_speed() -> tuple[int, float, float]:
    """Return pages, seconds of ours with splitting, seconds of pypdfium2's text alone."""
    import pypdfium2 as pdfium

    bodies = [one.body for one in reports(held_out=False, count=6)]
    pages = 0

    def theirs() -> None:
        nonlocal pages
        pages = 0
        for body in bodies:
            document = pdfium.PdfDocument(body)
            for page in document:
                page.get_textpage().get_text_range()
                pages += 1
            document.close()

    def ours() -> None:
        for body in bodies:
            split(
                extract(body, url="https://site.example/r.pdf", content_type="application/pdf"),
                SplitRule("auto"),
            )

    mine, other = seconds(ours), seconds(theirs)
    return pages, mine, other


def near_duplicates(count: int, folder: Path) -> dict[str, float]:
    """Return milliseconds a look-up among so many texts, and recall of pairs with 1 to 6 % of the words changed."""
    random = Random(7)
    words = [f"w{number:04}" for number in range(6000)]
    texts = [" ".join(random.choices(words, k=random.randint(150, 500))) for _ in range(count)]
    index = DuplicateIndex(folder / "duplicates.sqlite")
    index.update((f"t{number}", text) for number, text in enumerate(texts))
    asked = []
    for number in random.sample(range(count), min(1000, count)):
        changed = texts[number].split()
        for place in random.sample(
            range(len(changed)), max(1, round(random.uniform(0.01, 0.06) * len(changed)))
        ):
            changed[place] = f"x{random.randrange(10**6)}"
        asked.append((f"t{number}", " ".join(changed)))
    start = time.process_time()
    found = index.lookups(text for _, text in asked)
    spent = time.process_time() - start
    right = sum(
        any(name == identifier for name, _, _ in likes)
        for (identifier, _), likes in zip(asked, found, strict=True)
    )
    return {"ms": 1000 * spent / len(asked), "recall": right / len(asked)}


def main(*, texts: int = 100_000) -> None:
    """Print the table."""
    for held in (False, True):
        half = "held-out half" if held else "open half"
        scores, mine, other = main_text(held_out=held)
        ours, theirs = (sum(pair[side] for pair in scores.values()) / len(scores) for side in (0, 1))
        print(f"main-text F1, {len(scores)} pages, {half}: {ours:.3f}; trafilatura's plain text {theirs:.3f}")
        print(f"main-text speed, {half}: {other / mine:.2f} of trafilatura's")
        counts, _ = report_splits(held_out=held)
        print(f"split F1, {len(counts)} reports, {half}: {f1_of(counts.values()):.3f}")
    pages_, mine, other = pdf_speed()
    rates = f"{pages_ / mine:.0f}; pypdfium2's text alone {pages_ / other:.0f}"
    print(f"PDF pages per CPU-second: {rates}; {other / mine:.2f} of it")
    with TemporaryDirectory() as folder:
        figures = near_duplicates(texts, Path(folder))
    print(f"near-duplicate look-up among {texts}: {figures['ms']:.2f} ms, recall {figures['recall']:.3f}")


if __name__ == "__main__":
    main()
