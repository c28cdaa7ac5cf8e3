"""A reign: one server's time as the one that takes writes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_FIELD = re.compile(rb"^(run_id|master_replid2?|uptime_in_seconds):(\w+)\r?$", re.MULTILINE)
_NEVER = re.compile(rb"0*")


@dataclass(frozen=True)
class Reign:
    """Which reign it is. Two are the same only where nothing was forgotten in between."""

    run: bytes
    history: bytes
    known_for: int = field(compare=False)
    """Seconds that it has lasted at the least; 0 where that is not known."""


UNKNOWN = Reign(b"", b"", 0)


def read_reign(info: object) -> Reign:
    """Return what a server's answer to INFO says of its reign.

    One that took the place of another does not say when.
    """
    said = dict(_FIELD.findall(info)) if isinstance(info, bytes) else {}
    run, history = said.get(b"run_id", b""), said.get(b"master_replid", b"")
    uptime = said.get(b"uptime_in_seconds", b"")
    is_first = _NEVER.fullmatch(said.get(b"master_replid2", b"?")) is not None
    return Reign(run, history, int(uptime) if is_first and uptime.isdigit() else 0)
