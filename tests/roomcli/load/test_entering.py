"""Tests of how people of a load come in where the server asks for patience."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from roomcli.errors import CommandRefused, ConnectionFailed, ConnectionLost, RoomcliError
from roomcli.load import entering
from roomcli.load.crowd import Crowd
from roomcli.load.entering import Entrance
from roomcli.load.lean_client import LeanClient
from roomcli.protocol.address import Address

ADDRESS = Address("127.0.0.1", 1, False, "bench")


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    """A crowd whose orders never end."""
    reading, writing = os.pipe()
    yield Crowd(reading)
    os.close(reading)
    os.close(writing)


class RefusingServer:
    """Answers attempts to connect with what is told, one after the other."""

    def __init__(self, *answers: RoomcliError) -> None:
        self._answers = list(answers)

    def __call__(self, address: Address) -> LeanClient:
        raise self._answers.pop(0)


def test_it_comes_again_when_it_may_and_tells_what_else_is_wrong(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entering, "PAUSE", 0.0)
    door = RefusingServer(
        CommandRefused("rate_limited", "wait", retry_after=0.001),
        ConnectionLost("too many at once"),
        CommandRefused("too_many_connections", "500 are in"),
    )
    with pytest.raises(CommandRefused, match="500 are in; the admin has to raise connections"):
        Entrance(crowd, ADDRESS, connect=door).bring_in("Ann")


def test_it_does_not_come_again_for_ever(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "PAUSE", 0.0)
    door = RefusingServer(*(ConnectionLost("ended") for _ in range(entering.TRIES)))
    with pytest.raises(ConnectionFailed, match="lets nobody else in"):
        Entrance(crowd, ADDRESS, connect=door).bring_in("Ann")


def test_when_the_load_is_over_nobody_comes_in(crowd: Crowd) -> None:
    crowd.over = True
    assert Entrance(crowd, ADDRESS, connect=RefusingServer()).bring_in("Ann") is None
