"""DOCX to text: headings by style or look, lists, tables, links, and broken files."""

import io
from typing import Any

import docx
import pytest
from docx.shared import Pt

from spiders.extract import Extraction, ExtractionError, extract
from spiders.source import SplitRule
from spiders.split import split
from tests.spiders.gold.prose import Prose


def found(document: Any) -> Extraction:
    buffer = io.BytesIO()
    document.save(buffer)
    return extract(buffer.getvalue(), url="file:///cases.docx", content_type=None)


@pytest.mark.parametrize("look", ["style", "bold", "large"])
def test_headings_are_told_by_style_or_by_look(look: str) -> None:
    prose, document, titles = (
        Prose(look),
        docx.Document(),
        [f"Sharing with {name}" for name in ("Saltgate", "Marsh Lane", "Greywell", "Kiln Street")],
    )
    for title in titles:
        if look == "style":
            document.add_heading(title, 2)
        else:
            run = document.add_paragraph().add_run(title)
            run.bold = look == "bold"
            run.font.size = Pt(16) if look == "large" else None
        for _ in range(3):
            document.add_paragraph(prose.paragraph())
    extraction = found(document)
    sections = split(extraction, SplitRule("auto"))
    assert [section.title for section in sections] == titles
    assert all(extraction.text[section.start :].startswith(section.title) for section in sections)
    assert all(section.pages is None for section in sections)


def test_lists_and_tables_stand_in_their_place() -> None:
    document = docx.Document()
    document.add_paragraph("Before.")
    document.add_paragraph("First", style="List Bullet")
    document.add_paragraph("Second", style="List Number")
    table = document.add_table(2, 2)
    for row, cells in enumerate((("Year", "Pupils"), ("2023", "12"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    document.add_paragraph("After.")
    assert found(document).text == "Before.\n\n- First\n- Second\n\nYear | Pupils\n2023 | 12\n\nAfter."


def test_the_stated_title_beats_the_first_heading() -> None:
    document = docx.Document()
    document.add_heading("A heading", 1)
    document.add_paragraph("Text.")
    assert found(document).title == "A heading"
    document.core_properties.title = "Stated"
    assert found(document).title == "Stated"


def test_a_cut_file_is_an_error() -> None:
    document = docx.Document()
    document.add_paragraph("Text. " * 2000)
    buffer = io.BytesIO()
    document.save(buffer)
    with pytest.raises(ExtractionError, match="docx_damaged"):
        extract(buffer.getvalue()[:-4000], url="file:///a.docx", content_type=None)


def test_a_document_without_text_is_an_error() -> None:
    with pytest.raises(ExtractionError, match="empty_text"):
        found(docx.Document())
