"""What the screens of a room need of their app, and the messages that they send it.

The app is above all screens: no screen imports it.
"""

from __future__ import annotations

from typing import Literal, Protocol

from textual.message import Message

from ...protocol import commands as c
from ...protocol.people import Person
from ..grammar.search import Lookups
from ..model.room_model import RoomModel
from .keys import Keymap

PeopleList = Literal["audience", "left", "banned"]
PageName = Literal["emoji", "help", "invite", "log", "people", "settings"]


class RoomClient(Protocol):
    """The app as its screens know it: the room's model, the keys, and the way to the engine."""

    model: RoomModel
    keymap: Keymap
    lookups: Lookups
    room_name: str

    def send(self, command: c.Command) -> None:
        """Send a command to the engine."""

    def obey(self, command: c.Command) -> None:
        """Carry out a typed command; one that asks for a list opens the page that shows it."""

    def toggle_microphone(self) -> None:
        """Mute at once if the microphone is open or about to be; else request it, on a lease."""

    def leave(self) -> None:
        """Leave the room without asking."""

    def friends_line(self) -> str | None:
        """Return the line for friends with lines of advice, or None if there is none to give."""

    def fresh_line(self) -> str | None:
        """Return the line with the invite that was made last, or None."""

    async def print_aside(self, text: str) -> None:
        """Show a text on the normal screen, where the terminal selects and copies, until Enter."""


class OpenPage(Message):
    """Asks the app to open a page over the room; ``people`` says which of its lists."""

    def __init__(self, page: PageName, people: PeopleList = "audience") -> None:
        super().__init__()
        self.page = page
        self.people = people


class OpenCard(Message):
    """Asks the app to show a person's card; ``gone`` if the person left."""

    def __init__(self, person: Person, *, gone: bool = False) -> None:
        super().__init__()
        self.person = person
        self.gone = gone


class ActOn(Message):
    """Asks the app to do an act to a person: one of ``moderation.ACTS`` by its name."""

    def __init__(self, act: str, person: Person) -> None:
        super().__init__()
        self.act = act
        self.person = person
