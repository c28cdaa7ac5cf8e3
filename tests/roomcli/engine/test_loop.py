"""Tests of one engine that goes from room to room, and of what it takes along: nothing."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import trio

from roomcli.engine import sleep
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack, Bundle, BundleEntry, Flags, UplinkFrame
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile

from ...support.patience import PATIENCE
from .test_link import ScriptedServer, Visitor, joined, scripted
from .test_session import ScriptedRoom, agree, answering, commands, room, settled


def enter(inside: Any, **fields: Any) -> None:
    """Ask the engine to enter the room of its server again."""
    fields = {"url": str(inside.server.address), "name": "Ann", "mic": "tone:440"} | fields
    inside.say("enter", speaker="none", **fields)


class ScriptedHouse:
    """A server with one room after the other, on one connection."""

    def __init__(self) -> None:
        self.visit = 0
        self.refuses = False

    def __call__(self, visitor: Visitor, command: Any) -> None:
        match command:
            case c.EnterRoom() if self.refuses:
                visitor.send(e.Refused(command="enter_room", code="locked", text="nobody new"))
            case c.EnterRoom():
                self.visit += 1
                visitor.send(joined(visit=self.visit))
            case c.ShowProfile(person="nobody"):
                pass
            case c.ShowProfile(ref=ref):
                profile = Profile(name="Ann", headline="Bees")
                ann = Person("", "Ann")
                visitor.send(e.ProfileShown(person=ann, profile=profile, ref=ref))
                agree(visitor, command)
            case c.WatchRooms(on=on):
                visitor.send(e.RoomsListed(gone=(str(on),)))
            case c.WatchHome(on=on):
                visitor.send(e.HomeShown(total_rooms=int(on)))
            case _:
                agree(visitor, command)

    async def script(self, visitor: Visitor) -> None:
        visitor.send(e.Challenge(nonce=b"n" * 32))
        visitor.hello = await visitor.until(c.Hello)
        visitor.send(e.Welcome(you=Person("", visitor.hello.name), server_time=1.0))
        while True:
            message = await visitor.read()
            if not isinstance(message, Ack | UplinkFrame):
                self(visitor, message)


@contextlib.asynccontextmanager
async def home(folder: Path, house: ScriptedHouse) -> AsyncIterator[ScriptedRoom]:
    """Run an engine that is at home at the house."""
    with mock.patch.object(sleep, "LATE", PATIENCE):
        async with scripted(house.script) as server, trio.open_nursery() as nursery:
            inside = ScriptedRoom(server, folder, at_home=True)
            nursery.start_soon(inside.run)
            inside.say("connect_server", url=server.address.server, name="Ann")
            yield inside
            nursery.cancel_scope.cancel()


async def test_an_engine_enters_room_after_room_and_is_muted_in_each(tmp_path: Path) -> None:
    house = ScriptedHouse()
    async with room(tmp_path, house.script) as inside:
        for number in range(1, 5):
            await inside.until("joined")
            await inside.has_microphone()
            inside.say("unmute", ref=number)
            await inside.is_open(True)
            enter(inside)
            assert (await inside.is_open(False))["reason"] == "left"
        await inside.until("joined")
        inside.say("leave")
        assert (await inside.ended())["code"] == "left"
        (visitor,) = inside.server.visitors
        assert [name for name in commands(visitor) if name != "Mute"] == [
            *("Unmute", "LeaveRoom") * 4,
            "LeaveRoom",
        ]


async def test_voice_and_acknowledgements_carry_the_number_of_the_visit(tmp_path: Path) -> None:
    house = ScriptedHouse()
    async with room(tmp_path, house.script) as inside:
        for number in range(1, 4):
            await inside.until("joined")
            await inside.has_microphone()
            inside.say("unmute", ref=number)
            await inside.is_open(True)
            (visitor,) = inside.server.visitors

            def spoke(number: int = number, got: list[Any] = visitor.got) -> bool:
                return any(isinstance(each, UplinkFrame) and each.visit == number for each in got)

            await settled(spoke)
            enter(inside)
        visit = 0
        for each in visitor.got:
            if isinstance(each, c.EnterRoom):
                visit += 1
            elif isinstance(each, c.LeaveRoom):
                left = visit
            elif isinstance(each, UplinkFrame):
                assert each.visit == visit
                assert visit == 1 or visit > left, "no voice after the room was left"


async def test_what_is_written_after_an_enter_is_for_the_room_that_is_entered(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, ScriptedHouse().script) as inside:
        await inside.until("joined")
        inside.say("raise_hand", topic="first", ref=1)
        enter(inside)
        inside.say("raise_hand", topic="second", ref=2)
        await inside.until("done", lambda told: told["ref"] == 2)
        names = commands(inside.server.visitors[0])
        assert names == ["RaiseHand", "LeaveRoom", "RaiseHand"]


async def test_an_answer_that_the_room_before_owes_opens_nothing_in_the_next(
    tmp_path: Path,
) -> None:
    owed: list[int] = []

    class Late(ScriptedHouse):
        def __call__(self, visitor: Visitor, command: Any) -> None:
            match command:
                case c.Unmute(ref=int(ref)):
                    owed.append(ref)
                case c.RaiseHand():
                    visitor.send(e.Unmuted(id="me"), e.Done(ref=owed[0]))
                    agree(visitor, command)
                case _:
                    super().__call__(visitor, command)

    async with room(tmp_path, Late().script) as inside:
        await inside.until("joined")
        await inside.has_microphone()
        inside.say("unmute", ref=1)
        enter(inside)
        await inside.until("joined")
        inside.say("raise_hand", topic="here", ref=2)
        await inside.until("done", lambda told: told["ref"] == 2)
        assert inside.microphones() == []
        (visitor,) = inside.server.visitors
        assert not any(isinstance(each, UplinkFrame) for each in visitor.got)


async def test_what_still_comes_of_a_room_that_was_left_is_ignored(tmp_path: Path) -> None:
    entry = BundleEntry(1, 0, 1, 960, Flags.NONE, -20, b"voice")

    class Slow(ScriptedHouse):
        def __call__(self, visitor: Visitor, command: Any) -> None:
            if isinstance(command, c.LeaveRoom):
                voice = Bundle(5, (entry,), self.visit).encode()
                visitor.connection.send(voice)
                visitor.send(e.RoomLocked(by="ben"), e.ParticipantLeft(id="ben"))
            super().__call__(visitor, command)
            if isinstance(command, c.EnterRoom):
                visitor.connection.send(Bundle(5, (entry,), self.visit - 1).encode())
                visitor.send(e.HostPresent())

    async with room(tmp_path, Slow().script) as inside:
        await inside.until("joined")
        await inside.until("host_present")
        enter(inside)
        second = await inside.until("joined")
        await inside.until("host_present")
        assert not second["view"]["locked"]
        assert not [told for told in inside.told if told["event"] == "room_locked"]
        assert inside.session.state()["people"][1]["name"] == "Ben"


async def test_a_room_that_ends_ends_the_engine_that_was_started_for_it(tmp_path: Path) -> None:
    async def over(visitor: Visitor) -> None:
        await visitor.greet(joined())
        visitor.send(e.RoomLeft(reason="ended", text="over"))
        await visitor.to_the_end()

    async with room(tmp_path, over) as inside:
        left = await inside.ended()
        assert (left["code"], left["exit_code"]) == ("ended", 0)


async def test_whoever_has_a_home_comes_back_there_and_goes_on(tmp_path: Path) -> None:
    house = ScriptedHouse()
    async with home(tmp_path, house) as inside:
        assert (await inside.until("welcome"))["you"]["name"] == "Ann"
        inside.say("watch_rooms", ref=1)
        assert (await inside.until("rooms_listed"))["gone"] == ["True"]
        for ref in range(2, 5):
            enter(inside)
            await inside.until("joined")
            inside.say("raise_hand", topic="me", ref=ref)
            assert (await inside.until("done"))["ref"] == ref
            inside.say("leave_room")
            assert (await inside.until("room_left"))["reason"] == "left"
        (visitor,) = inside.server.visitors
        enter(inside)
        await inside.until("joined")
        visitor.send(e.RoomLeft(reason="removed", text="by Ben"))
        assert (await inside.until("room_left"))["reason"] == "removed"
        inside.say("raise_hand", topic="me", ref=9)
        assert (await inside.until("problem"))["code"] == "no_room"
        inside.say("leave")
        assert (await inside.ended())["exit_code"] == 0
        assert len(inside.server.visitors) == 1
        assert "Leave" not in commands(visitor)


async def test_what_needs_no_room_is_asked_at_home_and_in_a_room(tmp_path: Path) -> None:
    async with home(tmp_path, ScriptedHouse()) as inside:
        await inside.until("welcome")
        for ref in (1, 2):
            inside.say("show_profile", ref=ref)
            shown = await inside.until("profile_shown")
            assert (shown["profile"]["headline"], shown["ref"]) == ("Bees", ref)
            assert (await inside.until("done"))["ref"] == ref
            if ref == 1:
                enter(inside)
                await inside.until("joined")


@pytest.mark.parametrize("keeps", [False, True])
async def test_a_name_for_one_room_is_told_as_such(tmp_path: Path, keeps: bool) -> None:
    async with home(tmp_path, ScriptedHouse()) as inside:
        await inside.until("welcome")
        enter(inside, name="Nobody", keeps_name=keeps)
        await inside.until("joined")
        hello = inside.server.visitors[-1].hello
        assert (hello.name, hello.keeps_name) == ("Nobody", keeps)


async def test_news_of_a_person_come_at_home_and_in_a_room(tmp_path: Path) -> None:
    async with home(tmp_path, ScriptedHouse()) as inside:
        await inside.until("welcome")
        (visitor,) = inside.server.visitors
        visitor.send(e.ProfileChanged())
        assert (await inside.until("profile_changed"))["ref"] is None
        enter(inside)
        await inside.until("joined")
        visitor.send(e.ProfileChanged(profile=Profile(name="Anna")))
        assert (await inside.until("profile_changed"))["profile"]["name"] == "Anna"


async def test_who_waits_at_home_for_an_answer_is_told_that_none_will_come(tmp_path: Path) -> None:
    async with home(tmp_path, ScriptedHouse()) as inside:
        await inside.until("welcome")
        (visitor,) = inside.server.visitors
        inside.say("show_profile", person="nobody", ref=4)
        await settled(lambda: any(isinstance(each, c.ShowProfile) for each in visitor.got))
        visitor.send(e.Goodbye(code="banned", text="by the server's admin"))
        refused = await inside.until("refused", lambda told: told.get("ref") == 4)
        assert refused["code"] == "not_connected"
        inside.say("show_profile", ref=5)
        refused = await inside.until("refused", lambda told: told.get("ref") == 5)
        assert refused["code"] == "not_connected"


async def test_whom_a_room_refuses_is_at_home_still(tmp_path: Path) -> None:
    house = ScriptedHouse()
    house.refuses = True
    async with home(tmp_path, house) as inside:
        await inside.until("welcome")
        enter(inside, ref=3)
        refused = await inside.until("refused")
        assert (refused["command"], refused["code"], refused["ref"]) == ("enter", "locked", 3)
        house.refuses = False
        enter(inside)
        await inside.until("joined")
        assert len(inside.server.visitors) == 1


async def test_home_comes_back_after_a_lost_connection_and_is_told_the_news_again(
    tmp_path: Path,
) -> None:
    async with home(tmp_path, ScriptedHouse()) as inside:
        await inside.until("welcome")
        inside.say("watch_rooms")
        inside.say("watch_home")
        await inside.until("home_shown")
        inside.server.visitors[0].connection.stream.cut("gone")
        await inside.until("connection", lambda told: told["state"] == "reconnecting")
        await inside.until("rooms_listed")
        await inside.until("home_shown")
        inside.say("watch_rooms", on=False)
        assert (await inside.until("rooms_listed"))["gone"] == ["False"]
        inside.say("watch_home", on=False)
        assert (await inside.until("home_shown"))["total_rooms"] == 0


@pytest.mark.parametrize("url", ["nonsense", "wss://host:99999/r/x", ""])
async def test_an_address_that_is_none_leaves_one_where_one_is(tmp_path: Path, url: str) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        enter(inside, url=url, ref=4)
        problem = await inside.until("problem")
        assert (problem["code"], problem["ref"]) == ("bad_address", 4)
        inside.say("raise_hand", topic="still here", ref=5)
        await inside.until("done")
        assert len(inside.server.visitors) == 1


@contextlib.asynccontextmanager
async def two_homes(folder: Path) -> AsyncIterator[tuple[ScriptedRoom, ScriptedServer, str, str]]:
    """Run an engine that is at home at two houses, whose news it watches."""
    async with home(folder, ScriptedHouse()) as inside, scripted(ScriptedHouse().script) as second:
        first_url, second_url = inside.server.address.server, second.address.server
        inside.say("connect_server", url=second_url, name="Ann")
        for url in (first_url, second_url):
            inside.say("watch_rooms", server=url)
        for url in (first_url, second_url):
            await inside.heard_of(url, "rooms_listed")
        yield inside, second, first_url, second_url


async def test_one_is_at_home_at_two_servers_and_each_answers_for_itself(tmp_path: Path) -> None:
    async with two_homes(tmp_path) as (inside, second, first_url, second_url):
        inside.say("show_profile", server=second_url, ref=1)
        assert (await inside.heard_of(second_url, "profile_shown"))["ref"] == 1
        assert (await inside.heard_of(second_url, "done"))["ref"] == 1
        inside.say("show_profile", ref=2)
        assert (await inside.heard_of(first_url, "profile_shown"))["ref"] == 2
        assert commands(second.visitors[0]) == ["WatchRooms", "ShowProfile"]
        inside.say("search", text="bees", server="wss://nobody.example", ref=3)
        assert (await inside.until("refused"))["code"] == "no_such_server"
        inside.say("raise_hand", topic="me", server=second_url, ref=4)
        assert (await inside.until("problem"))["ref"] == 4


async def test_a_server_that_dies_harms_no_other_and_comes_back(tmp_path: Path) -> None:
    async with two_homes(tmp_path) as (inside, second, first_url, second_url):
        second.visitors[0].connection.stream.cut("gone")
        lost = await inside.heard_of(second_url, "connection", state="reconnecting")
        assert lost["retry_in"] is not None
        inside.say("show_profile", ref=1)
        await inside.heard_of(first_url, "profile_shown")
        await inside.heard_of(second_url, "welcome")
        await inside.heard_of(second_url, "rooms_listed")
        second.visitors[-1].send(e.Goodbye(code="banned", text="by the server's admin"))
        refused = await inside.heard_of(second_url, "refused")
        assert (refused["command"], refused["code"]) == ("connect_server", "banned")
        inside.say("show_profile", ref=2)
        await inside.heard_of(first_url, "profile_shown")
        assert len(inside.server.visitors) == 1


@pytest.mark.parametrize("at", [0, 1])
async def test_the_other_homes_are_live_while_one_is_in_a_room_of_one(
    tmp_path: Path, at: int
) -> None:
    async with two_homes(tmp_path) as (inside, second, *urls):
        servers = (inside.server, second)
        enter(inside, url=str(servers[at].address))
        await inside.until("joined")
        for server, url in zip(servers, urls, strict=True):
            server.visitors[0].send(e.ProfileChanged(), e.RoomsListed(gone=("news",)))
            await inside.heard_of(url, "rooms_listed", gone=["news"])
        changed = [told for told in inside.told if told["event"] == "profile_changed"]
        assert [told.get("server") for told in changed] == (
            [None, urls[1]] if at == 0 else [urls[0], None]
        )
        inside.say("show_profile", ref=1)
        assert "server" not in await inside.until("profile_shown")
        inside.say("show_profile", ref=2, server=urls[1 - at])
        assert (await inside.until("profile_shown"))["server"] == urls[1 - at]
        inside.say("leave_room")
        await inside.until("room_left")
        assert [len(server.visitors) for server in servers] == [1, 1]


async def test_whom_the_rooms_server_throws_out_is_at_home_at_the_others(tmp_path: Path) -> None:
    async with two_homes(tmp_path) as (inside, second, first_url, second_url):
        enter(inside, url=str(second.address))
        await inside.until("joined")
        second.visitors[0].send(e.Goodbye(code="banned", text="by the server's admin"))
        await inside.heard_of(second_url, "refused")
        assert (await inside.until("room_left"))["reason"] == "banned"
        inside.say("show_profile", ref=1)
        await inside.heard_of(first_url, "profile_shown")


async def test_a_room_elsewhere_has_a_connection_for_as_long_as_one_is_there(
    tmp_path: Path,
) -> None:
    async with home(tmp_path, ScriptedHouse()) as inside, scripted(ScriptedHouse().script) as other:
        url = inside.server.address.server
        await inside.heard_of(url, "welcome")
        for _ in range(2):
            enter(inside, url=str(other.address))
            await inside.until("joined")
        assert len(other.visitors) == 1
        inside.say("leave_room")
        await inside.until("room_left")
        await settled(lambda: other.visitors[0].connection.stream.broken is not None)
        inside.say("show_profile", ref=1)
        await inside.heard_of(url, "profile_shown")
        assert len(inside.server.visitors) == 1


async def test_a_server_is_left_by_its_url_and_one_may_be_at_home_at_so_many(
    tmp_path: Path,
) -> None:
    async with two_homes(tmp_path) as (inside, second, _, second_url):
        inside.say("disconnect_server", url=second_url, ref=1)
        await inside.until("done")
        await settled(lambda: second.visitors[0].connection.stream.broken is not None)
        inside.say("show_profile", server=second_url, ref=2)
        assert (await inside.until("refused"))["code"] == "no_such_server"
        for port in range(1, 9):
            inside.say("connect_server", url=f"ws://127.0.0.1:{port}", name="Ann", ref=port)
        problem = await inside.until("problem")
        assert (problem["code"], problem["ref"]) == ("too_many_servers", 8)
