"""Tests of the index of words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server.finding.word_index import WHOLE_WORD, WordIndex
from server.finding.words import words_of

TEXTS = st.text("ab -é", max_size=8)
THINGS = st.dictionaries(st.sampled_from("123"), st.tuples(TEXTS, TEXTS), max_size=3)


def found(index: WordIndex, word: str) -> dict[str, int]:
    best: dict[str, int] = {}
    for places, whole in index.beginning(word):
        for id, weight in places.items():
            best[id] = max(best.get(id, 0), weight * 2 + whole)
    return best


def expected(things: dict[str, tuple[str, str]], word: str) -> dict[str, int]:
    """Return what an index has to find, by looking at everything."""
    best: dict[str, int] = {}
    for id, (title, rest) in things.items():
        weights = dict.fromkeys(words_of(rest), 1) | dict.fromkeys(words_of(title), 3)
        fits = [
            weight * 2 + (WHOLE_WORD if each == word else 0)
            for each, weight in weights.items()
            if each.startswith(word)
        ]
        if fits:
            best[id] = max(fits)
    return best


@settings(max_examples=100)
@given(THINGS, THINGS, st.text("abe", min_size=1, max_size=3))
def test_it_finds_what_looking_at_everything_finds_after_any_changes(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]], word: str
) -> None:
    index = WordIndex()
    for id, (title, rest) in before.items():
        index.put(id, ((title, 3), (rest, 1)))
    assert found(index, word) == expected(before, word)
    for id in before.keys() - after.keys():
        index.remove(id)
        index.remove(id)
    for id, (title, rest) in after.items():
        index.put(id, ((title, 3), (rest, 1)))
    assert found(index, word) == expected(after, word)
    assert len(index) == len(after)
