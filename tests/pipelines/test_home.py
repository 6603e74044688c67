"""Where a command reads and writes, what its settings may say, and who may write."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import home_named
from pipelines.home import Home, HomeError, find_home, reading_home
from pipelines.lock import writing


def test_a_named_home_beats_the_environment_and_that_the_default(tmp_path: Path) -> None:
    named, environ = tmp_path / "a", {"PARTNERSHIPS_HOME": str(tmp_path / "b")}
    assert find_home(named, environ).path == named
    assert find_home(None, environ).path == tmp_path / "b"
    assert find_home(None, {}).path == Path("data")


def test_home_may_stand_anywhere_in_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNERSHIPS_HOME", "before")
    for words in (
        ["--home", "h", "run", "--limit", "3"],
        ["run", "--home=h", "--limit", "3"],
        ["run", "--limit", "3", "--home", "h"],
    ):
        with home_named(words) as rest:
            assert rest == ["run", "--limit", "3"]
            assert os.environ["PARTNERSHIPS_HOME"] == "h"
        assert os.environ["PARTNERSHIPS_HOME"] == "before"


def test_words_after_two_dashes_are_left_alone() -> None:
    with home_named(["query", "--", "--home", "x"]) as rest:
        assert rest == ["query", "--", "--home", "x"]


def test_settings_are_read_and_the_environment_beats_them(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('contact = "a@b.example"\nkeep_snapshots = 3\nsource_hours = 1\n')
    settings = find_home(tmp_path, {"PARTNERSHIPS_KEEP_SNAPSHOTS": "5"}).settings
    assert (settings.contact, settings.keep_snapshots, settings.source_hours) == ("a@b.example", 5, 1.0)


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("contakt = 'x'", {}, "setting 'contakt' is unknown; did you mean 'contact'?"),
        ("contact = 3", {}, "contact is 3; it should be a text in quotation marks"),
        ("contact = ", {}, "is no valid TOML"),
        (
            "",
            {"PARTNERSHIPS_KEEP_SNAPSHOTS": "many"},
            "$PARTNERSHIPS_KEEP_SNAPSHOTS is 'many'; it should be a whole number",
        ),
        ("keep_snapshots = 0", {}, "keep_snapshots is 0; it should be 1 or more"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(
    text: str, environ: dict[str, str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(HomeError) as caught:
        find_home(tmp_path, environ)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeError, match="is a file; a home is a folder"):
        find_home(tmp_path / "file", {})


def test_where_only_the_demo_has_run_its_snapshot_is_read(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert reading_home(home) == home
    demo = tmp_path / "demo" / "published" / "current.duckdb"
    demo.parent.mkdir(parents=True)
    demo.touch()
    assert reading_home(home).path == tmp_path / "demo"
    home.published.mkdir()
    (home.published / "current.duckdb").touch()
    assert reading_home(home) == home


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from pipelines.home import Home; from pipelines.lock import writing\n"
        "with writing(Home(Path(sys.argv[1])), 'partnerships run'): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(HomeError, match=f"held by 'partnerships run', process {holder.pid}, since"),
            writing(Home(tmp_path), "x"),
        ):
            pass
        holder.kill()
    with writing(Home(tmp_path), "after the holder was killed"):
        pass
