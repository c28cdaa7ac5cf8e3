"""A moderator who acts without end, and knows what the server said of each act."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from roomcli.protocol.audio import KIND_CONTROL

from .hostile import Flood, HostileClient, acknowledge
from .report import Figures, NotMeasured, rounded

PAUSE = 0.5
"""Seconds between two acts."""
DONE, HELD = "done", "failed"
"""What is said of an act that is on disk, and of one that holds but was not on disk in time."""
NAMES = ("lock", "unlock")
"""The acts, in turn; each that changes something is one entry of the moderation log."""


@dataclass
class ActRecord:
    """When each act was given, and by its number when it was answered, and what."""

    given: list[float] = field(default_factory=list)
    answers: dict[int, tuple[float, str]] = field(default_factory=dict)

    def acknowledged_after(self, when: float) -> float | None:
        """Return when an act was acknowledged first after this time."""
        times = (at for at, code in self.answers.values() if code == DONE and at > when)
        return min(times, default=None)

    def answers_since(self, first: int) -> Figures:
        """Return how the acts from this number on were answered until now."""
        found = {each: answer for each, answer in self.answers.items() if each >= first}
        codes = [code for _, code in found.values()]
        waits = [at - self.given[each] for each, (at, _) in found.items()]
        return {
            "acts": float(len(found)),
            "acknowledged": float(codes.count(DONE)),
            "held": float(codes.count(HELD)),
            "longest_answer_s": rounded(max(waits, default=None)),
        }

    def compared_with(self, logged: Sequence[str]) -> Figures:
        """Compare all acts with the entries of a log."""
        expected: list[tuple[str, str]] = []
        for number in range(len(self.given)):
            what, (_, code) = NAMES[number % 2], self.answers[number]
            changes = what != (expected[-1][0] if expected else "unlock")
            if code in (DONE, HELD) and changes:
                expected.append((what, code))
        missing = [code for _, code in expected[len(logged) :]]
        again = sum(one == next for one, next in itertools.pairwise(logged))
        codes = [code for _, code in self.answers.values()]
        return {
            "acts": float(len(self.given)),
            "acknowledged": float(codes.count(DONE)),
            "lost": float(missing.count(DONE)),
            "held_lost": float(missing.count(HELD)),
            "doubled": float(max(again, len(logged) - len(expected), 0)),
        }


class ActingModerator:
    """Locks and unlocks a room in turn."""

    def __init__(self, peer: HostileClient) -> None:
        self.record = ActRecord()
        self._peer = peer
        self._stop = trio.Event()
        self._answered = trio.Event()

    async def act(self) -> None:
        """Act until told to finish."""
        while not self._stop.is_set():
            ref = len(self.record.given) + 1
            self.record.given.append(trio.current_time())
            await self._peer.send_command(c.Lock(ref=ref) if ref % 2 else c.Unlock(ref=ref))
            with trio.move_on_after(PAUSE):
                await self._stop.wait()

    async def hear(self) -> None:
        """Take down the answers."""
        while True:
            message = await self._peer.message()
            if message[0] != KIND_CONTROL:
                continue
            event = codec.decode_from_server(message)
            if isinstance(event, e.Done | e.Refused) and event.ref is not None:
                code = event.code if isinstance(event, e.Refused) else DONE
                self.record.answers[event.ref - 1] = (trio.current_time(), code)
                answered, self._answered = self._answered, trio.Event()
                answered.set()

    async def acknowledged_after(self, when: float) -> float:
        """Wait until an act is acknowledged after this time, and return when."""
        while (at := self.record.acknowledged_after(when)) is None:
            await self._answered.wait()
        return at

    async def finish(self) -> None:
        """Act no more, and wait until all acts are answered."""
        self._stop.set()
        while len(self.record.answers) < len(self.record.given):
            await self._answered.wait()


@contextlib.asynccontextmanager
async def acting(address: Address) -> AsyncIterator[ActingModerator]:
    """Let a moderator open a room and act in it until the block ends, and all is answered."""
    peer = await Flood(address).upgraded("127.0.0.1")
    async with peer.stream, trio.open_nursery() as nursery:
        key = Ed25519PrivateKey.generate()
        answer = await peer.enter(address, key, name="Moderator", intent="host")
        if not isinstance(answer, e.Joined):
            raise NotMeasured(f"refused: {answer.text}")
        moderator = ActingModerator(peer)
        nursery.start_soon(acknowledge, peer)
        nursery.start_soon(moderator.hear)
        nursery.start_soon(moderator.act)
        yield moderator
        await moderator.finish()
        nursery.cancel_scope.cancel()
