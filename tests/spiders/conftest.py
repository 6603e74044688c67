"""A site, a home, and a harvester that keeps a run's folder at hand."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spiders.harvest import HarvestResult, acknowledge, harvest
from spiders.source import Source, read_source
from tests.spiders.website import Website, website


@dataclass
class Run:
    """A finished run of a source and the lines of its folder."""

    result: HarvestResult
    folder: Path

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / f"{name}.jsonl").read_text("utf-8").splitlines()]

    def outcomes(self) -> dict[str, str]:
        return {line["url"]: line["outcome"] for line in self.lines("fetches") if line["document_id"]}

    def reasons(self) -> dict[str, str]:
        return {line["url"]: line["reason"] for line in self.lines("failures")}

    def titles(self) -> list[str]:
        return sorted(line["title"] for line in self.lines("documents"))


@dataclass
class Harvester:
    """Harvests into one home, run after run."""

    home: Path
    count: int = field(default=0)

    def source(self, text: str, name: str = "harbour") -> Source:
        path = self.home.parent / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return read_source(path)

    def __call__(
        self, source: Source | str, *, load: bool = True, now: dt.datetime | None = None, **options: Any
    ) -> Run:
        if isinstance(source, str):
            source = self.source(source)
        self.count += 1
        run_id = f"20261124T1305{self.count:02d}Z-3f2a"
        options = {"backoff": 0.01, "workers": 1, **options}
        result = harvest(
            source, home=self.home, run_id=run_id, contact="lab@harbour.example", now=now, **options
        )
        if load:
            acknowledge(source.id, home=self.home, run_id=run_id)
        return Run(result, self.home / "runs" / run_id / "harvest" / source.id)


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as served:
        yield served


@pytest.fixture
def harvested(tmp_path: Path) -> Harvester:
    return Harvester(tmp_path / "home")
