"""Tests of password guesses: only wrong ones count, and a right one is in within five seconds."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from server.limits import Rate, RoomLimits
from server.rooms import guesses as module
from server.rooms.guesses import (
    MAX_NETWORKS,
    PATIENCE,
    TURN,
    Guess,
    Guesses,
    Turns,
)

HASH_SECONDS = 0.04
KEPT = "hash of sesame"


class Hasher:
    """Replaces the slow hash; what is kept is ``hash of`` the password."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def is_right(self, password: str, kept: str, network: str, room: str) -> bool:
        self.asked.append(password)
        await trio.sleep(HASH_SECONDS)
        return kept == f"hash of {password}"


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Hasher:
    hasher = Hasher()
    monkeypatch.setattr(module, "is_right", hasher.is_right)
    return hasher


class GuessedRoom:
    """The guesses at one room's password, and the result of each."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.kept = KEPT
        self.guesses = Guesses(lambda: self.kept)
        self.nursery = nursery
        nursery.start_soon(self.guesses.run)
        self.waits: list[float] = []
        self.came: list[tuple[str, bool | None, float]] = []
        """Network, whether the guess was right (None: told to wait), and seconds it took."""

    def guess(self, password: str, network: str, times: int = 1) -> None:
        for _ in range(times):
            self.nursery.start_soon(self.judge, password, network)

    async def judge(self, password: str, network: str) -> bool | None:
        began = trio.current_time()
        outcome = await self.guesses.judge(password, network)
        right = outcome.right if isinstance(outcome, Guess) else None
        self.waits += [outcome] if isinstance(outcome, float) else []
        self.came.append((network, right, trio.current_time() - began))
        return right

    async def keep_guessing(self, network: str) -> None:
        while True:
            await self.judge("wrong", network)


@pytest.fixture
async def room(nursery: trio.Nursery, hasher: Hasher) -> GuessedRoom:
    return GuessedRoom(nursery)


async def test_right_ones_are_not_counted_and_one_of_them_is_hashed(
    room: GuessedRoom, autojump_clock: MockClock, hasher: Hasher
) -> None:
    room.guess("sesame", "office", times=300)
    await trio.sleep(1)
    assert [right for _, right, _ in room.came] == [True] * 300
    assert hasher.asked == ["sesame"]


async def test_a_network_has_some_wrong_ones_at_once_and_then_few(
    room: GuessedRoom, autojump_clock: MockClock
) -> None:
    room.guess("wrong", "office", times=40)
    await trio.sleep(20)
    looked_at = [after for _, right, after in room.came if right is False]
    at_once = int(RoomLimits().wrong_passwords_per_address.at_once)
    assert all(after < 1 for after in looked_at[:at_once])
    assert looked_at[at_once:] == pytest.approx([2.0, 4.0], abs=0.2)
    assert all(right is None for _, right, _ in room.came[len(looked_at) :])


async def test_the_admin_says_how_many_wrong_ones_there_may_be(
    nursery: trio.Nursery, hasher: Hasher, autojump_clock: MockClock
) -> None:
    few = RoomLimits(wrong_passwords=Rate(0.1, 3), wrong_passwords_per_address=Rate(0.1, 2))
    guesses = Guesses(lambda: KEPT, limits=few)
    nursery.start_soon(guesses.run)
    for network in ("office", "office", "home"):
        nursery.start_soon(guesses.judge, "wrong", network)
    await trio.sleep(1)
    assert isinstance(await guesses.judge("wrong", "office"), float)
    began = trio.current_time()
    assert isinstance(await guesses.judge("wrong", "elsewhere"), Guess)
    assert trio.current_time() - began >= TURN, "the room's are used up"


async def test_who_is_told_to_wait_is_told_how_long(
    room: GuessedRoom, autojump_clock: MockClock
) -> None:
    room.guess("wrong", "office", times=10)
    await trio.sleep(1)
    room.guess("wrong", "office", times=20)
    await trio.sleep(2 * PATIENCE)
    assert len(room.waits) >= 17
    assert all(1.0 <= wait < 60.0 for wait in room.waits)


async def test_colleagues_wait_for_one_wrong_guess_at_most(
    room: GuessedRoom, autojump_clock: MockClock
) -> None:
    room.guess("wrong", "office", times=10)
    await trio.sleep(1)
    room.guess("sesame", "office", times=30)
    await trio.sleep(PATIENCE)
    assert [right for _, right, _ in room.came[10:]] == [True] * 30


@pytest.mark.parametrize("before", [True, False])
async def test_colleagues_wait_for_no_heap_of_wrong_guesses(
    room: GuessedRoom, autojump_clock: MockClock, before: bool
) -> None:
    room.guess("wrong", "office", times=10)
    await trio.sleep(1)
    if before:
        room.guess("wrong", "office", times=80)
        await trio.sleep(0.1)
    room.guess("sesame", "office", times=30)
    if not before:
        await trio.sleep(0.1)
        room.guess("wrong", "office", times=80)
    await trio.sleep(2 * PATIENCE)
    assert sum(right is True for _, right, _ in room.came) == 30


@pytest.mark.parametrize("known", [True, False])
async def test_a_right_one_is_in_while_many_networks_guess(
    room: GuessedRoom, autojump_clock: MockClock, known: bool
) -> None:
    if known:
        room.guesses.remember("sesame", KEPT)
    for number in range(50):
        room.nursery.start_soon(room.keep_guessing, f"network {number}")
    for colleague in range(5):
        await trio.sleep(3.7)
        with trio.fail_after(PATIENCE):
            assert await room.judge("sesame", f"home {colleague}")


async def test_who_never_guessed_wrong_comes_before_networks_that_did(
    room: GuessedRoom, autojump_clock: MockClock
) -> None:
    """This holds although each of those networks guesses seldom."""
    for number in range(100):
        room.nursery.start_soon(room.keep_guessing, f"network {number}")
    await trio.sleep(20)
    with trio.fail_after(TURN + 2 * HASH_SECONDS):
        assert await room.judge("sesame", "home")


def test_networks_that_guess_are_remembered_up_to_a_number() -> None:
    turns = Turns(RoomLimits())
    for number in range(2 * MAX_NETWORKS):
        turns.wrong(f"network {number}", 0.0)
        turns.wrong("the same", 0.0)  # who guesses on is not forgotten for others
    assert len(turns._wrong) == MAX_NETWORKS
    assert turns.seconds_until("the same", 0.0) > turns.seconds_until("network 0", 0.0) == 0.0


async def test_a_room_looks_at_few_wrong_ones_a_minute(
    room: GuessedRoom, autojump_clock: MockClock
) -> None:
    """Holds as long as no more networks guess than have turns."""
    for number in range(3):
        for _ in range(20):
            room.nursery.start_soon(room.keep_guessing, f"network {number}")
    await trio.sleep(120)
    wrong = sum(right is False for _, right, _ in room.came)
    of_room = RoomLimits().wrong_passwords
    assert wrong <= of_room.at_once + 120 * of_room.per_second + 5


async def test_who_left_is_not_looked_at(
    room: GuessedRoom, autojump_clock: MockClock, hasher: Hasher
) -> None:
    async with trio.open_nursery() as leaving:
        for number in range(5):
            leaving.start_soon(room.judge, f"wrong {number}", "office")
        await trio.sleep(HASH_SECONDS / 2)
        leaving.cancel_scope.cancel()
    await trio.sleep(1)
    assert len(hasher.asked) == 1
    assert await room.judge("sesame", "office")


async def test_what_is_known_is_known_of_this_password_only(
    room: GuessedRoom, autojump_clock: MockClock, hasher: Hasher
) -> None:
    room.guesses.remember("sesame", KEPT)
    assert await room.judge("sesame", "office")
    assert await room.judge("sesamo", "office") is False
    assert hasher.asked == []
    room.kept = "hash of another"
    assert await room.judge("sesame", "office") is False
    assert await room.judge("another", "office")
    assert hasher.asked == ["sesame", "another"]
    room.kept = ""  # the host took it back
    assert await room.judge("whatever", "office")


async def test_nobody_waits_for_a_room_that_ended(
    nursery: trio.Nursery, autojump_clock: MockClock, hasher: Hasher
) -> None:
    async with trio.open_nursery() as running:
        room = GuessedRoom(running)
        nursery.start_soon(room.judge, "first", "office")
        nursery.start_soon(room.judge, "second", "office")
        await trio.sleep(HASH_SECONDS / 2)
        running.cancel_scope.cancel()
    await trio.sleep(0.1)
    assert [right for _, right, _ in room.came] == [None, None]
