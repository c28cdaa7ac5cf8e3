"""What the screens of a room use of the app that shows them, and what they ask it for.

The app is above all screens: none of them imports it.
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
        """Ask the engine."""

    def obey(self, command: c.Command) -> None:
        """Do what was typed: what asks for a list opens the page that has it."""

    def toggle_microphone(self) -> None:
        """Mute at once when open or about to be; else ask for the microphone, on a lease."""

    def leave(self) -> None:
        """Leave the room, without asking."""

    def friends_line(self) -> str | None:
        """The line for friends with lines of advice, if there is one to give."""

    def fresh_line(self) -> str | None:
        """The line with the invite that was made last."""

    async def print_aside(self, text: str) -> None:
        """Show this on the normal screen, where the terminal selects and copies; Enter is back."""


class OpenPage(Message):
    """Asks the app to open a page over the room; ``people`` opens at one of its lists."""

    def __init__(self, page: PageName, people: PeopleList = "audience") -> None:
        super().__init__()
        self.page = page
        self.people = people


class OpenCard(Message):
    """Asks the app to show all about a person; ``gone`` for who left."""

    def __init__(self, person: Person, *, gone: bool = False) -> None:
        super().__init__()
        self.person = person
        self.gone = gone


class ActOn(Message):
    """Asks the app to do something with a person: one of ``moderation.ACTS`` by its name."""

    def __init__(self, act: str, person: Person) -> None:
        super().__init__()
        self.act = act
        self.person = person
