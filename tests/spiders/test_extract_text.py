# ruff: noqa: E501  # markup stands on one line
"""The main text of web pages: what is kept, in which order, and what is not."""

import re

import pytest

from spiders.extract import ExtractionError, Given, extract
from spiders.source import Select, SplitRule
from spiders.split import split
from tests.spiders.bench_text import token_f1
from tests.spiders.gold.pages import Page, pages

URL = "https://www.harbour.example/projects/physics/"
SENTENCE = (
    "Dr Okafor teaches the A level set at Marsh Lane each Thursday, and both heads read the results in July. "
)


def page(body: str, head: str = "<title>Physics on Thursdays</title>") -> bytes:
    return f"<!doctype html><html lang='en-GB'><head>{head}</head><body>{body}</body></html>".encode()


def text_of(body: bytes, **options: object) -> str:
    return extract(body, url=URL, content_type="text/html; charset=utf-8", **options).text  # type: ignore[arg-type]


@pytest.mark.parametrize("gold", pages(held_out=True), ids=lambda one: one.name)
def test_the_main_text_of_a_page_is_found_whole(gold: Page) -> None:
    found = extract(gold.html.encode(), url=URL, content_type="text/html")
    with_title = f"{gold.title}\n\n{gold.text}"
    assert max(token_f1(found.text, gold.text), token_f1(found.text, with_title)) > 0.97
    assert [
        heading.text for heading in found.headings if heading.text != gold.title
    ] == gold.headings or not gold.headings


def test_lists_and_tables_stand_in_their_place() -> None:
    text = text_of(
        page(
            f"<article><h1>Physics</h1><p>{SENTENCE * 2}</p><ul><li>Lessons</li><li>Visits</li></ul><p>{SENTENCE}</p>"
            f"<table><tr><th>Year</th><th>Pupils</th></tr><tr><td>2023</td><td>12</td></tr></table><p>{SENTENCE}</p></article>"
        )
    )
    assert "- Lessons\n- Visits\n\nDr Okafor" in text
    assert "Year | Pupils\n2023 | 12\n\nDr Okafor" in text


def test_paragraphs_in_bare_divs_are_kept_in_order() -> None:
    text = text_of(
        page(
            f"<main><h1>A</h1><div>First. {SENTENCE}</div><p>Second. {SENTENCE}</p><div>Third. {SENTENCE}</div></main>"
        )
    )
    assert [part.split(".")[0] for part in text.split("\n\n")][-3:] == ["First", "Second", "Third"]


def test_a_bold_paragraph_is_a_heading_of_less_confidence() -> None:
    found = extract(
        page(
            f"<main><h2>Work</h2><p>{SENTENCE * 2}</p><p><strong>Impact</strong></p><p>{SENTENCE * 2}</p></main>"
        ),
        url=URL,
        content_type="text/html",
    )
    impact = found.headings[-1]
    assert (impact.text, impact.level) == ("Impact", 3)
    assert impact.confidence < 1
    assert found.text[impact.start : impact.end] == "Impact"


def test_every_case_of_a_page_of_articles_is_kept() -> None:
    cases = "".join(f"<article><h2>Case {number}</h2><p>{SENTENCE * 2}</p></article>" for number in range(10))
    text = text_of(page(f"<div>{cases}</div>"))
    assert [f"Case {number}" in text for number in range(10)] == [True] * 10


@pytest.mark.parametrize(
    "furniture",
    [
        "<div class='cookie-banner'>We use cookies to make this site better for you and for us.</div>",
        "<section class='related-posts'><h3>Related posts</h3><p>Another story about a garden that two schools share.</p></section>",
        "<div><h3>You may also like</h3><p>Another story about a garden that two schools share.</p></div>",
        "<div class='sharedaddy'><a>Facebook</a><a>Email</a></div>",
        "<div id='comments'><p>What a wonderful thing, said a reader who had once been there.</p></div>",
        "<nav><a href='/'>Home</a><a href='/news/'>All news</a></nav>",
        "<div style='display:none'>Hidden words that no reader sees, as in a dialogue that was never opened.</div>",
        "<p>© 2026 Harbour Schools. All rights reserved.</p>",
    ],
)
def test_furniture_is_left_out(furniture: str) -> None:
    text = text_of(
        page(f"<article><h1>Physics</h1><p>{SENTENCE * 3}</p><p>{SENTENCE * 2}</p>{furniture}</article>")
    )
    assert text == f"Physics\n\n{(SENTENCE * 3).strip()}\n\n{(SENTENCE * 2).strip()}"


def test_text_after_a_box_amid_the_article_goes_on() -> None:
    text = text_of(
        page(
            f"<article><p>{SENTENCE * 2}</p><div><h3>Sign up</h3><p>Get all stories by e-mail every month.</p></div>"
            f"<p>After the box. {SENTENCE}</p></article>"
        )
    )
    assert "After the box" in text
    assert "by e-mail" not in text


def test_a_folded_panel_is_read_and_its_button_is_a_heading() -> None:
    text = text_of(
        page(
            f"<main><p>{SENTENCE * 2}</p><h2><button>Impact</button></h2><div hidden>Opened by the reader. {SENTENCE}</div></main>"
        )
    )
    assert "Impact\n\nOpened by the reader." in text


def test_a_fragment_from_an_api_is_read_whole() -> None:
    found = extract(
        f"<p>{SENTENCE}</p><h3>Impact</h3><p>Short.</p><div class='sharedaddy'><a>Tweet</a></div>".encode(),
        url=URL,
        content_type="text/html",
        given=Given("Physics &#8211; &amp; maths", "2024-05-06T10:00:00", "en"),
    )
    assert found.text == f"{SENTENCE.strip()}\n\nImpact\n\nShort."
    assert (found.title, found.published, found.language) == ("Physics – & maths", "2024-05-06", "en")


def test_the_sources_selectors_choose_body_title_and_date() -> None:
    body = page(
        f"<h1>Site</h1><h2 class='t'>Real title</h2><i data-on='2023-02-01'></i><div class='a'><p>{SENTENCE}</p></div>"
        f"<div class='b'><p>Chosen words.</p></div>"
    )
    select = Select(body="div.b", title="h2.t::text", published="i::attr(data-on)")
    found = extract(body, url=URL, content_type="text/html", select=select)
    assert (found.title, found.text, found.published) == ("Real title", "Chosen words.", "2023-02-01")


def test_a_body_selector_that_finds_nothing_is_an_error() -> None:
    with pytest.raises(ExtractionError) as caught:
        extract(page(f"<p>{SENTENCE}</p>"), url=URL, content_type="text/html", select=Select(body="div.gone"))
    assert caught.value.reason == "selector_found_nothing"
    assert "div.gone" in caught.value.detail


def test_a_page_is_split_at_the_selector_and_nothing_of_a_section_is_lost() -> None:
    cases = "".join(
        f"<div class='card'><h3><a href='/{number}'>Case {number}</a></h3><p>{SENTENCE}</p><h4>Impact</h4><p>End {number}.</p></div>"
        for number in range(4)
    )
    found = extract(
        page(f"<main><h1>All</h1><p>{SENTENCE}</p>{cases}</main>"),
        url=URL,
        content_type="text/html",
        split=SplitRule(".card h3"),
    )
    sections = split(found, SplitRule(".card h3"))
    assert [section.title for section in sections] == ["Case 0", "Case 1", "Case 2", "Case 3"]
    for number, section in enumerate(sections):
        text = found.text[section.start : section.end]
        assert text.startswith(f"Case {number}\n\nDr Okafor")
        assert text.endswith(f"End {number}.")
        assert section.confidence == 1.0


def test_a_selector_that_finds_no_heading_leaves_one_doubtful_section() -> None:
    found = extract(
        page(f"<main><p>{SENTENCE * 3}</p></main>"),
        url=URL,
        content_type="text/html",
        split=SplitRule("h2.case"),
    )
    (section,) = split(found, SplitRule("h2.case"))
    assert found.text[section.start : section.end] == found.text
    assert section.confidence < 0.5


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"<html></html>", b"<html><body><nav><a href='/'>Home</a></nav></body></html>"]
)
def test_a_page_without_text_is_an_error(body: bytes) -> None:
    with pytest.raises(ExtractionError, match="empty_text"):
        extract(body, url=URL, content_type="text/html")


def test_a_page_that_a_script_fills_is_read_from_what_it_states() -> None:
    stated = f'{{"@type": "Article", "articleBody": "{SENTENCE}\\n\\nSecond paragraph."}}'
    text = text_of(
        page("<div id='app'></div>", f"<title>A</title><script type='application/ld+json'>{stated}</script>")
    )
    assert text == f"{SENTENCE.strip()}\n\nSecond paragraph."


def test_plain_text_keeps_its_paragraphs() -> None:
    found = extract(
        b"A title\r\n\r\nFirst paragraph.\r\n\r\n\r\nSecond one.", url="file:///a/b.txt", content_type=None
    )
    assert (found.title, found.text) == ("A title", "A title\n\nFirst paragraph.\n\nSecond one.")


STORIES = [f"Part {number} has its own words. {SENTENCE}" for number in range(1, 6)]


def lost(text: str) -> list[int]:
    return [number for number in range(1, 6) if f"Part {number} has" not in text]


@pytest.mark.parametrize(
    "names",
    [
        "class='elementor-element elementor-widget elementor-widget-text-editor'",
        "class='so-panel widget widget_sow-editor'",
        "class='siteorigin-widget-tinymce textwidget'",
        "class='modal-body'",
        "class='promo'",
        "class='related-schools'",
        "class='case-study-sidebar'",
        "class='comment-body'",
    ],
)
@pytest.mark.parametrize("frame", ["<main><h1>Physics</h1>{}</main>", "<div class='page'>{}</div>"])
def test_a_story_is_whole_whatever_its_blocks_are_called(names: str, frame: str) -> None:
    story = "".join(f"<div {names}><div><p>{part}</p></div></div>" for part in STORIES)
    assert lost(text_of(page(frame.format(story)))) == []
    assert lost(text_of(story.encode())) == []


@pytest.mark.parametrize(
    "names",
    [
        "id='social-mobility'",
        "id='sharing-expertise'",
        "id='sharing'",
        "class='case-study__share-learning'",
        "class='elementor-widget'",
        "class='related-schools'",
    ],
)
def test_a_section_of_prose_is_kept_though_its_name_holds_a_word_of_furniture(names: str) -> None:
    section = f"<section {names}><h2>More</h2><p>{STORIES[3]}</p></section>"
    body = "".join(f"<p>{part}</p>" for part in STORIES[:3]) + section + f"<p>{STORIES[4]}</p>"
    assert lost(text_of(page(f"<main><h1>Physics</h1>{body}</main>"))) == []


@pytest.mark.parametrize(
    "names", ["class='related-schools'", "class='elementor-widget'", "id='sharing'", "class='footer-cta'"]
)
def test_a_block_of_links_with_a_word_of_furniture_in_its_name_is_left_out(names: str) -> None:
    links = "".join(f"<li><a href='/{name}/'>{name} has a story</a></li>" for name in ("Oak", "Elm", "Ash"))
    text = text_of(
        page(f"<main><h1>Physics</h1><p>{SENTENCE * 3}</p><div {names}><ul>{links}</ul></div></main>")
    )
    assert "has a story" not in text


def test_a_page_of_which_only_the_title_is_left_is_an_error() -> None:
    with pytest.raises(ExtractionError, match="empty_text"):
        text_of(page("<main><h1>Physics on Thursdays</h1><p></p></main>"))


@pytest.mark.parametrize("between", ["<br><br>", "</p><p>", " "])
def test_the_story_in_a_table_for_layout_is_found_and_its_footer_is_not(between: str) -> None:
    menu = "<br>".join(f"<a href='/{name}/'>Menu {name}</a>" for name in ("home", "news", "projects"))
    story = text_of(
        page(
            f"<table><tr><td colspan=2><img src='banner.gif' alt=''></td></tr><tr><td width=150>{menu}</td>"
            f"<td><p>{between.join(STORIES)}</p></td></tr>"
            "<tr><td colspan=2>Last updated 3/4/2009 | <a href='/webmaster/'>Webmaster</a></td></tr></table>"
        )
    )
    assert lost(story) == []
    assert "Webmaster" not in story
    assert "Menu" not in story
    assert " | " not in story


@pytest.mark.parametrize(
    "body",
    [
        # tabs after a column of text
        "<div class='row'><div class='w'><h1>Physics</h1><div class='text'><div>{0}{1}{2}</div></div>"
        "<div class='tabs'><div class='panels'><div><h4>Impact</h4></div><div>{3}{4}</div></div></div></div></div>",
        # the page's title and its introduction in a header of their own
        "<header class='hero'><h1>Physics</h1>{0}</header><section>{1}{2}{3}{4}</section>",
        "<header class='hero'><h1>Physics</h1>{0}</header><main><div>{1}{2}{3}{4}</div></main>",
        # one paragraph, then a table of facts
        "<main><h1>Physics</h1>{0}<table><tr><th>Aims</th><td>{1}</td></tr><tr><th>Impact</th><td>{2}</td></tr></table>"
        "{3}{4}</main>",
    ],
)
def test_parts_of_a_story_in_elements_of_their_own_are_kept(body: str) -> None:
    text = text_of(page(body.format(*(f"<p>{part}</p>" for part in STORIES))))
    assert lost(text) == []


@pytest.mark.parametrize(
    "end",
    [
        "<div class='quote'><p>“It changed our school.”</p><p>Head, Elm Primary</p></div>",
        "<div class='figure'><span>400 pupils</span></div>",
        "<p>Contact: the office</p>",
        "<p>Yours sincerely,</p><p>The two heads</p>",
        "<div>A <b>bold</b> tail</div>",
    ],
)
def test_the_short_lines_that_end_a_story_are_kept(end: str) -> None:
    story = "".join(f"<p>{part}</p>" for part in STORIES)
    text = text_of(page(f"<main><h1>Physics</h1><div class='text'>{story}</div>{end}</main>"))
    shown = [part for part in re.split(r"<(?!/?b>)[^>]*>", end) if part]
    assert [part.replace("<b>", "").replace("</b>", "") in text for part in shown] == [True] * len(shown)


def test_the_button_above_a_folded_panel_is_a_heading() -> None:
    found = extract(
        page(
            f"<main><h1>Physics</h1><p>{STORIES[0]}</p><button class='accordion'>What changed?</button>"
            f"<div class='panel' style='display:none'><p>{STORIES[1]}</p></div><button class='accordion'>Print</button></main>"
        ),
        url=URL,
        content_type="text/html",
    )
    assert [heading.text for heading in found.headings] == ["Physics", "What changed?"]
    assert "Print" not in found.text


def test_teasers_of_other_pages_after_a_story_are_left_out() -> None:
    story = "".join(f"<p>{part}</p>" for part in STORIES)
    cards = "".join(
        f"<div><h3><a href='/{name}/'>{name} choir</a></h3><p>Other. {SENTENCE}</p></div>"
        for name in ("Oak", "Elm")
    )
    text = text_of(page(f"<main><h1>Physics</h1><div>{story}</div><div class='cards'>{cards}</div></main>"))
    assert lost(text) == []
    assert "choir" not in text
    assert "Other." not in text


@pytest.mark.parametrize(
    "heading",
    [
        "Latest news from the partnership",
        "More from our partner schools",
        "Newsletters that pupils write",
        "Cookies baked for the town",
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_a_section_of_prose_is_kept_whatever_its_heading_begins_with(heading: str, last: bool) -> None:
    section = f"<h2>{heading}</h2><p>{STORIES[3]}</p>"
    after = "" if last else f"<h2>Costs</h2><p>{STORIES[4]}</p>"
    text = text_of(
        page(
            f"<main><h1>Physics</h1>{''.join(f'<p>{part}</p>' for part in STORIES[:3])}{section}{after}</main>"
        )
    )
    assert f"\n\n{heading}\n\nPart 4 has" in text


@pytest.mark.parametrize(
    "heading", ["More from our schools", "Latest news from the trust", "Sign up for news"]
)
def test_a_list_of_other_pages_or_a_short_prompt_under_such_a_heading_is_left_out(heading: str) -> None:
    cards = (
        ""
        if heading.startswith("Sign")
        else f"<h3><a href='/oak/'>Oak choir</a></h3><p>Other. {SENTENCE}</p>"
    )
    text = text_of(
        page(
            f"<main><h1>Physics</h1><p>{SENTENCE * 3}</p><div><h2>{heading}</h2>{cards or '<p>Every month by post.</p>'}</div></main>"
        )
    )
    assert text == f"Physics\n\n{(SENTENCE * 3).strip()}"


def test_a_date_on_a_line_of_its_own_is_kept_amid_the_story_only() -> None:
    text = text_of(
        page(
            f"<main><h1>Physics</h1><p>3 May 2021</p><p>{SENTENCE}</p><p>12 May 2019</p><p>{SENTENCE}</p>"
            f"<p>4 June 2021</p></main>"
        )
    )
    assert "12 May 2019" in text
    assert "2021" not in text
