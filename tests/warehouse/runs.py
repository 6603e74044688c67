"""Builds runs' folders by hand, as `docs/architecture.md` describes them: an invented harvest for any test.

run = Run(home)
page = run.document("https://harbour.example/a", ["Our sixth formers read with juniors each Friday."])
run.label(page.case_studies[0], species={"mentor": (0.9, "read with juniors")}, stage="established")
load(home / "warehouse.duckdb", run.write())
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMES = [
    {
        "scheme": "species@2021-01",
        "title": "Species of partnership teacher",
        "codes": [
            {
                "code": "secondee",
                "title": "the secondee",
                "definition": "is seconded to another school",
                "position": 0,
            },
            {
                "code": "mentor",
                "title": "the mentor",
                "definition": "organises pupils who serve others",
                "position": 1,
            },
            {
                "code": "governor",
                "title": "the governor",
                "definition": "governs another school",
                "position": 2,
            },
        ],
    },
    {
        "scheme": "stage@2021-01",
        "title": "Stage of partnership",
        "codes": [
            {"code": "emerging", "title": "emerging", "definition": "", "position": 0},
            {"code": "established", "title": "established and sustainable", "definition": "", "position": 1},
            {"code": "regional_excellence", "title": "regional excellence", "definition": "", "position": 2},
        ],
    },
]
MODEL = "model-1"
FIRST, SECOND, THIRD = "20261124T130522Z-3f2a", "20261125T130522Z-77aa", "20261126T130522Z-0001"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def time_of(run_id: str) -> str:
    d = run_id
    return f"{d[0:4]}-{d[4:6]}-{d[6:8]}T{d[9:11]}:{d[11:13]}:{d[13:15]}Z"


@dataclass(frozen=True)
class CaseStudy:
    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Document:
    id: str
    url: str
    source: str
    text: str
    case_studies: tuple[CaseStudy, ...]


@dataclass
class Run:
    """A run's folder in the making; `write` puts it down."""

    home: Path
    run_id: str = FIRST
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    is_finished: bool = True

    @property
    def folder(self) -> Path:
        return self.home / "runs" / self.run_id

    @property
    def at(self) -> str:
        return time_of(self.run_id)

    def source(self, source: str = "harbour", **values: Any) -> None:
        self.results.setdefault(source, {"ok": True, "message": None}).update(values)

    def document(
        self,
        url: str,
        texts: list[str | tuple[str, str]],
        *,
        source: str = "harbour",
        before: str = "",
        **values: Any,
    ) -> Document:
        """Add a document of these case studies (texts, or pairs of heading and text), `before` standing above them."""
        self.source(source)
        document_id = sha(f"{source}\n{url}")[:16]
        pairs = [(f"Case {n}", t) if isinstance(t, str) else t for n, t in enumerate(texts)]
        text, cases = before, []
        lines = []
        for position, (title, body) in enumerate(pairs):
            text += "\n\n" if text else ""
            case_study_id = sha(f"{document_id}\n{title}\n0")[:16]
            lines.append(
                {
                    "case_study_id": case_study_id, "document_id": document_id, "source": source, "url": url,
                    "published": "2026-03-02", "fetched_at": self.at, "licence": "CC BY 4.0", "language": "en",
                    "title": title, "text": body, "start_char": len(text), "end_char": len(text) + len(body),
                    "pages": None, "confidence": 1.0, "position": position, "text_sha256": sha(body),
                }
                | {k: v for k, v in values.items() if k in ("pages", "confidence", "licence", "published")}
            )  # fmt: skip
            text += body
            cases.append(CaseStudy(case_study_id, title, body))
        self.add(f"harvest/{source}/case_studies.jsonl", *lines)
        fetch_id = sha(f"{self.run_id}{url}")[:16]
        self.add(
            f"harvest/{source}/documents.jsonl",
            {
                "document_id": document_id, "source": source, "url": url, "title": "A page", "text": text,
                "published": "2026-03-02", "language": "en", "licence": "CC BY 4.0", "content_type": "text/html",
                "body_sha256": sha("body" + text), "text_sha256": sha(text), "fetched_at": self.at,
                "fetch_id": fetch_id, "rights": {},
            }
            | {k: v for k, v in values.items() if k in ("licence", "published", "rights")},
        )  # fmt: skip
        document = Document(document_id, url, source, text, tuple(cases))
        self.seen(document)
        self.fetch(url, "new", source=source, fetch_id=fetch_id, document_id=document_id)
        return document

    def seen(self, document: Document) -> None:
        self._sighting(document, seen_at=self.at, gone_at=None)

    def gone(self, document: Document) -> None:
        self._sighting(document, seen_at=None, gone_at=self.at)

    def _sighting(self, document: Document, **times: str | None) -> None:
        self.source(document.source)
        line = {"document_id": document.id, "source": document.source, "url": document.url, **times}
        self.add(f"harvest/{document.source}/sightings.jsonl", line)

    def fetch(self, url: str, outcome: str, *, source: str = "harbour", **values: Any) -> None:
        self.source(source)
        line = {
            "fetch_id": sha(f"{self.run_id}{url}")[:16], "source": source, "url": url, "document_id": None,
            "status": 200, "outcome": outcome, "at": self.at, "elapsed_ms": 12.5, "byte_count": 100,
            "body_sha256": None, "detail": None,
        }  # fmt: skip
        self.add(f"harvest/{source}/fetches.jsonl", line | values)

    def failure(self, url: str, reason: str = "empty", *, source: str = "harbour") -> None:
        self.source(source)
        line = {
            "failure_id": sha(f"{self.run_id}{url}{reason}")[:16], "source": source, "url": url, "reason": reason,
            "detail": "the page holds no text", "at": self.at,
        }  # fmt: skip
        self.add(f"harvest/{source}/failures.jsonl", line)

    def duplicate(self, one: CaseStudy, of: CaseStudy | None) -> None:
        self.add("duplicates.jsonl", {"case_study_id": one.id, "duplicate_of": of.id if of else None})

    def label(
        self,
        case: CaseStudy,
        *,
        species: dict[str, tuple[float, str]] | None = None,
        stage: str | None = None,
        dimensions: dict[str, tuple[int, str]] | None = None,
        case_study: tuple[bool, float] = (True, 0.97),
        model: str = MODEL,
    ) -> None:
        """Add the model's verdict; a quote is found in the text, and an empty one leaves the label without."""
        if model not in self.models:
            self.models.append(model)
        self.add(
            "classify/labels.jsonl",
            {
                "id": case.id,
                "text_sha256": sha(case.text),
                "case_study": {"value": case_study[0], "probability": case_study[1]},
                "species": [
                    {"label": code, "probability": p, "evidence": [_quote(case.text, q)] if q else []}
                    for code, (p, q) in (species or {}).items()
                ],
                "stage": {
                    "label": stage,
                    "probability": 0.7 if stage else None,
                    "dimensions": {
                        d: {"level": level} | _quote(case.text, q)
                        for d, (level, q) in (dimensions or {}).items()
                    },
                },
                "schemes": ["species@2021-01", "stage@2021-01"],
                "model": model,
            },
        )

    def add(self, file: str, *lines: dict[str, Any]) -> None:
        self.files.setdefault(file, []).extend(lines)

    def write(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        _object(self.folder / "run.json", {"run_id": self.run_id, "started_at": self.at, "finished_at": None})
        for file, lines in self.files.items():
            path = self.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8"
            )
        for source, result in self.results.items():
            self._write_source(source, result)
        if self.models:
            _object(self.folder / "classify/schemes.json", SCHEMES)
            _object(
                self.folder / "classify/model.json",
                {
                    "model": self.models[-1], "schemes": ["species@2021-01", "stage@2021-01"],
                    "corpus_digest": sha("corpus"), "seed": 7, "versions": {"scikit-learn": "1.8"},
                    "scores": {"species_macro_f1": 0.77}, "trained_at": None,
                },
            )  # fmt: skip
        return self.folder

    def _write_source(self, source: str, result: dict[str, Any]) -> None:
        folder = self.folder / "harvest" / source
        _object(
            folder / "source.json",
            {
                "source": source, "title": f"Schools of {source}", "kind": "pages", "start": [f"https://{source}.example/"],
                "licence": "CC BY 4.0", "basis": "public", "checked_on": "2026-01-05", "contact": None,
                "digest": sha(source),
            },
        )  # fmt: skip
        if not self.is_finished:
            return
        held = {
            f"{name}_count": len(self.files.get(f"harvest/{source}/{file}.jsonl", []))
            for name, file in (("fetch", "fetches"), ("new", "documents"), ("failure", "failures"),
                               ("document", "documents"), ("case_study", "case_studies"))
        }  # fmt: skip
        _object(
            folder / "result.json",
            {
                "source": source, "run_id": self.run_id, "started_at": self.at, "finished_at": self.at,
                "changed_count": 0, "unchanged_count": 0, "gone_count": 0, **held, **result,
            },
        )  # fmt: skip


def _quote(text: str, quote: str) -> dict[str, Any]:
    start = text.index(quote)
    return {"quote": quote, "start": start, "end": start + len(quote)}


def _object(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
