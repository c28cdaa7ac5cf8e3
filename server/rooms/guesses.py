"""Guesses at a room's password: which is checked next, and how the right one is remembered.

Only wrong guesses are counted: for each network, and for the whole room. Beyond that networks take
turns. A right guess waits no longer than a turn takes, and nobody learns sooner that it is right.
"""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from collections.abc import Callable

import trio

from ..allowances import TokenBucket
from ..limits import Rate, RoomLimits
from .password import is_right

REMEMBERED = Rate(1 / 60, 100)
"""How long a wrong guess puts its network behind others: a minute each. Between two turns of a
hundred networks the share of one network has grown back."""
PATIENCE = 5.0
"""The most seconds that a guess waits for its turn."""
TURN = 3.0
"""Seconds after which a network gets a turn, however much the others guessed: a right password is
accepted within :data:`PATIENCE` also while many networks guess."""
MAX_NETWORKS = 5000


class Guess:
    """A guess at the password: its text, network and time, and its result."""

    def __init__(self, password: str, network: str, now: float) -> None:
        self.password = password
        self.network = network
        self.since = now
        self.kept = ""
        """The hash of the room's password with which the guess was compared."""
        self.right: bool | None = None
        self.settled = trio.Event()


class Turns:
    """Decides whose guess is checked next, and when. Times are monotonic, in seconds."""

    def __init__(self, limits: RoomLimits) -> None:
        self._of_network = limits.wrong_passwords_per_address
        self._waiting: dict[str, deque[Guess]] = {}  # networks, the next to have a turn first
        self._wrong: dict[str, _Wrong] = {}  # by network, the last to guess wrong last
        self._room = TokenBucket(*limits.wrong_passwords, 0.0)

    def add(self, guess: Guess) -> None:
        """Add a waiting guess."""
        self._waiting.setdefault(guess.network, deque()).append(guess)

    def remove(self, guess: Guess) -> None:
        """Remove a guess that waits no longer."""
        guesses = self._waiting.get(guess.network, deque())
        if guess in guesses:
            guesses.remove(guess)
        if not guesses:
            self._waiting.pop(guess.network, None)

    def next(self, now: float) -> Guess | float:
        """Remove and return the guess to check now, or return the time of the next one."""
        times = {network: self.due_at(network, now) for network in self._waiting}
        due = [network for network, at in times.items() if at <= now]
        if not due:
            return min(times.values(), default=float("inf"))
        # The network with the fewest wrong guesses is first; of equals the longest without a turn.
        network = min(
            due, key=lambda each: self._of(each).lately.seconds_until(REMEMBERED.at_once, now)
        )
        guesses = self._waiting.pop(network)
        guess = guesses.pop() if self._of(network).newest_next else guesses.popleft()
        if guesses:
            self._waiting[network] = guesses
        return guess

    def wrong(self, network: str, now: float) -> None:
        """Count a wrong guess; take the network's next one from the other end of its queue.

        So neither the guesses before a heap of wrong ones nor those after it wait for all of them.
        """
        self._room.take(1, now)
        wrong = self._wrong.pop(network, None) or _Wrong(self._of_network)
        wrong.count(now)
        if len(self._wrong) >= MAX_NETWORKS:
            del self._wrong[next(iter(self._wrong))]
        self._wrong[network] = wrong

    def seconds_until(self, network: str, now: float) -> float:
        """Return the seconds until one more guess of this network might be checked."""
        return self._of(network).allowed.seconds_until(1 + len(self._waiting.get(network, ())), now)

    def due_at(self, network: str, now: float) -> float:
        """Return when the first waiting guess of this network may be checked."""
        by_network = now + self._of(network).allowed.seconds_until(1, now)
        by_room = now + self._room.seconds_until(1, now)
        return max(by_network, min(by_room, self._waiting[network][0].since + TURN))

    def _of(self, network: str) -> _Wrong:
        return self._wrong.get(network) or _Wrong(self._of_network)


class _Wrong:
    """The wrong guesses of one network: what is left of its share, and how many were lately."""

    def __init__(self, share: Rate) -> None:
        self.allowed = TokenBucket(*share, 0.0)
        self.lately = TokenBucket(*REMEMBERED, 0.0)
        self.newest_next = False
        """Whether of those who wait there the newest is next, not the oldest."""

    def count(self, now: float) -> None:
        self.allowed.take(1, now)
        self.lately.take(1, now)
        self.newest_next = not self.newest_next


class Guesses:
    """The guesses at the password of one ``room``.

    ``kept`` gives the password's hash, empty if there is no password. :meth:`run` checks one guess
    after the other, so that each is counted before the next.
    """

    def __init__(
        self, kept: Callable[[], str], room: str = "", limits: RoomLimits | None = None
    ) -> None:
        self._kept = kept
        self._room = room
        self._turns = Turns(limits or RoomLimits())
        self._sooner = trio.Event()
        self._wakes_at = float("inf")
        self._secret = secrets.token_bytes(32)
        self._known: tuple[str, bytes] = ("", b"")

    async def run(self) -> None:
        """Check guesses until cancelled; those that still wait then get no result."""
        try:
            while True:
                guess = self._turns.next(trio.current_time())
                if isinstance(guess, Guess):
                    await self._look_at(guess)
                    continue
                self._sooner, self._wakes_at = trio.Event(), guess
                with trio.move_on_at(guess):
                    await self._sooner.wait()
        finally:
            while isinstance(left := self._turns.next(float("inf")), Guess):
                left.settled.set()

    async def judge(self, password: str, network: str) -> Guess | float:
        """Return the checked guess, or the seconds after which to try again.

        A caller that is cancelled before its turn has given up the guess, and costs no hash.
        """
        now = trio.current_time()
        guess = Guess(password, network, now)
        self._turns.add(guess)
        if self._turns.due_at(network, now) < self._wakes_at:
            self._sooner.set()
        try:
            with trio.move_on_after(PATIENCE):
                await guess.settled.wait()
        finally:
            self._turns.remove(guess)
        if guess.settled.is_set():
            return guess
        return max(1.0, self._turns.seconds_until(network, trio.current_time()))

    def remember(self, password: str, kept: str) -> None:
        """Remember the right password for this hash, so that no other guess takes the slow hash."""
        self._known = kept, self._digest(password)

    async def _look_at(self, guess: Guess) -> None:
        guess.kept = self._kept()
        try:
            guess.right = await self._is_right(guess) if guess.kept else True
            if not guess.right:
                self._turns.wrong(guess.network, trio.current_time())
        finally:
            guess.settled.set()

    async def _is_right(self, guess: Guess) -> bool:
        known, digest = self._known
        if known == guess.kept:
            return hmac.compare_digest(self._digest(guess.password), digest)
        right = await is_right(guess.password, guess.kept, guess.network, self._room)
        if right:
            self.remember(guess.password, guess.kept)
        return right

    def _digest(self, password: str) -> bytes:
        """Return a keyed hash of a password for memory; the key is gone with the process."""
        return hmac.digest(self._secret, password.encode(), "sha256")
