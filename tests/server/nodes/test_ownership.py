"""Tests of the leases of a server: while they are needed they are kept, whatever happens."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
import trio

from roomcli.errors import ConnectionLost
from server.cluster.lease import Tenure
from server.nodes import ownership as module
from server.nodes.ownership import Ownership
from server.store.writes import PATIENCE as WRITING_PATIENCE

ROOM = "standup"
LONG = 60.0
WRITING = 1.5
"""Seconds that a room takes to be written: longer than between two looks at a lease."""


class EverLease:
    """Replaces a lease: nobody else wants the room."""

    given_up: list[str]

    def __init__(self, client: object, room: str, node: str) -> None:
        self._room = room
        self.fences = {5}
        self.tenure: Tenure | None = None

    async def take_over(self, fences: object) -> Tenure | None:
        """Take the room."""
        await trio.lowlevel.checkpoint()
        self.tenure = Tenure(5, trio.current_time(), length=1e9)
        return self.tenure

    async def keep_renewing(self) -> None:
        """Let the lease last for ever."""
        await trio.sleep_forever()

    async def give_up(self) -> None:
        """Let somebody else have the room."""
        await trio.lowlevel.checkpoint()
        if self.tenure is not None:
            self.given_up.append(self._room)
        self.tenure = None


class KeptNowhere:
    """Replaces where rooms are kept; notes what is asked of it."""

    def __init__(self) -> None:
        self.opening: set[str] = set()
        self.kept: set[str] = set()
        self.written: list[str] = []
        self.faulty: set[str] = set()
        """Rooms that cannot be written, by a bug."""

    def is_opening(self, name: str) -> bool:
        """Whether a room is being opened."""
        return name in self.opening

    async def is_kept(self, name: str) -> bool:
        """Whether a room is kept."""
        return name in self.kept

    async def note_taken(self, name: str, fence: int) -> None:
        """Let it be: nothing is kept here."""

    async def keep_written(self, name: str, lease: object) -> NoReturn:
        """Write nothing."""
        assert name not in self.faulty
        await trio.sleep_forever()
        raise AssertionError

    async def write_room(self, name: str, lease: Any) -> None:
        """Write a room, which takes a while, if its lease lasts so long."""
        await trio.sleep(WRITING)
        if lease.tenure is not None:
            self.written.append(name)

    async def stop_writing(self, name: str, lease: object) -> None:
        """Let it be: nothing is kept here."""


class Scene:
    """A server with leases."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.kept = KeptNowhere()
        self.open: set[str] = set()
        unused: Any = object()
        client: Any = SimpleNamespace(joined_again_at=-math.inf, met_at=-math.inf)
        self.client = client
        kept: Any = self.kept
        self.ownership = Ownership(
            *(client, "here", nursery, self.open.__contains__, self._lose, kept, unused)
        )

    async def _lose(self, name: str) -> None:
        self.open.discard(name)

    async def take(self, *rooms: str) -> None:
        """Take rooms, as somebody comes who opens them."""
        for room in rooms:
            assert await self.ownership.owner_of(room, may_open=True) == "here"


@pytest.fixture
def given_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return whose leases were given up."""
    given_up: list[str] = []
    monkeypatch.setattr(EverLease, "given_up", given_up, raising=False)
    monkeypatch.setattr(module, "RoomLease", EverLease)

    async def holder(self: Ownership, room: str) -> str:
        await trio.lowlevel.checkpoint()
        return ""

    monkeypatch.setattr(Ownership, "holder", holder)
    return given_up


@pytest.fixture
def scene(nursery: trio.Nursery, given_up: list[str]) -> Scene:
    """Return a server with no leases yet."""
    return Scene(nursery)


@pytest.mark.parametrize("may_open", [False, True])
async def test_who_had_a_room_comes_first_where_valkey_may_have_forgotten_them(
    scene: Scene, autojump_clock: object, monkeypatch: pytest.MonkeyPatch, *, may_open: bool
) -> None:
    back_at = trio.current_time() + 1.0

    async def holder(self: Ownership, room: str) -> str:
        await trio.lowlevel.checkpoint()
        return "there" if trio.current_time() >= back_at else ""

    monkeypatch.setattr(Ownership, "holder", holder)
    scene.client.joined_again_at = trio.current_time()
    assert await scene.ownership.owner_of(ROOM, may_open=may_open) == "there"


async def test_at_a_start_only_rooms_wait_for_owners_that_were_opened_before(
    scene: Scene, autojump_clock: object, nursery: trio.Nursery
) -> None:
    began = scene.client.met_at = trio.current_time()
    await scene.take("new")
    assert trio.current_time() == began
    scene.kept.kept.add(ROOM)
    await scene.take(ROOM)
    assert trio.current_time() == began + module.RETURN_SECONDS
    nursery.cancel_scope.cancel()


async def test_a_lease_is_kept_while_its_room_is_being_opened(
    scene: Scene, autojump_clock: object, nursery: trio.Nursery
) -> None:
    scene.kept.opening.add(ROOM)
    await scene.take(ROOM, "retro")
    await trio.sleep(LONG)
    assert scene.ownership.has(ROOM)
    assert not scene.ownership.has("retro")
    scene.kept.opening.clear()
    await trio.sleep(LONG)
    assert not scene.ownership.has(ROOM)
    nursery.cancel_scope.cancel()


async def test_a_lease_is_kept_while_a_host_waits_for_the_store(
    scene: Scene, autojump_clock: object, nursery: trio.Nursery
) -> None:
    await scene.take(ROOM)
    await trio.sleep(2 * WRITING_PATIENCE)
    assert scene.ownership.may_answer(ROOM)
    nursery.cancel_scope.cancel()


async def test_a_server_that_leaves_keeps_each_room_until_it_is_written(
    scene: Scene, autojump_clock: object, given_up: list[str]
) -> None:
    rooms = [f"room{number}" for number in range(10)]
    scene.open |= {*rooms}
    await scene.take(*rooms)
    await trio.sleep(LONG)
    scene.open.clear()  # everybody was sent away
    began = trio.current_time()
    await scene.ownership.leave()
    assert trio.current_time() < began + 2 * WRITING, "they are written one after the other"
    assert sorted(scene.kept.written) == rooms
    assert sorted(given_up) == rooms
    assert not any(map(scene.ownership.has, rooms))
    with pytest.raises(ConnectionLost, match="stops"):
        await scene.take(ROOM)


async def test_a_bug_in_one_room_lets_that_one_go_and_no_other(
    scene: Scene,
    autojump_clock: object,
    given_up: list[str],
    nursery: trio.Nursery,
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene.kept.faulty.add(ROOM)
    scene.open |= {ROOM, "retro"}
    await scene.take(ROOM, "retro")
    await trio.sleep(LONG)
    assert given_up == [ROOM]
    assert not scene.ownership.has(ROOM)
    assert scene.ownership.has("retro")
    assert ROOM in caplog.text
    nursery.cancel_scope.cancel()
