"""Keeps text in place on terminals that disagree about the width of letters and emoji.

For example, a family is one sign of two cells here, three signs of two cells in another terminal,
and a sign of one cell with a selector after it in a third. So the cells are cleared first, then the
sign is written, and then the cursor is put where the next text starts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from rich.cells import cell_len

from .face import emoji_face

_DOUBTFUL = re.compile(
    "[\u0300-\u036f\u0590-\u1cff\u1dc0-\u1dff\u200d\u20d0-\u20ff\ufe00-\ufe0f\U0001f000-\U0010ffff]"
)
_TOKEN = (
    r"(?s)(?P<move>\x1b\[(?:\d+;)?(?P<column>\d+)H)|(?P<control>\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)|."
)
"""Compiled when it is first needed, which is after the start."""
_EMOJI = 0x1F000
_FLAGS = range(0x1F1E6, 0x1F200)
_TONES, _TAGS = range(0x1F3FB, 0x1F400), range(0xE0020, 0xE0080)
_JOINER = "\u200d"


class _Token(NamedTuple):
    kind: str | None
    text: str
    column: int
    """The column to which a cursor move goes, from 0."""


def steadied(output: str) -> str:
    """Return Textual's output so that the cursor is right after every sign of doubtful width."""
    if _DOUBTFUL.search(output) is None:
        return output
    tokens = [
        _Token(found.lastgroup, found[0], int(found["column"] or 0) - 1)
        for found in re.finditer(_TOKEN, output)
    ]
    written: list[str] = []
    column: int | None = None
    for index, token in enumerate(tokens):
        if token.kind == "move":
            column = token.column
        elif token.text == "\n":
            column = None
        if token.kind != "text" or column is None:
            written.append(token.text)
            continue
        written.append(_placed(token.text, column, _follows(tokens, index)))
        column += cell_len(token.text)
    return "".join(written)


def _follows(tokens: list[_Token], index: int) -> int:
    """Return how many cells are written right after this text, before the cursor moves."""
    cells = 0
    for token in tokens[index + 1 :]:
        if token.kind == "move" or token.text == "\n":
            break
        cells += cell_len(token.text) if token.kind == "text" else 0
    return cells


def _placed(text: str, column: int, follows: int) -> str:
    if _DOUBTFUL.search(text) is None:
        return text
    written, before, total = "", "", cell_len(text)
    for sign in _signs(text):
        start = cell_len(before)
        before += sign
        end = cell_len(before)
        if len(sign) == 1 and ord(sign) < _EMOJI:
            written += sign
            continue
        spills = sum(cell_len(each) for each in sign) + len(sign) - 1 - (end - start)
        # Cells that spill over are overwritten at once; if nothing follows, none may spill.
        shown = sign if spills <= total - end + follows else emoji_face(sign)
        cells = " " * (end - start)
        written += f"{cells}\x1b[{column + start + 1}G{shown}\x1b[{column + end + 1}G"
    return written


def _signs(text: str) -> Iterator[str]:
    """Yield the text in signs: characters that any terminal may join into one."""
    sign = ""
    for character in text:
        if sign and (sign[-1] == _JOINER or _extends(character) or _makes_flag(sign, character)):
            sign += character
            continue
        if sign:
            yield sign
        sign = character
    if sign:
        yield sign


def _extends(character: str) -> bool:
    if character == _JOINER or ord(character) in _TONES or ord(character) in _TAGS:
        return True
    return character > "\u02ff" and unicodedata.category(character)[0] == "M"


def _makes_flag(sign: str, character: str) -> bool:
    return len(sign) == 1 and ord(sign) in _FLAGS and ord(character) in _FLAGS
