"""Label Studio: a folder of tasks with the model's labels as predictions, and the labelling configuration for them.

Label Studio counts offsets in UTF-16 units, as JavaScript does: they are converted here, and back by `review import`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from warehouse.corpus import Corpus, about

LEVELS = range(1, 5)


def write(corpus: Corpus, path: Path) -> int:
    """Write tasks.json, config.xml and about.json; return how many tasks. Duplicates are no tasks."""
    path.mkdir()
    count = 0
    with (path / "tasks.json").open("w", encoding="utf-8") as handle:
        handle.write("[")
        for record in corpus.records():
            if record["duplicate_of"] is None and record["text"] is not None:
                handle.write(",\n" if count else "\n")
                handle.write(json.dumps(task(record), ensure_ascii=False))
                count += 1
        handle.write("\n]\n")
    (path / "config.xml").write_text(config(corpus), encoding="utf-8")
    note = json.dumps(about(corpus, "labelstudio", count), ensure_ascii=False, indent=1) + "\n"
    (path / "about.json").write_text(note, encoding="utf-8")
    return count


def task(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record as a task: its data, and one prediction with everything that the model labelled."""
    data = {
        key: record[key]
        for key in ("id", "source", "url", "title", "text", "licence", "text_sha256", "schemes")
    }
    if record["case_study"]["value"] is None:
        return {"data": data, "predictions": []}
    results = [
        _choice("case_study", ["yes" if record["case_study"]["value"] else "no"], record["case_study"])
    ]
    if record["species"]:
        results.append(_choice("species", [s["label"] for s in record["species"]], record["species"][0]))
    results.append(_choice("stage", [record["stage"]["label"] or "not_stated"], record["stage"]))
    for species in record["species"]:
        results += [_span("evidence", species["label"], q, record["text"]) for q in species["evidence"]]
    for name, scored in record["stage"]["dimensions"].items():
        if scored["quote"] is not None:
            results.append(_span("dimensions", f"{name}={scored['level']}", scored, record["text"]))
    for n, result in enumerate(results):
        result["id"] = f"{record['id']}-{n}"
    prediction = {
        "model_version": record["model"] or "person",
        "score": record["case_study"]["probability"],
        "result": results,
    }
    return {"data": data, "predictions": [prediction]}


def config(corpus: Corpus) -> str:
    """Return the labelling interface: choices of the current schemes, quotations per species and per rubric level."""
    rows = corpus.connection.execute(
        "SELECT split_part(c.scheme, '@', 1), c.code, c.title, c.definition FROM main.codes AS c"
        " JOIN main.schemes AS s ON s.scheme = c.scheme WHERE s.is_current ORDER BY c.scheme, c.position, c.code"
    ).fetchall()
    species = [row for row in rows if row[0] == "species"]
    stages = [row for row in rows if row[0] == "stage"]
    dimensions = corpus.connection.execute(
        "SELECT DISTINCT dimension FROM history.dimension ORDER BY ALL"
    ).fetchall()
    choices = "\n".join(f"    <Choice value={quoteattr(r[1])} alias={quoteattr(r[1])}/>" for r in species)
    stage = "\n".join(f"    <Choice value={quoteattr(r[1])}/>" for r in [*stages, ("stage", "not_stated")])
    labels = "\n".join(f"    <Label value={quoteattr(r[1])}/>" for r in species)
    levels = "\n".join(f"    <Label value={quoteattr(f'{d}={n}')}/>" for (d,) in dimensions for n in LEVELS)
    return f"""<View>
  <Header value="$title"/>
  <HyperText name="link" value="$url"/>
  <Choices name="case_study" toName="text" choice="single" showInline="true">
    <Choice value="yes"/>
    <Choice value="no"/>
  </Choices>
  <Choices name="species" toName="text" choice="multiple">
{choices}
  </Choices>
  <Choices name="stage" toName="text" choice="single" showInline="true">
{stage}
  </Choices>
  <Labels name="evidence" toName="text">
{labels}
  </Labels>
  <Labels name="dimensions" toName="text">
{levels}
  </Labels>
  <Text name="text" value="$text"/>
</View>
"""


def utf16(text: str, offset: int) -> int:
    """Return the offset, counted in characters, in UTF-16 units."""
    return len(text[:offset].encode("utf-16-le")) // 2


def _choice(name: str, choices: list[str], scored: dict[str, Any]) -> dict[str, Any]:
    value = {"choices": choices}
    return {
        "from_name": name,
        "to_name": "text",
        "type": "choices",
        "value": value,
        "score": scored["probability"],
    }


def _span(name: str, label: str, quote: dict[str, Any], text: str) -> dict[str, Any]:
    start, end = (utf16(text, quote[key]) for key in ("start", "end"))
    value = {"start": start, "end": end, "text": quote["quote"], "labels": [label]}
    return {"from_name": name, "to_name": "text", "type": "labels", "value": value}
