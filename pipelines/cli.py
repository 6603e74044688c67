"""Arguments to one call; errors to one line and an exit status: 0 done, 1 the work failed, 2 wrong usage."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands import analyse, keep, learn, look, work

# Each package's one error class: what a user can mend, said in one line. Anything else is a bug and keeps its
# traceback. They are looked up among the modules already loaded, so that `--help` loads none.
EXPECTED = (
    ("pipelines.home", "HomeError"),
    ("spiders.source", "SourceError"),
    ("classifiers.errors", "ClassifierError"),
    ("warehouse.errors", "WarehouseError"),
)
DISK = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EACCES,
    errno.EROFS,
    errno.EPERM,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EIO,
    errno.ENOENT,
}

app = typer.Typer(
    name="partnerships",
    help="Harvest case studies of school partnerships, tag them by species and stage, and publish them for analysis.",
    epilog="--home DIR may stand anywhere in the line. Settings: DIR/settings.toml, or PARTNERSHIPS_<NAME>.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (work, look, analyse, learn, keep):
    module.register(app)


def show_version(asked: bool) -> None:
    """Print the version and end, if asked."""
    if asked:
        from pipelines.runs import product_version

        print(f"partnerships {product_version()}")
        raise typer.Exit


@app.callback()
def options(
    home: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Holds everything that a command writes [$PARTNERSHIPS_HOME, else ./data]."
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=show_version, help="Show the version, and end."),
    ] = False,
) -> None:
    """Harvest case studies of school partnerships, tag them by species and stage, and publish them for analysis."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Unicode gets escapes, not an error
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(words: Sequence[str]) -> int:
    """Run one command; return its exit status. Errors that a user can mend become one line on stderr."""
    try:
        with home_named(words) as rest:
            app(rest, prog_name="partnerships")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except BrokenPipeError:  # the reader of our output, such as `head`, has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        line = one_line(error)
        if line is None:
            raise
        for each in (*getattr(error, "__notes__", ()), line):
            print(each, file=sys.stderr)
        return 1
    return 0


@contextmanager
def home_named(words: Sequence[str]) -> Iterator[list[str]]:
    """Take `--home DIR` out of the words, wherever it stands, and let it beat `$PARTNERSHIPS_HOME` for the block.

    It travels in the environment, so that the processes that a command starts know it, too.
    """
    rest, named, before = list(words), None, os.environ.get("PARTNERSHIPS_HOME")
    end = rest.index("--") if "--" in rest else len(rest)
    for at, word in reversed(list(enumerate(rest[:end]))):
        if word.startswith("--home="):
            value = rest.pop(at).removeprefix("--home=")
            named = value if named is None else named
        elif word == "--home" and at + 1 < end:
            rest.pop(at)
            value = rest.pop(at)
            named = value if named is None else named
    try:
        if named is not None:
            os.environ["PARTNERSHIPS_HOME"] = named
        yield rest
    finally:
        if named is not None:
            os.environ.pop("PARTNERSHIPS_HOME")
            os.environ.update({} if before is None else {"PARTNERSHIPS_HOME": before})


def one_line(error: BaseException) -> str | None:
    """Return the line that a user should read, or None for an error that is a bug."""
    if isinstance(error, expected_errors()):
        return str(error)
    if isinstance(error, OSError) and error.errno in DISK:
        where = error.filename or "the disk"
        said = f"{where}: {str(error.strerror).lower()}"
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO}
        return f"{said}; nothing was left half-written: mend it and run again" if full else said
    if any(words in str(error) for words in ("No space left on device", "disk is full")):  # DuckDB, SQLite
        return f"the disk: {error}; nothing was left half-written: free some space and run again"
    return None


def expected_errors() -> tuple[type[BaseException], ...]:
    """Return the error classes of the packages that are loaded."""
    found = (getattr(sys.modules.get(module), name, None) for module, name in EXPECTED)
    return tuple(each for each in found if each is not None)
