"""Tests of when one is on air: by a press of the owner, until anything speaks against it."""

from __future__ import annotations

import time
import wave
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from roomcli.engine import session as session_module
from roomcli.engine import talk_watch
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import UplinkFrame
from roomcli.protocol.people import Speaker

from ...support.seats import someone, speaker
from .test_link import (
    Visitor,
    vanish,
    welcome,
)
from .test_session import agree, answering, commands, room, settled


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
        await inside.has_microphone()
        for press in ("unmute", "mute", "unmute"):
            inside.say(press)
        await inside.is_open(True)
        for ref in (1, 2, 3):
            inside.say("react", reaction="👍", ref=ref)
        await inside.until("done", lambda told: told["ref"] == 3)
        assert inside.microphones() == [True]


UNASKED = [
    (e.Unmuted(id="me"),),
    (e.Unmuted(id="me"), e.Done(ref=0)),
    (e.Unmuted(id="me"), e.Done(ref=1), e.Done(ref=2)),
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
    return speaker(someone("me", "Ann"), "speaker", 0, 0, **changes)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (e.Muted(id="me"), "pressed"),
        (e.Silenced(id="me", by="ben"), "silenced"),
        (e.StageLeft(id="me"), "audience"),
        (e.StageLeft(id="me", reason="time"), "audience"),
        (e.ParticipantLeft(id="me"), "audience"),
        (e.ParticipantLeft(id="me", reason="banned", by="ben"), "audience"),
        (e.SpeakerDropped(id="me", kept_until=9.0), "reconnected"),
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
        inside.session._link.cut("gone")
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


class SetClock:
    """Replaces the module ``time`` with clocks that can be set."""

    def __init__(self) -> None:
        self.jump = 0.0
        self.stood_still = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.stood_still

    def time(self) -> float:
        return time.time() + self.jump


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    clock = SetClock()
    monkeypatch.setattr(session_module, "time", clock)
    return clock


async def test_a_machine_that_slept_is_muted_and_connects_anew(
    tmp_path: Path, clock: SetClock
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


async def test_a_clock_that_is_set_mutes_nobody(tmp_path: Path, clock: SetClock) -> None:
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


def silence(folder: Path) -> str:
    """Return a microphone that works, and into which nobody speaks."""
    with wave.open(str(folder / "silence.wav"), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes(bytes(9600))
    return f"file:{folder / 'silence.wav'}"


async def test_an_open_microphone_into_which_nobody_speaks_is_closed(tmp_path: Path) -> None:
    mic = silence(tmp_path)
    async with room(tmp_path, answering(agree), mic=mic, auto_mute=0.2) as inside:
        await inside.until("joined")
        inside.say("unmute")
        await inside.is_open(True)
        assert (await inside.is_open(False))["reason"] == "quiet"
        await settled(lambda: commands(inside.server.visitors[0]) == ["Unmute", "Mute"])


async def test_who_speaks_is_not_muted_for_silence(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree), auto_mute=0.3) as inside:
        await inside.until("joined")
        inside.say("unmute")
        await inside.is_open(True)
        got = inside.server.visitors[0].got
        await settled(lambda: sum(isinstance(each, UplinkFrame) for each in got) > 30)
        assert inside.microphones() == [True]


async def test_a_microphone_that_gives_nothing_is_told_of_once_an_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "is_real", lambda mic: True)
    monkeypatch.setattr(talk_watch, "DEAD_AFTER", 0.1)
    mic = silence(tmp_path)
    async with room(tmp_path, answering(agree), mic=mic, auto_mute=0.5) as inside:
        await inside.until("joined")
        for _ in range(2):
            inside.say("unmute")
            assert (await inside.until("problem"))["code"] == "silent_microphone"
            await inside.is_open(False)
        assert len([told for told in inside.told if told["event"] == "problem"]) == 2
