"""What extraction yields: a document's text with its title, date, headings and pages.

Offsets count characters of `Extraction.text`, end exclusive.
"""

from dataclasses import dataclass

CHOSEN_LEVEL = 0
"""Level of a heading that the source file's `[split] heading` selector chose."""


class ExtractionError(Exception):
    """Nothing usable could be drawn from a body; `reason` is a code, `detail` a sentence.

    Codes: `empty_text`, `unsupported_type`, `too_large`, `selector_invalid`, `selector_found_nothing`,
    `html_damaged`, `pdf_encrypted`, `pdf_no_text_layer`, `pdf_damaged`, `docx_damaged`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["ExtractionError"], tuple[str, str]]:
        """Keep both parts when the error crosses from a worker process."""
        return type(self), (self.reason, self.detail)


@dataclass(frozen=True, slots=True)
class Given:
    """What an API or feed said of the document; it beats what the page says."""

    title: str | None = None
    published: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within the text. Level 1 is the highest; 0 marks one that the source's selector chose.

    `page` counts from 1 and is None outside PDF; `confidence` is 0 to 1.
    """

    text: str
    start: int
    end: int
    level: int
    page: int | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Extraction:
    """A document's text and what is known of it.

    `page_starts` has the offset at which each page of a PDF begins, and is empty for other types.
    `rights` holds what the page itself reserves: `robots`, `tdm-reservation`, `tdm-policy`, `licence`.
    """

    title: str
    text: str
    published: str | None
    language: str | None
    canonical: str | None
    rights: dict[str, str]
    headings: tuple[Heading, ...]
    page_starts: tuple[int, ...]
