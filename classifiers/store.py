"""A model's file: skops, the same bytes for the same model, and no code inside."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from classifiers.errors import ModelError

_FIXED = (1980, 1, 1, 0, 0, 0)  # a zip entry's time: the oldest that the format knows
_LARGEST = 200_000_000  # bytes of one entry when unpacked: a model of one's own may be large, a bomb may not


def write_state(state: dict[str, Any], path: Path) -> None:
    """Write arrays, texts and numbers as a skops file. The file appears whole or not at all."""
    import skops.io  # slow to import

    content = _canonical(skops.io.dumps(state))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_state(path: Path) -> dict[str, Any]:
    """Read what `write_state` wrote. Raises ModelError; code or foreign types in the file are refused, not run."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be read: {error.strerror}; a model made by `train` is needed"
        ) from error
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            largest = max((entry.file_size for entry in archive.infolist()), default=0)
        if largest > _LARGEST:
            raise ModelError(f"{path}: an entry unpacks to {largest} bytes; {_LARGEST} is the most")
        import skops.io

        foreign = skops.io.get_untrusted_types(data=content)
        if foreign:
            raise ModelError(
                f"{path}: holds {foreign[0]}, which is no part of a model; retrain it, or do not trust it"
            )
        state = skops.io.loads(content, trusted=[])
    except ModelError:
        raise
    except (
        Exception
    ) as error:  # a damaged or hostile file fails anywhere inside zipfile, json, numpy or skops
        raise ModelError(f"{path}: no model made by `train`: {type(error).__name__}: {error}") from error
    if not isinstance(state, dict):
        raise ModelError(f"{path}: holds {type(state).__name__}; a model made by `train` is needed")
    return state


def _canonical(content: bytes) -> bytes:
    """Rewrite a skops file without what differs from run to run: object addresses and entry times."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}
    schema = _renumber(json.loads(entries.pop("schema.json")), numbers, names)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        ordered = {names[name]: data for name, data in entries.items()}
        ordered["schema.json"] = json.dumps(schema, indent=None, sort_keys=True).encode()
        for name in sorted(ordered):
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, ordered[name], compresslevel=9)
    return out.getvalue()


def _renumber(node: Any, numbers: dict[int, int], names: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_renumber(value, numbers, names) for value in node]
    if not isinstance(node, dict):
        return node
    changed: dict[str, Any] = {}
    for key, value in node.items():
        if key == "__id__":
            changed[key] = numbers.setdefault(value, len(numbers))
        elif key == "file" and isinstance(value, str):
            suffix = Path(value).suffix
            changed[key] = names.setdefault(value, f"{len(names)}{suffix}")
        else:
            changed[key] = _renumber(value, numbers, names)
    return changed
