"""PDF to text: reading order, furniture, hyphens, pages, and files that cannot be read."""

import io
from collections.abc import Callable

import pypdfium2 as pdfium
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from spiders.extract import Extraction, ExtractionError, extract
from spiders.source import SplitRule
from spiders.split import DOUBTFUL, split
from tests.spiders.bench_text import split_f1
from tests.spiders.gold.reports import Report, report

SENTENCES = [
    f"Sentence {number} of a story about two schools that share a teacher of physics." for number in range(80)
]


def pdf(draw: Callable[[Canvas], None], **options: object) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, **options)  # type: ignore[arg-type]
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def found(body: bytes) -> Extraction:
    return extract(body, url="https://a.example/files/annual-report.pdf", content_type="application/pdf")


def lines(
    canvas: Canvas, x: float, y: float, texts: list[str], *, font: str = "Helvetica", size: float = 10
) -> None:
    canvas.setFont(font, size)
    for number, text in enumerate(texts):
        canvas.drawString(x, y - number * size * 1.25, text)


@pytest.mark.parametrize("seed", [f"held-{number}" for number in range(12)])
def test_a_report_is_split_into_its_case_studies(seed: str) -> None:
    one: Report = report(seed)
    extraction = found(one.body)
    sections = [section for section in split(extraction, SplitRule("auto")) if section.confidence >= DOUBTFUL]
    texts = [
        (section.title, extraction.text[section.start : section.end], section.pages) for section in sections
    ]
    right, count, gold = split_f1(texts, one.sections)
    assert 2 * right / (count + gold) >= 0.85, one.traits
    pages = {section.title: section.pages for section in sections}
    known = [section for section in one.sections if section.title in pages]
    assert sum(pages[section.title] == section.pages for section in known) >= 0.8 * len(known)


def test_columns_are_read_one_after_the_other_whatever_the_stored_order() -> None:
    def draw(canvas: Canvas) -> None:
        for number in (3, 0, 5, 1, 4, 2, 9, 6, 8, 7):
            lines(canvas, 310, 700 - 12.5 * number, [f"right line {number} runs on and on and on and"])
            lines(canvas, 60, 700 - 12.5 * number, [f"left line {number} runs on and on and on and"])

    words = found(pdf(draw)).text.split()
    order = [(words[at - 1], int(words[at + 1])) for at, word in enumerate(words) if word == "line"]
    assert order == [(side, number) for side in ("left", "right") for number in range(10)]


def test_running_heads_and_page_numbers_are_dropped_and_years_kept() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 6):
            lines(canvas, 60, 800, ["Annual report 2024"], size=8)
            last = [f"Story {'abcdef'[page]} has been told so since", f"{2010 + page}."]
            lines(canvas, 60, 130 + 3 * page, [*SENTENCES[page * 5 : page * 5 + 5], *last])
            lines(canvas, 290, 30, [f"Page {page} of 5"], size=8)
            canvas.showPage()

    text = found(pdf(draw)).text
    assert "Annual report" not in text
    assert "of 5" not in text
    assert [f"{2010 + page}." in text for page in range(1, 6)] == [True] * 5


@pytest.mark.parametrize("head", ["Review of the year 2024–25", "Review of the year 2024–25 | {page}"])
def test_a_year_in_a_running_head_is_no_page_number(head: str) -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 6):
            lines(canvas, 60, 800, [head.format(page=page)])
            lines(canvas, 60, 700 - 3 * page, SENTENCES[page * 5 : page * 5 + 5])
            canvas.showPage()

    assert "Review" not in found(pdf(draw)).text


def test_hyphens_at_line_ends_are_joined_and_compounds_kept() -> None:
    def draw(canvas: Canvas) -> None:
        lines(
            canvas,
            60,
            700,
            [
                "The well-known teacher and her colleagues plan a co-",
                "ordinated set of lessons for the part-",
                "nership, by a well-",
                "known teacher of physics who has been there long.",
            ],
        )

    assert (
        "a coordinated set of lessons for the partnership, by a well-known teacher" in found(pdf(draw)).text
    )


def test_a_paragraph_goes_on_over_the_page_and_pages_begin_where_it_breaks() -> None:
    def draw(canvas: Canvas) -> None:
        lines(
            canvas,
            60,
            120,
            [
                "The paragraph starts upon the first of two pages and",
                "then it simply goes on and on until the page is",
            ],
        )
        canvas.showPage()
        lines(canvas, 60, 760, ["turned, where it ends."])

    extraction = found(pdf(draw))
    assert "until the page is turned, where it ends." in extraction.text
    assert extraction.page_starts[0] == 0
    assert extraction.text[extraction.page_starts[1] :].startswith("turned,")


RAGGED = [
    "The school lends its laboratory to the primary in the town, and a teacher",
    "of physics rides there each week with some of the pupils.",
    "Workshops follow in spring, when both of the heads meet the governors and",
    "read what the pupils of both schools wrote in their books.",
]


def test_a_sentence_that_ends_a_somewhat_short_line_ends_no_paragraph() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(6):
            lines(canvas, 60, 750 - number * 57, RAGGED)

    assert found(pdf(draw)).text.count("the pupils. Workshops follow") == 6


def test_a_sentence_that_ends_a_full_page_ends_no_paragraph() -> None:
    def draw(canvas: Canvas) -> None:
        full = f"{RAGGED[1]} They all learn."
        lines(canvas, 60, 120, [RAGGED[0], RAGGED[2], full])
        canvas.showPage()
        lines(canvas, 60, 760, RAGGED[2:])

    assert "They all learn. Workshops follow" in found(pdf(draw)).text


def test_paragraphs_that_only_a_short_last_line_parts_stay_apart() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(6):
            lines(canvas, 60, 750 - number * 37.5, [RAGGED[0], RAGGED[2], "It is fun."])

    assert found(pdf(draw)).text.count("\n\n") == 5


def test_an_empty_page_counts() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, SENTENCES[:4])
        canvas.showPage()
        canvas.rect(50, 50, 100, 100)
        canvas.showPage()
        lines(canvas, 60, 700, SENTENCES[4:8])

    extraction = found(pdf(draw))
    assert len(extraction.page_starts) == 3
    assert extraction.text[extraction.page_starts[2] :].startswith("Sentence 4")


def test_a_watermark_and_text_beside_the_sheet_are_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, SENTENCES[:6])
        lines(canvas, -400, 700, ["Left over on the pasteboard"])
        canvas.rotate(45)
        lines(canvas, 300, 100, ["CONFIDENTIAL"], size=60)

    text = found(pdf(draw)).text
    assert text.startswith("Sentence 0")
    assert "CONFIDENTIAL" not in text
    assert "pasteboard" not in text


def test_a_turned_page_is_read_like_an_upright_one() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(0, 60)
        canvas.rotate(90)
        lines(canvas, 20, -60, SENTENCES[:6])

    assert found(pdf(draw)).text.startswith(f"{SENTENCES[0]} {SENTENCES[1]}")


@pytest.mark.parametrize("cut", [1, 3, 7])
def test_words_stored_in_parts_and_out_of_order_are_whole(cut: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        parts = []
        for number, sentence in enumerate(SENTENCES[:8]):
            x = 60.0
            for word in sentence.split():
                for start in range(0, len(word), cut):
                    part = word[start : start + cut]
                    parts.append((x, 700 - 12.5 * number, part))
                    x += canvas.stringWidth(part, "Helvetica", 10)
                x += canvas.stringWidth(" ", "Helvetica", 10)
        for x, y, part in sorted(parts, key=lambda one: (one[0] * 7919 + one[1] * 104729) % 1009):
            canvas.drawString(x, y, part)

    assert found(pdf(draw)).text == " ".join(SENTENCES[:8])


def test_ligatures_and_bullets_are_plain() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, [*SENTENCES[:3], "• first thing", "• second thing"])

    assert found(pdf(draw)).text.endswith("- first thing\n- second thing")


def test_the_outline_gives_titles_their_level() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(4):
            canvas.bookmarkPage(f"p{number}")
            canvas.addOutlineEntry(f"Case {number}: sharing", f"p{number}", 0)
            lines(canvas, 60, 760, [f"Case {number}: sharing"], font="Helvetica", size=10)
            lines(canvas, 60, 730, SENTENCES[number * 10 : number * 10 + 10])
            canvas.showPage()

    extraction = found(pdf(draw))
    assert [(heading.text, heading.level, heading.page) for heading in extraction.headings] == [
        (f"Case {number}: sharing", 1, number + 1) for number in range(4)
    ]
    assert [section.pages for section in split(extraction, SplitRule("auto"))] == [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 4),
    ]


def test_the_title_is_the_largest_line_unless_the_file_states_a_real_one() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 760, ["Celebrating partnerships"], size=28)
        lines(canvas, 60, 700, SENTENCES[:6])

    def named(canvas: Canvas) -> None:
        canvas.setTitle("A stated title")
        draw(canvas)

    def junk(canvas: Canvas) -> None:
        canvas.setTitle("report_final_v3.indd")
        draw(canvas)

    assert found(pdf(draw)).title == "Celebrating partnerships"
    assert found(pdf(named)).title == "A stated title"
    assert found(pdf(junk)).title == "Celebrating partnerships"


def test_a_date_is_null_unless_the_text_calls_it_that_of_publication() -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, 60, 700, [*SENTENCES[:6], "Published on 3 May 2024."])

    assert found(pdf(lambda canvas: lines(canvas, 60, 700, SENTENCES[:6]))).published is None
    assert found(pdf(draw)).published == "2024-05-03"


def readable() -> bytes:
    def draw(canvas: Canvas) -> None:
        for page in range(3):
            lines(canvas, 60, 700, SENTENCES[page * 10 : page * 10 + 10])
            canvas.showPage()

    return pdf(draw)


def test_a_scan_is_an_error_and_not_an_empty_document() -> None:
    def draw(canvas: Canvas) -> None:
        for _ in range(3):
            canvas.rect(50, 50, 400, 600, fill=1)
            canvas.showPage()

    with pytest.raises(ExtractionError, match="pdf_no_text_layer"):
        found(pdf(draw))


def test_an_encrypted_file_is_an_error() -> None:
    body = pdf(
        lambda canvas: lines(canvas, 60, 700, SENTENCES[:6]), encrypt=StandardEncryption("secret", "owner")
    )
    with pytest.raises(ExtractionError, match="pdf_encrypted"):
        found(body)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
def test_a_file_cut_anywhere_is_an_error(share: float) -> None:
    body = readable()
    with pytest.raises(ExtractionError, match="pdf_damaged"):
        found(body[: int(share * len(body))])


def test_a_file_with_junk_after_its_end_is_read() -> None:
    assert found(readable() + b"\r\n<!-- added by a server -->" + b" " * 2000).text.startswith("Sentence 0")


def test_a_document_of_too_many_pages_is_refused() -> None:
    document = pdfium.PdfDocument.new()
    for _ in range(1501):
        document.new_page(100, 100)
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    with pytest.raises(ExtractionError, match="too_large"):
        found(buffer.getvalue())
