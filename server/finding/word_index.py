"""Things by the words of their texts, found by the beginnings of words. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping

from .words import words_of

WHOLE_WORD = 1
"""What a word that was typed to its end adds to its weight."""
_LAST = "\U0010ffff"


class WordIndex:
    """The things of one kind, by id. Each text has a weight: how much it matters for the order."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._places: dict[str, dict[str, int]] = {}
        self._of: dict[str, tuple[str, ...]] = {}
        self._titles: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._of)

    def put(self, id: str, texts: Iterable[tuple[str, int]]) -> None:
        """Let a thing stand here by these texts with their weights; the first is its title."""
        self.remove(id)
        weights: dict[str, int] = {}
        for number, (text, weight) in enumerate(texts):
            words = words_of(text)
            for word in words:
                weights[word] = max(weight, weights.get(word, 0))
            if number == 0:
                self._titles[id] = " ".join(words)
        for word, weight in weights.items():
            if word not in self._places:
                insort(self._words, word)
                self._places[word] = {}
            self._places[word][id] = weight
        self._of[id] = tuple(weights)

    def remove(self, id: str) -> None:
        """Let a thing stand here no more, if it did."""
        self._titles.pop(id, None)
        for word in self._of.pop(id, ()):
            places = self._places[word]
            del places[id]
            if not places:
                del self._places[word]
                del self._words[bisect_left(self._words, word)]

    def title(self, id: str) -> str:
        """Return the words of a thing's title, by which things that fit alike are in order."""
        return self._titles.get(id, "")

    def beginning(self, word: str) -> Iterator[tuple[Mapping[str, int], int]]:
        """Yield things with their weights for each word that begins so, and what to add to these.

        What is yielded must not be kept over a checkpoint.
        """
        low, high = bisect_left(self._words, word), bisect_left(self._words, word + _LAST)
        for found in self._words[low:high]:
            places = self._places.get(found)
            if places is not None:  # else it went meanwhile
                yield places, WHOLE_WORD if found == word else 0
