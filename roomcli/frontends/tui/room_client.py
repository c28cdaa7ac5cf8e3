"""What the screens need of the app and of a visit to a room, and the messages that they send.

Both are above all screens: no screen imports them.
"""

from __future__ import annotations

from typing import Literal, Protocol, cast

from textual.dom import DOMNode
from textual.message import Message

from ...protocol import commands as c
from ...protocol import events as e
from ...protocol import local
from ...protocol.sound import ChangeSound, SoundChanged
from ..grammar.search import Lookups
from ..model.named import Named
from ..model.open_rooms import HomeServer
from ..model.room_model import RoomModel
from .keys import Keymap

PeopleList = Literal["audience", "left", "banned"]
PageName = Literal[
    "claims",
    "communities",
    "devices",
    "door",
    "emoji",
    "events",
    "help",
    "invite",
    "log",
    "own_settings",
    "people",
    "profile",
    "quality",
    "settings",
    "sound",
]


class RoomClient(Protocol):
    """A visit to a room as its screens know it: the model, the keys, the way to the engine."""

    model: RoomModel
    keymap: Keymap
    lookups: Lookups
    room_name: str
    server: str
    """The URL of the room's server, without room and fragment."""

    def send(self, command: c.Command) -> None:
        """Send a command to the engine."""

    def obey(self, command: c.Command) -> None:
        """Carry out a typed command; one that asks for a list opens the page that shows it."""

    def toggle_microphone(self) -> None:
        """Mute at once if the microphone is open or about to be; else request it, on a lease."""

    holds: bool
    """Whether a key holds the microphone open."""

    def hold(self) -> None:
        """Be on air from a key's press until it is let go; a key that cannot be held toggles."""

    def let_go(self) -> None:
        """Close the microphone if a key has held it open until now."""

    def leave(self) -> None:
        """Leave the room without asking."""

    def friends_line(self) -> str | None:
        """Return the line for friends with lines of advice, or None if there is none to give."""

    def fresh_line(self) -> str | None:
        """Return the line with the invite that was made last, or None."""

    async def print_aside(self, text: str) -> None:
        """Show a text on the normal screen, where the terminal selects and copies, until Enter."""


class ClientApp(Protocol):
    """The app as its screens know it: the keys, and the visit to a room, if there is one."""

    keymap: Keymap
    client: RoomClient | None

    @property
    def host_token(self) -> str | None:
        """The host token that came with the server's address, if one did."""

    async def ask_server(self, command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        """Have a server carry out a command that needs no room; return the answers.

        Without a URL it is the one that the screen is about: at home that of what is picked, in a
        room the room's. Raises CommandRefused, ConnectionFailed.
        """

    async def sign_on(self, issuer: str) -> str:
        """Sign on with an issuer by a browser here; return the address to open in it."""

    def enter_room(self, name: str, *, opens: bool = False) -> None:
        """Enter a room of the server that the screen is about, or open it, and leave the other."""

    def is_in_room(self, name: str) -> bool:
        """Whether the user is in this room of the server that the screen is about."""

    @property
    def own_sound(self) -> SoundChanged:
        """How the user's voice is treated, or will be in the next room."""

    def change_sound(self, change: ChangeSound) -> None:
        """Treat the user's voice otherwise, in the room that goes on and in those after it."""

    def keep_sound(self, state: SoundChanged) -> None:
        """Keep how the voice of a sound card is treated, for the next room and the next start."""

    def forget_server(self, server: HomeServer) -> None:
        """Be at home at a server no longer. Raises RoomcliError."""

    def note_room(self, url: str) -> None:
        """Note which room the user is in."""

    def use_device(self, chosen: local.DeviceChosen) -> None:
        """Use what was chosen in the next rooms too, and from the next start on."""

    def pass_on(self, news: e.DeskMessage) -> None:
        """Let open pages know of news for the person; a reminder also rings, on the desktop too."""

    def web_address(self, path: str) -> str:
        """Return the address of a page of the server, as a browser or another program has it."""

    def show_room(self) -> None:
        """Go from home to the room that goes on."""

    def show_home(self) -> None:
        """Go home while the room goes on."""


def client_of(screen: DOMNode) -> RoomClient:
    """Return the visit that a screen, or a part of it, belongs to."""
    client = cast("ClientApp", screen.app).client
    assert client is not None, "only a visit opens what belongs to a room"
    return client


def stake(visit: RoomClient) -> str | None:
    """Return what somebody is who should be asked before they leave a room; None for a listener."""
    if visit.model.role == "listener":
        return None
    what = "the host of" if visit.model.role == "host" else "on stage in"
    return f"{what} {visit.room_name}"


class ShowsRoom(Protocol):
    """A screen that shows the room, or what matters of it, while a visit goes on."""

    def sync(self) -> None:
        """Update everything from the model."""

    def sync_levels(self) -> None:
        """Update only the meters."""


class OpenPage(Message):
    """Asks the app to open a page over the room; ``people`` says which of its lists."""

    def __init__(self, page: PageName, people: PeopleList = "audience") -> None:
        super().__init__()
        self.page = page
        self.people = people


class OpenCard(Message):
    """Asks the app to show a person's card; ``gone`` if the person left."""

    def __init__(self, someone: Named, *, gone: bool = False) -> None:
        super().__init__()
        self.someone = someone
        self.gone = gone


class ActOn(Message):
    """Asks the app to do an act to a person: one of ``moderation.ACTS`` by its name."""

    def __init__(self, act: str, someone: Named) -> None:
        super().__init__()
        self.act = act
        self.someone = someone
