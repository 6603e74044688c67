"""A date as written on a page or in its metadata, to an ISO date; None where it would be a guess."""

import re
from datetime import UTC, date, datetime, timedelta

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar januari janvier enero gennaio janeiro ionawr",
            "february feb februar februari février fevrier febrero febbraio fevereiro chwefror",
            "march mar märz maerz mrz maart mars marzo março marco mawrth",
            "april apr avril abril aprile ebrill",
            "may mai mei mayo maggio maio",
            "june jun juni juin junio giugno junho mehefin",
            "july jul juli juillet julio luglio julho gorffennaf",
            "august aug augustus août aout agosto awst",
            "september sep sept septembre septiembre settembre setembro medi",
            "october oct oktober okt octobre octubre ottobre outubro hydref",
            "november nov novembre noviembre novembro tachwedd",
            "december dec dezember dez décembre decembre diciembre dicembre dezembro rhagfyr",
        ),
        start=1,
    )
    for name in names.split()
}
_WORD = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}Z?)?$")
_DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s*(?:st|nd|rd|th|er|º|\.)?\s*(?:of\s+|de\s+|d[’'])?({_WORD})\b\.?,?\s*(?:de\s+)?(\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b({_WORD})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(\d{{4}})(?!\d)", re.IGNORECASE
)
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d.])")
_YEAR_SLASHED = re.compile(r"(?<![\d/])(\d{4})/(\d{1,2})/(\d{1,2})(?![\d/])")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])")
EARLIEST = 1990


def parse_date(text: str | None, *, day_first: bool | None = None, today: date | None = None) -> str | None:
    """Return the one date that the text states, as `YYYY-MM-DD`; None if none, several or unsure.

    A numeric date such as 05/11/2026 is read only if one reading is possible or `day_first` says which.
    Dates before 1990 or after tomorrow are taken for mistakes.
    """
    if not text or len(text) > 2000:
        return None
    latest = (today or datetime.now(UTC).date()) + timedelta(days=1)
    found = {iso for iso in _candidates(text.strip(), day_first=day_first, latest=latest) if iso}
    return found.pop() if len(found) == 1 else None


def _candidates(text: str, *, day_first: bool | None, latest: date) -> list[str | None]:
    out: list[str | None] = []
    if match := _COMPACT.match(text):
        out.append(_iso(match[1], match[2], match[3], latest))
    out += [_iso(year, month, day, latest) for year, month, day in _ISO.findall(text.replace("T", " "))]
    out += [_iso(year, month, day, latest) for year, month, day in _YEAR_SLASHED.findall(text)]
    out += [_iso(year, month, day, latest) for day, month, year in _DOTTED.findall(text)]
    out += [_iso(year, _MONTHS[month.lower()], day, latest) for day, month, year in _DAY_FIRST.findall(text)]
    out += [
        _iso(year, _MONTHS[month.lower()], day, latest) for month, day, year in _MONTH_FIRST.findall(text)
    ]
    for first, second, year in _SLASHED.findall(text):
        as_day_first, as_month_first = _iso(year, second, first, latest), _iso(year, first, second, latest)
        if as_day_first and as_month_first and as_day_first != as_month_first:
            out.append(None if day_first is None else as_day_first if day_first else as_month_first)
        else:
            out.append(as_day_first or as_month_first)
    return out


def _iso(year: str, month: str | int, day: str, latest: date) -> str | None:
    try:
        value = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return value.isoformat() if value.year >= EARLIEST and value <= latest else None
