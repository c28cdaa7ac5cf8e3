"""Passwords of rooms, kept as salted scrypt hashes (RFC 7914) and checked off the main thread."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from itertools import count

import trio

_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
_SALT_BYTES = 16
MAX_REMEMBERED = 5000
"""The most networks and rooms whose last turn is remembered."""


class Lane:
    """A queue for slow password hashes: one runs at a time, for the whole server.

    A hash takes a core some 40 ms and 16 MiB, and voice must not wait for it. The network whose
    last turn was longest ago goes first; within a network the room whose last turn was. So nobody
    delays others by guessing in rooms of their own, or by setting passwords there.
    """

    def __init__(self) -> None:
        self._busy = False
        self._waiting: dict[trio.Event, tuple[str, str]] = {}
        self._numbers = count(1)
        self._last: dict[str, int] = {}

    @property
    def waiting(self) -> int:
        """The number of those who wait for a turn."""
        return len(self._waiting)

    @contextlib.asynccontextmanager
    async def turn(self, network: str, room: str) -> AsyncIterator[None]:
        """Wait for a turn and hold it inside the block. A cancelled caller gives up its place."""
        if self._busy:
            mine = trio.Event()
            self._waiting[mine] = network, room
            try:
                await mine.wait()
            finally:
                self._waiting.pop(mine, None)
        self._busy = True
        try:
            yield
        finally:
            self._remember(network)
            self._remember(room)
            self._call_next()

    def _remember(self, who: str) -> None:
        self._last.pop(who, None)
        self._last[who] = next(self._numbers)
        if len(self._last) > MAX_REMEMBERED:
            del self._last[next(iter(self._last))]

    def _call_next(self) -> None:
        if not self._waiting:
            self._busy = False
            return
        event = min(self._waiting, key=lambda each: [*map(self._had_turn, self._waiting[each])])
        del self._waiting[event]
        event.set()

    def _had_turn(self, who: str) -> int:
        return self._last.get(who, 0)


_lane = Lane()


async def hashed(password: str, network: str = "", room: str = "") -> str:
    """Return the salted hash of a password; empty for an empty password.

    ``network`` and ``room`` are those of whoever asks for it.
    """
    if not password:
        return ""
    salt = secrets.token_bytes(_SALT_BYTES)
    async with _lane.turn(network, room):
        digest = await trio.to_thread.run_sync(_scrypt, password, salt)
    return f"{salt.hex()}:{digest.hex()}"


async def is_right(password: str, kept: str, network: str = "", room: str = "") -> bool:
    """Whether this password matches the kept hash."""
    salt, _, digest = kept.partition(":")
    async with _lane.turn(network, room):
        found = await trio.to_thread.run_sync(_scrypt, password, bytes.fromhex(salt))
    return hmac.compare_digest(found.hex(), digest)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL)
