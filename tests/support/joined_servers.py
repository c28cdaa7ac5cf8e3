"""Servers of one cluster, each with data of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.valkey import ValkeyServer

from .server_process import PATIENT_LIMITS, Start, server_processes

SERVER = "server"
"""The module of the server itself."""


@contextlib.contextmanager
def joined_servers(
    folder: Path,
    valkey: ValkeyServer,
    *options: str,
    names: str = "ab",
    first: str = SERVER,
) -> Iterator[list[Start]]:
    """Return what starts servers that this Valkey joins, with these options, one for each name.

    The first one is the program ``first``.
    """
    limits = folder / "patient.toml"
    limits.write_text(PATIENT_LIMITS)
    joined = ("--cluster", str(valkey.address), "--no-tls", "--limits", str(limits))
    always = (*joined, *options)  # the last of two options holds
    with contextlib.ExitStack() as stack:
        programs = [first, *(len(names) - 1) * [SERVER]]
        yield [
            stack.enter_context(server_processes(folder / name, *always, program=program))
            for name, program in zip(names, programs, strict=True)
        ]
