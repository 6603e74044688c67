"""What is taken down is gone from everywhere under the home, and stays out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zstandard

from pipelines import cli
from tests.pipelines import seven_kinds as county
from tests.serving import Site, serving


@dataclass
class Held:
    site: Site
    home: Path
    sources: Path

    def run(self, *words: str) -> int:
        return cli.run(["--home", str(self.home), *words])


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    """Three pages of one source and a folder, harvested and published twice."""
    with serving() as site:
        county.put_sitemap(site, 3)
        county.put_feed(site, 2)
        sources = tmp_path / "sources"
        county.write_sources(site, sources, tmp_path)
        for path in sources.glob("*.toml"):
            if path.stem not in ("trust", "news"):
                path.unlink()
        home = tmp_path / "home"
        home.mkdir()
        (home / "settings.toml").write_text('contact = "tests@county.example"\n')
        here = Held(site, home, sources)
        assert here.run("run", "--sources", str(sources)) == 0
        yield here


def mentions(home: Path, words: str) -> list[str]:
    """Return the files below the home that hold these words, looked at as they are and unpacked."""
    found = []
    for path in sorted(home.rglob("*")):
        if path.is_file() and not path.is_symlink():
            raw = path.read_bytes()
            if path.suffix == ".zst":
                raw = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
            elif path.suffix == ".gz":
                raw = gzip.decompress(raw)
            if words.encode() in raw:
                found.append(str(path.relative_to(home)))
    return found


def test_a_document_that_is_taken_down_is_gone_everywhere_and_stays_out(
    held: Held, capsys: pytest.CaptureFixture[str]
) -> None:
    title = county.story("trust", 1)[0]
    assert mentions(held.home, title)
    assert held.run("takedown", held.site.url("/trust/1/"), "--reason", "asked by the school") == 0
    assert "1 document and 1 case study removed" in capsys.readouterr().out
    assert mentions(held.home, title) == []
    held.site.asked.clear()
    assert held.run("run", "--sources", str(held.sources)) == 0
    assert not any(path == "/trust/1/" for _, path, _ in held.site.asked)
    capsys.readouterr()
    assert held.run("query", "select title from case_studies", "--format", "jsonl") == 0
    titles = {json.loads(line)["title"] for line in capsys.readouterr().out.splitlines()}
    assert titles == {
        county.story(kind, n)[0] for kind, n in (("trust", 0), ("trust", 2), ("news", 0), ("news", 1))
    }


def test_a_source_that_is_taken_down_takes_its_documents_along(
    held: Held, capsys: pytest.CaptureFixture[str]
) -> None:
    assert held.run("takedown", "news") == 0
    assert "2 documents and 2 case studies removed" in capsys.readouterr().out
    for number in range(2):
        assert mentions(held.home, county.story("news", number)[0]) == []
    assert mentions(held.home, county.story("trust", 0)[0])
    held.site.asked.clear()
    assert held.run("run", "--sources", str(held.sources)) == 0
    assert held.site.asked
    assert not any("news" in path for _, path, _ in held.site.asked)
    capsys.readouterr()
    assert held.run("run", "--sources", str(held.sources), "--source", "news") == 1
    assert "was taken down" in capsys.readouterr().err


def test_a_source_that_there_is_not_is_said(held: Held, capsys: pytest.CaptureFixture[str]) -> None:
    assert held.run("takedown", "nowhere") == 1
    assert "nowhere" in capsys.readouterr().err
