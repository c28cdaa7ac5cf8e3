"""Splits bytes into lines as they come. Sans-IO."""

from __future__ import annotations


class LineSplitter:
    """Puts lines together from pieces of any size.

    ``longest`` is the number of bytes that a line may have without its end: of a longer one nothing
    is kept.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._rest = b""
        self._skips = False

    def feed(self, received: bytes) -> list[bytes | None]:
        """Return the lines that these bytes complete, without their ends.

        None stands for a line that is too long, as soon as it is.
        """
        lines: list[bytes | None] = []
        *ended, rest = received.split(b"\n")
        for piece in ended:
            self._add(piece, lines)
            if not self._skips:
                lines.append(self._rest)
            self._rest, self._skips = b"", False
        self._add(rest, lines)
        return lines

    def _add(self, piece: bytes, lines: list[bytes | None]) -> None:
        if self._skips:
            return
        self._rest += piece
        if len(self._rest) > self._longest:
            self._rest, self._skips = b"", True
            lines.append(None)

    def rest(self) -> bytes:
        """Return what came after the last line, at the end of the bytes; empty if nothing did."""
        rest, self._rest = self._rest, b""
        return rest
