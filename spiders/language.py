"""Tells the language in which a text is written."""

import re
from functools import cache
from typing import Any

_LEAST_LETTERS = 200
_SURE = 0.95
_CANDIDATES = (
    "en cy ga gd fr de es it pt nl da sv nb no fi pl cs sk hu ro el tr ru uk ar zh ja ko hi ur bn".split()
)
_WORDS = {
    "en": frozenset("the and of to in a is that for with was on are as at by from".split()),
    "fr": frozenset("le la les de des et en un une du est que pour dans".split()),
    "de": frozenset("der die das und in zu den mit von ist im für ein eine".split()),
    "es": frozenset("el la los las de y en un una que del por con para".split()),
    "it": frozenset("il la di e che un una per del con in le dei della".split()),
    "nl": frozenset("de het een en van in is op te dat met voor".split()),
    "cy": frozenset("y yr a yn i o ar ac mae am gan eu".split()),
}
_WORD = re.compile(r"[^\W\d_]+")


def settle_language(text: str, *, declared: str | None) -> str | None:
    """Return the two-letter code of the text's language.

    What was declared holds if the text does not plainly contradict it. An undeclared language is told
    from the text if it has 200 letters or more, else it is None.
    """
    declared = declared.strip().lower()[:2] if declared and declared.strip()[:2].isalpha() else None
    sample = _WORD.findall(text[:2000].lower())
    if len("".join(sample)) < _LEAST_LETTERS:
        return declared
    shares = {code: sum(word in common for word in sample) / len(sample) for code, common in _WORDS.items()}
    if declared in shares and shares[declared] >= 0.15:
        return declared
    first, second = sorted(shares, key=lambda code: -shares[code])[:2]
    if shares[first] >= 0.2 and shares[second] < 0.5 * shares[first]:
        return first
    found, probability = _identifier().classify(" ".join(sample))
    found = "no" if found == "nb" else str(found)
    return found if probability >= _SURE else declared


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # heavy

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(identifier.nb_classes)
    identifier.set_languages([code for code in _CANDIDATES if code in known])
    return identifier
