"""The shipped model: its file, what it promises, and that `train` makes it."""

import hashlib
import json
import pickle
import time
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from classifiers import classify, load_model, save
from classifiers.errors import ModelError
from classifiers.model import SHIPPED
from classifiers.store import read_state, write_state
from classifiers.train import train

FLOORS = Path(__file__).parents[2] / "classifiers" / "floors.toml"


def test_the_shipped_model_is_small_and_loads_within_a_second() -> None:
    assert SHIPPED.stat().st_size < 10_000_000
    load_model()  # the imports
    began = time.process_time()
    load_model(SHIPPED)
    assert time.process_time() - began < 1.0


def test_the_model_s_held_out_scores_stand_above_the_floors() -> None:
    floors = tomllib.loads(FLOORS.read_text(encoding="utf-8"))
    scores = load_model().metadata()["scores"]["held_out"]
    below = {k: (scores[k], floor) for k, floor in floors["at_least"].items() if scores[k] < floor}
    above = {k: (scores[k], most) for k, most in floors["at_most"].items() if scores[k] > most}
    assert floors["at_least"] and floors["at_most"]
    assert not below and not above


def test_the_metadata_tells_where_the_model_comes_from() -> None:
    model = load_model()
    known = model.metadata()
    assert known["model"] == model.id == f"species-stage-{known['corpus_digest'][:8]}-{model.id[-8:]}"
    assert known["schemes"] == ["species@2021-01", "stage@2021-01"]
    assert {"numpy", "scikit-learn", "spacy"} <= set(known["versions"])
    assert known["trained_at"] is None
    assert [record["scheme"] for record in model.scheme_records()] == known["schemes"]
    assert model.id in SHIPPED.with_suffix(".md").read_text(encoding="utf-8")
    json.dumps(known)


def test_saving_and_loading_keeps_every_decision_and_every_byte(tmp_path: Path) -> None:
    model = load_model()
    save(model, tmp_path / "a.skops")
    again = load_model(tmp_path / "a.skops")
    assert again.id == model.id
    text = "Our head of physics is seconded to Fen Bank Academy for two days a week, on our payroll."
    assert classify([text], model=again) == classify([text], model=model)
    assert (tmp_path / "a.skops").read_bytes() == SHIPPED.read_bytes()


def test_a_file_that_is_no_model_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.skops"
    with pytest.raises(ModelError, match="No such file"):
        load_model(path)
    for content in (b"", b"PK\x03\x04 broken", pickle.dumps({"about": 1}), SHIPPED.read_bytes()[:5000]):
        path.write_bytes(content)
        with pytest.raises(ModelError, match=r"m\.skops: no model made by `train`"):
            load_model(path)
    write_state({"about": json.dumps({"format": 999})}, path)
    with pytest.raises(ModelError, match="format 999"):
        load_model(path)


def test_a_model_that_holds_foreign_types_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.skops"
    write_state({"about": Path("x")}, path)
    with zipfile.ZipFile(path) as archive:
        assert "PosixPath" in archive.read("schema.json").decode()
    with pytest.raises(ModelError, match="PosixPath"):
        load_model(path)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Small parts of the seed corpus: enough to fit, little enough to fit quickly."""
    folder = tmp_path_factory.mktemp("corpus")
    source = SHIPPED.parents[1] / "corpus"
    made = []
    for name in ("retold-5", "retold-6", "retold-7", "passages-5"):
        lines = (source / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[:40]
        made.append(folder / f"{name}.jsonl")
        made[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


def test_the_same_corpus_and_seed_make_the_same_file(parts: list[Path], tmp_path: Path) -> None:
    digests = []
    for name, processes in (("a", 1), ("b", 2)):
        save(train(parts, seed=3, processes=processes), tmp_path / f"{name}.skops")
        digests.append(hashlib.sha256((tmp_path / f"{name}.skops").read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_a_corpus_of_one_s_own_makes_a_model_with_honest_scores(parts: list[Path]) -> None:
    model = train(parts)
    held = model.metadata()["scores"]["held_out"]
    assert held["texts"] == 120
    assert 0 < held["micro"] < 1
    assert classify(["Our head sits on the governing body of Marsh Academy."], model=model)


def test_a_state_survives_the_trip(tmp_path: Path) -> None:
    state = {"numbers": np.arange(6, dtype=np.float16).reshape(2, 3), "text": "é\n", "n": 3}
    write_state(state, tmp_path / "s.skops")
    again = read_state(tmp_path / "s.skops")
    assert np.array_equal(again["numbers"], state["numbers"])
    assert (again["text"], again["n"]) == ("é\n", 3)
