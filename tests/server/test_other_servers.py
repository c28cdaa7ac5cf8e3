"""Tests of what people notice on one server of what was done on another that shares its store."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roomcli.protocol import events as e
from roomcli.protocol.people import BanNotice
from server.store import EVERYWHERE

from ..support.patience import until
from ..support.postgres import Postgres
from ..support.serving import Client, RunningServer, Turned, serving

Servers = tuple[RunningServer, RunningServer]


@contextlib.asynccontextmanager
async def two_servers(folder: Path, postgres: Postgres) -> AsyncIterator[Servers]:
    """Run two servers that share a store."""
    url, folders = postgres.new_database(), (folder / "here", folder / "there")
    for each in folders:
        each.mkdir()
    async with (
        serving(folders[0], shared_store=url) as here,
        serving(folders[1], shared_store=url) as there,
    ):
        yield here, there


def key_of(client: Client) -> str:
    """Return by which key somebody is known."""
    return next(each for each in client.got if isinstance(each, e.Welcome)).you.key


async def test_a_ban_from_the_whole_server_cuts_connections_on_the_others(
    tmp_path: Path, postgres: Postgres
) -> None:
    async with two_servers(tmp_path, postgres) as (here, there):
        await there.client(intent="host")
        ben = await there.client(name="Ben")
        at_home = await there.connected(key=ben.key)
        await at_home.say_hello()
        ban = BanNotice(key=key_of(ben), name="Ben", at=here.hub.now(), reason="spam")
        here.store.bans.save(EVERYWHERE, "", ban)
        out = e.Goodbye(code="banned", text="you are banned from this server: spam")
        assert (await at_home.to_the_end())[-1] == out
        gone = (await ben.to_the_end())[-1]
        assert isinstance(gone, e.Goodbye)
        assert (gone.code, gone.retry) == ("banned", False)
        with pytest.raises(Turned, match="banned"):
            await there.client(key=ben.key)
        here.store.bans.lift(EVERYWHERE, "", ban.key)
        await until(lambda: there.store.bans.from_server(ban.key, there.hub.now()) is None)
        await there.client(key=ben.key)
