"""Tests of what happens when real processes are really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from benchmarks.sound_server import SoundServer

from ..support.patience import PATIENCE
from ..support.processes import Journey, ParticipantProcess, room_on

BACK_SECONDS = 5.0
"""Seconds until everything works again, once it can."""


def on_stage_and_on_air(
    journey: Journey, url: str
) -> tuple[ParticipantProcess, ParticipantProcess]:
    """Return Ann, who hosts, and Ben, who is on stage with a tone as his open microphone."""
    address = room_on(url, "standup")
    ann = journey.participant("Ann", "host", address)
    ann.joined()
    ben = journey.participant("Ben", "join", address, "--mic", "tone:440")
    ben.joined()
    ann.say("invite_to_stage", id=ben.id)
    ben.wait_for("invited_to_stage")
    ben.say("accept_stage_invitation")
    ben.wait_for("stage_joined")
    ben.say("unmute")
    ben.wait_for("microphone", when=lambda event: event["open"])
    ann.wait_for("unmuted")
    return ann, ben


def role_of(joined: dict[str, object], id: str) -> tuple[str, bool]:
    """Return the role and the mute of a participant in a fresh view."""
    view = joined["view"]
    assert isinstance(view, dict)
    speaker = view["stage"][id]
    return speaker["role"], speaker["muted"]


def test_a_killed_server_comes_back_with_everyone_in_place_and_muted(
    journey: Journey,
) -> None:
    url, server = journey.serve("--no-tls")
    ann, ben = on_stage_and_on_air(journey, url)
    port = url.rpartition(":")[2]
    server.kill()
    server.wait()
    closed = ben.wait_for("microphone")
    assert (closed["open"], closed["reason"]) == (False, "reconnected")
    ben.wait_for("connection", when=lambda event: event["state"] == "reconnecting")
    time.sleep(2)  # long enough for the pauses between attempts to have grown
    journey.serve("--no-tls", listen=f"127.0.0.1:{port}")
    began = time.monotonic()
    for who, role in ((ann, "host"), (ben, "speaker")):
        joined = who.wait_for("joined")
        assert joined["resumed"] is True
        assert joined["you"] == who.id
        assert joined["ticket"] is None
        assert role_of(joined, who.id) == (role, True)
    assert time.monotonic() - began < BACK_SECONDS + journey.slack
    ben.say("unmute")
    ann.wait_for("unmuted", when=lambda event: event["id"] == ben.id)


def test_an_engine_that_slept_is_back_and_muted(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls")
    ann, ben = on_stage_and_on_air(journey, url)
    ben.process.send_signal(signal.SIGSTOP)
    ann.wait_for("speaker_dropped", when=lambda event: event["id"] == ben.id)
    ben.process.send_signal(signal.SIGCONT)
    began = time.monotonic()
    closed = ben.wait_for("microphone")
    assert closed["open"] is False
    joined = ben.wait_for("joined")
    assert time.monotonic() - began < BACK_SECONDS + journey.slack
    assert joined["resumed"] is True
    assert role_of(joined, ben.id) == ("speaker", True)
    ann.wait_for("speaker_returned", when=lambda event: event["id"] == ben.id)


def test_the_end_of_the_channel_closes_the_microphone_and_the_process(
    journey: Journey,
) -> None:
    url, _ = journey.serve("--no-tls")
    ann, ben = on_stage_and_on_air(journey, url)
    began = time.monotonic()
    assert ben.ended() == 0
    assert time.monotonic() - began < 2.0 + journey.slack
    ann.wait_for("participant_left", when=lambda event: event["id"] == ben.id)


def test_a_leased_microphone_closes_when_nobody_renews_it(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls")
    ann, ben = on_stage_and_on_air(journey, url)
    ben.say("mute")
    ben.wait_for("microphone", when=lambda event: not event["open"])
    ben.say("unmute", lease=True)
    ben.wait_for("microphone", when=lambda event: event["open"])
    began = time.monotonic()
    closed = ben.wait_for("microphone")
    assert (closed["open"], closed["reason"]) == (False, "lease")
    assert 2.0 < time.monotonic() - began < 3.0 + journey.slack
    ann.wait_for("muted", when=lambda event: event["id"] == ben.id)


def test_a_killed_engine_is_gone_from_the_air_at_once_and_its_place_is_kept(
    journey: Journey,
) -> None:
    url, _ = journey.serve()
    ann, ben = on_stage_and_on_air(journey, url)
    ben.process.kill()
    dropped = ann.wait_for("speaker_dropped")
    assert dropped["id"] == ben.id


def test_a_server_that_stops_tells_everyone_and_ends_in_time(journey: Journey) -> None:
    url, server = journey.serve("--drain", "0")
    ann, ben = on_stage_and_on_air(journey, url)
    ben.process.send_signal(signal.SIGSTOP)  # one who reads nothing delays nobody
    server.send_signal(signal.SIGTERM)
    goodbye = ann.wait_for("goodbye")
    assert (goodbye["code"], goodbye["retry"]) == ("server_closing", True)
    assert server.wait(5 + journey.slack) == 0


def test_two_engines_of_one_person_never_share_the_microphone(
    journey: Journey,
    pulse: SoundServer,
) -> None:
    pulse.null_sink("mouth")
    url, _ = journey.serve("--no-tls")
    one = journey.participant(
        "Ann", "host", room_on(url, "one"), "--mic", "default", PULSE_SOURCE="mouth.monitor"
    )
    two = journey.participant(
        "Ann", "host", room_on(url, "two"), "--mic", "default", PULSE_SOURCE="mouth.monitor"
    )
    for engine in (one, two):
        engine.joined()
        engine.wait_for("device", when=lambda event: event["kind"] == "microphone")
    one.say("unmute")
    one.wait_for("microphone", when=lambda event: event["open"])
    two.say("unmute")
    two.wait_for("microphone", when=lambda event: event["open"])
    closed = one.wait_for("microphone")
    assert (closed["open"], closed["reason"]) == (False, "elsewhere")


def test_a_sound_card_that_goes_away_ends_nothing(
    journey: Journey,
    pulse: SoundServer,
) -> None:
    pulse.null_sink("mouth")
    url, _ = journey.serve("--no-tls")
    ann = journey.participant(
        "Ann",
        "host",
        room_on(url, "standup"),
        *("--mic", "default", "--speaker", "default"),
        PULSE_SOURCE="mouth.monitor",
        PULSE_SINK="room",
    )
    ann.joined()
    ann.say("unmute")
    ann.wait_for("microphone", when=lambda event: event["open"])
    pulse.close()
    closed = ann.wait_for("microphone")
    assert (closed["open"], closed["reason"]) == (False, "device")
    problem = ann.wait_for(
        "device", when=lambda event: event["kind"] == "microphone" and bool(event["problem"])
    )
    assert "\n" not in problem["problem"]
    ann.wait_for("muted")
    ann.say("unmute", ref=6)
    refused = ann.wait_for("refused", when=lambda event: event["ref"] == 6)
    assert refused["code"] == "no_microphone"
    ann.say("react", reaction="👏", ref=7)
    ann.wait_for("done", when=lambda event: event["ref"] == 7)


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["join", "ws://127.0.0.1:1/r/standup"], 3, "nobody listens at 127.0.0.1:1"),
        (["join", "http://127.0.0.1:1/x/y"], 2, "names a server but no room"),
        (["join", "No/Room"], 2, "cannot name a room"),
        (["join", "ws://127.0.0.1:1/r/a", "--mic", "file:/nowhere.wav"], 1, "/nowhere.wav"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    journey: Journey,
    words: list[str],
    code: int,
    line: str,
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "roomcli", *words, "--plain"],
        input="",
        capture_output=True,
        text=True,
        env=journey.environment("Ann"),
    )
    assert ended.returncode == code, ended
    assert line in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_nobody_listening_is_told_to_a_script_too(journey: Journey) -> None:
    ann = journey.participant("Ann", "join", "ws://127.0.0.1:1/r/standup")
    left = ann.wait_for("left")
    assert (left["code"], left["exit_code"]) == ("connection_failed", 3)
    assert "nobody listens at 127.0.0.1:1" in left["text"]
    assert ann.process.wait(PATIENCE) == 3


def test_a_wrong_certificate_is_refused_and_an_unproven_one_is_told_of(journey: Journey) -> None:
    url, _ = journey.serve()
    base, _, pin = url.partition("#pin=")
    wrong = pin[:-1] + ("0" if pin[-1] != "0" else "1")
    ann = journey.participant("Ann", "host", f"{base}/r/standup#pin={wrong}")
    left = ann.wait_for("left")
    assert left["exit_code"] == 3
    assert "another certificate" in left["text"]
    assert ann.process.wait(PATIENCE) == 3
    ben = journey.participant("Ben", "host", f"{base}/r/standup")
    assert ben.wait_for("problem")["code"] == "unproven_server"


def test_refusals_have_their_exit_code(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls")
    ben = journey.participant("Ben", "join", room_on(url, "nowhere"))
    left = ben.wait_for("left")
    assert (left["code"], left["exit_code"]) == ("no_such_room", 4)
    assert ben.process.wait(PATIENCE) == 4


def test_the_environment_holds_no_orphans(journey: Journey) -> None:
    """A server that is a host's child ends when the host is killed."""
    host = journey.participant("Ann", "host", "standup", "--local")
    host.joined()
    children = _children_of(host.process.pid)
    assert children
    host.process.kill()
    host.process.wait()
    deadline = time.monotonic() + 5 + journey.slack
    while any(_is_alive(child) for child in children):
        assert time.monotonic() < deadline, "the server outlives its host"
        time.sleep(0.05)


def _children_of(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True
    )
    return [int(each) for each in listed.stdout.split()]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return not listed.stdout.strip().startswith("Z")


def test_closed_standard_input_is_the_end_of_input(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls")
    command = f"exec {sys.executable} -m roomcli host {room_on(url, 'standup')} --jsonl --mic none"
    ended = subprocess.run(
        ["sh", "-c", f"{command} --speaker none <&-"],
        capture_output=True,
        text=True,
        env=journey.environment("Ann"),
    )
    assert ended.returncode == 0, ended
    assert "fault" not in ended.stderr
