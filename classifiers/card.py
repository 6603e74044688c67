"""A model's card: what it is for, what it was made from, how good it is, in Markdown."""

from __future__ import annotations

from typing import Any

from classifiers.model import Model

_ROWS = (
    ("macro-F1, species", "macro"),
    ("micro-F1, species", "micro"),
    ("evidence: a quote meets a person's", "evidence"),
    ("F1 of case study", "case_study_f1"),
    ("F1 of no case study", "no_case_study_f1"),
    ("stage: quadratic kappa", "stage_kappa"),
    ("stage: pairs that kappa stands on", "stage_pairs"),
    ("stage: accuracy, with not stated", "stage_accuracy"),
    ("stage: given where a person gave one", "stage_given"),
    ("calibration error of given labels", "calibration"),
)


def to_markdown(model: Model) -> str:
    """Return the card. The same model has the same card."""
    card = model.card
    scores: dict[str, Any] = card.get("scores", {}).get("held_out", {})
    lines = [
        f"# Model {model.id}",
        "",
        "Labels texts about school partnerships by species of partnership teacher and stage of partnership, with",
        "quotes. Made for pages in English by and about British schools; elsewhere it has not been tried. It reads",
        "what a page says and cannot tell whether it is so. Not for judging persons or schools: for finding texts,",
        "and for counts that allow for its errors.",
        "",
        f"- schemes: {', '.join(model.schemes)}",
        f"- corpus: {card.get('texts')} texts in {len(card.get('parts', []))} parts",
        f"- corpus digest: `{card.get('corpus_digest')}`",
        f"- seed: {card.get('seed')}",
        f"- versions: {', '.join(f'{k} {v}' for k, v in sorted(card.get('versions', {}).items()))}",
        f"- thresholds: {', '.join(f'{k} {v:.2f}' for k, v in model.decision.__dict__.items())}",
        "",
    ]
    if scores:
        lines += [
            f"Held out, a part at a time ({scores['texts']} texts; neither layer had seen the part):",
            "",
            "| what | score |",
            "|---|---|",
            *(f"| {name} | {_shown(scores.get(key))} |" for name, key in _ROWS),
            "",
            "| species | precision | recall | F1 | 95 % | texts |",
            "|---|---|---|---|---|---|",
            *(_label(label) for label in scores["labels"]),
            "",
        ]
    return "\n".join(lines)


def _label(label: dict[str, Any]) -> str:
    shares = " | ".join(f"{label[key]:.2f}" for key in ("precision", "recall", "f1"))
    return (
        f"| {label['label']} | {shares} | {label['low']:.2f} to {label['high']:.2f} | {label['positives']} |"
    )


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
