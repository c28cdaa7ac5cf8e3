"""A moderator who acts about people of a room that spans servers, and looks for it afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.moderation_log import LogEntry

from .report import Figures, NotMeasured
from .spanning_people import SpanningPerson

PAUSE = 0.25
"""Seconds from an answer to the next act."""
SPARE_SECONDS = 15
"""In which people are acted about after what was asked for, until all is well again."""
ACTS: tuple[tuple[str, type[c.MakeCohost | c.Silence | c.Ban]], ...] = (
    ("make_cohost", c.MakeCohost),
    ("silence", c.Silence),
    ("ban", c.Ban),
)
"""What is done about each person, one after the other: names of the log, and commands."""


class GivenAct(NamedTuple):
    """One act: what it was, about whom, and when and how it was answered; "" if it was not."""

    action: str
    key: str
    at: float
    code: str


class ModeratedPeople:
    """The people about whom a host acts, one after the other."""

    def __init__(self, host: SpanningPerson, people: Sequence[SpanningPerson]) -> None:
        self.acts: list[GivenAct] = []
        self._host = host
        self._people = people
        self._stop = trio.Event()
        self._ended = trio.Event()
        self._acted = trio.Event()

    @staticmethod
    def needed(seconds: float) -> int:
        """Return how many people are needed for so many seconds."""
        return round((seconds + SPARE_SECONDS) / PAUSE / len(ACTS))

    async def act(self) -> None:
        """Act until told to finish."""
        for each in self._people:
            assert each.joined is not None
            key = each.joined.view.people[each.joined.view.me].key
            for action, command in ACTS:
                if self._stop.is_set():
                    break
                answer = await self._host.ask(command(id=each.id))
                code = "" if answer is None else "done"
                if isinstance(answer, e.Refused):
                    code = answer.code
                self.acts.append(GivenAct(action, key, trio.current_time(), code))
                acted, self._acted = self._acted, trio.Event()
                acted.set()
                with trio.move_on_after(PAUSE):
                    await self._stop.wait()
        self._ended.set()

    def first_acknowledged_after(self, when: float) -> float | None:
        """Return when an act was acknowledged first after this time."""
        return next((each.at for each in self.acts if each.code == "done" and each.at > when), None)

    async def acknowledged_after(self, when: float) -> None:
        """Wait until an act is acknowledged after this time."""
        while self.first_acknowledged_after(when) is None:
            await self._acted.wait()

    async def finish(self) -> Figures:
        """Act no more, and return what the room keeps of what was acknowledged."""
        self._stop.set()
        await self._ended.wait()
        logged = Counter(
            (each.action, each.target.key) for each in await self._log() if each.target is not None
        )
        names = [name for name, _ in ACTS]
        codes = Counter(each.code for each in self.acts)
        banned = await self._banned()
        done = [each for each in self.acts if each.code == "done"]
        return {
            "acts": float(len(self.acts)),
            "acknowledged": float(codes["done"]),
            "unanswered": float(codes[""]),
            "lost": float(sum(not logged[each.action, each.key] for each in done)),
            "bans_lost": float(
                sum(each.action == "ban" and each.key not in banned for each in done)
            ),
            "doubled": float(
                sum(n - 1 for (name, _), n in logged.items() if name in names and n > 1)
            ),
        }

    async def _log(self) -> list[LogEntry]:
        found: list[LogEntry] = []
        while True:
            page = await self._host.ask(c.ReadLog(after=len(found)), e.LogPage)
            if not isinstance(page, e.LogPage):
                raise NotMeasured(f"no log: {page}")
            found += page.entries
            if not page.more:
                return found

    async def _banned(self) -> set[str]:
        found: set[str] = set()
        while True:
            page = await self._host.ask(c.ListBans(offset=len(found)), e.BanList)
            if not isinstance(page, e.BanList):
                raise NotMeasured(f"no list of bans: {page}")
            found |= {each.key for each in page.bans}
            if not page.bans or len(found) >= page.total:
                return found
