"""Tests of the floor in words: who follows the host, and why a hand is at its place."""

from __future__ import annotations

from roomcli.frontends.words.floor_words import hand_reason, succession_line
from roomcli.protocol import events as e
from roomcli.protocol.people import Hand

from ....support.fake_room import WALL, entered


def test_who_follows_the_host() -> None:
    model = entered("listener")
    assert succession_line(model.view) == "if Ann Lindqvist drops: Ben Okafor in 30 s"
    model.receive(e.SpeakerDropped(id="ann1", kept_until=WALL + 35), 1.0, WALL)
    model.receive(e.RoleChanged(id="ben1", role="speaker", by="ANN1"), 1.0, WALL)
    assert succession_line(model.view) == "if Ann Lindqvist drops: the room closes after 60 s"
    model.receive(e.ParticipantLeft(id="ann1", reason="lost"), 1.0, WALL)
    assert succession_line(model.view) == ""
    assert succession_line(entered("host").view) == "if you drop: Ann Lindqvist in 30 s"
    assert succession_line(None) == ""


def test_each_place_in_the_queue_has_its_reason() -> None:
    first, second = Hand("fay1", "FAY1", 0.0, spoken=40.0), Hand("gus1", "GUS1", 0.0)
    assert hand_reason(first, "fifo", 240.0) == "waits 4 min"
    assert hand_reason(first, "fair", 240.0) == "has spoken 40 s, waits 4 min"
    assert hand_reason(second, "fair", 60.0) == "has not spoken, waits 1 min"
