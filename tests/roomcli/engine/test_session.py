"""Tests of a stay in a room: a frontend at one end, a scripted server at the other."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import trio
import trio.testing
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from roomcli.engine import sleep
from roomcli.engine.adjustments import Adjustments
from roomcli.engine.channel import MAX_QUEUED, Channel, Grammar, Lines
from roomcli.engine.keys import PersonalKey
from roomcli.engine.loop import EngineLoop
from roomcli.engine.session import RoomSession
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import DEAF, Ack, UplinkFrame
from roomcli.protocol.health import ShowQuality, Stats
from roomcli.protocol.local import Enter
from roomcli.protocol.people import Person
from roomcli.protocol.settings import RoomSettings

from ...support.patience import PATIENCE
from .test_link import (
    ROOM,
    TICKET,
    VISIT,
    Script,
    ScriptedServer,
    Visitor,
    joined,
    scripted,
    vanish,
)

Told = dict[str, Any]


class ScriptedRoom:
    """A frontend and an engine's session in this process."""

    def __init__(
        self,
        server: ScriptedServer,
        folder: Path,
        *,
        mic: str = "tone:440",
        auto_mute: float = 0.0,
        push_to_talk_anywhere: bool = False,
        grammar: Grammar | None = None,
        at_home: bool = False,
        adjustments: Adjustments | None = None,
        levels: bool = False,
    ) -> None:
        self.server = server
        self._says, self._hears = trio.open_memory_channel[bytes](1000)
        self._written = trio.Event()
        self.reads = trio.Event()
        self.reads.set()
        self.raw = b""
        self.channel = Channel(Lines(self._received).next, self._write, grammar)
        url = str(server.address)
        self._at_home = at_home
        self._enter = Enter(
            url=url,
            name="Ann",
            mic=mic,
            speaker="none",
            auto_mute=auto_mute,
            push_to_talk_anywhere=push_to_talk_anywhere,
            levels=levels,
        )
        key = PersonalKey(Ed25519PrivateKey.generate())
        self.loop = EngineLoop(
            self.channel,
            folder / "microphone",
            owned=False,
            key=lambda: key,
            adjustments=adjustments or Adjustments(folder / "voices"),
        )
        self.exit_code: int | None = None
        self._over = trio.Event()
        self._seen = 0
        self._seen_of: dict[str, int] = {}

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.channel.run)
            exit_code = await self.loop.run(() if self._at_home else self._enter)
            await self.channel.flush()
            nursery.cancel_scope.cancel()
        self.exit_code = exit_code
        self._over.set()
        self._written.set()

    @property
    def session(self) -> RoomSession:
        assert self.loop.room is not None
        return self.loop.room

    def say(self, command: str, **fields: Any) -> None:
        line = json.dumps({"command": command, **fields}).encode() + b"\n"
        self._says.send_nowait(line)

    def say_raw(self, line: bytes) -> None:
        self._says.send_nowait(line)

    def close(self) -> None:
        """End the frontend."""
        self._says.close()

    async def has_read_all(self) -> None:
        """Wait until the engine has read everything that was said and has had time to answer."""
        while self._says.statistics().current_buffer_used:
            await trio.lowlevel.checkpoint()
        for _ in range(100):
            await trio.lowlevel.checkpoint()

    @property
    def told(self) -> list[Told]:
        return [json.loads(line) for line in self.raw.splitlines()]

    async def until(self, event: str, when: Callable[[Told], bool] = lambda _: True) -> Told:
        """Return the next such event after the one found last."""
        while True:
            for at, told in enumerate(self.told[self._seen :], self._seen + 1):
                if told["event"] == event and when(told):
                    self._seen = at
                    return told
            assert self.exit_code is None, f"it ended: {self.told[-3:]}"
            await self._written.wait()

    async def heard_of(self, server: str, event: str, **fields: Any) -> Told:
        """Return the next such event of a server after the one of it that was found last."""
        wanted = {"server": server, "event": event, **fields}
        while True:
            begin = self._seen_of.get(server, 0)
            for at, told in enumerate(self.told[begin:], begin + 1):
                if wanted.items() <= told.items():
                    self._seen_of[server] = at
                    return told
            await self._written.wait()

    async def has_microphone(self) -> None:
        """Wait until the microphone works."""
        await self.until(
            "device", lambda told: told["kind"] == "microphone" and not told["problem"]
        )

    async def is_open(self, wanted: bool) -> Told:
        return await self.until("microphone", lambda told: told["open"] == wanted)

    def microphones(self) -> list[bool | str]:
        """Return the states of the microphone in order: True for open, else why it was closed."""
        found = [told for told in self.told if told["event"] == "microphone"]
        return [told["open"] or told.get("reason", "pressed") for told in found]

    async def ended(self) -> Told:
        """Wait for the last line of the engine, and return it."""
        await self._over.wait()
        last = self.told[-1]
        assert last["event"] == "left"
        assert last["exit_code"] == self.exit_code
        return last

    async def _received(self) -> bytes:
        try:
            return await self._hears.receive()
        except trio.EndOfChannel:
            return b""

    async def _write(self, data: bytes) -> None:
        await self.reads.wait()
        self.raw += data
        self._written.set()
        self._written = trio.Event()


@contextlib.asynccontextmanager
async def room(
    folder: Path,
    *scripts: Script,
    mic: str = "tone:440",
    auto_mute: float = 0.0,
    push_to_talk_anywhere: bool = False,
    grammar: Grammar | None = None,
    adjustments: Adjustments | None = None,
    levels: bool = False,
) -> AsyncIterator[ScriptedRoom]:
    """Run a session in the room of a scripted server."""
    # What is late on a busy machine has not slept.
    with mock.patch.object(sleep, "LATE", PATIENCE):
        async with scripted(*scripts) as server:
            inside = ScriptedRoom(
                server,
                folder,
                mic=mic,
                auto_mute=auto_mute,
                push_to_talk_anywhere=push_to_talk_anywhere,
                grammar=grammar,
                adjustments=adjustments,
                levels=levels,
            )
            async with trio.open_nursery() as nursery:
                nursery.start_soon(inside.run)
                yield inside
                nursery.cancel_scope.cancel()


def answering(on: Callable[[Visitor, Any], None], *, stage: e.Joined | None = None) -> Script:
    """Return a script that lets the engine in and answers commands with ``on``."""

    async def script(visitor: Visitor) -> None:
        await visitor.greet(stage)
        while True:
            message = await visitor.read()
            if not isinstance(message, Ack | UplinkFrame):
                on(visitor, message)

    return script


def agree(visitor: Visitor, command: Any) -> None:
    """Answer a command as a server should."""
    match command:
        case c.Unmute():
            visitor.send(e.Unmuted(id="me"))
        case c.Mute():
            visitor.send(e.Muted(id="me"))
        case c.LeaveRoom():
            visitor.send(e.RoomLeft(reason="left", text="you left"))
    if command.ref is not None:
        visitor.send(e.Done(ref=command.ref))


async def settled(until: Callable[[], bool]) -> None:
    """Wait until ``until`` is true. It is polled: devices and servers set no event."""
    with trio.fail_after(PATIENCE):
        while not until():  # noqa: ASYNC110
            await trio.sleep(0.01)


def commands(visitor: Visitor) -> list[str]:
    """Return the names of what a server got, without hello, acknowledgements and voice."""
    names = [type(each).__name__ for each in visitor.got]
    return [name for name in names if name not in ("Ack", "UplinkFrame", "Hello", "EnterRoom")]


async def test_joined_comes_first_and_tells_no_secret(tmp_path: Path) -> None:
    async def late(visitor: Visitor) -> None:
        await visitor.ask_in()
        await trio.sleep(0.05)
        visitor.send(joined(invite="for-friends"))
        await visitor.stay()

    async with room(tmp_path, late, mic="file:/nowhere.wav") as inside:
        inside.say("raise_hand", ref=3)
        inside.say_raw(b"nonsense\n" * 500)
        first = await inside.until("joined")
        await inside.until("problem")
        assert inside.told[0] == first
        assert (first["ticket"], first["invite"]) == (None, "for-friends")
        assert len(inside.told) < 150, "what waits is bounded"
        assert TICKET.encode() not in inside.raw


async def test_a_frontend_that_does_not_read_finds_the_room_as_it_is(tmp_path: Path) -> None:
    def flood(visitor: Visitor, command: Any) -> None:
        if isinstance(command, c.React):
            for number in range(MAX_QUEUED + 100):
                visitor.send(e.Pulse(audience=number))
            visitor.send(e.RoomLocked(by="ben"))
        agree(visitor, command)

    stage = joined(invite="for-friends", server_time=1000.0)
    async with room(tmp_path, answering(flood, stage=stage)) as inside:
        await inside.until("joined")
        inside.reads = trio.Event()
        inside.say("react", reaction="👍", ref=1)
        now = inside.channel.snapshot
        await settled(
            lambda: any(isinstance(each, e.Joined) and each.view.locked for each in now())
        )
        inside.reads.set()
        again = await inside.until("joined")
        assert again["view"]["locked"]
        assert again["ticket"] is None
        assert again["invite"] == "for-friends"
        assert 1000.0 <= again["server_time"] < 1000.0 + PATIENCE
        assert (await inside.until("microphone"))["open"] is False


def deaf(visitor: Visitor, command: Any) -> None:
    """Answer nothing, not even a goodbye."""


@pytest.mark.parametrize("script", [answering(agree), answering(deaf)])
@pytest.mark.parametrize("how", ["leave", "close"])
async def test_leaving_mutes_says_so_and_ends(tmp_path: Path, script: Script, how: str) -> None:
    async with room(tmp_path, script) as inside:
        await inside.until("joined")
        if how == "leave":
            inside.say("leave")
            inside.say("unmute")
        else:
            inside.close()
        left = await inside.ended()
        assert (left["code"], left["exit_code"]) == ("left", 0)
        assert commands(inside.server.visitors[0]) == ["LeaveRoom"]


def agree_to_stay(visitor: Visitor, command: Any) -> None:
    if not isinstance(command, c.LeaveRoom):
        agree(visitor, command)


async def test_leaving_while_on_air_closes_first(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree_to_stay)) as inside:
        await inside.until("joined")
        inside.say("unmute")
        await inside.is_open(True)
        inside.close()
        await inside.ended()
        assert inside.microphones() == [True, "left"]


@pytest.mark.parametrize("moment", ["connecting", "hello", "pause"])
async def test_leaving_outside_the_room_ends_at_once(
    tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomcli.engine.backoff.FIRST", 3600.0)
    monkeypatch.setattr("roomcli.engine.backoff.MOST", 3600.0)
    reached = trio.Event()

    async def hello(visitor: Visitor) -> None:
        reached.set()
        await visitor.to_the_end()

    async with room(tmp_path, vanish if moment == "pause" else hello) as inside:
        if moment == "pause":
            await inside.until("connection", lambda told: told["state"] == "reconnecting")
        elif moment == "hello":
            await reached.wait()
        inside.close()
        assert (await inside.ended())["code"] == "left"


@pytest.mark.parametrize(
    ("last", "code", "exit_code"),
    [
        (e.RoomLeft(reason="removed", text="so it is"), "removed", 4),
        (e.RoomLeft(reason="banned", text="so it is"), "banned", 4),
        (e.RoomLeft(reason="ended", text="so it is"), "ended", 0),
        (e.Goodbye(code="banned", text="so it is"), "banned", 4),
        (e.Goodbye(code="superseded", text="so it is"), "superseded", 0),
        (e.Goodbye(code="protocol", text="so it is"), "protocol", 1),
    ],
)
async def test_how_it_ended_has_an_exit_code(
    tmp_path: Path, last: e.Event, code: str, exit_code: int
) -> None:
    async def script(visitor: Visitor) -> None:
        await visitor.greet()
        visitor.send(last)
        await visitor.to_the_end()

    async with room(tmp_path, script) as inside:
        left = await inside.ended()
        assert left == {
            "event": "left",
            "code": code,
            "text": "so it is",
            "exit_code": exit_code,
        }


async def test_a_huge_room_passes(tmp_path: Path) -> None:
    people = {f"p{n}": Person(f"p{n}", "n" * 40, "h" * 80) for n in range(1000)}
    seats = {id: id for id in people}
    view = type(ROOM)("standup", "me", people=people, front_row=seats, audience=1000)
    huge = joined(view=view)

    async def script(visitor: Visitor) -> None:
        await visitor.greet(huge)
        await visitor.stay()

    async with room(tmp_path, script) as inside:
        assert len((await inside.until("joined"))["view"]["front_row"]) == 1000


@pytest.mark.parametrize("code", ["password_needed", "wrong_password"])
async def test_who_has_not_the_password_is_refused(tmp_path: Path, code: str) -> None:
    async def door(visitor: Visitor) -> None:
        await visitor.greet(e.Refused(command="enter_room", code=code, text="no"))
        await visitor.to_the_end()

    async with room(tmp_path, door) as inside:
        left = await inside.ended()
        assert (left["code"], left["exit_code"]) == (code, 4)


async def test_the_encoder_obeys_the_rooms_ceiling(tmp_path: Path) -> None:
    def change(visitor: Visitor, command: Any) -> None:
        if isinstance(command, c.React):
            settings = RoomSettings(max_bitrate=12)
            visitor.send(e.SettingsChanged(settings=settings, by="ben"))
        agree(visitor, command)

    view = replace(joined().view, settings=RoomSettings(max_bitrate=24))
    async with room(tmp_path, answering(change, stage=joined(view=view))) as inside:
        await inside.until("joined")
        assert inside.session._voice.encoding.bitrate == 24_000
        inside.say("react", reaction="👍", ref=1)
        await inside.until("settings_changed")
        await settled(lambda: inside.session._voice.encoding.bitrate == 12_000)


async def test_how_well_voice_goes_is_told_once_and_while_somebody_watches(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        await inside.has_microphone()
        inside.say("show_quality", ref=3)
        once = await inside.until("stats")
        assert (once["ref"], once["voices"]) == (3, {})
        assert once["microphone"]["name"]
        assert (await inside.until("done"))["ref"] == 3
        inside.say("unmute")
        await inside.is_open(True)
        inside.say("watch_stats", ref=4)
        assert (await inside.until("done"))["ref"] == 4
        told = await inside.until("stats", lambda told: told["microphone"]["frames"] > 0)
        assert told.get("ref") is None
        assert told["microphone"]["kbps"] > 0
        by_ctl: list[Any] = []
        inside.session.control(ShowQuality(ref=1), by_ctl.append)
        assert [type(each) for each in by_ctl] == [Stats, e.Done]
        inside.say("watch_stats", on=False, ref=5)
        assert (await inside.until("done"))["ref"] == 5


@pytest.mark.parametrize(("features", "delay"), [((), None), (("ack_delay",), DEAF)])
async def test_a_server_that_takes_it_is_told_that_nothing_is_played(
    tmp_path: Path, features: tuple[str, ...], delay: int | None
) -> None:
    told: list[int | None] = []

    async def script(visitor: Visitor) -> None:
        visitor.send(e.Challenge(nonce=b"n" * 32))
        await visitor.until(c.EnterRoom)
        visitor.send(e.Welcome(you=Person("", "Ann"), server_time=1.0, features=features), joined())
        while len(told) < 4 or told[-1] != delay:  # it is looked at once a second
            ack = await visitor.until(Ack)
            told.append(ack.delay)
        visitor.send(e.Goodbye(code="server_closing", text="over"))
        await visitor.to_the_end()

    async with room(tmp_path, script) as inside:
        await inside.ended()
    assert set(told) <= {None, delay}


@pytest.mark.parametrize("muted", [False, True])
async def test_a_room_that_moves_takes_an_open_microphone_along(
    tmp_path: Path, muted: bool
) -> None:
    me = replace(ROOM.stage["me"], muted=muted)
    there = replace(ROOM, stage=ROOM.stage | {"me": me})
    moved = joined(moved=True, resumed=True, visit=VISIT + 1, view=there)

    def on(visitor: Visitor, command: Any) -> None:
        if isinstance(command, c.Chat):
            visitor.send(moved)  # instead of an answer, which the server before owes for ever
        else:
            agree(visitor, command)

    async with room(tmp_path, answering(on)) as inside:
        await inside.has_microphone()
        inside.say("unmute", ref=1)
        await inside.is_open(True)
        inside.say("chat", text="hello", ref=2)
        refused = await inside.until("refused", lambda told: told["ref"] == 2)
        assert refused["code"] == "not_connected"
        assert (await inside.until("joined"))["moved"]
        if not muted:
            got = inside.server.visitors[0].got
            await settled(
                lambda: any(isinstance(x, UplinkFrame) and x.visit == VISIT + 1 for x in got)
            )
        assert inside.microphones() == ([True, "reconnected"] if muted else [True])


async def test_who_is_not_back_in_the_room_yet_is_not_told_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomcli.engine.session._SECOND", 1)
    decided = trio.Event()

    async def first(visitor: Visitor) -> None:
        await visitor.greet()

    async def undecided(visitor: Visitor) -> None:
        await visitor.ask_in()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(visitor.stay)
            await decided.wait()
            visitor.send(joined(resumed=True))

    async with room(tmp_path, first, undecided, levels=True) as inside:
        await inside.until("connection", lambda told: told["state"] == "reconnecting")
        await settled(lambda: inside.session._link.rtt is not None)
        lost = len(inside.told)
        for _ in range(3):
            await inside.until("levels")
        assert not [each for each in inside.told[lost:] if each["event"] == "connection"]
        decided.set()
        await inside.until("joined", lambda told: told["resumed"])
        await inside.until("connection", lambda told: "rtt_ms" in told)
