"""The data types of SSH (RFC 4251, section 5), read strictly: one way to write each value."""

from __future__ import annotations

from ...errors import ProtocolError


def pack_string(content: bytes) -> bytes:
    """Return ``content`` with its length before it, as four bytes."""
    return len(content).to_bytes(4, "big") + content


def pack_mpint(number: int) -> bytes:
    """Return an integer that is not negative, in the fewest bytes that leave the sign bit clear."""
    return pack_string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


class SshReader:
    """Reads values one after the other. Raises ProtocolError ``code`` for whatever does not fit."""

    def __init__(self, content: bytes, code: str, what: str) -> None:
        self._content = content
        self._place = 0
        self._code = code
        self._what = what

    def raw(self, length: int) -> bytes:
        """Read so many bytes."""
        found = self._content[self._place : self._place + length]
        if len(found) != length:
            raise self.refusal("ends too early")
        self._place += length
        return found

    def number(self) -> int:
        """Read an integer of four bytes."""
        return int.from_bytes(self.raw(4), "big")

    def string(self, length: int | None = None) -> bytes:
        """Read a string; with ``length``, it has to be just so long."""
        found = self.raw(self.number())
        if length is not None and len(found) != length:
            raise self.refusal(f"has {len(found)} bytes where {length} belong")
        return found

    def text(self) -> str:
        """Read a string of ASCII characters that can be seen."""
        found = self.string()
        if not all(0x21 <= each <= 0x7E for each in found):
            raise self.refusal("has something else where a name belongs")
        return found.decode("ascii")

    def mpint(self) -> int:
        """Read a positive integer of any length."""
        found = self.string()
        if not found or found[0] >= 0x80 or (found[0] == 0 and (found[1:2] or b"\0") < b"\x80"):
            raise self.refusal("has a number that is not positive or not in its shortest form")
        return int.from_bytes(found, "big")

    def expect_end(self) -> None:
        """Refuse what stands after the last value."""
        if self._place != len(self._content):
            raise self.refusal("goes on after its end")

    def refusal(self, why: str) -> ProtocolError:
        """Return the error to raise about the whole."""
        return ProtocolError(self._code, f"the {self._what} {why}")
