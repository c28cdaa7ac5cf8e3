"""Servers of one cluster, each with data of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.valkey import ValkeyServer

from .server_process import Start, server_processes


@contextlib.contextmanager
def joined_servers(
    folder: Path, valkey: ValkeyServer, *options: str, names: str = "ab"
) -> Iterator[list[Start]]:
    """Return what starts servers that this Valkey joins, with these options, one for each name."""
    always = ("--cluster", str(valkey.address), "--no-tls", *options)
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(server_processes(folder / name, *always)) for name in names]
