"""Two servers of one cluster, each with data of its own, and the Valkey that joins them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.valkey import ValkeyServer

from .server_process import Start, server_processes
from .valkey import own_valkey


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """Return a Valkey of the test's own."""
    with own_valkey("valkey") as server:
        yield server


@pytest.fixture
def starts(tmp_path: Path, valkey: ValkeyServer) -> Iterator[list[Start]]:
    """Return what starts two servers of one cluster, each with data of its own."""
    always = ("--cluster", str(valkey.address), "--no-tls")
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(server_processes(tmp_path / name, *always)) for name in "ab"]
