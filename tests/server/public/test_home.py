"""Tests of being at home: connected, in no room, and on the way into one and out of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack
from roomcli.protocol.people import BanNotice
from server.people import at_home
from server.public import home
from server.public.home import MAX_REFUSED
from server.store import EVERYWHERE

from ...support.held_store import locked
from ...support.patience import PATIENCE
from ...support.serving import Client, RunningServer, Turned, patient_limits, serving


async def came_home(server: RunningServer, **fields: object) -> Client:
    """Connect and say hello."""
    client = await server.connected(**fields)  # type: ignore[arg-type]
    await client.say_hello()
    return client


async def test_one_connection_goes_from_room_to_room(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        first = await server.client(server.room("first"), intent="host", name="Ann")
        second = await server.client(server.room("second"), intent="host", name="Ben")
        guest = await server.connected()
        welcome = await guest.say_hello()
        assert (welcome.you.name, welcome.hosting) == ("Ann", "everybody")
        await guest.go_into(room="first")
        assert (guest.view.name, guest.visit) == ("first", 1)
        await first.until(e.Pulse, lambda pulse: pulse.audience == 1)
        await guest.go_into(room="second", ref=7)  # leaves the first
        assert guest.visit == 2
        left = next(each for each in guest.got if isinstance(each, e.RoomLeft))
        assert left == e.RoomLeft(reason="left", text="you left")
        assert guest.got.index(left) < guest.got.index(guest.joined)
        assert (await guest.until(e.Done)).ref == 7
        await first.until(e.Pulse, lambda pulse: pulse.audience == 0)
        await second.until(e.Pulse, lambda pulse: pulse.audience == 1)
        guest.send(c.LeaveRoom(ref=8))
        *_, done, last = await guest.until_out()
        assert (done, last) == (e.Done(ref=8), left)
        await second.do(c.Ban(id=guest.id))
        with pytest.raises(Turned, match="banned"):
            await guest.go_into(room="second")
        await guest.go_into(room="first")
        await first.do(c.Remove(id=guest.id))
        assert (await guest.until(e.RoomLeft)).reason == "removed"
        await guest.go_into(room="first")
        await first.do(c.EndRoom())
        assert (await guest.until(e.RoomLeft)).reason == "ended"
        await guest.go_into(room="first", intent="host")
        assert guest.view.role == "host"


async def test_what_takes_a_room_is_refused_at_home(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        guest = await came_home(server)
        for command in (c.Chat(text="hello"), c.LeaveRoom(), c.ListPeople()):
            refused = await guest.ask(command)
            assert isinstance(refused, e.Refused)
            assert refused.code == "not_in_room"
        guest.speak(b"to nobody")
        guest.ack(0)
        assert (await guest.until(Ack)).visit == 0
        await guest.go_into()


async def test_a_refused_room_ends_nothing_but_the_twentieth_in_a_row(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        guest = await came_home(server)
        for _ in range(2):
            for _ in range(MAX_REFUSED - 1):
                with pytest.raises(Turned, match="no_such_room"):
                    await guest.go_into(room="nowhere")
                server.hub.allowances._buckets.clear()
            await guest.go_into()
        await guest.do(c.LeaveRoom())
        for _ in range(MAX_REFUSED):
            guest.send(c.EnterRoom(room="nowhere"))
        last = (await guest.to_the_end())[-1]
        assert isinstance(last, e.Goodbye)
        assert (last.code, last.retry) == ("protocol", False)


async def test_who_is_told_to_wait_may_ask_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "MAX_REFUSED", 2)
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        guest = await came_home(server)
        key = server_key(guest)
        for _ in range(40):
            server.hub.allowances.take("enter", key, "", trio.current_time())
        codes = set()
        for _ in range(5):
            with pytest.raises(Turned) as turned:
                await guest.go_into(room="nowhere")
            codes.add(turned.value.code)
        assert codes == {"rate_limited"}


def server_key(client: Client) -> str:
    welcome = next(each for each in client.got if isinstance(each, e.Welcome))
    return welcome.you.key


async def test_a_ban_from_the_server_and_its_end_reach_who_is_at_home(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        banned, other = await came_home(server), await came_home(server)
        server.hub.put_out(server_key(banned), "you are banned from this server")
        assert (await banned.to_the_end())[-1] == e.Goodbye(
            code="banned", text="you are banned from this server"
        )
        assert isinstance(await other.ask(c.WatchRooms()), e.Done)
        server.hub.dismiss_all("server_closing", "back soon")
        assert (await other.to_the_end())[-1] == e.Goodbye(
            code="server_closing", text="back soon", retry=True
        )


async def test_a_ban_from_the_server_reaches_who_is_between_a_room_and_home(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        banned, other = await server.client(intent="host"), await server.client(name="Ben")
        with locked(tmp_path):  # the last answers wait for the disk, and the way home with them
            banned.send(c.Lock(ref=1))
            banned.send(c.LeaveRoom())
            await other.until(e.ParticipantLeft)
            key, now = server_key(banned), server.hub.now()
            server.store.bans.save(EVERYWHERE, "", BanNotice(key=key, name="Ann", at=now))
            server.hub.put_out(key, "you are banned from this server")
        assert (await banned.to_the_end())[-1] == e.Goodbye(
            code="banned", text="you are banned from this server"
        )


async def test_of_ones_connections_at_home_the_idlest_goes_and_none_in_a_room(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, limits=patient_limits(at_home_per_person=1)) as server:
        inside = await server.client(intent="host")
        first = await came_home(server, key=inside.key)
        second = await came_home(server, key=inside.key)
        assert (await first.to_the_end())[-1] == at_home.IDLE
        await inside.do(c.Lock(), c.LeaveRoom())  # who comes home is not the idlest
        assert (await second.to_the_end())[-1] == at_home.IDLE
        await inside.go_into(intent="host")


async def test_what_is_asked_when_the_visit_ends_is_answered_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for the answer would wait for ever, since the connection goes on."""
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        asked = trio.Event()

        async def hangs(*_: object) -> None:
            asked.set()
            await trio.sleep_forever()

        monkeypatch.setattr(server.store.log, "page", hangs)
        guest.send(c.ReadLog(ref=7))
        guest.send(c.WatchRooms(ref=8))
        await asked.wait()
        await host.do(c.Remove(id=guest.id))
        refused = await guest.until(e.Refused)
        assert (refused.ref, refused.code) == (7, "not_in_room")
        assert (await guest.until(e.RoomLeft)).reason == "removed"
        assert (await guest.until(e.Done)).ref == 8, "what was not yet read is not lost"


async def test_who_comes_is_told_who_may_open_rooms(tmp_path: Path) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        client = await server.connected()
        welcome = await client.say_hello()
        assert welcome.hosting == "token"
        assert welcome.server_time == pytest.approx(server.hub.now(), abs=PATIENCE)
