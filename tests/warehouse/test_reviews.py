"""What persons decided comes back without loss, and beats the model."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.runs import SECOND, Run
from warehouse import WarehouseError, export
from warehouse.load import load
from warehouse.migrate import open_warehouse
from warehouse.reviews import import_reviews
from warehouse.snapshot import publish

TEXT = "🏫🎓 Our sixth formers read with juniors each Friday. Our bursar governs."


@pytest.fixture
def labelled(home: Path, warehouse: Path) -> Run:
    run = Run(home)
    page = run.document("https://harbour.example/a", [("Reading", TEXT), ("Other", "A concert, once.")])
    run.label(
        page.case_studies[0],
        species={"mentor": (0.9, "read with juniors"), "secondee": (0.6, "Our bursar")},
        stage="emerging",
        dimensions={"sustainability": (2, "each Friday")},
    )
    run.label(page.case_studies[1])
    load(warehouse, run.write())
    return run


def rows(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(warehouse) as connection:
        return connection.execute(sql).fetchall()


def as_json(path: Path, value: Any) -> Path:
    text = json.dumps(value) if isinstance(value, list) else json.dumps(value) + "\n"
    path.write_text(text, encoding="utf-8")
    return path


def label_studio(
    results: list[dict[str, Any]], who: str = "ann@example.org", at: str = "2026-11-25T10:00:00Z"
) -> Any:
    return [
        {
            "data": {"text": TEXT},
            "annotations": [{"completed_by": {"email": who}, "updated_at": at, "result": results}],
        }
    ]


def choice(name: str, *choices: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(choices)}}


def test_tasks_that_went_out_come_back_without_loss(
    home: Path, warehouse: Path, labelled: Run, tmp_path: Path
) -> None:
    publish(warehouse, home / "published")
    export("labelstudio", tmp_path / "tasks", home=home)
    tasks = json.loads((tmp_path / "tasks/tasks.json").read_text())
    for task in tasks:
        task["annotations"] = [{"completed_by": 7, "updated_at": "2026-11-25T10:00:00Z", "result": p["result"]}
                               for p in task["predictions"]]  # fmt: skip
    model = {
        view: rows(warehouse, f"SELECT {columns} FROM {view} ORDER BY ALL") for view, columns in VIEWS.items()
    }
    result = import_reviews(warehouse, as_json(tmp_path / "back.json", tasks))
    assert (result.review_count, result.skipped) == (2, ())
    person = {
        view: rows(warehouse, f"SELECT {columns} FROM {view} ORDER BY ALL") for view, columns in VIEWS.items()
    }
    assert person == model
    assert rows(
        warehouse, "SELECT DISTINCT decided_by FROM labels UNION SELECT decided_by FROM case_studies"
    ) == [("person",)]


VIEWS = {
    "case_studies": "id, is_case_study, stage, species",
    "labels": "case_study_id, scheme, label",
    "dimensions": "case_study_id, dimension, level, quote, start_char, end_char",
}


def test_a_persons_decision_beats_the_models(warehouse: Path, labelled: Run, tmp_path: Path) -> None:
    span = {
        "start": len(TEXT) - 15 + 2,
        "end": len(TEXT) - 1 + 2,
        "text": TEXT[-15:-1],
        "labels": ["governor"],
    }
    results = [choice("case_study", "yes"), choice("species", "mentor", "governor"), choice("stage", "not_stated"),
               {"from_name": "evidence", "to_name": "text", "type": "labels", "value": span}]  # fmt: skip
    import_reviews(warehouse, as_json(tmp_path / "a.json", label_studio(results)))
    found = "SELECT species, stage, is_case_study, decided_by FROM case_studies WHERE title = 'Reading'"
    assert rows(warehouse, found) == [(["governor", "mentor"], None, True, "person")]
    quotes = rows(warehouse, "SELECT label, quote, start_char, decided_by FROM evidence ORDER BY label")
    assert quotes == [
        ("governor", TEXT[-15:-1], len(TEXT) - 15, "person"),
        ("mentor", "read with juniors", TEXT.index("read"), "model"),
    ]


def test_the_same_file_twice_adds_nothing(warehouse: Path, labelled: Run, tmp_path: Path) -> None:
    path = as_json(tmp_path / "a.json", label_studio([choice("species", "mentor")]))
    assert import_reviews(warehouse, path).annotation_count == 3
    assert import_reviews(warehouse, path).annotation_count == 0


def test_the_latest_decision_counts(warehouse: Path, labelled: Run, tmp_path: Path) -> None:
    for at, code in (("2026-11-26T10:00:00Z", "governor"), ("2026-11-25T10:00:00Z", "mentor")):
        import_reviews(
            warehouse, as_json(tmp_path / "a.json", label_studio([choice("species", code)], at=at))
        )
    assert rows(warehouse, "SELECT species FROM case_studies WHERE title = 'Reading'") == [(["governor"],)]


def test_a_decision_on_an_older_text_is_stale(
    home: Path, warehouse: Path, labelled: Run, tmp_path: Path
) -> None:
    import_reviews(warehouse, as_json(tmp_path / "a.json", label_studio([choice("species", "governor")])))
    assert rows(warehouse, "SELECT DISTINCT is_stale FROM annotations") == [(False,)]
    run = Run(home, SECOND)
    run.document("https://harbour.example/a", [("Reading", "It reads otherwise now.")])
    load(warehouse, run.write())
    assert rows(warehouse, "SELECT DISTINCT is_stale FROM annotations") == [(True,)]
    assert rows(warehouse, "SELECT species FROM case_studies") == [(None,)]
    assert ("the text changed after a person decided",) in rows(warehouse, "SELECT why FROM review_queue")


def test_doccano_and_prodigy_are_read(warehouse: Path, labelled: Run, tmp_path: Path) -> None:
    start = TEXT.index("read with")
    doccano = {
        "id": 4,
        "text": TEXT,
        "label": [[start, start + 9, "mentor"], "stage=established"],
        "username": "bo",
    }
    import_reviews(warehouse, as_json(tmp_path / "doccano.jsonl", doccano))
    prodigy = {"text": "A concert, once.", "accept": ["governor", "case_study=no"], "answer": "accept",
               "_annotator_id": "cy", "_timestamp": 1_795_600_000}  # fmt: skip
    import_reviews(warehouse, as_json(tmp_path / "prodigy.jsonl", prodigy))
    assert rows(
        warehouse, "SELECT title, species, stage, is_case_study FROM case_studies ORDER BY title"
    ) == [
        ("Other", ["governor"], None, False),
        ("Reading", ["mentor"], "established", True),
    ]
    assert rows(warehouse, "SELECT DISTINCT annotator FROM annotations ORDER BY ALL") == [("bo",), ("cy",)]


FAULTS = {
    "an unknown code": (label_studio([choice("species", "wizard")]), "'wizard' is no code of species@2021-01; one of"),
    "no text": ([{"data": {}}], "task 0: 'text' is missing"),
    "a wrong quote": (
        label_studio([{"from_name": "evidence", "type": "labels",
                       "value": {"start": 0, "end": 3, "text": "xyz", "labels": ["mentor"]}}]),
        "'mentor' quotes 'xyz'",
    ),
    "none of the formats": ({"text": "x"}, ":1: neither 'answer' (Prodigy) nor 'label' (doccano) is there"),
    "no value": (label_studio([{"type": "choices", "from_name": "species"}]), "label studio exports it: KeyError"),
    "no annotator": ({"text": TEXT, "label": ["mentor"]}, ":1: no annotator is named"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_file_is_named_and_nothing_is_imported(
    warehouse: Path, labelled: Run, tmp_path: Path, content: Any, message: str
) -> None:
    path = as_json(tmp_path / "faulty", content)
    with pytest.raises(WarehouseError) as raised:
        import_reviews(warehouse, path)
    assert str(raised.value).startswith(str(path))
    assert message in str(raised.value)
    assert rows(warehouse, "SELECT count(*) FROM annotations") == [(0,)]


def test_a_text_that_was_never_held_is_left_out_and_named(
    warehouse: Path, labelled: Run, tmp_path: Path
) -> None:
    path = as_json(tmp_path / "d.jsonl", {"text": "Never.", "label": ["mentor"], "username": "bo"})
    result = import_reviews(warehouse, path)
    assert result.annotation_count == 0
    assert result.skipped == (f"{path}:1: a text that the warehouse does not hold",)


def test_agreement_is_told_by_label_and_pair(home: Path, warehouse: Path, tmp_path: Path) -> None:
    run = Run(home)
    model = [True, True, True, False, False, False]
    one = [True, True, False, False, False, False]
    two = [True, False, False, False, True, False]
    lines = []
    for n in range(6):
        text = f"Our sixth formers read with juniors, case {n}."
        page = run.document(f"https://harbour.example/{n}", [text])
        run.label(page.case_studies[0], species={"mentor": (0.9, "read with juniors")} if model[n] else {})
        for who, said in (("ann", one), ("bo", two)):
            lines.append({"text": text, "label": ["mentor"] if said[n] else [], "username": who})
    load(warehouse, run.write())
    path = tmp_path / "d.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    import_reviews(warehouse, path)
    found = rows(
        warehouse,
        "SELECT rater_a, rater_b, text_count, both_count, only_a_count, only_b_count, neither_count, round(kappa, 4),"
        " round(f1, 4) FROM agreement WHERE label = 'mentor' ORDER BY ALL",
    )
    assert found == [
        ("ann", "bo", 6, 1, 1, 1, 3, 0.25, 0.5),
        ("ann", "model", 6, 2, 0, 1, 3, 0.6667, 0.8),
        ("bo", "model", 6, 1, 1, 2, 2, 0.0, 0.4),
    ]
