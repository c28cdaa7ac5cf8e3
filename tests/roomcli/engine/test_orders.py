"""Tests that no microphone is shown as open without one, or while the link is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roomcli.engine.own_microphone import OPENING_SECONDS
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.local import Connection, MicrophoneReason

from .test_microphone import MicrophoneStage
from .test_own_microphone import silence
from .test_session import agree, answering, commands, room


@pytest.mark.parametrize(
    ("mic", "why"),
    [
        ("none", "it is set to none"),
        ("tone:abc", "tone:abc is no tone"),
        ("file:/nowhere/notes.wav", "cannot read /nowhere/notes.wav"),
        ("talk.wav", "for the file say file:talk.wav"),
    ],
)
async def test_without_a_working_microphone_nobody_sees_one_open(
    tmp_path: Path, mic: str, why: str
) -> None:
    async with room(tmp_path, answering(agree), mic=mic) as inside:
        await inside.until("device", lambda told: told["kind"] == "microphone")
        for number, press in enumerate(("unmute", "toggle_microphone"), 1):
            inside.say(press, ref=number)
            refused = await inside.until("refused")
            assert (refused["code"], refused["ref"]) == ("no_microphone", number)
            assert why in refused["text"]
        inside.say("push_to_talk", down=True, ref=3)
        assert (await inside.until("refused"))["ref"] == 3
        assert inside.microphones() == []
        assert "Unmute" not in commands(inside.server.visitors[0])


async def test_a_microphone_that_was_lost_opens_again_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "talk.wav"
    monkeypatch.setattr("roomcli.engine.trouble.RETRY", 0.05)
    async with room(tmp_path, answering(agree), mic=f"file:{path}") as inside:
        await inside.until("device", lambda told: bool(told["problem"]))
        inside.say("unmute", ref=1)
        assert (await inside.until("refused"))["ref"] == 1
        os.rename(silence(tmp_path).removeprefix("file:"), path)
        await inside.has_microphone()
        inside.say("unmute", ref=2)
        await inside.is_open(True)
        assert (await inside.until("done"))["ref"] == 2


async def test_while_the_link_is_lost_all_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomcli.engine.backoff.FIRST", 3600.0)
    monkeypatch.setattr("roomcli.engine.backoff.MOST", 3600.0)
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        assert inside.session.state()["connection"] == "connected"
        inside.say("unmute")
        await inside.is_open(True)
        inside.server.visitors[0].connection.stream.cut("gone")
        assert (await inside.is_open(False))["reason"] == "reconnected"
        await inside.until("connection", lambda told: told["state"] == "reconnecting")
        state = inside.session.state()
        said = (state["connection"], state["muted"], state["on_air"])
        assert said == ("reconnecting", True, False)
        (me,) = [each for each in state["people"] if each["id"] == state["you"]]
        assert me["muted"]
        # What a frontend finds that did not read for a while.
        snapshot = inside.channel.snapshot()
        assert isinstance(snapshot[0], e.Joined)
        assert [each.state for each in snapshot if isinstance(each, Connection)] == ["reconnecting"]
        speaker = snapshot[0].view.stage["me"]
        assert (speaker.muted, speaker.connected) == (True, False)


def test_without_a_working_microphone_the_room_hears_of_no_press() -> None:
    stage = MicrophoneStage()
    stage.trouble = "no microphone called 'Blue'"
    refused = stage.microphone.press(c.Unmute(ref=7), 0.0)
    assert refused is not None
    assert (refused.command, refused.code, refused.ref) == ("unmute", "no_microphone", 7)
    assert "no microphone called 'Blue'" in refused.text
    assert stage.sent == []
    stage.trouble = ""
    stage.agree(stage.unmute())
    assert stage.is_open


def test_a_press_waits_for_a_device_that_is_being_opened() -> None:
    stage = MicrophoneStage()
    stage.trouble = None
    assert stage.microphone.press(c.Unmute(ref=7), 0.0) is None
    stage.microphone.watch(0.1)
    assert (stage.sent, stage.microphone.is_pending) == ([], True)
    stage.trouble = ""
    stage.microphone.watch(0.2)
    assert isinstance(stage.sent[-1], c.Unmute)
    assert stage.agree(stage.sent[-1].ref or 0) == e.Done(ref=7)
    assert stage.is_open


@pytest.mark.parametrize("becomes", ["busy", None])
def test_a_device_that_does_not_come_refuses_the_presses_that_waited(becomes: str | None) -> None:
    stage = MicrophoneStage()
    stage.trouble = None
    for ref in (7, 8):
        stage.microphone.press(c.Unmute(ref=ref), 0.0)
    stage.trouble = becomes
    stage.microphone.watch(OPENING_SECONDS)
    refused = [each for each in stage.told if isinstance(each, e.Refused)]
    assert [(each.code, each.ref) for each in refused] == [
        ("no_microphone", 7),
        ("no_microphone", 8),
    ]
    assert stage.sent == []
    assert not stage.microphone.is_pending


@pytest.mark.parametrize(
    ("reason", "code"),
    [("silenced", "silenced"), ("audience", "not_on_stage"), ("lease", "no_microphone")],
)
def test_what_overtakes_a_press_that_waits_answers_it(reason: MicrophoneReason, code: str) -> None:
    stage = MicrophoneStage()
    stage.trouble = None
    stage.microphone.press(c.Unmute(ref=7), 0.0)
    stage.microphone.close(reason)
    assert [each.code for each in stage.told if isinstance(each, e.Refused)] == [code]
    stage.trouble = ""
    stage.microphone.watch(0.1)
    assert not [each for each in stage.sent if isinstance(each, c.Unmute)]


def test_a_mute_takes_back_a_press_that_waits() -> None:
    stage = MicrophoneStage()
    stage.trouble = None
    stage.microphone.press(c.Unmute(ref=7), 0.0)
    stage.microphone.press(c.Mute(), 0.0)
    stage.trouble = ""
    stage.microphone.watch(0.1)
    assert stage.sent == [c.Mute()]
    assert stage.told == [e.Done(ref=7)]


def test_a_device_that_is_lost_before_the_room_agrees_is_not_on_air() -> None:
    stage = MicrophoneStage()
    ref = stage.unmute(ref=7)
    stage.trouble = "unplugged"
    answer = stage.agree(ref)
    assert isinstance(answer, e.Refused)
    assert (answer.code, answer.ref) == ("no_microphone", 7)
    assert not stage.is_open
    assert stage.sent[-1] == c.Mute()
