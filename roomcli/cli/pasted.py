"""Handle command lines into which somebody pasted the whole line that a host gave them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from itertools import pairwise

_VERBS = ("join", "host")
_TAKE_LINES = (*_VERBS, "alias")
"""The commands after which somebody may paste a whole line."""
_LINE = re.compile(r"\s*([$%>#]\s+)?(\S*/)?roomcli\s+(join|host)\s")
_CONTINUED = re.compile(r"\\\s*[\r\n]\s*")
_QUOTES = str.maketrans({each: "'" for each in "\u2018\u2019\u201a\u201b"}) | str.maketrans(
    {each: '"' for each in "\u201c\u201d\u201e\u201f"}
)


def unfolded(words: Sequence[str]) -> list[str]:
    """Drop a repeated command from ``words``: `join "roomcli join 'URL'"` means `join URL`.

    What was typed first holds: typing `host` before a pasted `join` line means to host.
    """
    said = [each for word in words for each in _words_in(word)]
    while said and (said[0] in ("$", "%") or _is_roomcli(said[0])):
        del said[0]
    if said[:1] and said[0] in _TAKE_LINES:
        for at, (first, second) in enumerate(pairwise(said[1:]), 1):
            if _is_roomcli(first) and second in _VERBS:
                prompt = at > 1 and said[at - 1] == "$"
                del said[at - prompt : at + 2]
                break
    return said


def _words_in(word: str) -> list[str]:
    line = _CONTINUED.sub(" ", word)
    if not _LINE.match(line):
        return [word]
    plain = line.translate(_QUOTES)
    try:
        return shlex.split(plain)
    except ValueError:  # a quote without its pair
        return [each.strip("'\"") for each in plain.split()]


def _is_roomcli(word: str) -> bool:
    return word == "roomcli" or word.endswith("/roomcli")
