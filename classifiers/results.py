"""What the classifier says of a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that speak for a label: `quote == text[start:end]`, at most 250 characters."""

    quote: str
    start: int
    end: int

    def to_record(self) -> dict[str, Any]:
        """Return the contract's form."""
        return {"quote": self.quote, "start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class Label:
    """A species code that holds of a text, with its quotes, the best first."""

    label: str
    probability: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """A rubric dimension that the text bears on: a level from 1 to 4, and the clause that says so."""

    level: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Stage:
    """The stage, or None where the text does not say; then `probability` is that of saying nothing."""

    label: str | None
    probability: float
    dimensions: dict[str, DimensionScore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Classification:
    """All that was found in one text.

    `probabilities` holds every species code's, also of those below the threshold. `note` says in words why a text
    was not tagged, or not read to its end; None as a rule.
    """

    is_case_study: bool
    case_study_probability: float
    species: tuple[Label, ...]
    stage: Stage
    probabilities: dict[str, float]
    schemes: tuple[str, ...]
    model: str
    note: str | None = None

    def to_record(self, case_study_id: Any) -> dict[str, Any]:
        """Return the record of the contract; key `note` is there only where there is something to say."""
        record: dict[str, Any] = {
            "id": case_study_id,
            "case_study": {"value": self.is_case_study, "probability": self.case_study_probability},
            "species": [
                {
                    "label": found.label,
                    "probability": found.probability,
                    "evidence": [e.to_record() for e in found.evidence],
                }
                for found in self.species
            ],
            "stage": {
                "label": self.stage.label,
                "probability": self.stage.probability,
                "dimensions": {
                    name: {"level": score.level, **score.evidence.to_record()}
                    for name, score in self.stage.dimensions.items()
                },
            },
            "schemes": list(self.schemes),
            "model": self.model,
        }
        if self.note is not None:
            record["note"] = self.note
        return record
