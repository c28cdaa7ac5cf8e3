"""Home in lines: what goes on at servers in headed sentences, and then what changes.

Made for screen readers and pipes, as the plain room is. A typed line is a search, or begins with a
slash.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ...errors import CommandRefused, ConnectionFailed, RoomcliError
from ...protocol import commands as c
from ...protocol import events as e
from ...protocol import local
from ...protocol.finding import MAX_SEARCH
from ..desk_questions import AskServer, SignOnHere, nobody_signs_on
from ..grammar.completions import completions
from ..grammar.slash import parse
from ..model.home_sections import HomeFacts, HomeRow, LiveRoomRow, PlannedRow
from ..model.open_rooms import HomeServer, HomeServers, RoomsNews, Unreached, server_name
from ..model.room_model import RoomModel
from ..model.shown_servers import ShownServers
from ..words.badge_words import claim_line
from ..words.calendar_words import calendar_lines
from ..words.community_words import answer_lines
from ..words.happenings import Moment, describe
from ..words.home_words import home_lines, row_sentence, state_words
from ..words.profile_words import person_lines

HINT = "A line is searched for; /enter ROOM goes in, /help says more"
HELP = (
    "/enter ROOM goes into a room, /enter ROOM SERVER into the one of that server",
    "/home reads all of this again, /servers says how each server is reached",
    "/at SERVER has what you type go to that server, /at SERVER COMMAND only this",
    "/add_server URL and /forget_server SERVER: a server is named by its address or a part of it",
    "/show_event ID, /answer_event ID yes, /show_community ID and the other commands of events, "
    "communities and profiles work here too",
    "Anything else is searched for: rooms, events, communities and people",
    "/quit ends",
)


COMMANDS = (
    "/enter ",
    "/home",
    "/servers",
    "/at ",
    "/add_server ",
    "/forget_server ",
    "/help",
    "/quit",
)
"""Commands that home answers itself."""


class Entering(NamedTuple):
    """A room of one of the servers, to enter next."""

    server: HomeServer
    room: str


class PlainHome:
    """Home in lines; ``ask`` has a server answer, ``say`` prints, ``leave`` is told what next.

    ``leave`` gets the room to enter, or None. ``follow`` is told of a server whose news are wanted
    too, ``unfollow`` of one whose are not any more; ``kept`` keeps them for the next time. Whatever
    is said is of the only server, or begins with the server's name. ``sign_on``
    begins a sign-on by a browser here.
    """

    def __init__(
        self,
        servers: Sequence[HomeServer],
        ask: AskServer,
        say: Callable[[str], None],
        leave: Callable[[Entering | None], None],
        *,
        sign_on: SignOnHere = nobody_signs_on,
        kept: HomeServers | None = None,
        follow: Callable[[HomeServer], None] = lambda server: None,
        unfollow: Callable[[HomeServer], None] = lambda server: None,
    ) -> None:
        self._shown = ShownServers(servers, kept)
        self._ask_server = ask
        self._sign_on = sign_on
        self._say = say
        self._leave = leave
        self._follow = follow
        self._unfollow = unfollow
        self._read: set[str] = set()
        self._trouble: dict[str, str] = {}

    @property
    def servers(self) -> tuple[HomeServer, ...]:
        """The servers that are shown."""
        return self._shown.all

    @property
    def _here(self) -> str:
        """The server to which goes what is typed, by its name."""
        return self._shown.meant.name if self._shown.meant is not None else ""

    def hear_news(self, name: str, news: RoomsNews) -> None:
        """Read everything of a server once it has told it, and then what changes."""
        before = self._shown.facts_of(name)
        after = self._shown.hear_news(name, news, time.monotonic())
        if before is None or after is None:
            return
        trouble = self._trouble.get(name, "")
        if isinstance(news, Unreached | CommandRefused):
            why = news.why if isinstance(news, Unreached) else str(news)
            if why != trouble:
                self._say_of(name, state_words(after.row))
            self._trouble[name] = why
            return
        self._trouble[name] = ""
        if name in self._read:
            if trouble:
                self._say_of(name, "reached again")
            for line in changes(before, after, time.time()):
                self._say_of(name, line)
        elif isinstance(news, e.HomeShown):
            is_first = not self._read
            self._read.add(name)
            self._read_homes([after])
            if is_first:
                self._say(HINT)

    def hear(self, news: e.DeskMessage | local.Problem, name: str = "") -> None:
        """Say news for the person, as a reminder, or that something is proven of them."""
        happening = describe(news, None, None, Moment())
        if happening is not None and (happening.weight == "loud" or isinstance(news, e.ClaimEvent)):
            self._say_of(name, happening.text)

    def read_all(self) -> None:
        """Say what goes on, and what can be typed."""
        self._read_homes(self._shown.facts)
        self._say(HINT)

    def _read_homes(self, homes: Sequence[HomeFacts]) -> None:
        now = time.time()
        if len(self._shown) == 1:
            self._say_each(home_lines(homes[0].sections(now), now))
            return
        for home in homes:
            self._say(row_sentence(home.row, now))
            if home.is_told:
                self._say_each(home_lines(home.sections(now), now))

    def _say_of(self, name: str, line: str) -> None:
        """Say a line about a server, whose name it begins with where there are several."""
        if name and len(self._shown) > 1:
            self._say(f"{name}: {line}")
        else:
            self._say(f"{line[:1].upper()}{line[1:]}")

    async def obey(self, line: str) -> None:
        """Do what a typed line asks for."""
        await self._obey_at(self._here, line.strip())

    def completions(self, begun: str) -> list[str]:
        """Return the lines that a begun line may become: a command, a room, a server."""
        if not begun.startswith("/"):
            return []
        rooms = (room.name for facts in self._shown.facts for room in facts.rooms)
        lines = [*COMMANDS, *(f"/enter {room}" for room in dict.fromkeys(rooms))]
        for verb in ("/at", "/forget_server"):
            lines += [f"{verb} {server.name}" for server in self.servers]
        own = [line for line in lines if line.startswith(begun) and line != begun]
        return own + [each for each in completions(begun, RoomModel()) if each not in own]

    async def _obey_at(self, server: str, line: str) -> None:
        name, _, rest = line.partition(" ")
        rest = rest.strip()
        match name:
            case "":
                return
            case "/help" | "/?":
                self._say_each(HELP)
            case "/home" | "/show_home":
                self.read_all()
            case "/servers":
                self._say_each(row_sentence(each.row, 0.0) for each in self._shown.facts)
            case "/quit" | "/leave":
                self._leave(None)
            case "/enter" | "/join" if rest:
                self._enter_room(*rest.split(None, 1))
            case "/at" if rest:
                await self._turn_to(*rest.split(None, 1))
            case "/add_server" if rest:
                self._add_server(rest)
            case "/forget_server" if rest:
                self._forget_server(rest)
            case _ if name.startswith("/"):
                await self._obey_command(server, line)
            case _:
                await self._search(line[:MAX_SEARCH])

    def _server_meant(self, text: str) -> HomeServer | None:
        """Return the server that is meant; say so if it is not clear which."""
        exact = self._shown.find_server(server_name(text))
        found = [exact] if exact else [each for each in self.servers if text in each.name]
        if len(found) != 1:
            said = "No server" if not found else "More than one server"
            self._say(f"{said} here is named so: {', '.join(each.name for each in self.servers)}")
            return None
        return found[0]

    def _enter_room(self, room: str, named: str = "") -> None:
        """Enter a room of the server that is named, else of the one that has it."""
        if named:
            server = self._server_meant(named.strip())
        else:
            told = zip(self.servers, self._shown.facts, strict=True)
            has = [each for each, facts in told if any(known.name == room for known in facts.rooms)]
            if len(has) > 1:
                names = ", ".join(each.name for each in has)
                self._say(f"There is a room {room} on {names}: /enter {room} SERVER")
                return
            server = has[0] if has else self._shown.meant
        if server is not None:
            self._leave(Entering(server, room))

    async def _turn_to(self, named: str, line: str = "") -> None:
        server = self._server_meant(named)
        if server is None:
            return
        if line:
            await self._obey_at(server.name, line)
        else:
            self._shown.meant = server
            self._say(f"What you type goes to {server.name} now")

    def _add_server(self, url: str) -> None:
        before = {server.name for server in self.servers}
        try:
            server = self._shown.add(url)
        except RoomcliError as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}")
            return
        if server.name not in before:
            self._follow(server)
        self._say(f"Home shows {server.name} too")

    def _forget_server(self, named: str) -> None:
        server = self._server_meant(named)
        if server is None or len(self._shown) == 1:
            return
        try:
            self._shown.forget(server)
        except RoomcliError as error:
            self._say(str(error))
            return
        self._unfollow(server)
        self._say(f"{server.name} is forgotten")

    async def _obey_command(self, server: str, line: str) -> None:
        command = parse(line, RoomModel())
        if isinstance(command, local.SignOnByBrowser):
            await self._open_sign_on(command.issuer, server)
            return
        if not isinstance(command, c.DeskCommand):
            self._say(command if isinstance(command, str) else "That is for a room: /enter ROOM")
            return
        try:
            answers = await self._ask_server(command, server)
        except (CommandRefused, ConnectionFailed) as error:
            self._say_of(server, str(error))
            return
        if isinstance(command, c.Search):
            self._tell_found({server: answers}, command.text)
            return
        lines = [line for answer in answers for line in _lines_of(answer)]
        for said in lines or ["Done"]:
            self._say_of(server, said)

    async def _open_sign_on(self, issuer: str, server: str) -> None:
        try:
            url = await self._sign_on(issuer, server)
        except (CommandRefused, ConnectionFailed) as error:
            self._say_of(server, str(error))
        else:
            self._say_of(server, f"open this in a browser on this machine: {url}")

    async def _search(self, text: str) -> None:
        """Ask all servers; one that does not answer keeps no other from it."""
        command = c.Search(text=text)
        names = [home.server for home in self._shown.facts if not home.trouble]
        asked = [self._ask_server(command, name) for name in names or [self._here]]
        found = await asyncio.gather(*asked, return_exceptions=True)
        answers: dict[str, list[e.DeskEvent]] = {}
        for name, answer in zip(names or [self._here], found, strict=True):
            if isinstance(answer, CommandRefused | ConnectionFailed):
                self._say_of(name, str(answer))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                answers[name] = answer
        if answers:
            self._tell_found(answers, text)

    def _tell_found(self, answers: dict[str, list[e.DeskEvent]], text: str) -> None:
        now, nothing = time.time(), True
        for name, told in answers.items():
            for answer in told:
                if not isinstance(answer, e.SearchResults):
                    continue
                sections = HomeFacts(name, typed=text, found=answer).sections(now)
                if sections and len(self._shown) > 1:
                    self._say(f"On {name}")
                if sections:
                    self._say_each(home_lines(sections, now))
                    nothing = False
        if nothing:
            self._say(f"Nothing fits {text}")

    def _say_each(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._say(line)


def _lines_of(answer: e.DeskEvent) -> Iterable[str]:
    if isinstance(answer, e.ClaimEvent):
        return [claim_line(answer, time.time())]
    match answer:
        case e.ProfileShown():
            return person_lines(answer, time.time())
        case e.CommunitiesListed() | e.CommunityShown() | e.CommunityPeople() | e.CommunityLog():
            return answer_lines(answer)
    return calendar_lines(answer)


def changes(before: HomeFacts, after: HomeFacts, now: float) -> Iterator[str]:
    """Yield what is new at home, and which rooms have closed."""
    old, new = _rows_by_key(before, now), _rows_by_key(after, now)
    for key, row in new.items():
        was = old.get(key)
        match row:
            case LiveRoomRow(room, followed):
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
