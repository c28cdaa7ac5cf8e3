"""Loopback addresses to connect from: one address may not bring everybody at once."""

from __future__ import annotations

import os
from itertools import count

_SOURCES = (
    f"127.0.{100 + number // 250}.{1 + number % 250}"
    for number in count(100 * (os.getpid() % 250))
    for _ in range(100)
)


def next_source() -> str:
    """Return a loopback address for one more connection to come from."""
    return next(_SOURCES)
