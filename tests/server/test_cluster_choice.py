"""Tests of whether a server is one of a cluster."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import trio

from roomcli.errors import ConfigError, ConnectionFailed, UsageError
from server.cluster_choice import joined_cluster
from server.rooms.persistence import Persistence

from ..support.memory_store import memory_store
from ..support.postgres import Postgres
from ..support.serving import serving
from ..support.valkey import needed, own_valkey

HUB: Any = None  # it is not reached
STORE = memory_store()
CLOCK: Any = None


def arguments(cluster: str | None, workers: int = 1) -> argparse.Namespace:
    """Return the options of a server."""
    return argparse.Namespace(cluster=cluster, workers=workers)


async def test_without_an_address_a_server_is_alone(nursery: trio.Nursery) -> None:
    assert await joined_cluster(arguments(None), {}, HUB, STORE, CLOCK, nursery) is None


async def test_workers_and_a_cluster_exclude_each_other(nursery: trio.Nursery) -> None:
    with pytest.raises(UsageError, match="not --workers: start a server for each core"):
        await joined_cluster(arguments("redis://127.0.0.1", 2), {}, HUB, STORE, CLOCK, nursery)


async def test_a_password_comes_from_the_environment_alone(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    pytest.importorskip("coredis")
    url = f"unix://:hunter2@{tmp_path}/none.sock"
    with pytest.raises(ConfigError, match="ROOMCLI_CLUSTER") as refused:
        await joined_cluster(arguments(url), {}, HUB, STORE, CLOCK, nursery)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(ConnectionFailed, match=f"{tmp_path}/none.sock") as failed:
        await joined_cluster(arguments(None), {"ROOMCLI_CLUSTER": url}, HUB, STORE, CLOCK, nursery)
    assert "hunter2" not in str(failed.value)


@needed("valkey")
async def test_a_room_in_a_shared_database_is_sure_of_nothing_without_its_lease(
    tmp_path: Path, postgres: Postgres
) -> None:
    with own_valkey("valkey") as valkey:
        async with serving(tmp_path, shared_store=postgres.new_database()) as server:
            hub, store, clock = server.hub, server.store, server.clock
            joined = arguments(str(valkey.address))
            assert await joined_cluster(joined, {}, hub, store, clock, server.nursery)
            assert hub.new_journal is not None
            journal = hub.new_journal("standup", Persistence(store, clock))
            assert not journal.is_sure
            assert journal.may_promise, "the database fences it"
