"""Turns a terminal's bytes into Textual's events; what is neither key nor text is ignored.

Textual's own reader ends the program at the first byte that is not UTF-8, and at escapes that name
characters which do not exist: an old mouse report, a terminal of another encoding, a pasted binary.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator

from textual import events
from textual.message import Message

from .key_releases import ReleaseParser

_OLD_MOUSE_REPORT = re.compile(rb"\x1b\[M(.{0,3})", re.DOTALL)
_REPORT_LENGTH = 6
_UNTYPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, which would move the cursor when they are drawn, and lone surrogates."""
MOST_CELLS = 4096
"""Largest width or height of a terminal, in cells, that is believed."""


class Keystrokes:
    """Turns bytes, in pieces of any size, into events."""

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug
        self._decode = getincrementaldecoder("utf-8")("ignore").decode
        self._parser = ReleaseParser(debug)
        self._report = b""

    def feed(self, data: bytes, *, final: bool = False) -> Iterator[Message]:
        """Yield the events that these bytes complete; ``final`` if no bytes follow."""
        for character in self._decode(self._without_coordinates(data), final):
            yield from self._parsed(character)

    def tick(self) -> Iterator[Message]:
        """Yield the event of a key that might have begun another; call this regularly."""
        yield from self._parsed(None)

    def _without_coordinates(self, data: bytes) -> bytes:
        """Replace the coordinates of old mouse reports, which may be any bytes."""
        seen = self._report + data
        plain = _OLD_MOUSE_REPORT.sub(lambda found: found[0][:3] + b"!" * len(found[1]), seen)
        fresh = plain[len(self._report) :]
        end = seen[1 - _REPORT_LENGTH :]
        self._report = end[end.rindex(b"\x1b") :] if b"\x1b" in end else b""
        return fresh

    def _parsed(self, character: str | None) -> Iterator[Message]:
        parser = self._parser
        try:
            told = list(parser.tick() if character is None else parser.feed(character))
        except Exception:  # any kind: a generator that has raised accepts no more input
            self._parser = ReleaseParser(self._debug)
            if all(parser.terminal_size or ()):  # mouse positions in pixels need it
                self._parser.mouse_pixels = parser.mouse_pixels
                self._parser.terminal_size = parser.terminal_size
                self._parser.terminal_pixel_size = parser.terminal_pixel_size
            return
        yield from filter(None, map(_harmless, told))


def _harmless(message: Message) -> Message | None:
    """Return the event without characters unfit for a text line; None if nothing is left."""
    match message:
        case events.Paste(text=text):
            return events.Paste(_UNTYPED.sub("", text.replace("\r", "\n")))
        case events.Key(character=str(character)) if "\ud800" <= character[:1] <= "\udfff":
            return None
        case events.Resize(size=size):
            return message if all(0 < side <= MOST_CELLS for side in size) else None
    return message
