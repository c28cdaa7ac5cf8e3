"""Tests of servers of a cluster that share one PostgreSQL: rooms outlive their servers."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from benchmarks.postgres import frozen
from benchmarks.valkey import ValkeyServer
from roomcli.errors import ConnectionLost
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.moderation_log import first_fault

from ...support.cluster_people import back_at
from ...support.joined_servers import joined_servers
from ...support.patience import PATIENCE
from ...support.postgres import Postgres
from ...support.server_process import Start, listening
from ...support.serving import Client, RunningServer, Turned
from ...support.told_events import check_told
from ...support.valkey import needed

pytestmark = needed("valkey")


@pytest.fixture
def database(postgres: Postgres) -> str:
    """Return the database that the servers share."""
    return postgres.new_database()


@pytest.fixture
def starts(tmp_path: Path, valkey: ValkeyServer, database: str) -> Iterator[list[Start]]:
    """Return what starts two servers of one cluster."""
    with joined_servers(tmp_path, valkey, "--store", database) as starts:
        yield starts


async def has_chatted(client: Client) -> bool:
    """Write something; return whether that was acknowledged."""
    with contextlib.suppress(ConnectionLost):
        return isinstance(await client.ask(c.Chat(text="still here")), e.Done)
    return False


async def has_come_in(server: RunningServer) -> bool:
    """Come into the room as somebody new; return whether that went well."""
    with contextlib.suppress(Turned):
        return bool(await server.client(name="Dan"))
    return False


async def refused_at(server: RunningServer, client: Client) -> str:
    """Return why somebody does not come into the room, by its code."""
    with pytest.raises(Turned) as turned:
        await server.client(key=client.key)
    return turned.value.code


async def test_what_an_owner_acknowledged_is_there_after_it_was_killed(
    starts: list[Start], valkey: ValkeyServer
) -> None:
    one, other = (start() for start in starts)
    async with listening(one) as at_one, listening(other) as at_other:
        host = await at_one.client(intent="host")
        far = await at_other.client(name="Ben", lasting_refs=True)
        cid = await at_other.client(name="Cid")
        await at_one.bring_on_stage(host, far)
        far.send(once := c.Chat(text="hello", ref=2**52 + 1))
        await host.until(e.ChatPosted)
        await host.do(c.MakeCohost(id=far.id), c.Ban(id=cid.id))
        await far.until(e.ModerationLogged)
        seen = await far.question(c.ReadLog(), e.LogPage)
        one.kill()
        assert isinstance((await far.to_the_end())[-1], e.Goodbye)

        again = await back_at(at_other, far, name="Ben", lasting_refs=True)
        assert again.joined.resumed
        assert again.joined.cut_short
        assert again.view.role == "cohost"
        again.send(once)  # nobody has read an answer to it
        await again.until(e.Done, lambda answer: answer.ref == once.ref)
        assert [each.text for each in again.joined.chat] == ["hello"]
        assert await refused_at(at_other, cid) == "banned"
        owner = await back_at(at_other, host, intent="host")
        assert [each.text for each in owner.joined.chat] == ["hello"], "it stands once"
        assert (owner.id, owner.view.role) == (host.id, "host")
        owner.connection.stream.cut("a moment without a network")
        owner = await back_at(at_other, host, intent="host")
        assert not owner.joined.cut_short  # they know
        await owner.do(c.Lock(), c.Unlock())
        page = await again.question(c.ReadLog(), e.LogPage)
        assert page.entries[: len(seen.entries)] == seen.entries
        assert first_fault(page.entries, "standup", page.opened_at) is None
        await check_told(at_other, again, owner, earlier=[at_one])

        # A server that comes to the cluster opens nothing that another has, and what nobody has.
        await trio.to_thread.run_sync(one.communicate)
        third = starts[0]()
        async with listening(third) as at_third:
            await (await at_third.client(name="Dan")).do(c.Chat(text="and here"))
            eve = await at_other.client(name="Eve")
            assert eve.joined.chat[-1].text == "and here"
            await eve.do(c.RaiseHand(topic="the budget"), c.Chat(text="may I?"))
            other.kill()
            valkey.kill()
            valkey.start_again()
            last = await back_at(at_third, far, name="Ben")
            assert (last.view.role, last.joined.cut_short) == ("cohost", True)
            assert [each.text for each in last.joined.chat][-2:] == ["and here", "may I?"]
            waiting = await back_at(at_third, eve, name="Eve")
            assert [each.topic for each in waiting.view.hands] == ["the budget"]


async def test_an_owner_that_stood_still_loses_its_room_and_writes_nothing(
    starts: list[Start],
) -> None:
    one, other = (start() for start in starts)
    async with listening(one) as at_one, listening(other) as at_other:
        host = await at_one.client(intent="host")
        ben = await at_one.client(name="Ben")
        far = await at_other.client(name="Cid")
        one.send_signal(signal.SIGSTOP)
        host.send(c.Ban(id=ben.id, ref=99))
        back = await back_at(at_other, far, name="Cid")
        assert back.joined.resumed
        one.send_signal(signal.SIGCONT)
        told = await host.to_the_end()
        assert not [each for each in told if isinstance(each, e.Done) and each.ref == 99]
        assert isinstance(told[-1], e.Goodbye)
        assert told[-1].retry
        # Once it has noticed, people come through it into the room where that is now.
        with trio.fail_after(PATIENCE):
            while not await has_chatted(await back_at(at_one, ben, name="Ben")):
                pass
        await back.until(e.ChatPosted, lambda event: event.message.text == "still here")


async def test_without_its_database_nobody_comes_in_whom_nobody_knows(
    starts: list[Start], postgres: Postgres
) -> None:
    one, other = (start() for start in starts)
    async with listening(one) as at_one, listening(other) as at_other:
        host = await at_one.client(intent="host")
        far, cid = await at_other.client(name="Ben"), await at_other.client(name="Cid")
        eve = await at_one.client(name="Eve")
        await host.do(c.Ban(id=cid.id))
        with frozen(postgres.pids):
            held = await host.ask(c.Ban(id=eve.id))
            assert isinstance(held, e.Refused)
            assert "will be written" in held.text
            for server in (at_one, at_other):
                again = await server.client(name="Ben", key=far.key, ticket=far.joined.ticket)
                assert again.joined.resumed
                assert await refused_at(server, cid) == "try_later"
                with pytest.raises(Turned, match="database") as turned:
                    await server.client(name="Dan")
                assert turned.value.code == "try_later"
        with trio.fail_after(PATIENCE):
            while not await has_come_in(at_other):  # noqa: ASYNC110
                await trio.sleep(0.1)
