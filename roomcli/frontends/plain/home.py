"""Home in lines: what goes on at a server in headed sentences, and then what changes.

Made for screen readers and pipes, as the plain room is. A typed line is a search, or begins with a
slash.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path

from ...errors import CommandRefused, ConnectionFailed
from ...protocol import commands as c
from ...protocol import events as e
from ...protocol import local
from ...protocol.finding import MAX_SEARCH
from ...signals import heeded
from ..desk_questions import AskDesk, SignOnHere, nobody_signs_on
from ..engine_process import EngineProcess
from ..grammar.slash import parse
from ..model.home_sections import HomeFacts, HomeRow, LiveRoomRow, PlannedRow
from ..model.open_rooms import HomeServer, RoomsNews
from ..model.room_model import RoomModel
from ..outcome import INTERRUPTED, Outcome
from ..shared_engine import SharedEngine
from ..words.badge_words import claim_line
from ..words.calendar_words import calendar_lines
from ..words.community_words import answer_lines
from ..words.happenings import Moment, describe
from ..words.home_words import home_lines, row_sentence
from ..words.profile_words import person_lines
from .program import Output, typed_lines

HELP = (
    "/enter ROOM goes into a room",
    "/home reads all of this again",
    "/show_event ID, /answer_event ID yes, /show_community ID and the other commands of events, "
    "communities and profiles work here too",
    "Anything else is searched for: rooms, events, communities and people",
    "/quit ends",
)


class PlainHome:
    """Home in lines; ``ask`` has the server answer, ``say`` prints, ``leave`` is told what next.

    ``leave`` gets the name of a room to enter, or nothing. ``sign_on`` begins a sign-on by a
    browser here.
    """

    def __init__(
        self,
        ask: AskDesk,
        say: Callable[[str], None],
        leave: Callable[[str], None],
        sign_on: SignOnHere = nobody_signs_on,
    ) -> None:
        self._ask_desk = ask
        self._sign_on = sign_on
        self._say = say
        self._leave = leave
        self._facts = HomeFacts()
        self._was_read = False
        self._trouble = ""

    def hear_news(self, news: RoomsNews) -> None:
        """Read everything once the server has told it, and then what changes."""
        if isinstance(news, ConnectionFailed | CommandRefused):
            if str(news) != self._trouble:
                self._say(f"{str(news)[:1].upper()}{str(news)[1:]}")
            self._trouble = str(news)
            return
        before, self._trouble = self._facts, ""
        self._facts = before.after(news)
        if self._was_read:
            self._say_each(changes(before, self._facts, time.time()))
        elif isinstance(news, e.HomeShown):
            self._was_read = True
            self.read_all()

    def hear(self, news: e.DeskMessage | local.Problem) -> None:
        """Say news for the person, as a reminder, or that something is proven of them."""
        happening = describe(news, None, None, Moment())
        if happening is not None and (happening.weight == "loud" or isinstance(news, e.ClaimEvent)):
            self._say(happening.text)

    def read_all(self) -> None:
        """Say what goes on, and what can be typed."""
        now = time.time()
        self._say_each(home_lines(self._facts.sections(now), now))
        self._say("A line is searched for; /enter ROOM goes in, /help says more")

    async def obey(self, line: str) -> None:
        """Do what a typed line asks for."""
        name, _, rest = line.strip().partition(" ")
        match name:
            case "":
                return
            case "/help" | "/?":
                self._say_each(HELP)
            case "/home" | "/show_home":
                self.read_all()
            case "/quit" | "/leave":
                self._leave("")
            case "/enter" | "/join" if rest:
                self._leave(rest.strip())
            case _ if name.startswith("/"):
                await self._obey_command(line.strip())
            case _:
                await self._answer_command(c.Search(text=line.strip()[:MAX_SEARCH]))

    async def _obey_command(self, line: str) -> None:
        command = parse(line, RoomModel())
        if isinstance(command, c.DeskCommand):
            await self._answer_command(command)
        elif isinstance(command, local.SignOnByBrowser):
            await self._open_sign_on(command.issuer)
        else:
            self._say(command if isinstance(command, str) else "That is for a room: /enter ROOM")

    async def _answer_command(self, command: c.DeskCommand) -> None:
        try:
            answers = await self._ask_desk(command)
        except (CommandRefused, ConnectionFailed) as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}")
            return
        lines = [line for answer in answers for line in self._lines_of(answer)]
        self._say_each(lines or ["Done"])

    async def _open_sign_on(self, issuer: str) -> None:
        try:
            self._say(f"Open this in a browser on this machine: {await self._sign_on(issuer)}")
        except (CommandRefused, ConnectionFailed) as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}")

    def _lines_of(self, answer: e.DeskEvent) -> Iterable[str]:
        if isinstance(answer, e.ClaimEvent):
            return [claim_line(answer, time.time())]
        match answer:
            case e.SearchResults(text=text):
                found = HomeFacts(typed=text, found=answer)
                sections = found.sections(time.time())
                return home_lines(sections, time.time()) if sections else [f"Nothing fits {text}"]
            case e.ProfileShown():
                return person_lines(answer, time.time())
            case (
                e.CommunitiesListed() | e.CommunityShown() | e.CommunityPeople() | e.CommunityLog()
            ):
                return answer_lines(answer)
        return calendar_lines(answer)

    def _say_each(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._say(line)


def changes(before: HomeFacts, after: HomeFacts, now: float) -> Iterator[str]:
    """Yield what is new at home, and which rooms have closed."""
    old, new = _rows_by_key(before, now), _rows_by_key(after, now)
    for key, row in new.items():
        was = old.get(key)
        match row:
            case LiveRoomRow(room, followed, _):
                if was is None:
                    yield f"Open now: {row_sentence(row, now)}"
                elif isinstance(was, LiveRoomRow):
                    for name in followed:
                        if name not in was.followed:
                            yield f"{name} is on stage in {room.name}"
            case PlannedRow() if was is None:
                yield f"Planned: {row_sentence(row, now)}"
    for key, row in old.items():
        if key not in new and isinstance(row, LiveRoomRow):
            yield f"Room {row.room.name} is closed"


def _rows_by_key(facts: HomeFacts, now: float) -> dict[str, HomeRow]:
    return {row.key: row for section in facts.sections(now) for row in section.rows}


def run_plain_home(enter: local.Enter, home: HomeServer, *, log: Path) -> Outcome | str:
    """Be at home until the user goes into a room, and return its name; or how it ended."""
    try:
        return asyncio.run(_run(enter, home, log))
    except KeyboardInterrupt:
        return Outcome(INTERRUPTED)


async def _run(enter: local.Enter, home: HomeServer, log: Path) -> Outcome | str:
    shared = SharedEngine(partial(EngineProcess, log=log))
    output, loop = Output(), asyncio.get_running_loop()
    ended: asyncio.Future[Outcome | str] = loop.create_future()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def leave(room: str) -> None:
        if not ended.done():
            ended.set_result(room or Outcome(0))

    plain = PlainHome(shared.ask, output.say, leave, shared.sign_on)
    shared.hear_at_home = plain.hear
    output.on_end = partial(leave, "")
    for number in heeded((signal.SIGTERM, signal.SIGHUP, signal.SIGINT)):
        loop.add_signal_handler(number, partial(_conclude_with, ended, Outcome(INTERRUPTED)))
    server = local.ConnectServer(
        url=home.url, name=enter.name, headline=enter.headline, keeps_name=enter.keeps_name
    )
    async with typed_lines(output, lines.put_nowait, partial(lines.put_nowait, None)):
        tasks = [
            asyncio.create_task(_follow(shared, server, plain)),
            asyncio.create_task(_obey_lines(lines, plain, leave)),
        ]
        try:
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait({ended, *tasks}, return_when=first)  # type: ignore[type-var]
            for task in tasks:
                if task.done():
                    task.result()
            return await ended
        finally:
            for task in tasks:
                task.cancel()
            await shared.close()


def _conclude_with(ended: asyncio.Future[Outcome | str], outcome: Outcome) -> None:
    if not ended.done():
        ended.set_result(outcome)


async def _follow(shared: SharedEngine, server: local.ConnectServer, plain: PlainHome) -> None:
    async with aclosing(shared.rooms(server)) as news:
        async for each in news:
            plain.hear_news(each)


async def _obey_lines(
    lines: asyncio.Queue[str | None], plain: PlainHome, leave: Callable[[str], None]
) -> None:
    while (line := await lines.get()) is not None:
        await plain.obey(line)
    leave("")
