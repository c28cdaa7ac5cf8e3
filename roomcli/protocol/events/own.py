"""Events about one connection: its beginning and end, and the answers to its questions."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..chat import ChatMessage
from ..handshake import NONCE_BYTES
from ..listing import ListedRoom
from ..moderation_log import LogEntry
from ..people import BanNotice, Count, HearerInTrouble, Person, RoomInvite, SilenceNotice
from ..side_channel import SideChannelOffer
from ..times import Seconds
from ..view import RoomView
from .base import Event, People

MAX_SERVER_URL = 400
"""Characters of a server's address with its pin."""
MAX_SERVERS_TOLD = 256


class Challenge(Event, frozen=True, kw_only=True):
    """First message of a connection: the client has to sign ``nonce`` (see ``handshake``)."""

    nonce: Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
    features: tuple[str, ...] = ()


class Welcome(Event, frozen=True, kw_only=True):
    """The server knows the person now; they are in no room yet.

    ``you`` is who they are here. ``hosting`` says who may open rooms: everybody, or whoever has the
    host token. ``server_time`` is the server's clock (seconds since 1970). ``blocked`` are the
    people whom the person blocks, by id.
    """

    you: Person
    server_time: Seconds
    hosting: Literal["everybody", "token"] = "token"
    features: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


class Joined(Event, frozen=True, kw_only=True):
    """The person is in the room.

    ``visit`` is the number that this visit has on the connection; acknowledgements and voice carry
    it until ``room_left``.
    ``ticket`` takes this seat back after a lost connection; the engine keeps it, and tells it only
    to a frontend that owns the engine and could start another one. ``resumed`` says that a ticket
    took the seat back just now. ``moved`` says that nobody has asked: the room is at another server
    of its cluster from now on, and the visit goes on there. ``cut_short`` says that the server
    which had it was gone at once: hands and chat of its last moment may be missing. ``invite`` is
    given to moderators of a room that wants one.
    ``server_time`` is the server's clock (seconds since 1970). ``chat`` is the room's newest
    messages, only those after ``enter_room.chat_after``; ``people`` wrote them and are not in the
    view. ``keeps`` says in words what is kept of what is said in the room. ``udp`` offers the side
    channel of voice; it is for the engine alone. ``remembers`` is for how many seconds back the
    room knows which commands it has carried out, None if it does not know.
    """

    visit: Annotated[int, Meta(ge=1, le=255)] = 1
    room: str
    you: str
    view: RoomView
    server_time: Seconds
    resumed: bool = False
    moved: bool = False
    cut_short: bool = False
    ticket: str | None = None
    invite: str | None = None
    chat: tuple[ChatMessage, ...] = ()
    people: People = {}
    keeps: tuple[str, ...] = ()
    udp: SideChannelOffer | None = None
    remembers: Seconds | None = None


class RoomLeft(Event, frozen=True, kw_only=True):
    """The person is in no room any longer; the connection goes on. Last message of a visit."""

    reason: Literal["left", "removed", "banned", "ended"]
    text: str


class RoomsListed(Event, frozen=True, kw_only=True):
    """News of the listed rooms, for who watches them; the first tells of all.

    ``rooms`` are those that are new or have changed, ``gone`` the names of those that are listed no
    longer. ``more`` says that another part of the same news follows at once.
    """

    rooms: tuple[ListedRoom, ...] = ()
    gone: tuple[str, ...] = ()
    more: bool = False


class AskedToUnmute(Event, frozen=True, kw_only=True):
    """A moderator asks this person to unmute."""

    by: str


class HeardBy(Event, frozen=True, kw_only=True):
    """How those on air are heard, told to them alone: every two seconds at most, if it has changed.

    Of ``listeners``, all others in the room, ``hearing`` hear the receiver, the slowest of them
    ``worst_ms`` after they spoke. ``troubled`` do not hear well, the first of whom are named.
    """

    listeners: Count
    hearing: Count
    worst_ms: Count = 0
    troubled: Count = 0
    trouble: tuple[HearerInTrouble, ...] = ()
    people: People = {}


class PeoplePage(Event, frozen=True, kw_only=True):
    """A page of the audience in order of arrival, or of people who left, the latest first.

    ``seats`` maps the ids of seats to those of persons, all of whom are in ``people``.
    """

    offset: Count
    total: Count
    seats: dict[str, str]
    people: People = {}
    of: Literal["audience", "left"] = "audience"
    ref: Count | None = None

    @property
    def listed(self) -> dict[str, Person]:
        """The people by their seats, in order; whom the server did not tell are left out."""
        return {seat: self.people[id] for seat, id in self.seats.items() if id in self.people}


class ChatPage(Event, frozen=True, kw_only=True):
    """A page of older messages, oldest first; ``more`` says whether there are even older ones.

    ``people`` are those who wrote them.
    """

    messages: tuple[ChatMessage, ...]
    people: People = {}
    more: bool = False
    ref: Count | None = None


class LogPage(Event, frozen=True, kw_only=True):
    """A page of the moderation log, in order; ``more`` says whether the log goes on.

    The first entry is chained to ``opened_at`` and the room's name.
    """

    entries: tuple[LogEntry, ...]
    opened_at: Seconds
    more: bool = False
    ref: Count | None = None


class BanList(Event, frozen=True, kw_only=True):
    """A page of the keys banned from this room, the newest last, without the ``offset`` newest.

    ``total`` is the number of all bans.
    """

    bans: tuple[BanNotice, ...]
    offset: Count = 0
    total: Count = 0
    ref: Count | None = None


class SilenceList(Event, frozen=True, kw_only=True):
    """A page of people silenced in this room, here or away, as in ``ban_list``."""

    silences: tuple[SilenceNotice, ...]
    offset: Count = 0
    total: Count = 0
    ref: Count | None = None


class RoomInviteList(Event, frozen=True, kw_only=True):
    """The invites that are valid."""

    invites: tuple[RoomInvite, ...]
    ref: Count | None = None


class RoomInviteMade(Event, frozen=True, kw_only=True):
    """A new invite to the room, valid until ``expires_at``; its ``id`` revokes it."""

    invite: str
    expires_at: Seconds
    id: str = ""
    ref: Count | None = None


class Done(Event, frozen=True, kw_only=True):
    """The command with this ``ref`` was carried out, and is on disk where it must be."""

    ref: Count


class Refused(Event, frozen=True, kw_only=True):
    """A command was refused: ``code`` is stable, ``text`` is for a person."""

    command: str
    code: str
    text: str
    ref: Count | None = None
    retry_after: Seconds | None = None


class ServerStopping(Event, frozen=True, kw_only=True):
    """The server stops at this time; clients come back by themselves when one is there again."""

    stops_at: Seconds


class Goodbye(Event, frozen=True, kw_only=True):
    """Last message before the server closes; ``retry`` says whether coming back makes sense.

    With ``elsewhere`` it makes sense at another server of the cluster first.
    """

    code: str
    text: str
    retry: bool = False
    elsewhere: bool = False


class OtherServers(Event, frozen=True, kw_only=True):
    """Where the other servers of this one's cluster are, in place of what was told before.

    Whose server is gone goes on at one of these, with the ticket. It is for the engine alone.
    """

    addresses: Annotated[
        tuple[Annotated[str, Meta(max_length=MAX_SERVER_URL)], ...],
        Meta(max_length=MAX_SERVERS_TOLD),
    ] = ()


class ServersApart(Event, frozen=True, kw_only=True):
    """Whether what is said at other servers of the cluster cannot be heard at the moment."""

    apart: bool


OwnEvent = (
    Challenge
    | Welcome
    | Joined
    | RoomLeft
    | RoomsListed
    | AskedToUnmute
    | HeardBy
    | PeoplePage
    | ChatPage
    | LogPage
    | BanList
    | SilenceList
    | RoomInviteList
    | RoomInviteMade
    | Done
    | Refused
    | ServerStopping
    | OtherServers
    | ServersApart
    | Goodbye
)
"""Every event of one connection."""
