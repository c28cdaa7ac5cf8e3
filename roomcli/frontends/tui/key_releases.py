"""Keys that are let go, as terminals with kitty's keyboard protocol tell them.

https://sw.kovidgoyal.net/kitty/keyboard-protocol/: such a terminal says which of its
enhancements are in force. Textual asks for those that it needs, and cannot read what the one for
releases brings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from textual._xterm_parser import XTermParser
from textual.message import Message

ASK_KEYBOARD = "\x1b[?u"
"""Asks which enhancements are in force; answered by a :class:`KeyboardReport`."""
WANT_RELEASES = "\x1b[=2;2u" + ASK_KEYBOARD
"""Asks for releases beside what is in force, until the program leaves the terminal."""
_RELEASES = 2
_REPORT = re.compile(r"\x1b\[\?(\d{1,5})u")
_WITH_KIND = re.compile(
    r"\x1b\[(?P<code>[\d:]*);(?P<modifiers>\d*):(?P<kind>\d)(?P<rest>(?:;[\d:]*)?[u~A-S])"
)
_RELEASE = "3"


class KeyboardReport(Message):
    """The terminal says what it tells of keys."""

    key = ""

    def __init__(self, flags: int) -> None:
        super().__init__()
        self.has_releases = bool(flags & _RELEASES)


class KeyReleased(Message):
    """A key was let go."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class ReleaseParser(XTermParser):
    """Textual's parser, which also tells of releases; a key that repeats is a key again."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Any]:
        if report := _REPORT.fullmatch(sequence):
            yield KeyboardReport(int(report[1]))
        elif found := _WITH_KIND.fullmatch(sequence):
            modifiers = "" if found["modifiers"] == "1" else found["modifiers"]
            plain = f"\x1b[{found['code']};{modifiers}{found['rest']}"
            for key in super()._sequence_to_key_events(plain, alt):
                yield KeyReleased(key.key) if found["kind"] == _RELEASE else key
        else:
            yield from super()._sequence_to_key_events(sequence, alt)
