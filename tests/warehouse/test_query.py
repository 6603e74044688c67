"""What a question may do, and how its answer looks."""

import io
import json
from pathlib import Path

import pytest

import warehouse as package
from tests.warehouse.runs import Run
from warehouse import WarehouseError
from warehouse.load import load
from warehouse.querying import Result, query
from warehouse.render import render
from warehouse.snapshot import publish


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    run = Run(home)
    page = run.document("https://harbour.example/a", [("=1+1", "Our bursar governs Marsh Lane.")])
    run.label(page.case_studies[0], species={"governor": (0.8, "governs")})
    load(home / "warehouse.duckdb", run.write())
    publish(home / "warehouse.duckdb", home / "published")
    return home / "published"


READING = [
    "FROM case_studies", "SELECT id FROM case_studies;",
    "WITH a AS (SELECT 1) FROM a", "DESCRIBE labels", "SHOW TABLES",
    "SUMMARIZE labels", "EXPLAIN SELECT 1", "VALUES (1)", "(SELECT 1)", "TABLE labels", "SELECT 1 -- ; DROP",
]  # fmt: skip


@pytest.mark.parametrize("sql", READING)
def test_what_reads_is_answered(published: Path, sql: str) -> None:
    assert query(published, sql).columns


WRITING = [
    "DROP VIEW labels", "CREATE TABLE memory.main.t AS SELECT 1", "CREATE TEMP TABLE t AS SELECT 1",
    "INSERT INTO history.run VALUES (1)", "UPDATE history.run SET detail = ''", "DELETE FROM history.run",
    "COPY labels TO '/tmp/never.csv'", "EXPORT DATABASE '/tmp/never'", "ATTACH '/tmp/never.duckdb'", "INSTALL httpfs",
    "LOAD httpfs", "SET threads = 1", "SET enable_external_access = true", "RESET lock_configuration", "USE memory",
    "DETACH snapshot", "CHECKPOINT", "BEGIN", "CALL pragma_version()", "SELECT 1; DROP VIEW labels", "", "  -- nothing",
    "EXPLAIN ANALYZE INSERT INTO history.run SELECT * FROM history.run", "VACUUM", "PREPARE a AS SELECT 1",
]  # fmt: skip


@pytest.mark.parametrize("sql", WRITING)
def test_what_writes_is_refused_in_one_line(published: Path, sql: str) -> None:
    with pytest.raises(WarehouseError, match=r"^query: ") as raised:
        query(published, sql)
    assert "\n" not in str(raised.value)


FILES = [
    "FROM '/etc/hostname'", "FROM read_csv('/etc/hostname')", "SELECT * FROM read_text('/etc/hostname')",
    "FROM glob('/etc/*')", "FROM read_parquet('https://example.org/a.parquet')", "FROM read_json('/etc/hostname')",
    "SELECT * FROM query('FROM read_text(''/etc/hostname'')')", "FROM read_blob('/etc/hostname')",
    "FROM read_duckdb('/etc/hostname')",
]  # fmt: skip


@pytest.mark.parametrize("sql", FILES)
def test_no_other_file_is_read(published: Path, sql: str) -> None:
    with pytest.raises(WarehouseError, match=r"^query: ") as raised:
        query(published, sql)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("sql", ["SELEC 1", "FROM nowhere", "SELECT nothing FROM labels", "SELECT 'a'::INT"])
def test_wrong_sql_is_an_error_of_one_line(published: Path, sql: str) -> None:
    with pytest.raises(WarehouseError, match=r"^query: ") as raised:
        query(published, sql)
    assert "\n" not in str(raised.value)


def test_a_query_works_beside_an_open_connection_of_the_same_process(published: Path) -> None:
    with package.connect(published.parent) as connection:
        assert query(published, "SELECT label FROM labels").rows == (("governor",),)
        assert connection.sql("SELECT label FROM labels").fetchall() == [("governor",)]


def test_a_snapshots_file_can_be_named(published: Path) -> None:
    file = (published / "current.duckdb").resolve()
    assert query(file, "SELECT count(*) AS n FROM case_studies") == Result(("n",), ((1,),))


ANSWER = Result(
    ("title", "species", "score"),
    (("=cmd|'x'!A0", ["mentor", "governor"], 0.5), ("a\x1b[31m\u202eb", None, None)),
)


def rendered(form: str) -> str:
    stream = io.StringIO()
    render(ANSWER, form, stream, width=80)
    return stream.getvalue()


def test_a_table_shows_no_control_or_direction_characters() -> None:
    text = rendered("table")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "a\\x1b[31m\\u202eb" in text
    assert "mentor; governor" in text


def test_csv_holds_no_formula() -> None:
    assert rendered("csv").splitlines()[:2] == ["title,species,score", "'=cmd|'x'!A0,mentor; governor,0.5"]


def test_json_lines_give_values_whole() -> None:
    records = [json.loads(line) for line in rendered("jsonl").splitlines()]
    assert records == [
        {"title": "=cmd|'x'!A0", "species": ["mentor", "governor"], "score": 0.5},
        {"title": "a\x1b[31m\u202eb", "species": None, "score": None},
    ]


def test_an_unknown_format_names_those_there_are() -> None:
    with pytest.raises(
        WarehouseError, match="format 'xml' is unknown; one of table, csv, jsonl would be right"
    ):
        rendered("xml")
