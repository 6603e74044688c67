# ruff: noqa: E501  # markup stands on one line
"""Title, date, language, canonical address and rights: what the page states, and nothing guessed."""

import pytest

from spiders.dates import parse_date
from spiders.extract import Extraction, extract
from spiders.language import settle_language

SENTENCE = (
    "Dr Okafor teaches the A level set at Marsh Lane each Thursday, and both heads read the results in July. "
)


def found(head: str = "", body: str = "", attributes: str = "lang='en-GB'") -> Extraction:
    markup = (
        f"<html {attributes}><head>{head}</head><body><main>{body}<p>{SENTENCE * 3}</p></main></body></html>"
    )
    return extract(markup.encode(), url="https://www.harbour.example/news/1/", content_type="text/html")


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (
            "<title>Physics on Thursdays | Harbour Schools</title>",
            "<h1>Physics on Thursdays</h1>",
            "Physics on Thursdays",
        ),
        ("<title>Physics on Thursdays - Harbour</title>", "", "Physics on Thursdays"),
        ("<title>Physics on Thursdays – a case study</title>", "", "Physics on Thursdays – a case study"),
        ("<title>Harbour | Physics</title><meta property='og:site_name' content='Harbour'>", "", "Physics"),
        (
            "<title>x</title><meta property='og:title' content='Physics &amp; maths'>",
            "<h1>Harbour</h1><h1>Two</h1>",
            "Physics & maths",
        ),
        ("<title>News</title>", "<h1>Phys\u00adics</h1>", "Physics"),
        ("", f"<h2>First heading</h2><p>{SENTENCE}</p>", "First heading"),
    ],
)
def test_the_title_has_no_site_name(head: str, body: str, title: str) -> None:
    assert found(head, body).title == title


@pytest.mark.parametrize(
    ("head", "body", "date"),
    [
        (
            '<script type=\'application/ld+json\'>{"@type":"BlogPosting","datePublished":"2025-03-04T23:30:00+01:00"}</script>',
            "",
            "2025-03-04",
        ),
        (
            '<script type=\'application/ld+json\'>{"@graph":[{"@type":"WebPage","datePublished":"2025-03-04"}]}</script>',
            "",
            "2025-03-04",
        ),
        (
            "<script type='application/ld+json'>{broken</script><meta property='article:published_time' content='2024-01-02T00:00:00Z'>",
            "",
            "2024-01-02",
        ),
        ("<meta name='dcterms.issued' content='2019-07-08'>", "", "2019-07-08"),
        ("", "<time datetime='2021-09-01'>1 September</time>", "2021-09-01"),
        ("", "<span class='entry-date'>3rd May 2022</span>", "2022-05-03"),
        ("", "<p class='date'>Published: 14 June 2020</p>", "2020-06-14"),
        ("<meta property='article:modified_time' content='2024-01-02'>", "", None),
        ("", "<p>© 2023 Harbour. Founded on 3 May 1999.</p>", None),
        ("", "<time datetime='2021-09-01'></time><time datetime='2022-09-01'></time>", None),
        ("", "<aside class='recent'><time datetime='2021-09-01'></time></aside>", None),
        ("<meta name='date' content='2199-01-01'>", "", None),
    ],
)
def test_the_date_is_stated_or_null(head: str, body: str, date: str | None) -> None:
    assert found(head, body).published == date


@pytest.mark.parametrize(
    ("text", "day_first", "date"),
    [
        ("24 November 2025", None, "2025-11-24"),
        ("Tue, 24 Nov 2025 10:00:00 GMT", None, "2025-11-24"),
        ("November 24th, 2025", None, "2025-11-24"),
        ("2025-11-24T23:59:59Z", None, "2025-11-24"),
        ("20251124", None, "2025-11-24"),
        ("24/11/2025", None, "2025-11-24"),
        ("05/11/2025", None, None),
        ("05/11/2025", True, "2025-11-05"),
        ("05/11/2025", False, "2025-05-11"),
        ("3 Tachwedd 2024", None, "2024-11-03"),
        ("1er mai 2024", None, "2024-05-01"),
        ("November 2025", None, None),
        ("31 February 2025", None, None),
        ("1 May 2020 to 2 May 2020", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_date_is_read_only_where_it_is_plain(
    text: str | None, day_first: bool | None, date: str | None
) -> None:
    assert parse_date(text, day_first=day_first) == date


def test_the_canonical_address_is_absolute_and_single() -> None:
    assert found("<link rel='canonical' href='../2/'>").canonical == "https://www.harbour.example/news/2/"
    assert found("<link rel='canonical' href='/a'><link rel='canonical' href='/b'>").canonical is None
    assert found("<link rel='canonical' href='javascript:x'>").canonical is None
    assert found().canonical is None


def test_rights_are_recorded_as_found() -> None:
    rights = found(
        "<meta name='robots' content='noindex, noai'><meta name='tdm-reservation' content='1'>"
        "<meta name='tdm-policy' content='https://a.example/tdm'><link rel='license' href='/cc-by/'>"
    ).rights
    assert rights == {
        "robots": "noindex, noai",
        "tdm-reservation": "1",
        "tdm-policy": "https://a.example/tdm",
        "licence": "https://www.harbour.example/cc-by/",
    }


def test_the_declared_language_holds_unless_the_text_contradicts_it() -> None:
    welsh = (
        "Mae’r ysgol yn gweithio gyda’i phartneriaid bob wythnos, ac mae’r disgyblion yn dysgu llawer iawn o hynny. "
        * 4
    )
    assert found().language == "en"
    assert settle_language(welsh, declared="en") == "cy"
    assert settle_language(SENTENCE * 4, declared=None) == "en"
    assert settle_language("Short.", declared=None) is None
    assert settle_language("Short.", declared="cy-GB") == "cy"
