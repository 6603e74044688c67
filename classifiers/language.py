"""Which language a text is in, where it is not English: only English is read."""

from __future__ import annotations

from collections.abc import Sequence

# Function words: they make up a third or more of English prose, and a fifth of English lists.
_ENGLISH = frozenset(
    "the of and to a in is that for it was on are as with his they at be this from have or by one had not but what all "
    "were when we there can an your which their said if will each about how up out them then she many some so these "
    "would other into has more her two him see could no than been its who now people my made over did down only our "
    "you i he us me any after where also between here through during under while before should must may both".split()
)
_FEW = 12  # words; below that nothing can be said
_ENOUGH = (
    0.14  # share of function words above which a text is surely English; below, it is looked at more closely
)


def foreign_language(words: Sequence[str], text: str) -> str | None:
    """Return the ISO 639-1 code of a text that is not in English; None for English, and where too little is said.

    `words` are the text's, lower-cased. A letterless or very short text counts as English.
    """
    letters = [w for w in words[:2000] if w[:1].isalpha()]
    if len(letters) < _FEW:
        return _script(text) if sum(c.isalpha() for c in text[:400]) >= 2 * _FEW else None
    share = sum(w in _ENGLISH for w in letters) / len(letters)
    return None if share >= _ENOUGH else _guess(text)


def _script(text: str) -> str | None:
    """Judge a text with few words by its letters: some scripts part no words."""
    sample = [c for c in text[:400] if c.isalpha()]
    return _guess(text) if sum(c > "\u02af" for c in sample) > 0.7 * len(sample) else None


def _guess(text: str) -> str | None:
    import py3langid  # slow to load

    code = str(py3langid.classify(text[:6000])[0])
    return None if code == "en" else code
