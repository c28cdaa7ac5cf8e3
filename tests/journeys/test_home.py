"""A journey from room to room over one connection, and home between them."""

from __future__ import annotations

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
    ann.say("connect_server", url=url, name="ann")
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
