"""Tests of the places for those who are in no room yet: no newcomer is shut out."""

from __future__ import annotations

from server.limits import ConnectionLimits, ServerLimits
from server.public.waiting import Place, Waiting

FEW = ServerLimits(connections=ConnectionLimits(before_hello=6, before_hello_per_address=3))


class Door:
    """The waiting places, and the names of those who were put out, in order."""

    def __init__(self, *unlimited: str) -> None:
        self.out: list[str] = []
        self.waiting = Waiting(lambda network: network not in unlimited, FEW)

    def enter(self, network: str, name: str) -> Place:
        """Let somebody come, and return their place."""
        return self.waiting.reserve(network, lambda: self.out.append(name))


def test_the_one_who_waits_longest_goes_for_a_neighbour() -> None:
    door = Door()
    for number in range(5):
        door.enter("net", f"silent {number}")
    assert door.out == ["silent 0", "silent 1"]
    assert (door.waiting.pushed_out, door.waiting.total) == (2, 3)


def test_who_has_said_hello_stays_as_long_as_others_have_not() -> None:
    door = Door()
    door.enter("net", "greeted").has_said_hello = True
    for number in range(4):
        door.enter("net", f"silent {number}")
    assert door.out == ["silent 0", "silent 1"]
    rest = Door()
    for number in range(4):
        rest.enter("net", f"greeted {number}").has_said_hello = True
    assert rest.out == ["greeted 0"]


def test_in_a_full_house_the_network_with_most_makes_room() -> None:
    door = Door("proxy")
    for number in range(5):
        door.enter("proxy", f"proxied {number}")
    door.enter("other", "other")
    assert door.out == []  # a proxy's number is not limited by itself
    door.enter("third", "third")
    door.enter("fourth", "fourth")
    assert door.out == ["proxied 0", "proxied 1"]


def test_who_leaves_makes_room_once() -> None:
    door = Door()
    places = [door.enter("net", str(number)) for number in range(3)]
    places[1].free()
    places[1].free()
    door.enter("net", "new")
    assert door.out == []
    door.enter("net", "newer")
    assert door.out == ["0"]


def test_who_comes_by_a_proxy_counts_where_they_come_from() -> None:
    door = Door("proxy")
    for number in range(4):
        door.enter("proxy", f"client {number}").move("client")
    assert door.out == ["client 0"]
    door.enter("proxy", "still").move("proxy")
    assert door.out == ["client 0"]
