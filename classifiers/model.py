"""A trained model: what it holds, how it is saved, and the one that the package ships."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.cues import CueMatcher, scheme_concepts
from classifiers.errors import ModelError, SchemeError
from classifiers.features import Blocks, DocumentSpace, SentenceSpace, Vocabulary
from classifiers.scheme import Scheme, parse_scheme
from classifiers.stacking import Levels, Stacked
from classifiers.store import read_state, write_state
from classifiers.targets import Outputs

Floats = NDArray[np.float32]
SHIPPED = Path(__file__).parent / "models" / "default.skops"
FORMAT = 2


@dataclass(frozen=True)
class Layer:
    """A first-layer model: `coef` (features, outputs), kept only for the features in `kept`."""

    kept: NDArray[np.int32]
    coef: Floats
    intercept: Floats

    @classmethod
    def pruned(cls, coef: Floats, intercept: Floats, *, least: float) -> Layer:
        """Drop the features whose every weight is below `least`, and round the rest."""
        kept = np.flatnonzero(np.abs(coef).max(axis=1) >= least).astype(np.int32)
        return cls(kept, coef[kept].astype(np.float16).astype(np.float32), intercept.astype(np.float32))

    def dense(self, width: int) -> Floats:
        """Return the weights with a row for every feature."""
        full = np.zeros((width, self.coef.shape[1]), np.float32)
        full[self.kept] = self.coef
        return full


@dataclass(frozen=True)
class Decision:
    """Where a probability becomes a decision."""

    species: float
    case_study: float
    stated: float
    dimension: float


@dataclass(frozen=True)
class Model:
    """Everything that `classify` needs. `card` is what is known of its making: see `metadata`."""

    species_source: str
    stage_source: str
    sentence_terms: Vocabulary
    document_terms: Vocabulary
    blocks: Blocks
    sentence_layer: Layer
    document_layer: Layer
    species_head: Stacked
    gate_head: Stacked
    stated_head: Stacked
    dimension_head: Stacked
    level_head: Levels
    decision: Decision
    card: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def species(self) -> Scheme:
        """Return the species scheme, as it was when the model was trained."""
        return _scheme(self.species_source)

    @cached_property
    def stage(self) -> Scheme:
        """Return the stage scheme, as it was when the model was trained."""
        return _scheme(self.stage_source)

    @cached_property
    def outputs(self) -> Outputs:
        """Return the columns of the first layer."""
        return Outputs.of(self.species, self.stage)

    @cached_property
    def matcher(self) -> CueMatcher:
        """Return the finder of the schemes' cues."""
        return CueMatcher(scheme_concepts(self.species, self.stage))

    @cached_property
    def sentence_space(self) -> SentenceSpace:
        """Return the sentences' features."""
        return SentenceSpace(self.sentence_terms, len(self.matcher.names), self.blocks)

    @cached_property
    def document_space(self) -> DocumentSpace:
        """Return the whole texts' features."""
        return DocumentSpace(self.document_terms, len(self.matcher.names))

    @cached_property
    def sentence_weights(self) -> Floats:
        """Return the first layer's weights for sentences, a row for every feature."""
        return self.sentence_layer.dense(self.sentence_space.width)

    @cached_property
    def document_weights(self) -> Floats:
        """Return the first layer's weights for whole texts, a row for every feature."""
        return self.document_layer.dense(self.document_space.width)

    @cached_property
    def id(self) -> str:
        """Return a short name that differs wherever the model does."""
        digest = hashlib.sha256()
        for key, value in sorted(to_state(self).items()):
            digest.update(
                key.encode() + (value.tobytes() if isinstance(value, np.ndarray) else str(value).encode())
            )
        return f"species-stage-{self.card.get('corpus_digest', '')[:8]}-{digest.hexdigest()[:8]}"

    @property
    def schemes(self) -> list[str]:
        """Return the schemes' names."""
        return [self.species.scheme, self.stage.scheme]

    def scheme_records(self) -> list[dict[str, Any]]:
        """Return the schemes' codes and titles, as `classify/schemes.json` holds them."""
        return [self.species.to_record(), self.stage.to_record()]

    def metadata(self) -> dict[str, Any]:
        """Return what `classify/model.json` holds: id, schemes, corpus digest, seed, versions, scores.

        `trained_at` is None: the same inputs give the same file, so that no clock may enter it.
        """
        known = {key: self.card.get(key) for key in ("corpus_digest", "seed", "versions", "scores")}
        return {"model": self.id, "schemes": self.schemes, **known, "trained_at": None}


def load_model(path: Path | str | None = None) -> Model:
    """Load a model that `train` made, or the one that the package ships. Raises ModelError."""
    return _shipped() if path is None else from_state(read_state(Path(path)), where=str(path))


@lru_cache(maxsize=1)
def _shipped() -> Model:
    return from_state(read_state(SHIPPED), where=SHIPPED.name)


def save(model: Model, path: Path | str) -> None:
    """Write a model as a skops file; the same model gives the same bytes."""
    write_state(to_state(model), Path(path))


_HEADS = ("species_head", "gate_head", "stated_head", "dimension_head")
_LAYERS = ("sentence_layer", "document_layer")
_TERMS = ("sentence_terms", "document_terms")


def to_state(model: Model) -> dict[str, Any]:
    """Return a model as arrays and texts, of which a skops file is made."""
    state: dict[str, Any] = {
        "about": json.dumps(
            {
                "format": FORMAT,
                "blocks": model.blocks.__dict__,
                "decision": model.decision.__dict__,
                "card": model.card,
            },
            sort_keys=True,
        ),
        "species_source": model.species_source,
        "stage_source": model.stage_source,
    }
    for name in _TERMS:
        terms: Vocabulary = getattr(model, name)
        state[f"{name}.terms"] = "\n".join(terms.terms)
        state[f"{name}.weights"] = terms.weights.astype(np.float16)
    for name in _LAYERS:
        layer: Layer = getattr(model, name)
        state[f"{name}.kept"] = layer.kept
        state[f"{name}.coef"] = layer.coef.astype(np.float16)
        state[f"{name}.intercept"] = layer.intercept
    for name in _HEADS:
        head: Stacked = getattr(model, name)
        for part in ("center", "scale", "coef", "intercept"):
            state[f"{name}.{part}"] = getattr(head, part)
    state |= {f"level_head.{part}": getattr(model.level_head, part) for part in ("coef", "intercept", "cut")}
    return state


def from_state(state: dict[str, Any], *, where: str) -> Model:
    """Return the model that `to_state` took apart. Raises ModelError."""
    try:
        about = json.loads(state["about"])
        if about["format"] != FORMAT:
            raise ModelError(
                f"{where}: format {about['format']!r}; this version reads {FORMAT}: train it anew"
            )
        parts: dict[str, Any] = {
            name: Vocabulary(state[f"{name}.terms"].split("\n"), state[f"{name}.weights"].astype(np.float32))
            for name in _TERMS
        }
        parts |= {
            name: Layer(
                state[f"{name}.kept"], state[f"{name}.coef"].astype(np.float32), state[f"{name}.intercept"]
            )
            for name in _LAYERS
        }
        parts |= {
            name: Stacked(*(state[f"{name}.{part}"] for part in ("center", "scale", "coef", "intercept")))
            for name in _HEADS
        }
        parts["level_head"] = Levels(*(state[f"level_head.{part}"] for part in ("coef", "intercept", "cut")))
        model = Model(
            state["species_source"],
            state["stage_source"],
            blocks=Blocks(**about["blocks"]),
            decision=Decision(**about["decision"]),
            card=about["card"],
            **parts,
        )
        widths = (model.sentence_weights.shape, model.document_weights.shape)
    except ModelError:
        raise
    except SchemeError as error:
        raise ModelError(f"{where}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ModelError(f"{where}: no model made by `train`: {type(error).__name__}: {error}") from error
    wanted = (model.outputs.sentence_width, model.outputs.document_width)
    if (widths[0][1], widths[1][1]) != wanted:
        raise ModelError(f"{where}: has {(widths[0][1], widths[1][1])} outputs; its schemes need {wanted}")
    return model


def _scheme(source: str) -> Scheme:
    table = tomllib.loads(source)
    return parse_scheme(table, name=f"{table.get('scheme', 'scheme')}.toml")
