"""Bytes that go between server and engine and no further."""

from __future__ import annotations

from hmac import compare_digest
from typing import NoReturn


class Secret:
    """Bytes that nobody else is to see.

    ``codec`` alone can encode it: no line of ``--jsonl`` or ``ctl`` and no pickle can have it in
    it, and in a log or traceback it shows nothing of itself.
    """

    __slots__ = ("_bytes",)

    def __init__(self, value: bytes) -> None:
        self._bytes = value

    def reveal(self) -> bytes:
        """Return the bytes, to compute with and never to show."""
        return self._bytes

    def __repr__(self) -> str:
        return "Secret()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self._bytes, other._bytes)

    def __hash__(self) -> int:
        return hash(self._bytes)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never written")
