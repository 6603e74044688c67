"""The commands around the model: train it, score it, ask it why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Corpora = Annotated[
    list[Path] | None,
    typer.Option("--corpus", metavar="PATH", help="A corpus file, or a folder of them; may be repeated."),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command()(train)


def train(
    output: Annotated[Path, typer.Option("--output", metavar="MODEL", help="The model file to write.")],
    corpus: Corpora = None,
    species: Annotated[
        Path | None, typer.Option(metavar="TOML", help="A species scheme of your own.")
    ] = None,
    stage: Annotated[Path | None, typer.Option(metavar="TOML", help="A stage scheme of your own.")] = None,
    seed: Annotated[int, typer.Option(help="The same files and seed give the same model.")] = 0,
) -> None:
    """Fit a model from labelled texts; without --corpus, from the seed corpus."""
    from classifiers.model import save
    from classifiers.train import train as fit

    model = fit(corpus_files(corpus), seed=seed, species=species, stage=stage)
    save(model, output)
    print(f"{output}: {model.id}")


def corpus_files(named: list[Path] | None) -> list[Path]:
    """Return the corpus files that are meant, those of a folder by name. Raises HomeError for an empty folder."""
    from pipelines.home import HomeError

    files: list[Path] = []
    for path in named or []:
        found = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        if not found:
            raise HomeError(
                f"--corpus {path}: holds no *.jsonl; a corpus is a file of JSON lines, or a folder of them"
            )
        files += found
    return files
