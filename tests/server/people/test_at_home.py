"""Tests of the places at home: nobody who comes is turned away, and the idlest goes."""

from __future__ import annotations

from roomcli.protocol import events as e
from server.limits import ConnectionLimits, ServerLimits
from server.people.at_home import AtHome, HomePlace

FEW = ServerLimits(
    connections=ConnectionLimits(at_home_per_person=2, at_home_per_address=3, at_home=5)
)


class Homes:
    """The places at home, and the names of those that were closed, with their goodbyes."""

    def __init__(self, *unlimited: str) -> None:
        self.ended: list[tuple[str, str]] = []
        self.homes = AtHome(lambda network: network not in unlimited, FEW)

    def enter(self, key: str, network: str, name: str) -> HomePlace:
        """Let a connection come home, and return its place."""
        return self.homes.enter(key, network, lambda why: self.ended.append((name, why.code)))


def test_of_a_person_the_connection_goes_that_did_nothing_for_longest() -> None:
    house = Homes()
    first = house.enter("ann", "a", "first")
    house.enter("ann", "b", "second")
    first.stir()
    house.enter("ann", "c", "third")
    assert house.ended == [("second", "superseded")]
    house.enter("ben", "a", "another's")
    assert len(house.ended) == 1


def test_of_a_network_the_idlest_goes_but_not_where_everybody_may_come_from() -> None:
    house = Homes("proxy")
    for number in range(4):
        house.enter(f"key {number}", "net", f"{number}")
    assert [name for name, _ in house.ended] == ["0"]
    beside = Homes("proxy")
    for number in range(5):
        beside.enter(f"key {number}", "proxy", f"{number}")
    assert beside.ended == []
    beside.enter("one more", "proxy", "one more")
    assert [name for name, _ in beside.ended] == ["0"]


def test_of_too_many_in_all_one_goes_of_the_network_with_most() -> None:
    house = Homes()
    house.enter("ann", "a", "ann, for hours")
    for number in range(6):
        house.enter(f"key {number}", f"many {number % 2}", f"{number}")
    assert [name for name, _ in house.ended] == ["0", "2"]


def test_who_is_about_to_enter_a_room_is_not_idle_and_who_has_is_not_at_home() -> None:
    house = Homes()
    house.enter("ann", "a", "entering").is_busy = True
    entered = house.enter("ann", "a", "entered")
    entered.leave()
    entered.leave()
    house.enter("ann", "a", "waits")
    assert house.ended == []
    assert house.homes.total == 1
    house.enter("ann", "a", "new")
    assert [name for name, _ in house.ended] == ["waits"]


def test_a_ban_ends_one_persons_and_the_end_of_the_server_everybodys() -> None:
    house = Homes()
    for key in ("ann", "ben", "ann"):
        house.enter(key, key, key)
    house.homes.end_person("ann", e.Goodbye(code="banned", text="out"))
    assert house.ended == [("ann", "banned")] * 2
    closing = e.Goodbye(code="server_closing", text="back soon", retry=True)
    house.homes.close(closing)
    house.enter("eve", "eve", "late")
    assert house.ended[2:] == [("ben", "server_closing"), ("late", "server_closing")]
