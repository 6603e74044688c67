"""spaCy: a folder of DocBin shards. Labels are in `doc.cats`, quotations in `doc.spans["evidence"]`.

`doc.cats` has every code of the schemes: 1.0 where it holds, else 0.0; `case_study` among them. Spans are widened to
whole tokens; the exact offsets, probabilities and the rest of the record stand in `doc.user_data["record"]`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.corpus import Corpus, about

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

SHARD = 1000
LONGEST = 10_000_000


def write(corpus: Corpus, path: Path) -> int:
    """Write `corpus-00000.spacy` and so on, 1,000 documents each, and about.json; return how many documents."""
    from spacy.tokens import DocBin

    path.mkdir()
    codes = [
        code
        for (code,) in corpus.connection.execute(
            "SELECT DISTINCT c.code FROM main.codes AS c JOIN main.schemes AS s ON s.scheme = c.scheme"
            " WHERE s.is_current ORDER BY ALL"
        ).fetchall()
    ]
    count, shard = 0, DocBin(store_user_data=True)
    makers: dict[str, Language] = {}
    for record in corpus.records():
        if record["text"] is None:
            continue
        shard.add(_doc(record, codes, makers))
        count += 1
        if count % SHARD == 0:
            shard.to_disk(path / f"corpus-{count // SHARD - 1:05}.spacy")
            shard = DocBin(store_user_data=True)
    if count % SHARD or not count:
        shard.to_disk(path / f"corpus-{count // SHARD:05}.spacy")
    note = json.dumps(about(corpus, "docbin", count), ensure_ascii=False, indent=1) + "\n"
    (path / "about.json").write_text(note, encoding="utf-8")
    return count


def _doc(record: dict[str, Any], codes: list[str], makers: dict[str, Language]) -> Doc:
    doc = _maker(record["language"], makers).make_doc(record["text"])
    named = {species["label"] for species in record["species"]} | {record["stage"]["label"]}
    doc.cats = {code: float(code in named) for code in codes}
    doc.cats |= {code: 1.0 for code in named if code is not None}
    doc.cats["case_study"] = float(bool(record["case_study"]["value"]))
    quotes = [(species["label"], quote) for species in record["species"] for quote in species["evidence"]]
    quotes += [
        (name, quote) for name, quote in record["stage"]["dimensions"].items() if quote["quote"] is not None
    ]
    spans = [doc.char_span(q["start"], q["end"], label=label, alignment_mode="expand") for label, q in quotes]
    doc.spans["evidence"] = [span for span in spans if span is not None]
    doc.user_data["record"] = {key: value for key, value in record.items() if key != "text"}
    return doc


def _maker(language: str | None, makers: dict[str, Language]) -> Language:
    import spacy

    code = language or "en"
    if code not in makers:
        try:
            makers[code] = spacy.blank(code)
        except ImportError:  # a language that spaCy does not know
            makers[code] = spacy.blank("xx")
        makers[code].max_length = LONGEST
    return makers[code]
