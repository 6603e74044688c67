"""A WARC file of a harvest, and the harvest of that file."""

from pathlib import Path

from tests.spiders.conftest import Harvester
from tests.spiders.website import Reply, Website, article, listing


def test_what_was_fetched_is_archived_and_can_be_harvested_from_there(
    site: Website, harvested: Harvester, tmp_path: Path
) -> None:
    site.pages["/all"] = listing(["/case/1", "/case/2", "/moved", "/none"])
    site.pages |= {"/case/1": article("Case 1", 1), "/case/2": article("Case 2", 2)}
    site.pages["/moved"] = Reply("", 301, headers={"Location": "/case/1"})
    text = f'title="L"\nkind="listing"\nstart=["{site.url("/all")}"]\n[select]\nitem="li a"\n'
    harvested(text, warc=tmp_path / "warc")
    files = list((tmp_path / "warc").glob("harbour-*.warc.gz"))
    assert len(files) == 1
    archived = harvested.source(
        f'title="A"\nkind="archive"\nstart=["{files[0]}"]\nallow=["/case/"]\n', "archived"
    )
    site.asked.clear()
    run = harvested(archived)
    assert run.titles() == ["Case 1", "Case 2"]
    assert {line["url"] for line in run.lines("documents")} == {site.url("/case/1"), site.url("/case/2")}
    assert site.asked == []
