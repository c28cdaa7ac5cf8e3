"""What the tests of servers that a Valkey joins share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.valkey import ValkeyServer

from ...support.joined_servers import joined_servers
from ...support.server_process import Start
from ...support.valkey import own_valkey


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """Return a Valkey of the test's own."""
    with own_valkey("valkey") as server:
        yield server


@pytest.fixture
def starts(tmp_path: Path, valkey: ValkeyServer) -> Iterator[list[Start]]:
    """Return what starts two servers of one cluster, each with data of its own."""
    with joined_servers(tmp_path, valkey) as starts:
        yield starts
