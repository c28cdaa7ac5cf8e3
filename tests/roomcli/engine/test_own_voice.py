"""Tests of hearing oneself in a room: nothing of it is sent, and it ends when one is on air."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from roomcli.audio import soundcheck
from roomcli.engine import self_hearing
from roomcli.engine.self_hearing import OWN_VOICE
from roomcli.engine.session import RoomSession
from roomcli.protocol.audio import UplinkFrame
from roomcli.protocol.local import OwnVoice

from ...support.sound import SPEECH
from .test_link import ROOM, joined
from .test_own_microphone import silence
from .test_session import ScriptedRoom, agree, answering, room, settled


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_hearing, "HOLD", 0.05)


def hears_itself(session: RoomSession) -> bool:
    """Whether a talk spurt of the own voice is being played."""
    stats = session._voice.mixer.stats().get(OWN_VOICE)
    return stats is not None and stats.active


def sent(inside: ScriptedRoom) -> int:
    got = [each for visitor in inside.server.visitors for each in visitor.got]
    return sum(isinstance(each, UplinkFrame) for each in got)


async def test_who_is_muted_hears_themselves_and_nobody_else_does(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree), mic=f"file:{SPEECH}") as inside:
        await inside.has_microphone()
        inside.say("hear_yourself", ref=1)
        assert (await inside.until("own_voice"))["on"]
        assert (await inside.until("done"))["ref"] == 1
        await settled(lambda: hears_itself(inside.session))
        told = await inside.until("own_voice", lambda each: each["speech"] is not None)
        assert (told["on"], told["findings"]) == (True, [])
        assert "your sound is good" in told["said"][0]
        assert inside.session._hearing.levels(0.0) == {}, "no seat is heard"
        snapshot = inside.channel.snapshot()
        assert any(isinstance(each, OwnVoice) for each in snapshot)
        inside.say("hear_yourself", on=False, ref=2)
        assert not (await inside.until("own_voice"))["on"]
        assert sent(inside) == 0
        assert inside.microphones() == []


async def test_a_file_of_silence_is_no_dead_microphone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundcheck, "_DEAD_FOR", 5)
    async with room(tmp_path, answering(agree), mic=silence(tmp_path)) as inside:
        await inside.has_microphone()
        inside.say("hear_yourself")
        told = await inside.until("own_voice", lambda each: each["said"])
        assert told["findings"] == []
        assert "say a few words" in told["said"][0]


async def test_it_ends_on_air_and_does_not_begin_there(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.has_microphone()
        inside.say("hear_yourself")
        await inside.until("own_voice")
        inside.say("unmute")
        assert not (await inside.until("own_voice", lambda each: not each["on"]))["on"]
        await inside.is_open(True)
        await settled(lambda: sent(inside) > 10)
        assert not hears_itself(inside.session)
        inside.say("hear_yourself", ref=3)
        refused = await inside.until("refused")
        assert (refused["code"], refused["ref"]) == ("on_air", 3)


async def test_the_audience_has_a_microphone_in_use_only_meanwhile(tmp_path: Path) -> None:
    view = replace(ROOM, stage={"ben": ROOM.stage["ben"]})
    script = answering(agree, stage=joined(view=view))
    async with room(tmp_path, script) as inside:
        await inside.until("joined")
        assert not inside.session._voice.listens
        inside.say("hear_yourself")
        await inside.has_microphone()
        await settled(lambda: hears_itself(inside.session))
        inside.say("hear_yourself", on=False)
        await settled(lambda: not inside.session._voice.listens)
        assert sent(inside) == 0
