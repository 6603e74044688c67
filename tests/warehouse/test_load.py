"""What a run's folder becomes in the warehouse."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.runs import FIRST, SECOND, THIRD, Run, sha
from warehouse import WarehouseError
from warehouse.load import LoadResult, load, unlabelled
from warehouse.migrate import open_warehouse


def rows(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(warehouse) as connection:
        return connection.execute(sql).fetchall()


def everything(warehouse: Path) -> dict[str, list[tuple[Any, ...]]]:
    with open_warehouse(warehouse) as connection:
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'history'"
        ).fetchall()
        assert len(names) > 15
        return {n: connection.execute(f'FROM history."{n}" ORDER BY ALL').fetchall() for (n,) in names}


def test_a_run_is_loaded_and_counted(warehouse: Path, first_run: Run) -> None:
    result = load(warehouse, first_run.write())
    assert result == LoadResult(
        run_id=FIRST, is_new=True, document_count=2, version_count=2, case_study_count=3, classification_count=3,
        label_count=4, fetch_count=2, failure_count=1,
    )  # fmt: skip
    assert rows(
        warehouse, "SELECT title, species, stage, is_case_study FROM case_studies ORDER BY title"
    ) == [
        ("Governors", ["governor", "mentor"], None, True),
        ("Music", [], None, False),
        ("Reading partners", ["mentor"], "established", True),
    ]


def test_loading_a_run_twice_changes_nothing(warehouse: Path, first_run: Run) -> None:
    load(warehouse, first_run.write())
    before = everything(warehouse)
    assert load(warehouse, first_run.folder) == LoadResult(run_id=FIRST, is_new=False)
    assert everything(warehouse) == before


def test_a_folder_that_grew_adds_what_is_new(home: Path, warehouse: Path) -> None:
    run = Run(home)
    page = run.document("https://harbour.example/a", ["Our bursar governs Marsh Lane."])
    assert load(warehouse, run.write()).classification_count == 0
    assert rows(warehouse, "SELECT is_case_study, species, decided_by FROM case_studies") == [
        (None, None, None)
    ]
    run.label(page.case_studies[0], species={"governor": (0.8, "governs")})
    result = load(warehouse, run.write())
    assert (result.is_new, result.version_count, result.classification_count) == (True, 0, 1)
    assert rows(warehouse, "SELECT is_case_study, species, decided_by FROM case_studies") == [
        (True, ["governor"], "model")
    ]


def test_a_case_study_keeps_its_labels_while_the_page_changes_elsewhere(home: Path, warehouse: Path) -> None:
    run = Run(home)
    page = run.document("https://harbour.example/a", ["Our bursar governs Marsh Lane."], before="Old intro")
    run.label(page.case_studies[0], species={"governor": (0.8, "governs")})
    load(warehouse, run.write())
    again = Run(home, SECOND)
    changed = again.document(
        "https://harbour.example/a", ["Our bursar governs Marsh Lane."], before="Newer intro"
    )
    load(warehouse, again.write())
    assert changed.case_studies[0].id == page.case_studies[0].id
    assert rows(warehouse, "SELECT id, start_char, species FROM case_studies") == [
        (page.case_studies[0].id, len("Newer intro\n\n"), ["governor"])
    ]
    assert rows(warehouse, "SELECT run_id, valid_to IS NULL FROM versions ORDER BY valid_from") == [
        (FIRST, False),
        (SECOND, True),
    ]
    assert rows(warehouse, "SELECT valid_to FROM versions ORDER BY valid_from LIMIT 1") == rows(
        warehouse, "SELECT valid_from FROM versions ORDER BY valid_from DESC LIMIT 1"
    )


def test_a_changed_text_shows_none_of_its_old_labels(home: Path, warehouse: Path, first_run: Run) -> None:
    load(warehouse, first_run.write())
    again = Run(home, SECOND)
    again.document("https://harbour.example/music", [("Music", "Two concerts for the town.")])
    load(warehouse, again.write())
    assert rows(
        warehouse, "SELECT is_case_study, species, decided_by FROM case_studies WHERE title = 'Music'"
    ) == [(None, None, None)]
    assert rows(warehouse, "SELECT count(*) FROM history.classification") == [(3,)]
    assert [case[1] for case in unlabelled(warehouse, "model-1")] == ["Music"]


def test_a_case_study_that_left_its_page_is_current_no_more_but_stays_in_the_history(
    home: Path, warehouse: Path
) -> None:
    run = Run(home)
    run.document("https://harbour.example/a", [("One", "First text."), ("Two", "Second text.")])
    load(warehouse, run.write())
    again = Run(home, SECOND)
    again.document("https://harbour.example/a", [("Two", "Second text.")])
    load(warehouse, again.write())
    assert rows(warehouse, "SELECT title FROM case_studies") == [("Two",)]
    assert rows(warehouse, "SELECT title, valid_to IS NULL FROM case_study_versions ORDER BY ALL") == [
        ("One", False),
        ("Two", False),
        ("Two", True),
    ]


def test_a_newer_models_labels_are_shown_and_the_older_ones_kept(
    home: Path, warehouse: Path, first_run: Run
) -> None:
    load(warehouse, first_run.write())
    newer = Run(home, SECOND)
    case = first_run.document("https://harbour.example/music", [("Music", "A concert for the town, once.")])
    newer.label(case.case_studies[0], species={"mentor": (0.7, "A concert")}, model="model-2")
    load(warehouse, newer.write())
    shown = "SELECT title, model, species FROM case_studies ORDER BY title"
    assert rows(warehouse, shown) == [
        ("Governors", "model-1", ["governor", "mentor"]),
        ("Music", "model-2", ["mentor"]),
        ("Reading partners", "model-1", ["mentor"]),
    ]
    back = Run(home, THIRD)
    back.models.append("model-1")
    load(warehouse, back.write())
    assert ("Music", "model-1", []) in rows(warehouse, shown)
    assert rows(warehouse, "SELECT count(*) FROM history.classification") == [(4,)]


def test_a_document_that_is_gone_is_current_no_more_until_it_is_seen_again(
    home: Path, warehouse: Path
) -> None:
    run = Run(home)
    page = run.document("https://harbour.example/a", ["Text of a."])
    load(warehouse, run.write())
    later = Run(home, SECOND)
    later.gone(page)
    assert load(warehouse, later.write()).gone_count == 1
    assert rows(warehouse, "SELECT count(*) FROM case_studies") == [(0,)]
    assert rows(warehouse, "SELECT gone_at IS NULL FROM documents") == [(False,)]
    back = Run(home, THIRD)
    back.seen(page)
    load(warehouse, back.write())
    assert rows(warehouse, "SELECT count(*) FROM case_studies") == [(1,)]
    assert rows(warehouse, "SELECT gone_at IS NULL FROM documents") == [(True,)]


def test_runs_that_are_loaded_out_of_order_leave_the_same_history(tmp_path: Path) -> None:
    for name, order in (("forward", (FIRST, SECOND)), ("backward", (SECOND, FIRST))):
        for run_id in order:
            run = Run(tmp_path / name, run_id)
            run.document("https://harbour.example/a", [f"Text as of {run_id}."])
            load(tmp_path / name / "warehouse.duckdb", run.write())
    sql = "SELECT text, valid_from, valid_to FROM versions ORDER BY valid_from"
    forward, backward = (rows(tmp_path / name / "warehouse.duckdb", sql) for name in ("forward", "backward"))
    assert forward == backward
    assert [row[2] is None for row in forward] == [False, True]


def test_a_duplicate_names_the_one_it_repeats_until_it_repeats_it_no_more(
    home: Path, warehouse: Path
) -> None:
    run = Run(home)
    one = run.document("https://harbour.example/a", ["The same."]).case_studies[0]
    two = run.document("https://harbour.example/b", ["The same."]).case_studies[0]
    run.duplicate(two, one)
    load(warehouse, run.write())
    found = f"SELECT duplicate_of FROM case_studies WHERE id = '{two.id}'"
    assert rows(warehouse, found) == [(one.id,)]
    later = Run(home, SECOND)
    later.duplicate(two, None)
    assert load(warehouse, later.write()).is_new
    assert rows(warehouse, found) == [(None,)]


def test_an_unfinished_sources_folder_is_left_out_and_named(home: Path, warehouse: Path) -> None:
    run = Run(home, is_finished=False)
    run.document("https://harbour.example/a", ["Text."])
    result = load(warehouse, run.write())
    assert result.version_count == 0
    assert result.skipped == (
        "source 'harbour': its folder has no result.json, so its harvest was not finished",
    )


def test_labels_for_an_unknown_text_are_left_out_and_counted(warehouse: Path, first_run: Run) -> None:
    stray = Run(first_run.home, SECOND).document("https://harbour.example/x", ["Never loaded."])
    first_run.label(stray.case_studies[0])
    result = load(warehouse, first_run.write())
    assert result.classification_count == 3
    assert result.skipped == ("1 classifications of a text that the warehouse does not hold",)


FAULTS = {
    "no JSON": ("documents.jsonl", "{nonsense", "no JSON object in UTF-8"),
    "a cut line": ("case_studies.jsonl", '{"case_study_id": "ab', "no JSON object in UTF-8"),
    "a list": ("fetches.jsonl", "[1]", "found list; a JSON object would be right"),
    "a missing key": ("failures.jsonl", '{"failure_id": "x"}', "'source' is missing; text would be right"),
    "half a character": ("failures.jsonl", '{"failure_id": "\\ud800"}', "no JSON object in UTF-8"),
    "a time in words": (
        "failures.jsonl",
        '{"failure_id": "f", "source": "s", "reason": "r", "at": "yesterday"}',
        "'at' is 'yesterday'; a time such as",
    ),
}


@pytest.mark.parametrize(("file", "line", "message"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_line_is_named_and_nothing_is_loaded(
    warehouse: Path, first_run: Run, file: str, line: str, message: str
) -> None:
    path = first_run.write() / "harvest/harbour" / file
    count = path.read_text().count("\n")
    with path.open("a") as handle:
        handle.write(line + "\n")
    with pytest.raises(WarehouseError) as raised:
        load(warehouse, first_run.folder)
    assert str(raised.value).startswith(f"{path}:{count + 1}: ")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert rows(warehouse, "SELECT count(*) FROM history.run") == [(0,)]
    assert rows(warehouse, "SELECT count(*) FROM history.version") == [(0,)]


def altered(run: Run, file: str, position: int, **values: Any) -> Path:
    run.files[file][position] |= values
    return run.write() / file


def test_a_case_study_whose_text_is_not_in_its_document_is_named(warehouse: Path, first_run: Run) -> None:
    file = "harvest/harbour/case_studies.jsonl"
    path = altered(first_run, file, 1, start_char=0, end_char=4)
    with pytest.raises(
        WarehouseError, match="the document's text from 0 to 4 does not have the text_sha256"
    ) as raised:
        load(warehouse, first_run.folder)
    assert str(raised.value).startswith(f"{path}:2: ")


def test_a_case_study_without_its_document_is_named(warehouse: Path, first_run: Run) -> None:
    path = altered(first_run, "harvest/harbour/case_studies.jsonl", 2, document_id="0" * 16)
    with pytest.raises(WarehouseError, match=r"is not in documents\.jsonl") as raised:
        load(warehouse, first_run.folder)
    assert str(raised.value).startswith(f"{path}:3: ")


def test_a_quote_that_is_not_in_the_text_is_named(warehouse: Path, first_run: Run) -> None:
    species = [
        {"label": "mentor", "probability": 0.9, "evidence": [{"quote": "Never said", "start": 0, "end": 10}]}
    ]
    path = altered(first_run, "classify/labels.jsonl", 1, species=species)
    with pytest.raises(WarehouseError, match="the quote 'Never said' is not what the text has") as raised:
        load(warehouse, first_run.folder)
    assert str(raised.value).startswith(f"{path}:2: ")


def test_the_same_case_study_twice_is_named(warehouse: Path, first_run: Run) -> None:
    file = "harvest/harbour/case_studies.jsonl"
    first_run.files[file].append(dict(first_run.files[file][0]))
    path = first_run.write() / file
    with pytest.raises(WarehouseError, match="a second time; once would be right") as raised:
        load(warehouse, first_run.folder)
    assert str(raised.value).startswith(f"{path}:4: ")


@pytest.mark.parametrize(
    "title",
    [
        "'; DROP TABLE history.version; --",
        '=cmd|" /C calc"!A0',
        "x" * 10_000,
        "a\u202eb\u2066c",
        "nul \x00 here",
        "🏫 é ń",
    ],
    ids=["sql", "formula", "long", "direction", "nul", "unicode"],
)
def test_a_hostile_title_and_text_stay_as_they_are(home: Path, warehouse: Path, title: str) -> None:
    run = Run(home)
    page = run.document("https://harbour.example/a", [(title, title)], before="🎓 before")
    run.label(page.case_studies[0], species={"mentor": (0.9, title)})
    load(warehouse, run.write())
    assert rows(warehouse, "SELECT title, text, text_sha256 FROM case_studies") == [
        (title, title, sha(title))
    ]
    assert rows(warehouse, "SELECT quote FROM evidence") == [(title,)]


def test_a_very_long_line_is_read(home: Path, warehouse: Path) -> None:
    run = Run(home)
    text = "long " * 4_000_000
    run.document("https://harbour.example/a", [text])
    load(warehouse, run.write())
    assert rows(warehouse, "SELECT length(text) FROM case_studies") == [(len(text),)]


def test_a_folder_that_is_not_there_is_an_error(home: Path, warehouse: Path) -> None:
    with pytest.raises(WarehouseError, match="no such run"):
        load(warehouse, home / "runs" / "nix")


def test_sources_show_how_their_last_runs_went(home: Path, warehouse: Path) -> None:
    run = Run(home)
    run.document("https://harbour.example/a", ["Text."])
    load(warehouse, run.write())
    later = Run(home, SECOND)
    later.source("harbour", ok=False, message="the selector finds nothing")
    load(warehouse, later.write())
    sql = "SELECT source, last_run_id, is_last_ok, last_message, last_good_run_id, case_study_count FROM sources"
    assert rows(warehouse, sql) == [("harbour", SECOND, False, "the selector finds nothing", FIRST, 1)]


def test_the_runs_own_account_is_kept(warehouse: Path, first_run: Run) -> None:
    load(warehouse, first_run.write())
    (detail,) = rows(warehouse, "SELECT detail FROM runs")[0]
    assert json.loads(detail)["run_id"] == FIRST
