"""Reads HTML and XML that lead to documents: bounded, without entities, without a network."""

import zlib
from typing import Any

from spiders.found import Page, Unreadable

INFLATED_LIMIT = 64 << 20  # bytes


def html(page: Page) -> Any:
    """Return a page as Scrapy's HtmlResponse: `.css`, `.urljoin`, its encoding found."""
    from scrapy.http import HtmlResponse

    headers = {"Content-Type": page.headers["content-type"]} if page.headers.get("content-type") else {}
    return HtmlResponse(page.url, body=page.body, headers=headers)


def xml(page: Page) -> Any:
    """Return the root element of an XML page. Raises Unreadable if it is none, or declares entities."""
    from lxml import etree

    body = inflated(page.body)
    if b"<!ENTITY" in body:
        raise Unreadable("xml_entities", "declares XML entities; such a file is not read")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("not_xml", f"is not XML: {error}") from error
    if root is None or local(root) in {"html", "body"}:
        raise Unreadable("not_xml", f"is not XML but {page.content_type or 'of no type'}")
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise Unreadable("xml_entities", "declares XML entities; such a file is not read")
    return root


def local(element: Any) -> str:
    """Return an element's name without its namespace, in lower case; empty for what is no element."""
    return element.tag.rsplit("}", 1)[-1].lower() if isinstance(element.tag, str) else ""


def inflated(body: bytes, limit: int = INFLATED_LIMIT) -> bytes:
    """Return the bytes, out of their gzip if they are in one. Raises Unreadable past the limit, or if damaged."""
    whole = b""
    while body[:2] == b"\x1f\x8b":
        inflater = zlib.decompressobj(31)
        try:
            whole += inflater.decompress(body, limit - len(whole) + 1)
        except zlib.error as error:
            raise Unreadable("gzip_damaged", f"is damaged gzip: {error}") from error
        if len(whole) > limit:
            raise Unreadable("too_large", f"inflates to more than {limit >> 20} MB")
        if not inflater.eof:
            raise Unreadable("gzip_damaged", "is gzip that ends too early")
        body = inflater.unused_data
        if body[:2] != b"\x1f\x8b":
            return whole
    return body
