"""Tests of which address of a cluster is tried next."""

from __future__ import annotations

from roomcli.engine.addresses import MOST_KNOWN, ServerAddresses
from roomcli.protocol.address import Address, parse_address

PIN = "ab" * 32
HOME = parse_address("wss://one.example:7420")
TWO, THREE = "wss://two.example:7420", f"wss://three.example:7420#pin={PIN}"


def at_home(home: Address = HOME, *told: str) -> ServerAddresses:
    """Return the addresses of somebody whom the server let in and told of these others."""
    addresses = ServerAddresses(home, lambda others: None)
    addresses.note_arrival()
    addresses.note_others(told)
    return addresses


def tried(addresses: ServerAddresses, number: int, *, elsewhere: bool = False) -> list[str]:
    """Return what is tried next, so many times; those after a pause begin with one."""
    found = []
    for _ in range(number):
        pause = "" if addresses.choose_next(elsewhere=elsewhere) else "... "
        found.append(pause + str(addresses.current))
    return found


def test_own_address_comes_first_and_a_pause_before_all_begin_anew() -> None:
    addresses = at_home(HOME, TWO, THREE)
    assert tried(addresses, 4) == [f"... {HOME}", TWO, THREE, f"... {HOME}"]


def test_who_is_sent_to_others_goes_there_at_once() -> None:
    assert tried(at_home(HOME, TWO), 3, elsewhere=True) == [TWO, str(HOME), f"... {TWO}"]
    assert tried(at_home(HOME), 2, elsewhere=True) == [f"... {HOME}"] * 2


def test_who_went_on_elsewhere_stays_there_and_finds_the_first_one_again() -> None:
    addresses = at_home(HOME, TWO)
    tried(addresses, 2)
    addresses.note_arrival()
    addresses.note_others([THREE])
    assert tried(addresses, 3) == [f"... {TWO}", THREE, str(HOME)]


def test_nobody_is_led_to_a_place_that_is_less_safe() -> None:
    unsafe = ["ws://two.example", "wss://127.0.0.1:7420", "wss://localhost", "nonsense", "wss://["]
    unsafe += ["wss://0.0.0.0:7420", "wss://[::]:7420", "wss://169.254.169.254", "wss://[ff02::1]"]
    for each in unsafe:
        assert not at_home(HOME, each).has_more, each
    own = parse_address("ws://127.0.0.1:7420")
    assert at_home(own, "ws://127.0.0.1:7421").has_more


def test_a_list_without_end_is_cut() -> None:
    addresses = at_home(HOME, *(f"wss://{number}.example" for number in range(MOST_KNOWN * 2)))
    tried(addresses, MOST_KNOWN + 1)
    assert not addresses.has_more
