"""What does the sample report's site answer? A page about the review of the year, and the review as a PDF."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from pipelines.demo import web
from pipelines.demo.web import Request, Response

PDF_NAME = "inglecross-review-2025.pdf"
_MODIFIED = datetime(2025, 11, 3, 9, 30, tzinfo=UTC)


class AnnualReview:
    """The site at one address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._pdf = files(__package__).joinpath("texts", PDF_NAME).read_bytes()

    def answer(self, request: Request) -> Response:
        """Return the answer to a GET."""
        pdf = f"/files/{PDF_NAME}"
        values: dict[str, Any] = {"address": self.address, "pdf": pdf, "size": len(self._pdf) // 1024}
        if request.path == pdf:
            return Response(self._pdf, content_type="application/pdf", modified=_MODIFIED)
        if request.path == "/review/":
            return web.page("review/page.html", modified=_MODIFIED, **values)
        if request.path in {"/", "/review"}:
            return web.moved(f"{self.address}/review/")
        if request.path == "/robots.txt":
            return web.plain_text("User-agent: *\nAllow: /\n")
        return web.page("review/not_found.html", status=404, **values)
