"""Tests of the open rooms as home keeps them: news by news, each a stranger's word."""

from __future__ import annotations

from roomcli.frontends.model.open_rooms import MAX_LISTED, OpenRoom, RoomList
from roomcli.protocol import events as e
from roomcli.protocol.listing import ListedRoom

STANDUP = ListedRoom(name="standup", host="Ann", stage=2, audience=3)
VIENNA = ListedRoom(name="vienna", stage=1, password=True, keeps=("the chat",))


def test_news_change_the_list_and_the_fullest_comes_first() -> None:
    rooms = RoomList()
    rooms.change(e.RoomsListed(rooms=(VIENNA, STANDUP)))
    vienna = OpenRoom("vienna", stage=1, door=("wants a password",), keeps=("the chat",))
    assert rooms.open == (OpenRoom("standup", host="Ann", stage=2, audience=3), vienna)
    more = ListedRoom(name="vienna", stage=9)
    rooms.change(e.RoomsListed(rooms=(more,), gone=("nowhere",)))
    assert [each.name for each in rooms.open] == ["vienna", "standup"]
    rooms.change(e.RoomsListed(gone=("standup",)))
    assert [*rooms.open] == [OpenRoom("vienna", stage=9)]


def test_what_a_server_tells_is_safe_to_show() -> None:
    rooms = RoomList()
    hostile = ListedRoom(name="ok", topic="\x1b[31mred", host="\u202eAnn", keeps=("a\x07b" * 90,))
    rooms.change(e.RoomsListed(rooms=(ListedRoom(name="../../etc"), hostile)))
    (room,) = rooms.open
    assert (room.name, room.topic, room.host) == ("ok", "red", "Ann")
    assert len(room.keeps[0]) <= 80
    assert "\x07" not in room.keeps[0]


def test_a_server_that_tells_of_rooms_for_ever_fills_no_memory() -> None:
    rooms = RoomList()
    for number in range(MAX_LISTED + 3):
        rooms.change(e.RoomsListed(rooms=(ListedRoom(name=f"room-{number}"),)))
    rooms.change(e.RoomsListed(rooms=(ListedRoom(name="room-0", stage=7),)))
    assert len(rooms.open) == MAX_LISTED
    assert rooms.open[0] == OpenRoom("room-0", stage=7)
    rooms.change(e.RoomsListed(rooms=(STANDUP,), gone=("room-1",)))
    assert "standup" in [each.name for each in rooms.open]
