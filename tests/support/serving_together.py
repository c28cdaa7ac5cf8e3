"""Servers of one cluster in the test's own process, joined by a real Valkey."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.valkey import ValkeyServer
from server.nodes.node import Node

from .serving import RunningServer, serving


@dataclass
class JoinedServer:
    """A running server, and what makes it one of a cluster."""

    server: RunningServer
    node: Node


@contextlib.asynccontextmanager
async def serving_together(
    folder: Path, valkey: ValkeyServer, **options: Any
) -> AsyncIterator[tuple[JoinedServer, JoinedServer]]:
    """Run two servers that this Valkey joins, each with data of its own in ``folder``."""
    async with contextlib.AsyncExitStack() as stack:
        joined: list[JoinedServer] = []
        for name in "ab":
            (folder / name).mkdir()
            server = await stack.enter_async_context(serving(folder / name, **options))
            assert server.gate is not None
            node = Node([valkey.address], server.hub, server.store, server.clock)
            await server.nursery.start(node.run)
            server.hub.new_voice = node.new_voice
            server.hub.visiting = partial(getattr, node, "number_visiting")
            server.gate.elsewhere = node
            server.nursery.start_soon(node.let_visit, server.gate, server.nursery, str)
            joined.append(JoinedServer(server, node))
        one, other = joined
        yield one, other
