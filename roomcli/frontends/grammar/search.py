"""Looks in the room's lists, page after page, for a person who is named but not known here.

Pure; every frontend sends the questions and hands over the answers in its own way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec.structs import replace

from ...protocol import commands as c
from ...protocol import events as e
from ...protocol.local import ChannelEvent, Connection
from .known_people import List, Unknown
from .slash import NotKnown

MOST_PAGES = 12
"""Number of questions for one name: 600 people, and less than the server allows at once."""

FIRST_REF = 1 << 50
"""First ``ref`` of a question, beyond the refs of commands."""

T = TypeVar("T")


def following_offset(page: e.PeoplePage | e.BanList | e.SilenceList) -> int:
    """Return the offset at which the list goes on after this page; 0 at its end."""
    match page:
        case e.PeoplePage(seats=seats):
            count = len(seats)
        case e.BanList(bans=bans):
            count = len(bans)
        case e.SilenceList(silences=silences):
            count = len(silences)
    read = page.offset + count
    return read if count and read < page.total else 0


class NameSearch(Generic[T]):
    """One line, read again with each answer until it is clear who is meant.

    ``read`` reads the line with what is known so far. Its argument says whether the beginning of a
    name is not enough: it is not while other people may be unknown who fit better.
    """

    def __init__(self, read: Callable[[bool], T]) -> None:
        self._read = read
        self._asked = 0
        self._lists: deque[List] | None = None
        self._offset = 0
        self.refused: e.Refused | None = None
        """The refusal that ended the search, or None."""

    def question(self) -> c.RoomCommand | None:
        """Return what to ask the room next; None if the line is clear or nothing is left to ask."""
        found = self._read(True)
        if not isinstance(found, NotKnown | Unknown):
            return None
        if self.refused is not None or self._asked >= MOST_PAGES:
            return None
        if self._lists is None:
            self._lists = deque(found.lists)
        if not self._lists:
            return None
        self._asked += 1
        match self._lists[0]:
            case "bans":
                return c.ListBans(offset=self._offset)
            case "silenced":
                return c.ListSilenced(offset=self._offset)
            case "invites":
                self._lists.popleft()
                return c.ListRoomInvites()
            case which:
                return c.ListPeople(of=which, offset=self._offset)

    def hear(self, answer: e.Event) -> None:
        """Note the answer to the question; the model has to be given it first."""
        if isinstance(answer, e.Refused):
            self.refused = answer
        if isinstance(answer, e.PeoplePage | e.BanList | e.SilenceList) and self._lists:
            self._offset = following_offset(answer)
            if not self._offset:
                self._lists.popleft()

    @property
    def found(self) -> T:
        """The result of reading the line with what is known now."""
        return self._read(False)


class Lookups:
    """Searches of a frontend that sends questions and commands the same way, one at a time.

    ``send`` sends a command to the engine.
    """

    def __init__(self, send: Callable[[c.Command], None]) -> None:
        self._send = send
        self._ref = FIRST_REF
        self._search: NameSearch[c.Command | str] | None = None
        self._then: Callable[[c.Command | str], None] = lambda found: None

    @property
    def busy(self) -> bool:
        """Whether a question waits for its answer."""
        return self._search is not None

    def begin(
        self, search: NameSearch[c.Command | str], then: Callable[[c.Command | str], None]
    ) -> None:
        """Start a search and call ``then`` with its result, at once if nothing has to be asked.

        An earlier search ends with what is known.
        """
        self._finish()
        self._search, self._then = search, then
        self._go_on()

    def settles(self, event: ChannelEvent) -> bool:
        """Apply an event, after the model has; return whether it answered a search's question."""
        if self._search is None:
            return False
        if isinstance(event, Connection) and event.state == "reconnecting":
            self._finish()
            return False
        if getattr(event, "ref", None) != self._ref:
            return False
        match event:
            case e.Done():
                self._go_on()
            case e.Refused():
                self._search.hear(event)
                self._finish()
            case _:
                self._search.hear(event)
        return True

    def _go_on(self) -> None:
        question = self._search.question() if self._search is not None else None
        if question is None:
            self._finish()
            return
        self._ref += 1
        self._send(replace(question, ref=self._ref))

    def _finish(self) -> None:
        search, self._search = self._search, None
        if search is None:
            return
        found = search.found
        if isinstance(found, NotKnown) and search.refused is not None:
            found = search.refused.text
        self._then(found)
