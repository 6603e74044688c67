"""The commands around the model: train it, score it, ask it why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import ModelFile, SnapshotId

Corpora = Annotated[
    list[Path] | None,
    typer.Option("--corpus", metavar="PATH", help="A corpus file, or a folder of them; may be repeated."),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (train, evaluate, explain):
        app.command()(command)


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


def evaluate(
    corpus: Corpora = None,
    model: ModelFile = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the whole report there, too.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the bootstrap samples.")] = 0,
) -> None:
    """Score a model on labelled texts, beside keyword rules and the majority."""
    from classifiers import load_model
    from classifiers.corpus import shipped_parts
    from classifiers.evaluate import evaluate as score
    from pipelines.lines import write_whole

    report = score(corpus_files(corpus) or shipped_parts(), model=load_model(model), seed=seed)
    print(report.to_table())
    if as_json is not None:
        write_whole(as_json, report.to_json())


def explain(
    case_study: Annotated[
        str,
        typer.Argument(metavar="ID", help="A case study's id, a file of one text, or - for stdin."),
    ],
    every: Annotated[bool, typer.Option("--every", help="Show the unlikely labels, too.")] = False,
    model: ModelFile = None,
    snapshot: SnapshotId = None,
) -> None:
    """Say why a case study has its labels, and not the others."""
    from classifiers import load_model
    from classifiers.explain import explain as reasons
    from pipelines.commands.analyse import home_to_read
    from pipelines.explaining import find_text

    title, text = find_text(case_study, snapshot=snapshot, home=home_to_read)
    print(reasons(text, title=title, model=load_model(model)).to_text(every=every))


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
