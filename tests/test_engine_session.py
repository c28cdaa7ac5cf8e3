"""A stay in a room: the frontend at one end, a scripted server at the other."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from roomcli.engine import session as session_module
from roomcli.engine.channel import MAX_QUEUED, Channel, Lines
from roomcli.engine.keys import PersonalKey, personal_key
from roomcli.engine.session import Session
from roomcli.errors import ConfigError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack, UplinkFrame
from roomcli.protocol.local import Enter
from roomcli.protocol.people import Person, Speaker

from .test_engine_link import (
    PATIENCE,
    ROOM,
    TICKET,
    Script,
    ScriptedServer,
    Visitor,
    joined,
    scripted,
    vanish,
    welcome,
)

Told = dict[str, Any]


class Room:
    """A frontend with an engine's session in this process."""

    def __init__(self, server: ScriptedServer, folder: Path, *, mic: str = "tone:440") -> None:
        self.server = server
        self._says, self._hears = trio.open_memory_channel[bytes](1000)
        self._written = trio.Event()
        self.reads = trio.Event()
        self.reads.set()
        self.raw = b""
        self.channel = Channel(Lines(self._received).next, self._write)
        enter = Enter(url=str(server.address), name="Ann", mic=mic, speaker="none")
        key = PersonalKey(Ed25519PrivateKey.generate())
        self.session = Session(server.address, enter, key, self.channel, folder / "microphone")
        self.exit_code: int | None = None
        self._over = trio.Event()
        self._seen = 0

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.channel.run)
            exit_code = await self.session.run()
            await self.channel.flush()
            nursery.cancel_scope.cancel()
        self.exit_code = exit_code
        self._over.set()
        self._written.set()

    def say(self, command: str, **fields: Any) -> None:
        line = json.dumps({"command": command, **fields}).encode() + b"\n"
        self._says.send_nowait(line)

    def say_raw(self, line: bytes) -> None:
        self._says.send_nowait(line)

    def close(self) -> None:
        """The frontend is gone."""
        self._says.close()

    @property
    def told(self) -> list[Told]:
        return [json.loads(line) for line in self.raw.splitlines()]

    async def until(self, event: str, when: Callable[[Told], bool] = lambda _: True) -> Told:
        """The next such event after the one found last."""
        while True:
            for at, told in enumerate(self.told[self._seen :], self._seen + 1):
                if told["event"] == event and when(told):
                    self._seen = at
                    return told
            assert self.exit_code is None, f"it ended: {self.told[-3:]}"
            await self._written.wait()

    async def is_open(self, wanted: bool) -> Told:
        return await self.until("microphone", lambda told: told["open"] == wanted)

    def microphones(self) -> list[bool | str]:
        """Open, or why closed, in order."""
        found = [told for told in self.told if told["event"] == "microphone"]
        return [told["open"] or told.get("reason", "pressed") for told in found]

    async def ended(self) -> Told:
        """The last line of the engine."""
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
async def room(folder: Path, *scripts: Script, mic: str = "tone:440") -> AsyncIterator[Room]:
    """A session in the room of such a server."""
    async with scripted(*scripts) as server:
        inside = Room(server, folder, mic=mic)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(inside.run)
            yield inside
            nursery.cancel_scope.cancel()


def answering(on: Callable[[Visitor, Any], None], *, stage: e.Joined | None = None) -> Script:
    """Let in, and answer commands by ``on``."""

    async def script(visitor: Visitor) -> None:
        await visitor.greet(stage)
        while True:
            message = await visitor.read()
            if not isinstance(message, Ack | UplinkFrame):
                on(visitor, message)

    return script


def agree(visitor: Visitor, command: Any) -> None:
    """As a server should."""
    match command:
        case c.Unmute():
            visitor.send(e.Unmuted(id="me"))
        case c.Mute():
            visitor.send(e.Muted(id="me"))
        case c.Leave():
            visitor.send(e.Goodbye(code="left", text="you left"))
    if command.ref is not None:
        visitor.send(e.Done(ref=command.ref))


async def settled(until: Callable[[], bool]) -> None:
    """Look again and again: what a device or a server has done so far sets no event."""
    with trio.fail_after(PATIENCE):
        while not until():  # noqa: ASYNC110
            await trio.sleep(0.01)


def commands(visitor: Visitor) -> list[str]:
    """What a server got, but for acks and voice."""
    names = [type(each).__name__ for each in visitor.got]
    return [name for name in names if name not in ("Ack", "UplinkFrame", "Hello")]


async def test_joined_comes_first_and_tells_no_secret(tmp_path: Path) -> None:
    async def late(visitor: Visitor) -> None:
        visitor.send(e.Challenge(nonce=b"n" * 32))
        await visitor.until(c.Hello)
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


async def test_voice_is_sent_from_the_agreement_to_the_mute(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("device", lambda told: told["kind"] == "microphone")
        visitor = inside.server.visitors[0]
        inside.say("unmute", ref=7)
        await inside.is_open(True)
        assert (await inside.until("done"))["ref"] == 7
        await settled(lambda: any(isinstance(each, UplinkFrame) for each in visitor.got))
        inside.say("mute", ref=8)
        assert (await inside.is_open(False))["reason"] == "pressed"
        assert (await inside.until("done"))["ref"] == 8
        mute = next(at for at, each in enumerate(visitor.got) if isinstance(each, c.Mute))
        first = next(at for at, each in enumerate(visitor.got) if isinstance(each, UplinkFrame))
        assert any(isinstance(each, c.Unmute) for each in visitor.got[:first])
        voice = [each for each in visitor.got[:mute] if isinstance(each, UplinkFrame)]
        assert voice[-1].flags & 2, "the spurt is ended before the mute is told"
        await trio.sleep(0.1)
        assert not any(isinstance(each, UplinkFrame) for each in visitor.got[mute:])


async def test_presses_faster_than_the_way_there_and_back(tmp_path: Path) -> None:
    waiting: list[Any] = []

    def slowly(visitor: Visitor, command: Any) -> None:
        waiting.append(command)
        if len(waiting) >= 3:
            for each in waiting:
                agree(visitor, each)
            waiting[:] = []

    async with room(tmp_path, answering(slowly)) as inside:
        await inside.until("joined")
        for press in ("unmute", "mute", "unmute"):
            inside.say(press)
        await inside.is_open(True)
        for ref in (1, 2, 3):
            inside.say("react", reaction="👍", ref=ref)
        await inside.until("done", lambda told: told["ref"] == 3)
        assert inside.microphones() == [True]


UNASKED = [
    (e.Unmuted(id="me"),),
    (e.Unmuted(id="me"), e.Done(ref=1)),
    (e.Unmuted(id="me"), e.Done(ref=(1 << 52) + 1), e.Done(ref=(1 << 52) + 2)),
    (e.SilenceLifted(id="me", by="ben"), e.AskedToUnmute(by="ben"), e.Unmuted(id="me")),
]


@pytest.mark.parametrize("events", UNASKED)
async def test_nobody_else_opens_the_microphone(
    tmp_path: Path, events: tuple[e.Event, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "_SECOND", 2)

    def never(visitor: Visitor, command: Any) -> None:
        pass

    async with room(tmp_path, answering(never)) as inside:
        await inside.until("joined")
        visitor = inside.server.visitors[0]
        visitor.send(*events, e.HostPresent())
        await inside.until("host_present")
        assert inside.microphones() == []
        # And the room is told that nobody speaks here.
        await settled(lambda: "Mute" in commands(visitor))
        assert not any(isinstance(each, UplinkFrame) for each in visitor.got)


def seat(**changes: Any) -> Speaker:
    return Speaker(Person("me", "Ann"), "speaker", 0, 0, **changes)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (e.Muted(id="me"), "pressed"),
        (e.Silenced(id="me", by="ben"), "silenced"),
        (e.StageLeft(id="me"), "audience"),
        (e.ParticipantLeft(id="me"), "audience"),
        (e.SpeakerDropped(id="me"), "reconnected"),
        (e.SpeakerReturned(id="me"), "reconnected"),
        (e.StageJoined(speaker=seat()), "pressed"),
        (e.Goodbye(code="removed", text="by Ben"), "left"),
        (e.Goodbye(code="server_closing", text="soon back", retry=True), "reconnected"),
    ],
)
async def test_the_room_closes_the_microphone(tmp_path: Path, event: e.Event, reason: str) -> None:
    async with room(tmp_path, answering(agree), welcome) as inside:
        await inside.until("joined")
        inside.say("unmute")
        await inside.is_open(True)
        inside.server.visitors[0].send(event)
        assert (await inside.is_open(False))["reason"] == reason
        assert inside.microphones() == [True, reason]


@pytest.mark.parametrize(
    ("events", "opens"),
    [
        ((e.Silenced(id="me", by="ben"), e.SilenceLifted(id="me", by="ben")), False),
        ((e.StageLeft(id="me"), e.StageJoined(speaker=seat())), False),
        ((e.Muted(id="me"),), True),  # the echo of an earlier mute
        ((e.Muted(id="ben"), e.Silenced(id="ben", by="x"), e.StageLeft(id="ben")), True),
        ((e.ParticipantLeft(id="me", reason="moved"),), True),  # out of the front row
    ],
)
async def test_what_crosses_a_press(
    tmp_path: Path, events: tuple[e.Event, ...], opens: bool
) -> None:
    def crossing(visitor: Visitor, command: Any) -> None:
        if isinstance(command, c.Unmute):
            visitor.send(*events)
        agree(visitor, command)
        visitor.send(e.HostPresent())

    async with room(tmp_path, answering(crossing)) as inside:
        await inside.until("joined")
        inside.say("unmute")
        await inside.until("host_present")
        assert inside.microphones() == ([True] if opens else [])


async def test_a_refusal_of_a_second_press_leaves_all_of_one_mind(tmp_path: Path) -> None:
    presses = 0

    def once(visitor: Visitor, command: Any) -> None:
        nonlocal presses
        presses += isinstance(command, c.Unmute)
        if presses > 1 and isinstance(command, c.Unmute):
            visitor.send(e.Refused(command="unmute", code="rate_limited", text="", ref=command.ref))
        else:
            agree(visitor, command)

    async with room(tmp_path, answering(once)) as inside:
        await inside.until("joined")
        inside.say("unmute", lease=True)
        await inside.is_open(True)
        inside.say("unmute", lease=True, ref=5)
        assert (await inside.until("refused"))["ref"] == 5
        assert inside.microphones() == [True]
        inside.say("mute")
        await inside.is_open(False)


async def test_a_connection_lost_while_on_air_closes_it_whatever_is_asked_meanwhile(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, answering(agree), welcome) as inside:
        await inside.until("joined")
        inside.say("unmute")
        await inside.is_open(True)
        # The way is gone, and a command comes before anybody has noticed.
        connection = inside.session._link._connection
        assert connection is not None
        connection.stream.cut("gone")
        inside.say("raise_hand", ref=1)
        inside.say("unmute", ref=2)
        await inside.until("joined")
        await inside.until("microphone") if not inside.microphones()[1:] else None
        assert inside.microphones() == [True, "reconnected"]
        refused = [told for told in inside.told if told["event"] == "refused"]
        assert {told["code"] for told in refused} == {"not_connected"}
        await trio.sleep(0.05)
        assert "Unmute" not in commands(inside.server.visitors[1]), "it asks anew for nothing"


async def test_a_lost_connection_is_told_at_once_not_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomcli.engine.backoff.FIRST", 3600.0)
    monkeypatch.setattr("roomcli.engine.backoff.MOST", 3600.0)
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        inside.say("unmute")
        await inside.is_open(True)
        inside.server.visitors[0].connection.stream.cut("gone")
        assert (await inside.is_open(False))["reason"] == "reconnected"


async def test_an_unmute_between_two_connections_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomcli.engine.backoff.FIRST", 0.5)
    async with room(tmp_path, vanish, answering(agree)) as inside:
        await inside.until("connection", lambda told: told["state"] == "reconnecting")
        inside.say("unmute", ref=1)
        await inside.until("joined")
        inside.say("react", reaction="👍", ref=2)
        await inside.until("done")
        assert inside.microphones() == []


async def test_a_lapsed_lease_tells_frontend_and_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomcli.engine.microphone.LEASE", 0.3)
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        inside.say("unmute", lease=True)
        await inside.is_open(True)
        assert (await inside.is_open(False))["reason"] == "lease"
        await inside.until("muted")
        assert "Mute" in commands(inside.server.visitors[0])


class Clock:
    """In place of the module ``time``: clocks that can be set."""

    def __init__(self) -> None:
        self.jump = 0.0
        self.stood_still = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.stood_still

    def time(self) -> float:
        return time.time() + self.jump


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(session_module, "time", clock)
    return clock


async def test_a_machine_that_slept_is_muted_and_connects_anew(
    tmp_path: Path, clock: Clock
) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        for _ in range(2):
            await inside.until("joined")
            inside.say("unmute")
            await inside.is_open(True)
            clock.jump += 6.0
            assert (await inside.is_open(False))["reason"] == "slept"
        await inside.until("joined")
        assert len(inside.server.visitors) == 3


async def test_a_clock_that_is_set_mutes_nobody(tmp_path: Path, clock: Clock) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        inside.say("unmute")
        await inside.is_open(True)
        for jump in (4.0, -3600.0, 4.5):
            clock.jump += jump
            await trio.sleep(0.15)
        inside.say("react", reaction="👍", ref=1)
        await inside.until("done")
        assert inside.microphones() == [True]


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
        await settled(lambda: inside.session._view is not None and inside.session._view.locked)
        inside.reads.set()
        again = await inside.until("joined")
        assert again["view"]["locked"]
        assert again["ticket"] is None
        assert again["invite"] == "for-friends"
        assert 1000.0 <= again["server_time"] < 1000.0 + PATIENCE
        assert (await inside.until("microphone"))["open"] is False


def deaf(visitor: Visitor, command: Any) -> None:
    """Answers nothing, not even a goodbye."""


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
        assert commands(inside.server.visitors[0]) == ["Leave"]


def agree_to_stay(visitor: Visitor, command: Any) -> None:
    if not isinstance(command, c.Leave):
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
    ("code", "exit_code"),
    [("removed", 4), ("ended", 0), ("superseded", 0), ("protocol", 1)],
)
async def test_how_it_ended_has_an_exit_code(tmp_path: Path, code: str, exit_code: int) -> None:
    async def script(visitor: Visitor) -> None:
        await visitor.greet()
        visitor.send(e.Goodbye(code=code, text="so it is"))
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
    huge = joined(view=type(ROOM)("standup", "me", front_row=people, audience=1000))

    async def script(visitor: Visitor) -> None:
        await visitor.greet(huge)
        await visitor.stay()

    async with room(tmp_path, script) as inside:
        assert len((await inside.until("joined"))["view"]["front_row"]) == 1000


# The key, and the process.


UNHEARD_OF = b"""-----BEGIN PRIVATE KEY-----
MA4CAQAwBQYDKgMEBAIEAA==
-----END PRIVATE KEY-----
"""
"""A key of an algorithm that nobody has: 1.2.3.4."""


def test_a_key_is_made_once_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    assert personal_key(path).public == personal_key(path).public
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key.pem"]
    other = ec.generate_private_key(ec.SECP256R1())
    contents = [
        b"",
        b"no key",
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        UNHEARD_OF,
    ]
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(ConfigError):
            personal_key(path)
        assert path.read_bytes() == content


def test_the_process_tells_why_it_cannot_start_and_ends_with_its_channel(
    tmp_path: Path,
) -> None:
    for line, code in (
        (b'{"command":"enter","url":"nonsense","name":"Ann"}\n', 2),
        (b"\xff" * 100_000 + b'\n{"command":"leave"}\n', 0),
        (b"", 0),
    ):
        ours, theirs = socket.socketpair()
        environment = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
        process = subprocess.Popen(
            [sys.executable, "-m", "roomcli.engine", "--channel-fd", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env=environment,
            stderr=subprocess.PIPE,
        )
        theirs.close()
        with ours:
            ours.sendall(line)
            ours.shutdown(socket.SHUT_WR)
            _, errors = process.communicate(timeout=PATIENCE)
            told = b""
            while received := ours.recv(65536):
                told += received
        assert process.returncode == code, errors
        assert not errors
        last = json.loads(told.splitlines()[-1])
        assert (last["event"], last["exit_code"]) == ("left", code)
