"""Looks for words in all that may be found: people, communities, what is planned, live rooms.

Each candidate is shown as the one who searches may see it, or is not there: pages, their lengths
and their order depend on nothing that is hidden from them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from typing import NamedTuple

import trio

from .word_index import WordIndex
from .words import MAX_WORDS, words_of

SLICE = 2000
"""Things that are put in order before other tasks get their turn: about a millisecond."""
SLICE_SEEN = 100
"""Things of which is asked who may see them, before other tasks get their turn."""


class FoundPage(NamedTuple):
    """A page of ids, and whether there are more."""

    ids: tuple[str, ...]
    more: bool


async def find_page(
    index: WordIndex, text: str, is_seen: Callable[[str], bool], offset: int, length: int
) -> FoundPage:
    """Return a page of what has all words of a text at the beginnings of its own, the best first.

    ``is_seen`` says whether who searches may know of a thing.
    """
    words = words_of(text)[:MAX_WORDS]
    if not words:
        return FoundPage((), more=False)
    scores: Mapping[str, int] | None = None
    for word in sorted(words, key=len, reverse=True):  # the longest leave the fewest
        scores = await _narrowed(index, word, scores)
        if not scores:
            return FoundPage((), more=False)
    assert scores is not None
    waiting: list[tuple[int, str, str]] = []
    for number, (id, score) in enumerate(scores.items(), 1):
        waiting.append((-score, index.title(id), id))
        if number % SLICE == 0:
            await trio.lowlevel.checkpoint()
    heapq.heapify(waiting)
    seen: list[str] = []
    looked = 0
    while waiting and len(seen) <= offset + length:
        _, _, id = heapq.heappop(waiting)
        if is_seen(id):
            seen.append(id)
        looked += 1
        if looked % SLICE_SEEN == 0:
            await trio.lowlevel.checkpoint()
    return FoundPage(tuple(seen[offset : offset + length]), more=len(seen) > offset + length)


async def _narrowed(
    index: WordIndex, word: str, known: Mapping[str, int] | None
) -> Mapping[str, int]:
    """Return the things that have a word which begins so, with what they scored before and by it.

    With ``known`` only those in it are looked for.
    """
    best: dict[str, int] = {}
    looked = 0
    for places, whole in index.beginning(word):
        for id, weight in places.items():
            score = weight * 2 + whole
            if score > best.get(id, 0) and (known is None or id in known):
                best[id] = score
        looked += len(places)
        if looked >= SLICE:
            looked = 0
            await trio.lowlevel.checkpoint()
    return best if known is None else {id: score + known[id] for id, score in best.items()}
