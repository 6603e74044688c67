"""Labels texts about school partnerships: species of partnership teacher, stage of partnership, with quotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classifiers.errors import ClassifierError, CorpusError, ModelError, SchemeError

if TYPE_CHECKING:
    from classifiers.model import Model, load_model, save
    from classifiers.results import Classification, DimensionScore, Evidence, Label, Stage
    from classifiers.tagging import classify, classify_stream

_LATER = {
    "Model": "model", "load_model": "model", "save": "model",
    "Classification": "results", "DimensionScore": "results", "Evidence": "results", "Label": "results",
    "Stage": "results",
    "classify": "tagging", "classify_stream": "tagging",
}  # fmt: skip

__all__ = [
    "Classification", "ClassifierError", "CorpusError", "DimensionScore", "Evidence", "Label", "Model", "ModelError",
    "SchemeError", "Stage", "classify", "classify_stream", "load_model", "save",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what needs numpy only when it is asked for."""
    if name not in _LATER:
        raise AttributeError(f"module 'classifiers' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"classifiers.{_LATER[name]}"), name)
