"""Tests that no microphone is shown as open without one, or while the link is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roomcli.engine.microphone import OPENING_SECONDS, MicrophoneCause
from roomcli.engine.replies import Answer
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.local import Connection, Microphone

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


def refusals(answers: list[Answer]) -> list[tuple[str, int | None]]:
    """Return the codes and refs of the refusals among the answers."""
    return [(each.code, each.ref) for each in answers if isinstance(each, e.Refused)]


def test_without_a_working_microphone_the_room_hears_of_no_press() -> None:
    stage = MicrophoneStage()
    stage.trouble = "no microphone called 'Blue'"
    (refused,) = stage.give(c.Unmute(ref=7))
    assert isinstance(refused, e.Refused)
    assert (refused.command, refused.code, refused.ref) == ("unmute", "no_microphone", 7)
    assert "no microphone called 'Blue'" in refused.text
    assert stage.sent == []
    stage.trouble = ""
    stage.agree(stage.unmute())
    assert stage.is_open


def test_a_press_waits_for_a_device_that_is_being_opened() -> None:
    stage = MicrophoneStage()
    stage.trouble = None
    answers = stage.give(c.Unmute(ref=7))
    stage.microphone.watch(0.1)
    assert (stage.sent, answers) == ([], [])
    stage.trouble = ""
    stage.microphone.watch(0.2)
    assert stage.names == ["Unmute"]
    stage.agree(stage.newest_ref)
    assert answers == [e.Done(ref=7)]
    assert stage.is_open


@pytest.mark.parametrize("becomes", ["busy", None])
def test_a_device_that_does_not_come_refuses_the_presses_that_waited(becomes: str | None) -> None:
    stage = MicrophoneStage()
    stage.trouble = None
    first, second = stage.give(c.Unmute(ref=7)), stage.give(c.Unmute(ref=8))
    stage.trouble = becomes
    stage.microphone.watch(OPENING_SECONDS)
    assert refusals(first + second) == [("no_microphone", 7), ("no_microphone", 8)]
    assert stage.sent == []
    stage.trouble = ""
    stage.microphone.watch(OPENING_SECONDS + 0.1)
    assert stage.sent == [], "nothing waits any more"


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (MicrophoneCause.SILENCED, "silenced"),
        (MicrophoneCause.AUDIENCE, "not_on_stage"),
        (MicrophoneCause.DISCONNECTED, "not_connected"),
        (MicrophoneCause.LEASE_LAPSED, "no_microphone"),
    ],
)
def test_what_overtakes_a_press_that_waits_answers_it(cause: MicrophoneCause, code: str) -> None:
    stage = MicrophoneStage()
    stage.trouble = None
    answers = stage.give(c.Unmute(ref=7))
    stage.microphone.happen(cause)
    assert refusals(answers) == [(code, 7)]
    stage.trouble = ""
    stage.microphone.watch(0.1)
    assert stage.sent == []


def test_a_mute_takes_back_a_press_that_waits() -> None:
    stage = MicrophoneStage()
    stage.trouble = None
    answers = stage.give(c.Unmute(ref=7))
    stage.give(c.Mute())
    stage.trouble = ""
    stage.microphone.watch(0.1)
    assert stage.names == ["Mute"]
    assert answers == [e.Done(ref=7)]


def test_a_device_that_is_lost_before_the_room_agrees_is_not_on_air() -> None:
    stage = MicrophoneStage()
    answers = stage.give(c.Unmute(ref=7))
    stage.trouble = "unplugged"
    stage.agree(stage.newest_ref)
    assert refusals(answers) == [("no_microphone", 7)]
    assert not stage.is_open
    assert stage.names == ["Unmute", "Mute"]


def test_a_device_that_fails_while_open_is_told_to_the_room() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute())
    stage.microphone.happen(MicrophoneCause.DEVICE_FAILED)
    assert not stage.is_open
    assert stage.told[-1] == Microphone(open=False, reason="device")
    assert stage.names == ["Unmute", "Mute"]
