"""Who hears those who are on air: how many, how late, and who has trouble.

What is known comes from acknowledgements, which come twice a second in any case: nothing is done
for a voice frame. It is told to those on air alone, every two seconds at most and only if it has
changed, and is as long in a room of three thousand as in one of ten.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

import trio
from msgspec.structs import replace

from roomcli.protocol import codec
from roomcli.protocol import events as e
from roomcli.protocol.people import HearerInTrouble, Person
from roomcli.wire.frames import server_frame

from .fanout import SLICE
from .visitor import RoomVisitor

SECONDS = 2.0
"""Seconds between two times that it is told."""
MOST_NAMED = 5
"""How many who have trouble are named; of the others it is told how many there are."""
LATE_MS = 400
"""Delay in one direction with which people can no longer talk (ITU-T G.114)."""
MISSED = 5
"""Bundles (100 ms of a voice) missed in two seconds that are trouble."""
HOLDS = 10.0
"""Seconds for which who missed some still counts as in trouble."""
STEP_MS = 20
"""Changes of the longest delay by less are no news."""

Trouble = Literal["behind", "deaf", "late"]


class Hearer(NamedTuple):
    """What is known of one listener.

    ``delay_ms`` is from the server to the ear; ``missed`` bundles were not sent to them, in all;
    ``deaf`` is one who plays nothing.
    """

    id: str
    delay_ms: int
    missed: int
    deaf: bool = False


class Hearers:
    """How well all in a room hear. Pure: time is an argument, in seconds."""

    def __init__(self) -> None:
        self._missed: dict[str, int] = {}
        self._missed_at: dict[str, float] = {}
        self._troubles: dict[str, tuple[Trouble, int]] = {}
        self._hearing: set[str] = set()
        self._slowest: list[tuple[int, str]] = []

    def survey(self, hearers: Iterable[Hearer], now: float) -> None:
        """Take what is known of everybody at this moment."""
        before, self._missed = self._missed, {}
        missed_at, self._missed_at = self._missed_at, {}
        self._troubles = {}
        delays: list[tuple[int, str]] = []
        for id, delay, missed, deaf in hearers:
            self._missed[id] = missed
            at = now if missed - before.get(id, missed) >= MISSED else missed_at.get(id)
            if at is not None and now - at < HOLDS:
                self._missed_at[id] = at
                self._troubles[id] = "behind", delay
            elif deaf:
                self._troubles[id] = "deaf", 0
            else:
                delays.append((delay, id))
                if delay >= LATE_MS:
                    self._troubles[id] = "late", delay
        self._slowest = heapq.nlargest(2, delays)
        self._hearing = {id for _, id in delays}

    def told_to(self, speaker: str, own_way_ms: int) -> e.HeardBy:
        """Return who hears this speaker, whose voice takes so long to the server; without people.

        ``trouble`` has the seats, those who miss words first.
        """
        worst = max((delay for delay, id in self._slowest if id != speaker), default=None)
        others = ((id, *each) for id, each in self._troubles.items() if id != speaker)
        named = heapq.nsmallest(MOST_NAMED, others, key=_urgency)
        return e.HeardBy(
            listeners=len(self._missed) - (speaker in self._missed),
            hearing=len(self._hearing) - (speaker in self._hearing),
            worst_ms=0 if worst is None else worst + own_way_ms,
            troubled=len(self._troubles) - (speaker in self._troubles),
            trouble=tuple(
                HearerInTrouble(id=id, person="", why=why, delay_ms=delay)
                for id, why, delay in named
            ),
        )


def _urgency(trouble: tuple[str, Trouble, int]) -> tuple[int, int]:
    _, why, delay = trouble
    return ("behind", "late", "deaf").index(why), -delay


def is_news(before: e.HeardBy, after: e.HeardBy) -> bool:
    """Whether it is worth telling that it is no longer as before."""
    if abs(after.worst_ms - before.worst_ms) >= STEP_MS:
        return True
    told = replace(before, worst_ms=0, trouble=(), people={})
    if told != replace(after, worst_ms=0, trouble=(), people={}):
        return True
    return [(x.id, x.why) for x in before.trouble] != [(x.id, x.why) for x in after.trouble]


class HearersWatch:
    """Tells those on air who hears them, while there is somebody on air.

    ``on_air`` gives their seats, ``person_in`` the person in a seat, ``send`` sends a frame.
    """

    def __init__(
        self,
        visitors: Mapping[str, RoomVisitor],
        on_air: Callable[[], list[str]],
        person_in: Callable[[str], Person | None],
        send: Callable[[bytes, RoomVisitor], None],
    ) -> None:
        self._visitors = visitors
        self._on_air = on_air
        self._person_in = person_in
        self._send = send
        self._hearers = Hearers()
        self._told: dict[str, e.HeardBy] = {}
        self._some = trio.Event()

    def note_stage(self) -> None:
        """Note that something in the room has changed: somebody may be on air now."""
        if not self._some.is_set() and self._on_air():
            self._some.set()

    async def run(self) -> None:
        """Tell it until cancelled."""
        while True:
            await self._some.wait()
            await trio.sleep(SECONDS)
            hearers: list[Hearer] = []
            for number, peer in enumerate(tuple(self._visitors.values()), 1):
                hearers.append(Hearer(peer.id, peer.delay_ms, peer.voice_skipped, peer.is_deaf))
                if number % SLICE == 0:
                    await trio.lowlevel.checkpoint()
            self._hearers.survey(hearers, trio.current_time())
            self._tell_those_on_air()

    def _tell_those_on_air(self) -> None:
        on_air = self._on_air()
        if not on_air:
            self._some = trio.Event()
        told, self._told = self._told, {}
        for id in on_air:
            peer = self._visitors.get(id)
            if peer is None:
                continue
            news = self._hearers.told_to(id, peer.way_ms)
            before = told.get(id)
            self._told[id] = before or news
            if before is None or is_news(before, news):
                self._told[id] = news
                self._send(server_frame(codec.encode(self._with_people(news))), peer)

    def _with_people(self, news: e.HeardBy) -> e.HeardBy:
        people: dict[str, Person] = {}
        trouble: list[HearerInTrouble] = []
        for each in news.trouble:
            if (person := self._person_in(each.id)) is not None:
                people[person.id] = person
                trouble.append(replace(each, person=person.id))
        return replace(news, trouble=tuple(trouble), people=people)
