"""Standard output in lines, in the letters that it has."""

from __future__ import annotations

import codecs
import locale
import os
import sys
import unicodedata
from collections.abc import Callable
from typing import TextIO

_WRITTEN = {
    **dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", "'"),
    **dict.fromkeys("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", '"'),
    **dict.fromkeys("\N{EN DASH}\N{EM DASH}\N{MIDDLE DOT}", "-"),
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{LATIN SMALL LETTER SHARP S}": "ss",
}
"""How what many texts have is written without it."""


class Output:
    """Standard output; once it cannot be written, ``fault`` says why and ``on_end`` is called.

    ``around`` is given what prints a line, and calls it: whoever has a line on the terminal that
    is being typed takes it away for that moment.
    """

    def __init__(self) -> None:
        self.fault: OSError | None = None
        self.on_end: Callable[[], None] = lambda: None
        self.around: Callable[[Callable[[], None]], None] = lambda print_line: print_line()
        self._encoding = encoding_of(sys.stdout)

    def say(self, text: str) -> None:
        """Print a line, in other words where the encoding lacks a character."""
        if self.fault is None:
            self.around(lambda: self._print(spelled(text, self._encoding)))

    def _print(self, text: str) -> None:
        try:
            print(text, flush=True)
        except OSError as fault:
            self.fault = fault
            self.on_end()


def encoding_of(stream: TextIO) -> str:
    """Return the encoding of an output; that of a terminal whose locale has ASCII alone is ASCII.

    Python writes UTF-8 there, which such a terminal need not know.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if "PYTHONIOENCODING" in os.environ or not stream.isatty():
        return encoding
    is_ascii = codecs.lookup(locale.getencoding()).name == "ascii"
    return "ascii" if is_ascii else encoding


def spelled(text: str, encoding: str) -> str:
    """Return the text in characters of the encoding: é as e, a sign by its name."""
    return "".join(
        each if _can_write(each, encoding) else _spelled(each, encoding) for each in text
    )


def _spelled(character: str, encoding: str) -> str:
    if character in _WRITTEN:
        return _WRITTEN[character]
    kind = unicodedata.category(character)
    if kind in ("Mn", "Me", "Cf"):  # an accent, or what joins emoji
        return ""
    parts = unicodedata.normalize("NFKD", character)
    letters = "".join(each for each in parts if not unicodedata.combining(each))
    if _can_write(letters, encoding):
        return letters
    if kind[0] == "S" and (name := unicodedata.name(character, "")):
        return f"({name.lower()})"
    return character.encode("ascii", "backslashreplace").decode()


def _can_write(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
