"""Tests of rooms that are open without their lease: they are taken again, or lost."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from roomcli.errors import ConnectionLost
from server.nodes.room_claims import AGAIN_SECONDS, RoomClaims

from ...support.memory_store import memory_store
from .test_taking_up import OneHub, room_of


class OneOwnership:
    """Replaces who has which room."""

    def __init__(self) -> None:
        self.mine: set[str] = set()
        self.others: set[str] = set()
        self.unknown: set[str] = set()
        """Rooms of which nobody says who has them."""

    def has(self, room: str) -> bool:
        """Whether this server has the room."""
        return room in self.mine

    async def owner_of(self, room: str, *, may_open: bool) -> str:
        """Take a room that nobody has."""
        await trio.lowlevel.checkpoint()
        if room in self.unknown:
            raise ConnectionLost("nobody says")
        if room in self.others:
            return "there"
        self.mine.add(room)
        return "here"


class CaughtUp:
    """Replaces where rooms are kept; notes which were compared with it."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def catch_up(self, room: Any) -> None:
        """Note that a room was compared."""
        await trio.lowlevel.checkpoint()
        assert room.name != "faulty", "a bug"
        self.names.append(room.name)


async def test_a_room_without_its_lease_is_taken_again_or_lost(
    nursery: trio.Nursery, autojump_clock: object, caplog: pytest.LogCaptureFixture
) -> None:
    hub: Any = OneHub()
    ownership: Any = OneOwnership()
    kept: Any = CaughtUp()
    ownership.mine, ownership.others, ownership.unknown = {"mine"}, {"theirs"}, {"later"}
    for name in ("mine", "later", "faulty", "theirs", "free"):
        hub.rooms[name] = room_of(name)

    async def lose(name: str) -> None:
        await trio.lowlevel.checkpoint()
        del hub.rooms[name]

    claims = RoomClaims("here", hub, memory_store(), ownership, kept, lose)
    nursery.start_soon(claims.keep_claimed)
    await trio.sleep(AGAIN_SECONDS * 1.5)
    assert kept.names == ["free"]
    assert list(hub.rooms) == ["mine", "later", "faulty", "free"]
    assert "a bug" in caplog.text
    ownership.unknown.clear()
    await trio.sleep(AGAIN_SECONDS)
    assert kept.names == ["free", "later"]
    nursery.cancel_scope.cancel()
