"""A journey from room to room over one connection, and home between them."""

from __future__ import annotations

import json
import sys

from benchmarks.processes import LineProcess

from ..support.patience import PATIENCE
from ..support.processes import Journey, ParticipantProcess, room_on

CHANGES = 6


def talk(participant: ParticipantProcess) -> None:
    """Enter a room, and talk there."""
    participant.joined()
    participant.say("unmute")
    participant.wait_for("microphone", when=lambda told: bool(told["open"]))


def test_who_goes_from_room_to_room_hears_each_and_comes_home(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls", "--open-hosting")
    hosts = {}
    for room in ("tea", "nap"):
        hosts[room] = journey.participant(room, "host", room_on(url, room))
        talk(hosts[room])
    ann = journey.participant("ann", "join", room_on(url, "tea"))
    ann.joined()
    ann.say("connect_server", url=url, name="ann", keeps_name=True)
    ann.say("watch_rooms")
    listed = ann.wait_for("rooms_listed")["rooms"]
    assert {room["name"] for room in listed} == {"tea", "nap"}
    for number in range(CHANGES):
        room = ("nap", "tea")[number % 2]
        where = room_on(url, room)
        ann.say("enter", url=where, name="ann", mic="tone:300", speaker="none", levels=True)
        joined = ann.wait_for("joined")
        assert joined["room"] == room
        heard = ann.wait_for("levels", when=lambda told: bool(told["speakers"]))["speakers"]
        assert set(heard) == {hosts[room].id}
    ann.say("leave_room")
    assert ann.wait_for("room_left")["reason"] == "left"
    hosts["tea"].say("end_room")
    ann.wait_for("rooms_listed", when=lambda told: told["gone"] == ["tea"])
    assert not [told for told in ann.seen if told["event"] == "microphone" and told["open"]]
    assert not [told for told in ann.seen if told["event"] == "connection" and told.get("text")]
    assert ann.ended() == 0


def test_home_is_told_to_scripts_and_line_by_line_without_a_command(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls", "--open-hosting")
    host = journey.participant("tea", "host", room_on(url, "tea"))
    host.joined()
    roomcli = [sys.executable, "-m", "roomcli"]
    script = journey.started(
        LineProcess.start([*roomcli, "--jsonl", "--server", url], journey.environment("ann"))
    )
    listed = json.loads(script.read_until('"rooms_listed"', PATIENCE)[-1])
    assert [room["name"] for room in listed["rooms"]] == ["tea"]
    home = json.loads(script.read_until('"home_shown"', PATIENCE)[-1])
    assert home["event"] == "home_shown"
    script.write_line('{"command": "leave"}')
    assert json.loads(script.read_until('"left"', PATIENCE)[-1])["exit_code"] == 0
    reader = journey.started(
        LineProcess.start([*roomcli, "--plain", "--server", url], journey.environment("ben"))
    )
    reader.read_until("Room tea", PATIENCE)
    reader.read_until("/help says more", PATIENCE)
    reader.write_line("/enter tea")
    reader.read_until("You are in tea", PATIENCE)
    reader.write_line("/leave")
    reader.read_until("/help says more", PATIENCE)
    host.say("end_room")
    reader.read_until("Room tea is closed", PATIENCE)
    reader.write_line("/quit")
