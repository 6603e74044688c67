"""What goes wrong is said in one line: where, what was found, what would be right; and nothing is half-written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import cli

GOOD = 'title = "A county"\nkind = "folder"\nstart = ["{folder}"]\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a contact, and a folder of one text to harvest."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text('contact = "tests@county.example"\n')
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "one.txt").write_text(
        "Latin on Tuesdays\n\nA classicist from Aldermoor School teaches the Latin set at Dunmere each Tuesday; "
        "the academy has had no specialist since 2019. Both heads look at the results in July."
    )
    return home


def failed(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> str:
    """Run a command that must fail with status 1; return its one line."""
    capsys.readouterr()
    assert cli.run(["--home", str(home), *words]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert "Traceback" not in lines[0]
    return lines[0]


def written(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("kind =", "kynd ="), ["kynd", "kind"]),
        (
            ('"folder"', '"lists"'),
            ["'lists'", "archive", "feed", "folder", "listing", "pages", "sitemap", "wordpress"],
        ),
        (("start", "allow = ['(']\nstart"), ["allow", "'('"]),
        (('title = "A county"\n', ""), ["title"]),
        (("title =", "title"), ["county.toml"]),
    ],
    ids=["wrong key", "unknown kind", "regex", "missing key", "no toml"],
)
def test_a_wrong_source_file_is_named_and_nothing_is_written(
    change: tuple[str, str], said: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home.parent / "sources"
    folder.mkdir()
    (folder / "county.toml").write_text(GOOD.format(folder=home.parent / "papers").replace(*change))
    before = written(home)
    capsys.readouterr()
    assert cli.run(["--home", str(home), "run", "--sources", str(folder)]) == 1
    error = capsys.readouterr().err
    assert "county.toml" in error
    assert all(word in error for word in said)
    assert "Traceback" not in error
    assert written(home) == before


def test_a_wrong_source_file_fails_alone_and_the_others_go_on(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home.parent / "sources"
    folder.mkdir()
    (folder / "good.toml").write_text(GOOD.format(folder=home.parent / "papers"))
    (folder / "bad.toml").write_text('kind = "lists"')
    assert cli.run(["--home", str(home), "run", "--sources", str(folder)]) == 1
    assert "bad.toml" in capsys.readouterr().err
    assert cli.run(["--home", str(home), "query", "select title from case_studies", "--format", "csv"]) == 0
    assert "Latin on Tuesdays" in capsys.readouterr().out


def test_a_harvest_without_contact_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "settings.toml").unlink()
    line = failed(capsys, home, "run")
    assert "contact is missing" in line
    assert "PARTNERSHIPS_CONTACT" in line


def test_an_unknown_source_is_named_with_those_there_are(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home.parent / "sources"
    folder.mkdir()
    (folder / "county.toml").write_text(GOOD.format(folder=home.parent / "papers"))
    assert "one of county" in failed(capsys, home, "run", "--sources", str(folder), "--source", "nope")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is no JSON"),
        ("[1]", "a JSON object is wanted"),
        ('{"id": "x", "title": "t"}', "'text'"),
        ('{"id": 3, "text": "t"}', "'id'"),
        (b"\xff\xfe{}", "UTF-8"),
    ],
)
def test_an_unreadable_text_is_named_and_no_output_is_left(
    line: str | bytes, said: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts, output = home.parent / "in.jsonl", home.parent / "out.jsonl"
    raw = line if isinstance(line, bytes) else line.encode()
    texts.write_bytes(b'{"id": "a", "title": "", "text": "A text."}\n' + raw + b"\n")
    found = failed(capsys, home, "classify", str(texts), "--output", str(output))
    assert f"{texts}:2" in found
    assert said in found
    assert not output.exists()
    assert list(home.parent.glob("out.jsonl*")) == []


def test_a_file_is_never_written_over_by_its_own_tags(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = home.parent / "in.jsonl"
    texts.write_text('{"id": "a", "title": "", "text": "A text."}\n\n')
    assert "is the file that is read" in failed(capsys, home, "classify", str(texts), "--output", str(texts))
    assert texts.read_text() == '{"id": "a", "title": "", "text": "A text."}\n\n'


def test_a_file_that_is_not_there_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = failed(capsys, home, "classify", str(home / "nowhere.jsonl"), "--output", str(home / "out.jsonl"))
    assert line == f"{home / 'nowhere.jsonl'}: no such file or directory"


def test_what_is_not_published_yet_names_the_command_to_run(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "partnerships" in failed(capsys, home, "query", "select 1")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a snapshot of one case study."""
    base = tmp_path_factory.mktemp("published")
    home, folder = base / "home", base / "sources"
    home.mkdir()
    folder.mkdir()
    (home / "settings.toml").write_text('contact = "tests@county.example"\n')
    (base / "one.txt").write_text(
        "Music\n\nA cellist from Aldermoor School leads a string group at Dunmere each week."
    )
    (folder / "county.toml").write_text(GOOD.format(folder=base / "one.txt"))
    assert cli.run(["--home", str(home), "run", "--sources", str(folder)]) == 0
    return home


@pytest.mark.parametrize(
    "sql",
    [
        "drop view case_studies",
        "create table t as select 1",
        "insert into history.run select * from history.run",
        "attach 'other.duckdb'",
        "copy case_studies to 'out.csv'",
        "select * from read_csv('/etc/passwd')",
        "select 1; drop view labels",
        "install httpfs",
        "set enable_external_access = true",
        "pragma database_list; checkpoint",
        "export database 'x'",
    ],
)
def test_sql_that_writes_or_reads_files_is_refused(
    sql: str, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (published / "published" / "current.duckdb").resolve().read_bytes()
    failed(capsys, published, "query", sql)
    assert (published / "published" / "current.duckdb").resolve().read_bytes() == before


def test_no_such_snapshot_is_said_with_those_there_are(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [snapshot] = [path.stem for path in (published / "published").glob("2*.duckdb")]
    line = failed(capsys, published, "query", "select 1", "--snapshot", "2001-01-01T0000-beef")
    assert "2001-01-01T0000-beef" in line
    assert snapshot in line


def test_an_unknown_export_format_names_those_there_are(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = failed(capsys, published, "export", "papyrus", str(published.parent / "out"))
    assert "papyrus" in line
    assert "jsonl" in line


def test_wrong_sql_is_said_in_one_line(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere" in failed(capsys, published, "query", "select * from nowhere")


def test_wrong_usage_ends_with_status_2(published: Path) -> None:
    for words in (
        ["no-such-command"],
        ["query"],
        ["query", "select 1", "--format", "xml"],
        ["run", "--limit", "0"],
    ):
        assert cli.run(["--home", str(published), *words]) == 2


@pytest.fixture
def held(published: Path) -> Iterator[int]:
    """Another process that has the warehouse open to write; its process id."""
    program = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", program, str(published / "warehouse.duckdb")]
    holder = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        yield holder.pid
        holder.kill()


def test_a_locked_warehouse_is_said_with_its_holder(
    published: Path, held: int, capsys: pytest.CaptureFixture[str]
) -> None:
    line = failed(capsys, published, "publish")
    assert "warehouse.duckdb" in line
    assert str(held) in line


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here: it takes the rights of root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_run_on_a_full_disk_says_so(
    home: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = home.parent / "sources"
    sources.mkdir()
    (sources / "county.toml").write_text(GOOD.format(folder=home.parent / "papers"))
    (small_disk / "filler").write_bytes(b"x" * 900_000)
    (small_disk / "settings.toml").write_text('contact = "tests@county.example"\n')
    capsys.readouterr()
    assert cli.run(["--home", str(small_disk), "run", "--sources", str(sources)]) == 1
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert "disk" in error or "space" in error
    (small_disk / "filler").unlink()
    subprocess.run(["mount", "-o", "remount,size=80m", str(small_disk)], check=True)
    assert cli.run(["--home", str(small_disk), "run", "--sources", str(sources)]) == 0


def test_a_full_disk_is_said_and_leaves_what_was_there(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here: it takes the rights of root")
    try:
        texts = tmp_path / "many.jsonl"
        line = json.dumps(
            {"id": "a", "title": "A title", "text": "A teacher of one school teaches at another. " * 40}
        )
        texts.write_text((line + "\n") * 600)
        found = failed(capsys, published, "classify", str(texts), "--output", str(disk / "out.jsonl"))
        assert "no space left" in found.lower()
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)
