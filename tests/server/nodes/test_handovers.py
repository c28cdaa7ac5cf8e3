"""Tests of what moves with a room: its owner ends in every way, and the next one goes on."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from itertools import count
from pathlib import Path

import pytest
import trio

from benchmarks.valkey import ValkeyServer
from roomcli.errors import ConnectionLost
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.moderation_log import LogEntry, first_fault
from server.cluster.client import ValkeyClient
from server.cluster.room_stream import RoomStream
from server.rooms.rules.answered import KEEP_ANSWER

from ...support.cluster_people import back_at
from ...support.joined_servers import joined_servers
from ...support.killed_owner import LAST, UNKEPT
from ...support.patience import PATIENCE
from ...support.server_process import Start, listening
from ...support.serving import Client, Turned
from ...support.valkey import needed

pytestmark = needed("valkey")
LINE = c.Chat(text="before the end", ref=2**52 + 1)


async def log_of(client: Client) -> list[LogEntry]:
    """Return the room's moderation log, which is whole."""
    page: e.LogPage = await client.question(c.ReadLog(), e.LogPage)
    assert first_fault(page.entries, client.joined.room, page.opened_at) is None
    return list(page.entries)


async def stay_alive(*clients: Client) -> None:
    """Let the server hear of these until cancelled."""
    while True:
        for each in clients:
            each.ack()
        await trio.sleep(0.5)


async def test_an_owner_that_is_killed_loses_nothing_that_was_acknowledged_or_seen(
    tmp_path: Path, valkey: ValkeyServer
) -> None:
    killed = "tests.support.killed_owner"
    with joined_servers(tmp_path, valkey, first=killed) as (start_one, start_other):
        one, other = start_one(), start_other()
        async with listening(one) as at_one, listening(other) as at_other:
            lea = await at_one.client(at_one.room(UNKEPT), intent="host", name="Lea")
            host = await at_one.client(intent="host")
            troll = await at_one.client(name="Troll")
            cleo = await at_one.client(name="Cleo", lasting_refs=True)
            far = await at_other.client(name="Ben")
            await at_one.bring_on_stage(host, cleo)
            await far.do(c.RaiseHand(topic="first"))
            second = await at_other.client(name="Dora")
            await second.do(c.RaiseHand(topic="second"))
            await host.do(
                c.Silence(id=cleo.id),
                c.MakeCohost(id=cleo.id),
                c.ChangeSettings(topic="Lighthouses"),
                c.Chat(text="hello"),
                c.Ban(id=troll.id, reason="shouts"),
            )
            log = await log_of(host)
            cleo.send(LINE)  # and reads no answer
            await far.until(e.ChatPosted, lambda event: event.message.text == LINE.text)
            await host.do(c.Lock())
            lea.send(c.ChangeSettings(topic=LAST))
            await lea.question(c.ListTies(of="following"), e.TiesPage)  # it was decided before this
            host.send(c.ChangeSettings(topic=LAST))
            for each in (host, lea):
                last_words = await each.to_the_end()
                assert not [each for each in last_words if isinstance(each, e.ModerationLogged)]
            for each in (far, second):
                last = (await each.to_the_end())[-1]
                assert isinstance(last, e.Goodbye)
                assert last.retry
            ben = await back_at(at_other, far, name="Ben")
            cohost = await back_at(at_other, cleo, name="Cleo", lasting_refs=True)
            assert cohost.joined.remembers == KEEP_ANSWER
            cohost.send(LINE)
            await cohost.until(e.Done, lambda answer: answer.ref == LINE.ref)
            dora = await back_at(at_other, second, name="Dora")
            assert ben.id == far.id
            assert dora.id == second.id
            view = dora.view
            assert [(hand.id, hand.topic) for hand in view.hands] == [
                (far.id, "first"),
                (second.id, "second"),
            ]
            assert view.settings.topic == LAST
            assert view.locked
            texts = [each.text for each in dora.joined.chat]
            assert texts == ["hello", LINE.text], "it stands once"
            with pytest.raises(Turned) as turned:
                await at_other.client(name="Troll", key=troll.key)
            assert turned.value.code == "banned"
            await cohost.do(c.Unlock())
            after = await log_of(cohost)
            assert after[: len(log)] == log
            new = [each.action for each in after[len(log) :]]
            assert new == ["lock", "change_settings", "unlock"]
            again = await back_at(at_other, lea, name="Lea", room=UNKEPT)
            assert again.view.log == lea.view.log
            assert again.view.settings.topic == ""


async def test_an_owner_that_stood_still_can_promise_nothing_any_more(
    starts: list[Start], nursery: trio.Nursery
) -> None:
    one, other = (start() for start in starts)
    async with listening(one) as at_one, listening(other) as at_other:
        host = await at_one.client(intent="host")
        far = await at_other.client(name="Ben")
        cleo = await at_other.client(name="Cleo")
        nursery.start_soon(stay_alive, host)
        await host.do(c.MakeCohost(id=cleo.id))
        one.send_signal(signal.SIGSTOP)
        host.send(c.ChangeSettings(topic="mine", ref=77))
        host.send(c.Lock(ref=78))
        with trio.fail_after(PATIENCE):
            assert isinstance((await cleo.to_the_end())[-1], e.Goodbye)
        cohost = await back_at(at_other, cleo, name="Cleo")
        await cohost.do(c.ChangeSettings(topic="theirs"))
        log = await log_of(cohost)
        one.send_signal(signal.SIGCONT)
        told = await host.to_the_end()
        assert not [each for each in told if isinstance(each, e.Done)]
        assert isinstance(told[-1], e.Goodbye)
        assert await log_of(cohost) == log
        again = await back_at(at_one, host, name="Ann")  # there, in the other server's room
        assert again.view.settings.topic == "theirs"
        assert not again.view.locked
        await far.go()


async def whole_again(valkey: ValkeyServer, *words: bytes) -> None:
    """Wait until these are in what is kept of the room."""
    async with ValkeyClient(valkey.address) as client:
        stream = RoomStream(client, "standup")
        with trio.fail_after(PATIENCE):
            kept = b""
            while not all(word in kept for word in words):
                await trio.sleep(0.05)
                with contextlib.suppress(ConnectionLost):
                    record = await stream.read_room()
                    if record is not None:
                        kept = record.snapshot + b"".join(each.event for each in record.events)


async def test_a_room_outlives_a_valkey_that_forgets_all(
    starts: list[Start], valkey: ValkeyServer, nursery: trio.Nursery
) -> None:
    one, other = (start() for start in starts)
    async with listening(one) as at_one, listening(other) as at_other:
        host = await at_one.client(intent="host")
        near = await at_one.client(name="Ben")
        nursery.start_soon(stay_alive, host, near)
        await host.do(c.Chat(text="before"))
        valkey.kill()
        await answered(host, "try_later")
        await host.do(c.Chat(text="meanwhile"))
        await near.until(e.ChatPosted, lambda event: event.message.text == "meanwhile")
        await host.do(c.Unmute())
        host.speak(b"\xf8on this server")
        near.ack()
        await near.heard(b"\xf8on this server")
        valkey.start_again()
        await whole_again(valkey, b"before", b"meanwhile")
        await answered(host, "")
        await host.do(c.ChangeSettings(topic="after"))
        kill(one)
        again = await back_at(at_other, host, name="Ann")
        assert again.view.settings.topic == "after"
        assert [each.text for each in again.joined.chat] == ["before", "meanwhile"]


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a server as a power cut does."""
    process.kill()
    process.wait()


async def answered(host: Client, *codes: str) -> None:
    """Let a moderator change something until that is answered with one of these; "" is done."""
    with trio.fail_after(PATIENCE):
        for number in count():
            answer = await host.ask(c.ChangeSettings(topic=f"not promised {number}"))
            if (answer.code if isinstance(answer, e.Refused) else "") in codes:
                return
            await trio.sleep(0.2)
