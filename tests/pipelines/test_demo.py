"""`partnerships demo` ends with what was found, and with commands that work when they are pasted."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import cli, showcase
from pipelines.home import Home


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo's home, and what it printed."""
    home = tmp_path_factory.mktemp("demo") / "a home"
    command = [sys.executable, "-m", "pipelines", "--home", str(home), "demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=home.parent)
    assert done.returncode == 0, done.stderr
    return home, done.stdout


def test_it_names_what_was_found_by_source_species_and_stage(shown: tuple[Path, str]) -> None:
    home, text = shown
    for word in (
        "sample-blog",
        "sample-directory",
        "sample-report",
        "emerging",
        "mentor",
        "One of them: “",
    ):
        assert word in text
    assert str(home / "published" / "current.duckdb") in text.replace("\n", "")


def test_the_commands_that_it_names_work(shown: tuple[Path, str], tmp_path: Path) -> None:
    lines = [line.strip() for line in shown[1].split("Next:")[1].splitlines()]
    commands = [line for line in lines if "partnerships" in line.split(" ")[0]]
    assert len(commands) == 3
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for command in commands:
        words = shlex.split(command)
        assert not any("|" in word or ";" in word for word in words)
        done = subprocess.run(
            words, cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout.strip()


def test_a_second_demo_publishes_the_same_case_studies(
    shown: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    home, _ = shown
    assert cli.run(["--home", str(home), "demo"]) == 0
    capsys.readouterr()
    assert (
        cli.run(
            [
                "--home",
                str(home),
                "query",
                "select count(distinct checksum) from snapshots",
                "--format",
                "csv",
            ]
        )
        == 0
    )
    assert capsys.readouterr().out.splitlines()[1] == "1"


def test_status_tells_how_the_sources_are(
    shown: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["--home", str(shown[0]), "status"]) == 0
    text = capsys.readouterr().out
    [line] = [line for line in text.splitlines() if line.startswith("sample-blog")]
    assert line.split()[1] == "today"
    assert line.split()[-1] == "ok"
    assert "cite it: " in text


def test_samples_never_mix_with_what_was_harvested_in_earnest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTNERSHIPS_HOME", str(tmp_path))
    assert showcase.demo_home(Home(tmp_path)).path == tmp_path
    assert showcase.demo_home(Home(tmp_path)).path == tmp_path
    (tmp_path / ".demo").unlink()
    (tmp_path / "warehouse.duckdb").touch()
    assert showcase.demo_home(Home(tmp_path)).path == tmp_path / "demo"


def test_without_a_named_home_the_demo_has_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARTNERSHIPS_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert showcase.demo_home(Home(Path("data"))).path == Path("data/demo")
