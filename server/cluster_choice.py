"""Whether a server is one of a cluster, and by which Valkey; a single one imports nothing of it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import trio

from roomcli.errors import ConfigError, UsageError

from .clock import Clock
from .rooms.hub import Hub
from .store import Store

if TYPE_CHECKING:
    from .nodes.node import Node

VARIABLE = "ROOMCLI_CLUSTER"
"""Where the address may have a password, which nobody else on the machine reads."""


def cluster_url(arguments: argparse.Namespace, environ: Mapping[str, str]) -> str | None:
    """Return where the Valkey of the cluster is that a server belongs to; None for a single one."""
    return arguments.cluster or environ.get(VARIABLE) or None


async def joined_cluster(
    arguments: argparse.Namespace,
    environ: Mapping[str, str],
    hub: Hub,
    store: Store,
    clock: Clock,
    nursery: trio.Nursery,
) -> Node | None:
    """Return this server as one of a cluster, which runs in ``nursery``; None for a single one.

    Raises UsageError and ConfigError for what cannot be followed, ConnectionFailed without Valkey.
    """
    url = cluster_url(arguments, environ)
    if url is None:
        return None
    if arguments.workers > 1:
        raise UsageError(
            "--cluster goes with one process, not --workers: start a server for each core instead,"
            " with a --listen and a --data of its own"
        )
    try:
        from .cluster.address import read_addresses
        from .nodes.node import Node
        from .nodes.room_journal import SharedJournal
    except ImportError:
        raise ConfigError("--cluster needs coredis: pip install 'roomcli[cluster]'") from None
    node = Node(read_addresses(url, is_private=arguments.cluster is None), hub, store, clock)
    await nursery.start(node.run)
    hub.new_voice = node.new_voice
    hub.may_start = node.may_start
    hub.opened_before = node.opened_before
    hub.visiting = lambda: node.number_visiting
    if store.fences is None:
        hub.new_journal = node.new_journal
    else:  # the store itself is what the next owner opens a room from
        hub.new_journal = partial(SharedJournal, may_answer=node.may_start)
    hub.others = node.others
    return node
