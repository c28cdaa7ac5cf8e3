"""Tests of the index of words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server.finding.word_index import WordIndex
from server.finding.words import words_of

TEXTS = st.text("ab -é", max_size=8)
THINGS = st.dictionaries(st.sampled_from("1234"), st.tuples(TEXTS, TEXTS), max_size=4)


def ordered(things: dict[str, tuple[str, str]], beginning: str) -> list[str]:
    """Return what an index has to find, by looking at everything."""
    places = []
    for id, (title, rest) in things.items():
        weights = dict.fromkeys(words_of(rest), 1) | dict.fromkeys(words_of(title), 3)
        fits = [(-weights[word], word) for word in weights if word.startswith(beginning)]
        if fits:
            places.append((*min(fits), " ".join(words_of(title)), id))
    return [id for _, _, _, id in sorted(places)]


def fill(index: WordIndex, things: dict[str, tuple[str, str]]) -> None:
    for id, (title, rest) in things.items():
        index.index_texts(id, ((title, 3), (rest, 1)))


@settings(max_examples=100)
@given(THINGS, THINGS, st.text("abe", min_size=1, max_size=3))
def test_it_finds_what_looking_at_everything_finds_after_any_changes(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]], beginning: str
) -> None:
    index = WordIndex()
    fill(index, before)
    assert list(dict.fromkeys(index.in_order(beginning))) == ordered(before, beginning)
    for id in before.keys() - after.keys():
        index.remove(id)
        index.remove(id)
    fill(index, after)
    assert list(dict.fromkeys(index.in_order(beginning))) == ordered(after, beginning)
    assert index.fitting(beginning) == set(ordered(after, beginning))
    assert len(index) == len(after)


def test_a_page_of_many_reads_no_more_than_the_page() -> None:
    index = WordIndex()
    for number in range(500):
        index.index_texts(f"{number:03}", ((f"bee number {number}", 1),))
    found = index.in_order("be")
    assert [next(found) for _ in range(3)] == ["000", "001", "010"]
    index.remove("100")
    assert "100" not in index.fitting("bee")
