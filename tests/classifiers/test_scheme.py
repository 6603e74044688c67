"""Schemes are data: what stands in the files, and what is said of a wrong one."""

import tomllib
from typing import Any

import pytest

from classifiers.errors import SchemeError
from classifiers.scheme import FOLDER, SPECIES, STAGE, parse_scheme, read_scheme, shipped_scheme


def test_the_species_scheme_holds_the_eleven_codes_with_rules_and_cues() -> None:
    scheme = shipped_scheme(SPECIES)
    assert len(scheme.codes) == 11
    assert {"secondee", "animateur", "enricher", "governor", "mentor", "digitiser"} < set(scheme.code_names())
    for code in scheme.codes:
        assert code.title and code.definition and code.tag and code.do_not_tag and code.examples and code.cues


def test_the_stage_scheme_holds_nine_dimensions_of_four_levels() -> None:
    scheme = shipped_scheme(STAGE)
    assert len(scheme.dimensions) == 9
    assert [scheme.at_level(n) for n in (1, 2, 3, 4)] == [
        "emerging", "established", "regional_excellence", "national_commonwealth",
    ]  # fmt: skip
    assert all(len(d.levels) == len(d.cues) == 4 for d in scheme.dimensions)


def test_the_later_stage_scheme_maps_every_code_of_the_first() -> None:
    later = shipped_scheme("stage@2022-spring")
    first = shipped_scheme(later.mapped_from or "")
    assert {code: later.map_code(code) for code in first.code_names()} == {
        "emerging": ("beginner",),
        "established": ("developing", "established_effective"),
        "regional_excellence": ("excellence",),
        "national_commonwealth": ("excellence",),
    }


def test_every_shipped_scheme_reads() -> None:
    paths = sorted(FOLDER.glob("*.toml"))
    assert len(paths) >= 3
    assert [read_scheme(path).scheme for path in paths] == [path.stem for path in paths]


def _table() -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{SPECIES}.toml").read_text(encoding="utf-8"))


def _break(table: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    *path, last = key.split(".")
    at: Any = table
    for step in path:
        at = at[int(step)] if step.isdigit() else at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return table


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("title", None, r"species@2021-01\.toml: title is missing; text is needed"),
        ("kind", "list", r"kind 'list' is unknown; one of labels, mapped, rubric"),
        ("code.1.definition", 7, r"\[\[code\]\] 2 \(animateur\): definition is 7; text is needed"),
        ("code.0.code", "animateur", r"code 'animateur' stands twice"),
        ("code.0.code", "The Secondee", r"code 'The Secondee' is no code"),
        ("code.0.cues", "lent", r"\(secondee\): cues is 'lent'; a list of texts is needed"),
        ("code.0.colour", "red", r"\(secondee\): key 'colour' is unknown; one of"),
        ("scheme", "species@2", r"scheme 'species@2' differs from the file's name"),
        ("role.0.title", " ", r"\[\[role\]\] 1: title is ' '; text is needed"),
    ],
)
def test_a_wrong_scheme_is_told_by_file_key_and_remedy(key: str, value: Any, message: str) -> None:
    with pytest.raises(SchemeError, match=message) as caught:
        parse_scheme(_break(_table(), key, value), name=f"{SPECIES}.toml")
    assert "\n" not in str(caught.value)


def test_a_rubric_with_a_level_missing_is_refused() -> None:
    table = tomllib.loads((FOLDER / f"{STAGE}.toml").read_text(encoding="utf-8"))
    table["dimension"][2]["levels"].pop()
    with pytest.raises(SchemeError, match=r"\(finance\): levels has not 4 entries"):
        parse_scheme(table, name=f"{STAGE}.toml")
