"""Documents to case studies: levels, ends, and what is none."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.extract import Extraction, Heading
from spiders.source import SplitRule
from spiders.split import DOUBTFUL, left_out, split
from tests.spiders.gold.prose import Prose

AUTO = SplitRule("auto")


def document(parts: list[tuple[int, str, int]]) -> Extraction:
    """Return a document of (level, heading, words of text below it); level -1 is text without a heading."""
    prose = Prose("split")
    text, headings = "", []
    for level, title, words in parts:
        if level >= 0:
            headings.append(Heading(title, len(text), len(text) + len(title), level))
            text += title + "\n\n"
        body = ""
        while words and len(body.split()) < words:
            body += prose.sentence() + " "
        text += " ".join(body.split()[:words]) + ("\n\n" if words else "")
    return Extraction("The report", text.rstrip(), None, None, None, {}, tuple(headings), ())


def titles(extraction: Extraction, rule: SplitRule = AUTO) -> list[str]:
    return [section.title for section in split(extraction, rule) if section.confidence >= DOUBTFUL]


def test_without_a_rule_the_document_is_one_section_of_full_confidence() -> None:
    extraction = document([(1, "A", 50), (1, "B", 50)])
    (section,) = split(extraction, None)
    assert (section.start, section.end, section.confidence) == (0, len(extraction.text), 1.0)
    assert section.title == "The report"


def test_the_level_is_the_one_whose_sections_are_as_long_as_a_case_study() -> None:
    parts = [(1, "The report", 0)]
    for chapter in ("Science", "Governors", "Music"):
        parts.append((2, chapter, 30))
        parts += [(3, f"{chapter} at {school}", 250) for school in ("Marsh Lane", "Saltgate", "Thornwick")]
    assert titles(document(parts)) == [
        f"{chapter} at {school}"
        for chapter in ("Science", "Governors", "Music")
        for school in ("Marsh Lane", "Saltgate", "Thornwick")
    ]


def test_the_headings_of_a_template_are_no_case_studies() -> None:
    parts: list[tuple[int, str, int]] = []
    for school in ("Marsh Lane", "Saltgate", "Thornwick", "Greywell"):
        parts.append((2, school, 0))
        parts += [(3, name, 90) for name in ("Aims", "What we did", "Impact")]
    assert titles(document(parts)) == ["Marsh Lane", "Saltgate", "Thornwick", "Greywell"]


def test_the_headings_of_a_template_are_told_even_on_the_level_of_the_titles() -> None:
    parts: list[tuple[int, str, int]] = []
    for school in ("Marsh Lane", "Saltgate", "Thornwick", "Greywell"):
        parts.append((2, school, 20))
        parts += [(2, name, 90) for name in ("Aims", "Impact")]
    assert titles(document(parts)) == ["Marsh Lane", "Saltgate", "Thornwick", "Greywell"]


def test_contents_foreword_and_imprint_are_no_case_studies() -> None:
    cases = [(1, f"Case of {school}", 200) for school in ("Marsh Lane", "Saltgate", "Thornwick", "Greywell")]
    extraction = document(
        [(1, "Contents", 80), (1, "Foreword", 120), *cases, (1, "Acknowledgements", 60), (1, "Imprint", 40)]
    )
    assert titles(extraction) == [title for _, title, _ in cases]
    last = split(extraction, AUTO)[-1]
    assert "Acknowledgements" not in extraction.text[last.start : last.end]


def test_a_long_foreword_is_proposed_with_little_confidence() -> None:
    cases = [(1, f"Case of {school}", 200) for school in ("Marsh Lane", "Saltgate", "Thornwick", "Greywell")]
    sections = split(document([(1, "Foreword by the chair", 500), *cases]), AUTO)
    assert sections[0].title == "Foreword by the chair"
    assert sections[0].confidence < DOUBTFUL


def test_a_very_short_section_is_doubtful() -> None:
    parts = [(1, f"Case of {school}", 200) for school in ("Marsh Lane", "Saltgate", "Thornwick")]
    sections = split(document([*parts, (1, "Stay tuned", 12)]), AUTO)
    assert [section.confidence < DOUBTFUL for section in sections] == [False, False, False, True]


@pytest.mark.parametrize("parts", [[(-1, "", 300)], [(1, "Physics on Thursdays", 300)]])
def test_a_text_in_which_nothing_calls_for_splitting_is_one_section_of_full_confidence(
    parts: list[tuple[int, str, int]],
) -> None:
    (section,) = split(document(parts), AUTO)
    assert section.confidence == 1.0


def test_a_text_too_long_for_one_case_study_that_cannot_be_split_is_doubtful() -> None:
    (section,) = split(document([(-1, "", 4000)]), AUTO)
    assert section.confidence < DOUBTFUL


def test_a_label_above_a_heading_belongs_to_its_section() -> None:
    text = "\n\n".join(
        f"Case study {number}\n\nTitle {word}\n\n" + "Both schools share a teacher of physics. " * 30
        for number, word in enumerate(("one", "two", "three"), 1)
    )
    headings = tuple(
        Heading(f"Title {word}", at := text.index(f"Title {word}"), at + 6 + len(word), 1)
        for word in ("one", "two", "three")
    )
    extraction = Extraction("R", text.rstrip(), None, None, None, {}, headings, ())
    sections = split(extraction, AUTO)
    assert [section.title for section in sections] == ["Title one", "Title two", "Title three"]
    assert [
        text[section.start :].startswith(f"Case study {number}") for number, section in enumerate(sections, 1)
    ] == [True] * 3


@pytest.mark.parametrize(("label", "is_paged"), [("Part two", False), ("Working together", True)])
def test_a_label_above_the_title_of_a_part_is_in_no_case_study(label: str, *, is_paged: bool) -> None:
    parts = [(2, f"Case of {school}", 200) for school in ("Marsh Lane", "Saltgate", "Thornwick", "Greywell")]
    whole = document([*parts[:2], (1, "Music", 0), *parts[2:]])
    at = whole.headings[2].start
    text = f"{whole.text[:at]}{label}\n\n{whole.text[at:]}"
    moved = len(label) + 2
    headings = tuple(
        replace(
            one,
            start=one.start + moved * (one.start >= at),
            end=one.end + moved * (one.start >= at),
            page=(1 + (one.start >= at)) if is_paged else None,
        )
        for one in whole.headings
    )
    starts = (0, at) if is_paged else ()
    extraction = replace(whole, text=text, headings=headings, page_starts=starts)
    sections = split(extraction, AUTO)
    assert [section.title for section in sections] == [title for _, title, _ in parts]
    assert not any(label in text[section.start : section.end] for section in sections)


def test_pages_are_those_on_which_a_section_stands() -> None:
    extraction = document(
        [(1, f"Case of {school}", 200) for school in ("Marsh Lane", "Saltgate", "Thornwick")]
    )
    begin = [heading.start for heading in extraction.headings]
    paged = Extraction(
        "R", extraction.text, None, None, None, {}, extraction.headings, (0, begin[1] + 100, begin[2])
    )
    assert [section.pages for section in split(paged, AUTO)] == [(1, 1), (1, 2), (3, 3)]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-1, 4),
            st.sampled_from(["Marsh Lane", "Aims", "Contents", "Foreword", "Case study 2", "X"]),
            st.sampled_from([0, 5, 60, 400]),
        ),
        max_size=14,
    ),
    st.sampled_from([AUTO, SplitRule("h2"), None]),
)
def test_sections_are_slices_in_order_and_with_what_is_left_out_make_the_whole(
    parts: list[tuple[int, str, int]], rule: SplitRule | None
) -> None:
    extraction = document(parts)
    sections = split(extraction, rule)
    at = 0
    for section in sections:
        assert at <= section.start <= section.end <= len(extraction.text)
        part = extraction.text[section.start : section.end]
        assert part == part.strip()
        assert 0 <= section.confidence <= 1
        at = section.end
    spans = sorted([*((section.start, section.end) for section in sections), *left_out(extraction, sections)])
    joined = "".join(extraction.text[start:end] for start, end in spans)
    assert "".join(joined.split()) == "".join(extraction.text.split())


@pytest.mark.parametrize("title", ["1. Foreword", "Chapter 2 Introduction", "CONTENTS", "About this report"])
def test_numbering_and_case_do_not_hide_what_a_heading_is(title: str) -> None:
    cases = [(1, f"Case of {school}", 200) for school in ("Marsh Lane", "Saltgate", "Thornwick")]
    assert titles(document([(1, title, 150), *cases])) == [name for _, name, _ in cases]
