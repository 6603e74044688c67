"""Checks the values of a source file, and words their faults."""

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any

KINDS = ("archive", "feed", "folder", "listing", "pages", "sitemap", "wordpress")
DEFAULT_MAX_DOCUMENTS = 5000
SECTIONS = {
    "select": ("item", "next", "title", "body", "published"),
    "split": ("heading",),
    "expect": ("min", "max"),
}


class Nothing(dict[str, Any]):
    """An absent section."""


NOTHING = Nothing()


class Check:
    """Collects the faults of one file, so that all are named at once."""

    def __init__(self, where: str, values: dict[str, Any]) -> None:
        self.where, self.values, self.faults = where, values, list[str]()

    def fault(self, words: str) -> None:
        """Note a fault."""
        self.faults.append(f"{self.where}: {words}")

    def unknown(self, values: Iterable[str], known: Iterable[str], *, where: str) -> None:
        """Note the keys that are not known, each with the nearest that is."""
        known = sorted(known)
        for key in values:
            if key not in known:
                near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.6)
                right = f"{where}{near[0]!r} is near it" if near else f"one of {', '.join(known)}"
                self.fault(f"key {where + key!r} is unknown; {right}")

    def section(self, name: str) -> dict[str, Any]:
        """Return the known keys of a section; NOTHING if it is not there."""
        if name not in self.values:
            return NOTHING
        value = self.values[name]
        if not isinstance(value, dict):
            self.fault(f"{name} is {value!r}; a section [{name}] is needed")
            return NOTHING
        self.unknown(value, SECTIONS[name], where=f"{name}.")
        return {key: value[key] for key in value if key in SECTIONS[name]}

    def css(self, section: str, key: str) -> str | None:
        """Return a selector, or None."""
        value = self.values[section].get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.fault(f"{section}.{key} is {value!r}; a CSS selector is needed, such as 'h2'")
            return None
        if (reason := _css_fault(value)) and not (section == "split" and value == "auto"):
            self.fault(f"{section}.{key} = {value!r} is not a CSS selector: {reason}")
            return None
        return value.strip()

    def count(self, section: str, key: str) -> int | None:
        """Return a whole number, or None."""
        value = self.values[section].get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.fault(f"{section}.{key} is {value!r}; a whole number, 0 or more, is needed")
            return None
        return value

    def word(self, key: str) -> str | None:
        """Return a string with something in it, or None."""
        value = self.values.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            self.fault(f"{key} is {value!r}; a string with something in it is needed")
            return None
        return value.strip() if value else None


def _title(check: Check, key: str) -> str:
    if key not in check.values:
        check.fault("title is missing; a name for the source is needed")
    return check.word(key) or ""


def _kind(check: Check, key: str) -> str:
    value = check.values.get(key)
    if value is None:
        check.fault(f"kind is missing; one of {', '.join(KINDS)}")
    elif value not in KINDS:
        check.fault(f"kind {value!r} is unknown; one of {', '.join(KINDS)}")
    return str(value)


def _strings(check: Check, key: str) -> tuple[str, ...]:
    value = check.values.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        check.fault(f"{key} is {value!r}; a list of strings is needed")
        return ()
    return tuple(one.strip() for one in value)


def _starts(check: Check, key: str) -> tuple[str, ...]:
    starts = _strings(check, key)
    if key not in check.values:
        check.fault("start is missing; a list of addresses (for folder and archive, of paths) is needed")
    elif check.values[key] == []:
        check.fault("start is empty; at least one address (for folder and archive, one path) is needed")
    return tuple(dict.fromkeys(starts))


def _regexes(check: Check, key: str) -> tuple[str, ...]:
    patterns = _strings(check, key)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            check.fault(f"{key} {pattern!r} is not a regular expression: {error}")
    return patterns


def _date(check: Check, key: str) -> str | None:
    value = check.values.get(key)
    if value is None:
        return None
    try:
        if isinstance(value, dt.datetime):
            return value.date().isoformat()
        return (value if isinstance(value, dt.date) else dt.date.fromisoformat(value)).isoformat()
    except (TypeError, ValueError):
        check.fault(f"{key} is {value!r}; a date is needed, such as 2026-11-24")
        return None


def _delay(check: Check, key: str) -> float | None:
    value = check.values.get(key)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (number and 0 <= value <= 86400):
        check.fault(f"{key} is {value!r}; seconds from 0 to 86400 are needed")
        return None
    return None if value is None else float(value)


def _max_documents(check: Check, key: str) -> int:
    value = check.values.get(key, DEFAULT_MAX_DOCUMENTS)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        check.fault(f"{key} is {value!r}; a whole number, 1 or more, is needed")
        return DEFAULT_MAX_DOCUMENTS
    return value


def _active(check: Check, key: str) -> bool:
    value = check.values.get(key, True)
    if not isinstance(value, bool):
        check.fault(f"{key} is {value!r}; true or false is needed")
    return value is True


FIELDS: dict[str, Callable[[Check, str], Any]] = {
    "title": _title,
    "kind": _kind,
    "start": _starts,
    "allow": _regexes,
    "deny": _regexes,
    "licence": Check.word,
    "basis": Check.word,
    "checked_on": _date,
    "contact": Check.word,
    "delay": _delay,
    "max_documents": _max_documents,
    "active": _active,
}


def _css_fault(selector: str) -> str | None:
    """Return why this is no CSS that a page can be asked with, `::text` and `::attr(name)` included; None if it is."""
    import cssselect
    from cssselect.parser import FunctionalPseudoElement

    try:
        for parsed in cssselect.parse(selector):
            cssselect.HTMLTranslator().selector_to_xpath(parsed)
            wanted = parsed.pseudo_element
            named = (
                isinstance(wanted, FunctionalPseudoElement)
                and wanted.name == "attr"
                and len(wanted.arguments) == 1
            )
            if wanted is not None and wanted != "text" and not named:
                return "only ::text and ::attr(name) may end it"
    except (cssselect.SelectorError, ValueError, RecursionError) as error:
        return str(error).splitlines()[0]
    return None
