"""Addresses: one form for a page, whatever leads to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.address import canonical, host_of, is_private, loose


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("HTTP://Harbour.Example:80/a#part", "http://harbour.example/a"),
        ("https://harbour.example", "https://harbour.example/"),
        ("https://harbour.example:8443/a/./b/../c", "https://harbour.example:8443/a/c"),
        ("https://harbour.example/a?utm_source=x&id=3&fbclid=y", "https://harbour.example/a?id=3"),
        ("https://harbour.example/a;jsessionid=0A1B?PHPSESSID=9&sid=4f6a9c", "https://harbour.example/a"),
        (
            "https://harbour.example/a?sid=100234&session=2025",
            "https://harbour.example/a?sid=100234&session=2025",
        ),
        ("https://harbour.example/%7efoo/caf%c3%a9", "https://harbour.example/~foo/caf%C3%A9"),
        ("https://harbour.example/café au lait", "https://harbour.example/caf%C3%A9%20au%20lait"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://harbour.example/a?share=twitter&nb=1", "https://harbour.example/a"),
        ("https://harbour.example/a?share=7", "https://harbour.example/a?share=7"),
    ],
)
def test_an_address_has_one_form(url: str, form: str) -> None:
    assert canonical(url) == form


@given(
    st.text(
        alphabet=st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="#?"), max_size=30
    )
)
def test_the_one_form_stays_as_it_is(path: str) -> None:
    form = canonical(f"https://harbour.example/{path}")
    assert canonical(form) == form


@pytest.mark.parametrize(
    "url", ["mailto:a@harbour.example", "javascript:void(0)", "/a", "", "http:///a", "ftp://h/a"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        canonical(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://harbour.example/a/",
        "https://www.harbour.example/a",
        "https://harbour.example/a/index.html",
        "https://harbour.example/a",
    ],
)
def test_addresses_that_are_surely_one_page_are_equal(url: str) -> None:
    assert loose(url) == loose("https://harbour.example/a/")


def test_pages_that_differ_by_a_parameter_are_two() -> None:
    assert loose("https://harbour.example/?p=1") != loose("https://harbour.example/?p=2")


def test_a_port_is_part_of_the_host_unless_it_is_the_usual_one() -> None:
    assert host_of("http://harbour.example/") == host_of("https://harbour.example:443/") == "harbour.example"
    assert host_of("http://harbour.example:8080/") == "harbour.example:8080"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1",
     "100.64.0.1", "0.0.0.0", "224.0.0.1", "2002:0a00:0001::"],
)  # fmt: skip
def test_private_addresses_are_known(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_addresses_are_not_private(address: str) -> None:
    assert not is_private(address)
