"""Near-duplicates: found with changed words and as excerpts, stable heads, and groups that dissolve."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.duplicates import Duplicate, DuplicateIndex
from spiders.groups import Edge, heads_of
from spiders.shingles import likeness, print_of


def text(seed: int, words: int = 250) -> str:
    chosen = random.Random(seed)
    return " ".join(chosen.choices([f"word{number}" for number in range(3000)], k=words))


def changed(original: str, share: float, seed: int = 0) -> str:
    chosen, words = random.Random(seed), original.split()
    for place in chosen.sample(range(len(words)), max(1, round(share * len(words)))):
        words[place] = f"other{place}"
    return " ".join(words)


@pytest.fixture
def index(tmp_path: Path) -> DuplicateIndex:
    return DuplicateIndex(tmp_path / "duplicates.sqlite")


def heads(found: list[Duplicate]) -> dict[str, str | None]:
    return {one.case_study_id: one.duplicate_of for one in found}


def test_texts_with_up_to_six_words_in_a_hundred_changed_are_found(index: DuplicateIndex) -> None:
    index.update((f"a{number}", text(number)) for number in range(300))
    asked = {
        f"b{number}": (f"a{number}", changed(text(number), 0.01 + 0.05 * number / 300))
        for number in range(300)
    }
    found = heads(index.update((name, body) for name, (_, body) in asked.items()))
    assert sum(found.get(name) == original for name, (original, _) in asked.items()) >= 0.98 * 300
    assert all(name.startswith("b") for name in found)


def test_case_and_punctuation_make_no_difference(index: DuplicateIndex) -> None:
    found = index.update([("a", text(1)), ("b", text(1).upper().replace(" ", ", "))])
    assert heads(found) == {"b": "a"}


def test_an_excerpt_is_a_duplicate_of_the_text_that_holds_it(index: DuplicateIndex) -> None:
    whole = text(1, 400)
    assert heads(index.update([("whole", whole), ("part", " ".join(whole.split()[100:200]))])) == {
        "part": "whole"
    }


def test_the_earliest_is_the_head_whichever_is_longer(index: DuplicateIndex) -> None:
    whole = text(1, 400)
    assert heads(index.update([("part", " ".join(whole.split()[100:200])), ("whole", whole)])) == {
        "whole": "part"
    }


def test_a_digest_of_many_texts_joins_none_of_them(index: DuplicateIndex) -> None:
    parts = [text(number, 120) for number in range(6)]
    assert (
        index.update(
            [*((f"p{number}", part) for number, part in enumerate(parts)), ("digest", " ".join(parts))]
        )
        == []
    )


def test_a_text_that_is_no_longer_alike_is_reported_as_none(index: DuplicateIndex) -> None:
    index.update([("a", text(1)), ("b", changed(text(1), 0.02))])
    index.acknowledge()
    assert heads(index.update([("b", text(2))])) == {"b": None}


def test_a_head_that_changes_leaves_the_group_to_the_next(index: DuplicateIndex) -> None:
    index.update([("a", text(1)), ("b", changed(text(1), 0.02)), ("c", changed(text(1), 0.03, 1))])
    index.acknowledge()
    assert heads(index.update([("a", text(9))])) == {"b": None, "c": "b"}


def test_a_removed_head_leaves_the_group_to_the_next(index: DuplicateIndex) -> None:
    index.update([("a", text(1)), ("b", text(1)), ("c", text(1))])
    index.acknowledge()
    assert heads(index.remove(["a"])) == {"b": None, "c": "b"}
    index.acknowledge()
    assert heads(index.update([("a", text(1))])) == {"a": "b"}


def test_changes_are_reported_until_they_are_acknowledged(index: DuplicateIndex) -> None:
    first = index.update([("a", text(1)), ("b", text(1))])
    assert index.update([]) == first == [Duplicate("b", "a")]
    index.acknowledge()
    assert index.update([("a", text(1)), ("b", text(1))]) == []


def test_the_index_outlives_the_process(tmp_path: Path) -> None:
    DuplicateIndex(tmp_path / "i.sqlite").update([("a", text(1))])
    assert heads(DuplicateIndex(tmp_path / "i.sqlite").update([("b", text(1))])) == {"b": "a"}


def test_a_failure_amid_an_update_leaves_nothing_of_it(index: DuplicateIndex) -> None:
    def broken() -> object:
        yield ("a", text(1))
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        index.update(broken())  # type: ignore[arg-type]
    assert index.update([("b", text(1))]) == []


def test_short_texts_are_alike_only_if_equal(index: DuplicateIndex) -> None:
    found = index.update(
        [("a", "No text here."), ("b", "no text here"), ("c", "No text there."), ("d", ""), ("e", "")]
    )
    assert heads(found) == {"b": "a"}


def test_a_phrase_that_all_share_makes_no_duplicates(index: DuplicateIndex) -> None:
    phrase = " ".join(f"common{number}" for number in range(40))
    assert index.update((f"a{number}", f"{phrase} {text(number, 150)}") for number in range(400)) == []


@given(st.text(max_size=300))
def test_a_text_is_like_itself(words: str) -> None:
    shingles = print_of(words).shingles
    assert likeness(shingles, shingles) == ((1.0, 1.0) if len(shingles) else (0.0, 0.0))


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12), st.booleans()), max_size=25))
def test_a_head_is_the_lowest_of_its_group_and_its_own_head(pairs: list[tuple[int, int, bool]]) -> None:
    edges = [Edge(one, other, is_excerpt=excerpt) for one, other, excerpt in pairs if one != other]
    found = heads_of(range(1, 13), edges)
    assert all(head <= member and found[head] == head for member, head in found.items())
    assert all(found[edge.number] == found[edge.other] for edge in edges if not edge.is_excerpt)
