"""Passwords of rooms, kept as salted scrypt hashes (RFC 7914) and checked off the main thread."""

from __future__ import annotations

import hashlib
import hmac
import secrets

import trio

_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
_SALT_BYTES = 16
_one_at_a_time = trio.CapacityLimiter(1)
"""A guess costs a core some 40 ms and 16 MiB: guesses wait for each other, voice for none."""


async def hashed(password: str) -> str:
    """A password as it is kept; of an empty one nothing."""
    if not password:
        return ""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = await trio.to_thread.run_sync(_scrypt, password, salt, limiter=_one_at_a_time)
    return f"{salt.hex()}:{digest.hex()}"


async def is_right(password: str, kept: str) -> bool:
    """Whether this is the password that was kept as that."""
    salt, _, digest = kept.partition(":")
    found = await trio.to_thread.run_sync(
        _scrypt, password, bytes.fromhex(salt), limiter=_one_at_a_time
    )
    return hmac.compare_digest(found.hex(), digest)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL)
