"""The words of a text, however they are written: without case, accents and width. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_WORDS = 8
"""Words of one search; more than these are not looked at."""
_ASCII_WORD = re.compile("[a-z0-9]+")
_ACCENTS = range(200, 241)
"""Combining classes of marks above and below letters (Unicode, table 3-14). Marks of other classes
change what is read: a nukta, the points of kana."""
_BARE = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "þ": "th",
        "ħ": "h",
    }
)
"""Letters whose stroke is no mark of its own, and those that people type as two."""
_CACHED = 4096


@lru_cache(_CACHED)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in their order, each once."""
    if text.isascii():
        return tuple(dict.fromkeys(_ASCII_WORD.findall(text.lower())))
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(each for each in plain if unicodedata.combining(each) not in _ACCENTS)
    folded = unicodedata.normalize("NFKC", bare.casefold()).translate(_BARE)
    return tuple(dict.fromkeys("".join(map(_of_word, folded)).split()))


def _of_word(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":  # joins letters, and is not seen
        return ""
    return character if category[0] in "LNM" else " "
