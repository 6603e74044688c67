"""What the spiders find on the sample sites."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.demo.serve import demo_sites, write_sources
from pipelines.demo.texts import read_texts, typeset
from spiders.duplicates import DuplicateIndex
from spiders.harvest import HarvestResult, acknowledge, harvest
from spiders.source import read_sources

RUNS = ("20261124T130522Z-3f2a", "20261124T140522Z-77aa")


class Harvest:
    """Two runs over the sites, one after the other."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.results: dict[tuple[str, int], HarvestResult] = {}
        with demo_sites() as sites:
            write_sources(sites, home / "sources")
            for number, run_id in enumerate(RUNS):
                for source in read_sources(home / "sources"):
                    result = harvest(source, home=home, run_id=run_id, contact="https://demo.invalid/")
                    self.results[source.id, number] = result
                    acknowledge(source.id, home=home, run_id=run_id)

    def lines(self, source: str, file: str, *, run: int = 0) -> list[dict[str, Any]]:
        path = self.home / "runs" / RUNS[run] / "harvest" / source / f"{file}.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Harvest:
    return Harvest(tmp_path_factory.mktemp("home"))


def test_every_source_is_well(found: Harvest) -> None:
    assert {key: result.message for key, result in found.results.items() if not result.ok} == {}


def test_every_post_is_a_document_with_its_title_and_its_whole_text(found: Harvest) -> None:
    documents = {
        document["url"].rstrip("/").rsplit("/", 1)[1]: document
        for document in found.lines("sample-blog", "documents")
    }
    assert documents.keys() == {text.slug for text in read_texts("blog")}
    for text in read_texts("blog"):
        document = documents[text.slug]
        assert document["title"] == typeset(text.title)
        assert document["published"] == f"{text.fields['published']:%Y-%m-%d}"
        for block in text.blocks:
            for line in block.lines:
                if len(line.split()) > 4:  # a signature or a date may be taken for furniture
                    assert typeset(line.replace("**", "")) in document["text"]


def test_the_furniture_of_a_page_is_not_among_its_words(found: Harvest) -> None:
    whole = "\n".join(
        d["text"] for source in ("sample-blog", "sample-directory") for d in found.lines(source, "documents")
    )
    assert len(whole) > 40_000
    for furniture in (
        "cookie",
        "Share this",
        "Leave a reply",
        "You may also like",
        "Recent posts",
        "powered by",
    ):
        assert furniture not in whole


def test_each_entry_of_the_directory_is_one_document_whatever_its_addresses(found: Harvest) -> None:
    urls = [document["url"] for document in found.lines("sample-directory", "documents")]
    slugs = [url.partition("/projects/")[2].strip("/") for url in urls]
    assert sorted(slugs) == sorted(text.slug for text in read_texts("directory") if text.blocks)


def test_the_entry_without_a_text_is_a_failure_that_says_so(found: Harvest) -> None:
    (failure,) = found.lines("sample-directory", "failures")
    assert "/projects/community-orchestra" in failure["url"]
    assert "no main text" in failure["detail"]


def test_the_report_is_split_into_its_accounts_with_their_pages(found: Harvest) -> None:
    cases = [case for case in found.lines("sample-report", "case_studies") if case["url"].endswith(".pdf")]
    accounts = [text for text in read_texts("report") if "part" in text.fields]
    sure = [case for case in cases if case["confidence"] >= 0.5]
    assert [case["title"] for case in sure] == [typeset(text.title) for text in accounts]
    for case, account in zip(sure, accounts, strict=True):
        assert typeset(account.blocks[-1].lines[0]) in case["text"], (
            "the account's last paragraph, lines joined"
        )
        assert case["pages"][0] <= case["pages"][1] <= case["pages"][0] + 2


def test_the_copied_entry_is_grouped_with_its_post(found: Harvest, tmp_path: Path) -> None:
    cases = [
        case for source in ("sample-blog", "sample-directory") for case in found.lines(source, "case_studies")
    ]
    by_id = {case["case_study_id"]: case["url"].rstrip("/").rsplit("/", 1)[1] for case in cases}
    index = DuplicateIndex(tmp_path / "duplicates.sqlite")
    pairs = [d for d in index.update([(c["case_study_id"], c["text"]) for c in cases]) if d.duplicate_of]
    assert [{by_id[d.case_study_id], by_id[str(d.duplicate_of)]} for d in pairs] == [
        {"saturday-school-at-brambleholt", "nine-academies-one-kettle"}
    ]


@pytest.mark.parametrize("source", ["sample-blog", "sample-directory", "sample-report"])
def test_a_second_run_fetches_no_document_again(found: Harvest, source: str) -> None:
    result = found.results[source, 1]
    assert (result.new_count, result.changed_count, result.gone_count) == (0, 0, 0)
    assert result.document_count == found.results[source, 0].document_count > 0
    outcomes = {fetch["outcome"] for fetch in found.lines(source, "fetches", run=1) if fetch["document_id"]}
    assert outcomes and outcomes <= {"not_modified", "skipped", "unchanged"}
