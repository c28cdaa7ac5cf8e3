"""Looks for words in an index, for one person.

Each thing is asked whether the person may know of it, and what they may not know of is passed over:
pages, their lengths and their order depend on nothing that is hidden from them. So the order must
not depend on how many things have which word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import trio

from .word_index import WordIndex
from .words import MAX_WORDS, words_of

SLICE = 1000
"""Things that are passed over before other tasks get their turn: less than a millisecond."""
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

    They are in the order of the longest word. ``is_seen`` says whether who searches may know of a
    thing.
    """
    words = words_of(text)[:MAX_WORDS]
    if not words:
        return FoundPage((), more=False)
    leading = max(words, key=len)
    fitting: set[str] | None = None
    for word in words:
        if word != leading:
            fits = index.fitting(word)
            fitting = fits if fitting is None else fitting & fits
            await trio.lowlevel.checkpoint()
    seen: list[str] = []
    looked: set[str] = set()
    passed = 0
    for id in index.in_order(leading):
        passed += 1
        if passed % SLICE == 0:
            await trio.lowlevel.checkpoint()
        if id in looked or not (fitting is None or id in fitting):
            continue
        looked.add(id)
        if is_seen(id):
            seen.append(id)
            if len(seen) > offset + length:
                break
        if len(looked) % SLICE_SEEN == 0:
            await trio.lowlevel.checkpoint()
    return FoundPage(tuple(seen[offset : offset + length]), more=len(seen) > offset + length)
