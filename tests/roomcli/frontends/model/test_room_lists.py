"""Tests of the lists that were asked for: pages go together, and who leaves is remembered."""

from __future__ import annotations

from roomcli.protocol import events as e
from roomcli.protocol.people import BanNotice, RoomInvite

from ....support.fake_room import WALL, YOU, entered
from ....support.seats import people_page, someone

ME = someone(YOU, "Robin Keller")
ANN = someone("ann1", "Ann Lindqvist")


def test_answers_are_kept() -> None:
    ban = BanNotice(key="f" * 32, name="Bad", at=0.0)
    link = RoomInvite(id="i1", expires_at=9.0)
    model = entered("host", e.BanList(bans=(ban,)), e.RoomInviteList(invites=(link,)))
    assert (model.lists.bans, model.lists.room_invites) == ((ban,), (link,))
    left = people_page((ANN,), of="left")
    model.receive(left, 1.0, WALL)
    model.receive(people_page((ME,), of="left", offset=1), 1.0, WALL)
    assert [each.person for each in model.lists.departed] == [ANN, ME]
    model.receive(left, 1.0, WALL)
    assert [each.person for each in model.lists.departed] == [ANN]


def test_who_leaves_before_ones_eyes_is_remembered() -> None:
    model = entered("host", e.ParticipantLeft(id="p0"), e.ParticipantLeft(id="p1", reason="moved"))
    assert [person.id for person in model.lists.departed] == ["p0"]
