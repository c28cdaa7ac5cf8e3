"""A room full of people of whom all on stage talk, for what watches and hears it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

from . import processes
from .processes import Child

PATIENCE = 60.0
"""Seconds in which everybody has entered."""
FIRST_SPEAKER = "Speaker1"
"""The name of somebody on stage, by which the room is known to be on a screen."""
_LONG = 3600 * 1_000_000_000  # ns, longer than anybody watches


@contextlib.contextmanager
def full_room(
    folder: Path, listeners: int, speakers: int, *, audible: bool = False
) -> Iterator[str]:
    """Run a room in which everybody on stage talks until the block ends; yield its address.

    They send noise, or speech if it is to be ``audible``.
    """
    with contextlib.ExitStack() as stack:
        _, url = stack.enter_context(processes.server(folder))
        url = f"{url}/r/full"
        stage = stack.enter_context(_people("speakers", url, speakers, audible))
        stage.event("ready", PATIENCE)
        audience = stack.enter_context(_people("listeners", url, listeners, audible))
        audience.event("ready", PATIENCE)
        now = time.monotonic_ns()
        stage.write({"begin": now, "end": now + _LONG})
        yield url


@contextlib.contextmanager
def _people(role: str, url: str, count: int, audible: bool) -> Iterator[Child]:
    settings = json.dumps({"role": role, "url": url, "count": count, "audible": audible})
    with processes.module("benchmarks.load", settings) as child:
        yield child
