"""The answers of a room to the commands of the last minute: given again, a command is done once.

Whoever did not hear the answer gives the command again under the same ``ref``. Time is in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

KEEP_ANSWER = 60.0
"""Seconds for which an answer is kept."""
PER_PERSON = 64
"""The most answers to one person; beyond that their oldest goes."""
MOST_OF_MODERATORS = 512
"""The most answers to moderators in a room; beyond that the oldest goes."""
MOST_OF_OTHERS = 1024
"""The most answers to all others: so many of them push out no answer to a moderator."""


class KeptAnswer(Struct, frozen=True, array_like=True):
    """A command that was carried out: whose, by their key, under which ``ref``, and its name.

    ``invite`` is the id of the invite that it made, empty if it made none: the invite itself is a
    secret, and made anew for whoever may still have it.
    """

    key: str
    ref: int
    command: str
    invite: str = ""
    by_moderator: bool = False


class Earlier(NamedTuple):
    """What is known of a command that was carried out: what it made, and what to wait for."""

    invite: str
    transaction: int


class _Kept(NamedTuple):
    answer: KeptAnswer
    transaction: int
    at: float


_Name = tuple[str, int, str]


class _Answers:
    """Up to ``most`` answers, the oldest first."""

    def __init__(self, most: int, since: float) -> None:
        self.since = since
        """When the first command was given of which all are known from then on."""
        self._most = most
        self._kept: dict[_Name, _Kept] = {}

    @property
    def is_full(self) -> bool:
        return len(self._kept) >= self._most

    def find_earlier(self, name: _Name, now: float) -> _Kept | None:
        kept = self._kept.get(name)
        return kept if kept is not None and now - kept.at < KEEP_ANSWER else None

    def note_answer(self, kept: _Kept) -> None:
        self._forget_old(kept.at)
        key = kept.answer.key
        theirs = [name for name in self._kept if name[0] == key]
        if len(theirs) >= PER_PERSON:  # they harm themselves alone
            del self._kept[theirs[0]]
        elif len(self._kept) >= self._most:
            oldest = next(iter(self._kept))
            self.since = max(self.since, self._kept.pop(oldest).at)
        self._kept[_name_of(kept.answer)] = kept

    def all(self, now: float) -> list[KeptAnswer]:
        self._forget_old(now)
        return [kept.answer for kept in self._kept.values()]

    def _forget_old(self, now: float) -> None:
        while self._kept:
            oldest = next(iter(self._kept))
            if now - self._kept[oldest].at < KEEP_ANSWER:
                return
            del self._kept[oldest]


class AnsweredCommands:
    """The commands that were carried out in one room, from ``now`` on."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._promoted_at = -math.inf
        self._of_moderators = _Answers(MOST_OF_MODERATORS, now)
        self._of_others = _Answers(MOST_OF_OTHERS, now)

    def find_earlier(self, key: str, ref: int, command: str, now: float) -> Earlier | None:
        """Return what is known of a command that this person gave before, or None."""
        name = key, ref, command
        kept = self._of_moderators.find_earlier(name, now) or self._of_others.find_earlier(
            name, now
        )
        return None if kept is None else Earlier(kept.answer.invite, kept.transaction)

    def note_answer(self, answer: KeptAnswer, transaction: int, now: float) -> None:
        """Keep an answer, which is to be given once the transaction is kept, at once if it is 0."""
        self._those(by_moderator=answer.by_moderator).note_answer(_Kept(answer, transaction, now))

    def note_promotion(self, now: float) -> None:
        """Note that somebody is a moderator from now on: what they gave before is with others'."""
        self._promoted_at = now

    def remembers(self, now: float, *, by_moderator: bool) -> float:
        """Return for how many seconds back all commands are known of somebody who stands so high.

        Some of theirs may be from when they stood higher, or lower.
        """
        since = self._of_moderators.since
        if not by_moderator or now - self._promoted_at < KEEP_ANSWER:
            since = max(since, self._of_others.since)
        return min(KEEP_ANSWER, max(0.0, now - since))

    def all(self, now: float) -> tuple[KeptAnswer, ...]:
        """Return the answers as whoever has the room next needs them, the oldest first."""
        return (*self._of_moderators.all(now), *self._of_others.all(now))

    @property
    def known_since(self) -> float:
        """When the first command was given of which all are known but those pushed out."""
        return self._since

    def take_over(self, answers: Iterable[KeptAnswer], known_for: float, now: float) -> None:
        """Keep the answers of whoever had the room before, who knew all so many seconds back."""
        self._since = now - known_for
        for answer in answers:
            self.note_answer(answer, 0, now)
        for each in (self._of_moderators, self._of_others):
            each.since = now if each.is_full else self._since  # more of them may be pushed out

    def _those(self, *, by_moderator: bool) -> _Answers:
        return self._of_moderators if by_moderator else self._of_others


def _name_of(answer: KeptAnswer) -> _Name:
    return answer.key, answer.ref, answer.command
