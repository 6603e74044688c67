"""What is taken down is erased and stays out."""

import pytest

from spiders.source import SourceError
from spiders.takedown import take_down
from tests.spiders.conftest import Harvester
from tests.spiders.website import Website, article, listing


def test_a_page_that_is_taken_down_is_erased_and_not_harvested_again(
    site: Website, harvested: Harvester
) -> None:
    site.pages["/all"] = listing(["/case/1/", "/case/2/"])
    site.pages |= {f"/case/{number}/": article(f"Case {number}", number) for number in (1, 2)}
    source = f'title="L"\nkind="listing"\nstart=["{site.url("/all")}"]\n[select]\nitem="li a"\n'
    first = harvested(source)
    ids = {line["url"]: line["document_id"] for line in first.lines("documents")}
    body = {line["url"]: line["body_sha256"] for line in first.lines("documents")}
    gone = site.url("/case/1/")
    assert take_down(home=harvested.home, url=gone.rstrip("/")) == [ids[gone]]
    kept = {path.stem for path in (harvested.home / "bodies").rglob("*.zst")}
    assert body[gone] not in kept
    assert body[site.url("/case/2/")] in kept
    site.asked.clear()
    second = harvested(source)
    assert second.result.document_count == 1
    assert "/case/1/" not in site.paths()
    take_down(home=harvested.home, source_id="harbour")
    assert not list((harvested.home / "bodies").rglob("*.zst"))
    with pytest.raises(SourceError, match="was taken down"):
        harvested(source)
