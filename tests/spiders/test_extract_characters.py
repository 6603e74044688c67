"""Right characters: charsets declared, wrong or absent; what readers cannot see is gone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.characters import clean, decode
from spiders.extract import extract

WORDS = "Zoë’s café – naïve façade £5"


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (WORDS.encode("utf-8"), None),
        (WORDS.encode("utf-8"), "iso-8859-1"),
        (b"\xef\xbb\xbf" + WORDS.encode("utf-8"), "windows-1252"),
        (WORDS.encode("cp1252"), "utf-8"),
        (WORDS.encode("cp1252"), "iso-8859-1"),
        (WORDS.encode("cp1252"), "no-such-charset"),
        (b'<meta charset="windows-1252">' + WORDS.encode("cp1252"), None),
        (WORDS.encode("utf-16"), None),
        (WORDS.encode("utf-16-le"), None),
        (("Łódź i Kraków").encode("iso-8859-2"), "iso-8859-2"),
        (("日本の学校").encode("shift_jis"), "Shift_JIS"),
        (("日本の学校").encode("iso2022_jp"), "iso-2022-jp"),
    ],
)
def test_bytes_become_the_characters_that_were_meant(body: bytes, declared: str | None) -> None:
    text = decode(body, declared)
    assert any(text.endswith(words) for words in (WORDS, "Łódź i Kraków", "日本の学校"))


def test_a_few_damaged_bytes_do_not_turn_utf_8_into_something_else() -> None:
    body = (WORDS * 20).encode("utf-8") + b"\xff" + WORDS.encode("utf-8")
    assert decode(body, "utf-8").count("Zoë’s") == 21


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("part\u00adner\u00adship", "partnership"),
        ("o\ufb03ce \ufb02oor", "office floor"),
        ("a\u200bb\u2060c\ufeff", "abc"),
        ("\u200eleft\u202eright\u2069", "leftright"),
        ("nul\x00l\x07", "null"),
        ("cafe\u0301", "café"),
        ("it\x92s", "it’s"),
        ("a\u00a0\u2003b", "a b"),
        ("non\u2011breaking", "non-breaking"),
        ("itâ€™s Ã©tÃ©", "it’s été"),
        ("Tom &amp; Ann&nbsp;&#8217;s", "Tom & Ann ’s"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("CAFÉ NÃO", "CAFÉ NÃO"),
    ],
)
def test_what_readers_cannot_see_is_gone(before: str, after: str) -> None:
    assert clean(before) == after


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once or "&" in once
    assert once == unicodedata.normalize("NFC", once)
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Co") and char != "\n" for char in once)


@given(
    st.binary(max_size=400), st.sampled_from([None, "utf-8", "utf-16", "gbk", "utf-7", "rot13", "x", "hex"])
)
def test_any_bytes_can_be_decoded(body: bytes, declared: str | None) -> None:
    assert isinstance(decode(body, declared), str)


def test_entities_in_a_page_are_the_characters_they_name() -> None:
    sentence = (
        "Tom &amp; Ann&rsquo;s caf&eacute;&nbsp;opened &#8212; at last, and the school&shy;s shared it. "
    )
    body = f"<html><body><main><p>{sentence * 3}</p></main></body></html>".encode()
    found = extract(body, url="https://a.example/", content_type="text/html")
    assert found.text.startswith("Tom & Ann’s café opened — at last, and the schools shared it")
