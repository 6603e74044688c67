"""Measures extraction, splitting and near-duplicates, each beside its reference: `python -m tests.spiders.bench_text`."""

import re
import time
from collections import Counter
from collections.abc import Callable

from spiders.extract import extract
from tests.spiders.gold.pages import pages

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
        return [extract(body, url="https://site.example/a/", content_type="text/html").text for body in bodies]

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


if __name__ == "__main__":
    for held in (False, True):
        scores, mine, other = main_text(held_out=held)
        if not held:
            for name, (a, b) in scores.items():
                print(f"{name:24} {a:.3f} {b:.3f}")
        print("held out" if held else "open", *(round(sum(s[i] for s in scores.values()) / len(scores), 4) for i in (0, 1)), f"{mine:.2f}s {other:.2f}s, speed {other / mine:.2f}")
