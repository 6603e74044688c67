"""Every export is read back by a reader of its format, and tells where it comes from."""

import csv
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest
import spacy
from spacy.tokens import DocBin

from tests.warehouse.runs import SECOND, Run
from warehouse import WarehouseError, export
from warehouse.corpus import CONTRACT
from warehouse.exporting import FORMATS
from warehouse.formats.huggingface import assign
from warehouse.load import load
from warehouse.snapshot import Snapshot, publish

TITLE = "=cmd|' /C calc'!A0 🏫"
TEXT = "🏫 Our sixth formers read with juniors each Friday. “Both heads meet yearly.”"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    run = Run(home)
    one = run.document(
        "https://harbour.example/a", [(TITLE, TEXT), ("Plain", "A concert; once.")], pages=[3, 4]
    )
    two = run.document(
        "https://quay.example/a", [("Copy", TEXT)], source="quay", licence=None, published=None
    )
    run.label(
        one.case_studies[0],
        species={"mentor": (0.9, "sixth formers read with juniors"), "governor": (0.6, "heads meet")},
        stage="established",
        dimensions={"sustainability": (2, "each Friday")},
    )
    run.label(one.case_studies[1], case_study=(False, 0.1))
    run.duplicate(two.case_studies[0], one.case_studies[0])
    load(home / "warehouse.duckdb", run.write())
    publish(home / "warehouse.duckdb", home / "published")
    return home


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def by_title(path: Path) -> dict[str, dict[str, Any]]:
    return {record["title"]: record for record in records(path)}


def test_json_lines_are_the_contracts_records_sorted_by_id(home: Path, tmp_path: Path) -> None:
    result = export("jsonl", tmp_path / "c.jsonl", home=home)
    assert result.record_count == 3
    found = records(tmp_path / "c.jsonl")
    assert [tuple(record) for record in found] == [CONTRACT] * 3
    assert [record["id"] for record in found] == sorted(record["id"] for record in found)
    record = by_title(tmp_path / "c.jsonl")[TITLE]
    assert record["text"] == TEXT
    assert record["pages"] == [3, 4]
    assert (record["published"], record["fetched_at"]) == ("2026-03-02", "2026-11-24T13:05:22Z")
    assert record["case_study"] == {"value": True, "probability": 0.97}
    assert [(s["label"], s["probability"]) for s in record["species"]] == [("mentor", 0.9), ("governor", 0.6)]
    quotes = [q for s in record["species"] for q in s["evidence"]] + list(
        record["stage"]["dimensions"].values()
    )
    assert len(quotes) == 3
    assert all(TEXT[q["start"] : q["end"]] == q["quote"] for q in quotes)
    assert record["stage"]["label"] == "established"
    assert record["stage"]["dimensions"]["sustainability"]["level"] == 2
    assert record["decided_by"] == "model"


def test_what_is_not_classified_or_not_stated_is_null(home: Path, tmp_path: Path) -> None:
    export("jsonl", tmp_path / "c.jsonl", home=home)
    found = by_title(tmp_path / "c.jsonl")
    assert found["Copy"]["duplicate_of"] == found[TITLE]["id"]
    assert found["Copy"]["case_study"] == {"value": None, "probability": None}
    assert (found["Copy"]["licence"], found["Copy"]["published"]) == (None, None)
    assert found["Plain"]["stage"] == {"label": None, "probability": None, "dimensions": {}}


def test_about_names_the_snapshot_the_sources_the_schemes_and_the_fields(home: Path, tmp_path: Path) -> None:
    result = export("jsonl", tmp_path / "c.jsonl", home=home)
    note = json.loads((tmp_path / "c.jsonl.about.json").read_text())
    assert note["snapshot"] == result.snapshot_id
    assert {(s["source"], s["licence"]) for s in note["sources"]} == {
        ("harbour", "CC BY 4.0"),
        ("quay", "CC BY 4.0"),
    }
    assert {s["scheme"] for s in note["schemes"]} == {"species@2021-01", "stage@2021-01"}
    assert set(CONTRACT) <= set(note["fields"])
    assert all(note["fields"].values())


def test_csv_is_read_by_csv_and_by_duckdb_and_holds_no_formula(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    export("csv", path, home=home)
    with path.open(encoding="utf-8", newline="") as handle:
        rows = {row["title"]: row for row in csv.DictReader(handle)}
    assert set(rows) == {"'" + TITLE, "Plain", "Copy"}
    row = rows["'" + TITLE]
    assert (row["text"], row["species"], row["stage"]) == (TEXT, "mentor; governor", "established")
    assert rows["Copy"]["is_case_study"] == ""
    assert duckdb.sql(f"SELECT count(*), count(is_case_study) FROM read_csv('{path}')").fetchall() == [(3, 2)]


def test_parquet_is_read_by_pyarrow_and_by_duckdb(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    result = export("parquet", path, home=home)
    table = pyarrow.parquet.read_table(path)
    assert json.loads(table.schema.metadata[b"about"])["snapshot"] == result.snapshot_id
    (row,) = [row for row in table.to_pylist() if row["title"] == TITLE]
    assert [s["label"] for s in row["species"]] == ["mentor", "governor"]
    found = duckdb.sql(
        f"SELECT text, stage.label FROM '{path}' WHERE pages[1] = 3 ORDER BY text DESC"
    ).fetchall()
    assert found[0] == (TEXT, "established")


def test_docbin_is_read_by_spacy(home: Path, tmp_path: Path) -> None:
    export("docbin", tmp_path / "spacy", home=home)
    docs = list(DocBin().from_disk(tmp_path / "spacy/corpus-00000.spacy").get_docs(spacy.blank("en").vocab))
    (doc,) = [doc for doc in docs if doc.user_data["record"]["title"] == TITLE]
    assert doc.text == TEXT
    assert doc.cats == {
        "case_study": 1.0, "emerging": 0.0, "established": 1.0, "governor": 1.0, "mentor": 1.0,
        "regional_excellence": 0.0, "secondee": 0.0,
    }  # fmt: skip
    assert {(span.label_, span.text) for span in doc.spans["evidence"]} == {
        ("mentor", "sixth formers read with juniors"), ("governor", "heads meet"), ("sustainability", "each Friday"),
    }  # fmt: skip
    assert doc.user_data["record"]["licence"] == "CC BY 4.0"


def test_sqlite_is_read_by_sqlite(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    result = export("sqlite", path, home=home)
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT text FROM case_studies WHERE title = ?", [TITLE]).fetchone() == (
            TEXT,
        )
        joined = "SELECT c.title, l.label FROM labels l JOIN case_studies c ON c.id = l.case_study_id ORDER BY l.label"
        assert [row[1] for row in database.execute(joined)] == ["established", "governor", "mentor"]
        assert database.execute("SELECT value FROM about WHERE key = 'snapshot'").fetchone() == (
            result.snapshot_id,
        )
        assert database.execute("SELECT count(*) FROM dictionary WHERE comment = ''").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM dictionary").fetchone()[0] > 50
    database.close()


def test_a_data_package_describes_its_tables(home: Path, tmp_path: Path) -> None:
    export("datapackage", tmp_path / "package", home=home)
    package = json.loads((tmp_path / "package/datapackage.json").read_text())
    assert {r["name"] for r in package["resources"]} >= {
        "case_studies",
        "labels",
        "evidence",
        "dimensions",
        "sources",
    }
    for resource in package["resources"]:
        path = tmp_path / "package" / resource["path"]
        body = path.read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        names = [field["name"] for field in resource["schema"]["fields"]]
        assert all(field["description"] for field in resource["schema"]["fields"])
        assert rows
        assert all(list(row) == names for row in rows)
        key = resource["schema"].get("primaryKey", names)
        assert len({tuple(row[k] for k in key) for row in rows}) == len(rows)
    croissant = json.loads((tmp_path / "package/croissant.json").read_text())
    assert {f["@id"] for f in croissant["distribution"]} == {r["path"] for r in package["resources"]}
    assert all(f["sha256"] for f in croissant["distribution"])


def test_a_hugging_face_folder_has_splits_and_a_card(home: Path, tmp_path: Path) -> None:
    export("huggingface", tmp_path / "hub", home=home)
    card = (tmp_path / "hub/README.md").read_text()
    assert card.startswith("---\n")
    tables = {
        path.name.split("-")[0]: pyarrow.parquet.read_table(path)
        for path in (tmp_path / "hub/data").iterdir()
    }
    assert set(tables) == {"train", "validation", "test"}
    assert sum(table.num_rows for table in tables.values()) == 3
    (schema,) = {table.schema.remove_metadata() for table in tables.values()}
    assert set(CONTRACT) <= set(schema.names)


def test_groups_fill_every_split_and_always_the_same_one() -> None:
    groups = {f"case-{n}": f"group-{n // 3}" for n in range(300)}
    assigned = assign(groups)
    sizes = {
        split: sum(assigned[g] == split for g in groups.values()) for split in ("train", "validation", "test")
    }
    assert assigned == assign(dict(reversed(groups.items())))
    assert sizes["train"] == pytest.approx(240, abs=6)
    assert sizes["test"] == pytest.approx(30, abs=6)
    assert set(assign({"a": "x", "b": "y", "c": "z"}.copy()).values()) == {"train", "validation", "test"}


def test_label_studio_tasks_carry_predictions_in_its_own_offsets(home: Path, tmp_path: Path) -> None:
    export("labelstudio", tmp_path / "tasks", home=home)
    tasks = {task["data"]["title"]: task for task in json.loads((tmp_path / "tasks/tasks.json").read_text())}
    assert set(tasks) == {TITLE, "Plain"}
    (prediction,) = tasks[TITLE]["predictions"]
    spans = [r["value"] for r in prediction["result"] if r["type"] == "labels"]
    assert len(spans) == 3
    units = TEXT.encode("utf-16-le")
    assert all(units[2 * s["start"] : 2 * s["end"]].decode("utf-16-le") == s["text"] for s in spans)
    config = (tmp_path / "tasks/config.xml").read_text()
    assert '<Choice value="mentor"' in config
    assert '<Label value="sustainability=2"/>' in config


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Snapshot]:
    """A home of two snapshots: one case study stays, one changes, one goes, one is added."""
    home = tmp_path_factory.mktemp("grown")
    for run_id, texts in (("", ["Stays.", "Changes.", "Goes."]), (SECOND, ["Stays.", "Has changed."])):
        run = Run(home, run_id) if run_id else Run(home)
        run.document("https://harbour.example/a", [(text.split(".")[0][:3], text) for text in texts])
        if run_id:
            run.document("https://harbour.example/b", [("New", "New.")])
        run.document("https://harbour.example/c", [("Changing", f"Text of {run_id}.")])
        load(home / "warehouse.duckdb", run.write())
        last = publish(home / "warehouse.duckdb", home / "published", allow_shrink=True)
        first = last if not run_id else first  # noqa: F821
    return home, first


@pytest.mark.parametrize("form", FORMATS)
def test_since_exports_what_was_added_or_changed_and_names_what_is_gone(
    grown: tuple[Path, Snapshot], tmp_path: Path, form: str
) -> None:
    home, first = grown
    result = export(form, tmp_path / "out", home=home, since=first.id)
    about = tmp_path / "out/about.json" if (tmp_path / "out").is_dir() else tmp_path / "out.about.json"
    note = json.loads(about.read_text())
    assert (result.record_count, note["record_count"]) == (3, 3)
    assert len(note["gone"]) == 2
    if form == "jsonl":
        assert {record["title"] for record in records(tmp_path / "out")} == {"Has", "New", "Changing"}


LICENCES = {
    "Open Government Licence v3": True, "CC BY 4.0": True, "cc-by-sa": True, "Creative Commons Attribution": True,
    "CC0 1.0": True, "Public domain": True, None: False, "": False, "All rights reserved": False, "copyright": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def licensed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("licensed")
    run = Run(home)
    for n, licence in enumerate(LICENCES):
        page = run.document(f"https://harbour.example/{n}", [(str(licence), f"{TEXT} {n}")], licence=licence)
        run.label(page.case_studies[0], species={"mentor": (0.9, "sixth formers read with juniors")})
    load(home / "warehouse.duckdb", run.write())
    publish(home / "warehouse.duckdb", home / "published")
    return home


def test_texts_without_an_open_licence_can_be_left_out_their_quotations_stay(
    licensed: Path, tmp_path: Path
) -> None:
    result = export("jsonl", tmp_path / "c.jsonl", home=licensed, licensed_texts_only=True)
    assert result.notes == ("4 texts are left out: their licence is not known to be open",)
    for record in records(tmp_path / "c.jsonl"):
        assert (record["text"] is not None) == LICENCES[record["licence"]], record["licence"]
        assert record["species"][0]["evidence"][0]["quote"] == "sixth formers read with juniors"
        assert record["url"]


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_lets_such_a_text_out(licensed: Path, tmp_path: Path, form: str) -> None:
    export(form, tmp_path / "out", home=licensed, licensed_texts_only=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    body = b"".join(path.read_bytes() for path in files)
    if form in ("jsonl", "csv", "sqlite", "datapackage", "labelstudio"):
        for n, is_open in enumerate(LICENCES.values()):
            assert (f"yearly.” {n}".encode() in body) == is_open
    elif form == "docbin":
        docs = DocBin().from_disk(tmp_path / "out/corpus-00000.spacy").get_docs(spacy.blank("en").vocab)
        assert len(list(docs)) == 6
    else:
        tables = [pyarrow.parquet.read_table(path) for path in files if path.read_bytes()[:4] == b"PAR1"]
        rows = [row for table in tables for row in table.to_pylist()]
        assert [row["text"] is not None for row in rows] == [LICENCES[row["licence"]] for row in rows]
        assert len(rows) == len(LICENCES)


def test_an_unknown_format_or_snapshot_names_those_there_are(home: Path, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="format 'xml' is unknown; one of csv, datapackage, docbin, "):
        export("xml", tmp_path / "c", home=home)
    with pytest.raises(WarehouseError, match="no snapshot 'x'; one of "):
        export("csv", tmp_path / "c", home=home, snapshot="x")
    with pytest.raises(WarehouseError, match="no snapshot 'x' up to "):
        export("csv", tmp_path / "c", home=home, since="x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_takes_the_place_of_the_one_before_and_leaves_nothing_else(
    home: Path, tmp_path: Path, form: str
) -> None:
    for _ in range(2):
        export(form, tmp_path / "deep/out", home=home)
    left = {path.name for path in (tmp_path / "deep").iterdir()}
    assert left in ({"out"}, {"out", "out.about.json"})


def test_a_folder_of_something_else_is_not_replaced(home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("precious")
    for form in ("docbin", "csv"):
        with pytest.raises(WarehouseError, match=r"mine: (holds something else|is a folder)"):
            export(form, tmp_path / "mine", home=home)
    assert {path.name for path in tmp_path.rglob("*")} == {"mine", "thesis.txt"}


@pytest.mark.parametrize("form", ["jsonl", "csv", "sqlite", "docbin"])
def test_a_full_disk_leaves_the_old_export(home: Path, tmp_path: Path, form: str) -> None:
    code = (
        "import resource, signal, sys; from warehouse import WarehouseError, export; import spacy, duckdb;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400));\n"
        "try: export(sys.argv[1], sys.argv[2], home=sys.argv[3])\n"
        "except WarehouseError as error: print('refused', error)"
    )
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-c", code, form, str(tmp_path / "out/c"), str(home)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert ended.stdout.startswith("refused "), ended.stderr
    assert ended.stdout.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []
