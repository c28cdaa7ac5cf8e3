"""Things by the words of their texts, found by the beginnings of words. Pure.

What fits is read in its order, as far as somebody reads: so a page costs as much in a large index
as in a small one, however many things fit.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from .words import words_of

_LAST = "\U0010ffff"
Entry = tuple[str, str]
"""The title of a thing, in words, and its id."""


class WordIndex:
    """The things of one kind, by id. Each text has a weight: how much it matters for the order."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._ids: dict[str, set[str]] = {}
        self._entries: dict[tuple[str, int], list[Entry]] = {}
        self._weights: list[int] = []
        self._of: dict[str, tuple[Entry, dict[str, int]]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def index_texts(self, id: str, texts: Iterable[tuple[str, int]]) -> None:
        """Let a thing stand here by these texts with their weights; the first is its title."""
        self.remove(id)
        weights: dict[str, int] = {}
        title = ""
        for number, (text, weight) in enumerate(texts):
            words = words_of(text)
            for word in words:
                weights[word] = max(weight, weights.get(word, 0))
            if weight not in self._weights:
                self._weights = sorted((*self._weights, weight), reverse=True)
            title = title if number else " ".join(words)
        entry = title, id
        for word, weight in weights.items():
            if word not in self._ids:
                insort(self._words, word)
                self._ids[word] = set()
            self._ids[word].add(id)
            insort(self._entries.setdefault((word, weight), []), entry)
        self._of[id] = entry, weights

    def remove(self, id: str) -> None:
        """Let a thing stand here no more, if it did."""
        entry, weights = self._of.pop(id, (("", ""), {}))
        for word, weight in weights.items():
            entries = self._entries[word, weight]
            del entries[bisect_left(entries, entry)]
            if not entries:
                del self._entries[word, weight]
            self._ids[word].remove(id)
            if not self._ids[word]:
                del self._ids[word]
                del self._words[bisect_left(self._words, word)]

    def fitting(self, beginning: str) -> set[str]:
        """Return all things that have a word which begins so."""
        return set().union(*(self._ids[word] for word in self._range(beginning)))

    def in_order(self, beginning: str) -> Iterator[str]:
        """Yield the same things in their order; one may come again.

        First come those in whose weightiest texts it is, of these first those that have it as a
        whole word, then by the word that begins so, then by title.
        """
        found = self._range(beginning)
        for weight in self._weights:
            for word in found:  # the whole word is the first of all that begin so
                for _, id in tuple(self._entries.get((word, weight), ())):
                    yield id

    def _range(self, beginning: str) -> list[str]:
        low = bisect_left(self._words, beginning)
        return self._words[low : bisect_left(self._words, beginning + _LAST)]
