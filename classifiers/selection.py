"""What a model would have said of texts that it was not trained on: each part left out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from classifiers.corpus import Example
from classifiers.heads import Held, Prepared, fit_heads
from classifiers.model import Model
from classifiers.results import Classification
from classifiers.tagging import Scored, decide


def held_out(prepared: Prepared, held: Sequence[Held], model: Model) -> list[tuple[Example, Classification]]:
    """Return each held-out text with its classification.

    Neither layer has seen the text's part: the first was fitted without it, the second on the other parts' scores.
    """
    found = []
    for part in held:
        heads, decision = fit_heads(prepared, [other for other in held if other is not part])
        judge = replace(model, decision=decision, **heads)
        for text, sentences, whole in zip(part.texts, part.sentences, part.whole, strict=True):
            scored = Scored(prepared.documents[text], sentences, whole)
            found.append((prepared.corpus.examples[text], decide(scored, judge)))
    return found
