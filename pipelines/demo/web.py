"""What does a sample site answer? Requests and responses as values; pages are rendered here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from pipelines.demo.texts import Block, runs, typeset

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HTML = "text/html; charset=UTF-8"
XML = "application/xml; charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """What was asked for: the path, and the last value of each query parameter."""

    path: str
    query: Mapping[str, str]

    @classmethod
    def of(cls, target: str) -> "Request":
        """Read a request line's target, such as `/projects/page/2/?a=b`."""
        parts = urlsplit(target)
        return cls(parts.path or "/", dict(parse_qsl(parts.query, keep_blank_values=True)))


@dataclass(frozen=True)
class Response:
    """An answer; `modified` (UTC) becomes Last-Modified."""

    body: bytes = b""
    status: int = 200
    content_type: str = HTML
    modified: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Site(Protocol):
    """A sample site: holds no state that a request could change."""

    def answer(self, request: Request) -> Response:
        """Return the answer to a GET."""
        ...  # pragma: no cover


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Render a template of `templates/` into a page."""
    modified = values.get("modified")
    html = _environment().get_template(template).render(**values)
    return Response(html.encode(), status, HTML, modified if isinstance(modified, datetime) else None)


def xml(template: str, *, content_type: str = XML, **values: Any) -> Response:
    """Render a template of `templates/` into an XML document."""
    return Response(_environment().get_template(template).render(**values).encode(), 200, content_type)


def as_json(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return the value as JSON with PHP's escapes: anything beyond ASCII by its number, a slash by a backslash."""
    text = json.dumps(value, separators=(",", ":")).replace("/", "\\/")
    return Response(text.encode(), status, "application/json; charset=UTF-8", None, headers or {})


def plain_text(text: str) -> Response:
    """Return a text file, such as robots.txt."""
    return Response(text.encode(), content_type="text/plain; charset=utf-8")


def moved(location: str) -> Response:
    """Return a permanent redirection."""
    return Response(b"", 301, HTML, None, {"Location": location})


def render_blocks(blocks: tuple[Block, ...]) -> "Markup":
    """Return the blocks as HTML, one element a line, every text escaped."""
    from markupsafe import Markup

    pieces = []
    for block in blocks:
        if block.kind == "ul":
            items = Markup("\n").join(Markup("<li>{}</li>").format(inline(line)) for line in block.lines)
            pieces.append(Markup("<ul>\n{}\n</ul>").format(items))
        else:
            element = Markup("<h2>{}</h2>") if block.kind == "h2" else Markup("<p>{}</p>")
            pieces.append(element.format(inline(block.lines[0])))
    return Markup("\n").join(pieces)


def inline(line: str) -> "Markup":
    """Return one line as HTML: typeset, escaped, bold where it is marked."""
    from markupsafe import Markup, escape

    return Markup("").join(
        Markup("<strong>{}</strong>").format(words) if is_bold else escape(words)
        for is_bold, words in runs(typeset(line))
    )


def utc(moment: datetime) -> datetime:
    """Return a British local time (naive) as UTC: one hour less in summer time.

    The rule is the law's (last Sundays of March and October, 01:00 UTC), so that no time-zone database is needed.
    """
    starts, ends = (_last_sunday(moment.year, month) for month in (3, 10))
    is_summer = starts <= moment < ends
    return moment.replace(tzinfo=UTC) - timedelta(hours=int(is_summer))


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1)  # noqa: DTZ001 - compared with local times
    return last.replace(day=31 - (last.weekday() + 1) % 7)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipelines.demo", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["blocks"] = render_blocks
    environment.filters["typeset"] = typeset
    environment.filters["rfc822"] = format_datetime
    return environment
