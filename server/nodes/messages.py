"""What goes over the link from a server whose people visit to the owner of their rooms."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ..public.conduct import ConductSoFar
from ..public.hello import AdmittedPerson
from ..rooms.room_voice import KeptFrame
from ..workers import frames as f


class ChannelOpened(Struct, frozen=True, array_like=True):
    """Where the server that has the connection takes datagrams of a visit, and for which keys.

    All as in :class:`~roomcli.protocol.side_channel.SideChannelOffer`; ``ids`` one after the other.
    """

    port: int
    host: str | None
    secret: bytes
    ids: bytes


class VisitWished(Struct, frozen=True, array_like=True, tag=21):
    """Somebody wants to enter a room that the owner has; ``wish`` is their command.

    The server that they are connected to has proven who they are. ``visit`` is the number of their
    latest visit on their connection, ``channel`` the side channel of the one that is wished for,
    ``conduct`` what counts against their connection. ``passes_over`` says that this server takes
    messages of kinds that it does not know.
    Where they were in the room already when its last owner was gone, it has ``moved``, and
    ``speaks`` says whether their microphone is open.
    """

    connection: int
    who: AdmittedPerson
    address: str
    is_proxied: bool
    visit: int
    wish: bytes
    channel: ChannelOpened | None = None
    passes_over: bool = False
    conduct: ConductSoFar = ConductSoFar()
    moved: bool = False
    speaks: bool = False


class VisitOver(Struct, frozen=True, array_like=True, tag=21):
    """The visit is over, or was refused; ``wish`` is the command to enter another room, if any.

    ``taken`` of their messages the owner has taken; the others are not its affair. ``conduct`` is
    what counts against their connection now.
    """

    connection: int
    taken: int
    wish: bytes
    conduct: ConductSoFar = ConductSoFar()


class GuestsHear(Struct, frozen=True, array_like=True, tag=31):
    """How the people hear whose connections this server has, by the numbers of their visits."""

    hearing: list[f.HearingReport]


class VoiceKept(Struct, frozen=True, array_like=True, tag=32):
    """What people of this server said in the last minute, for who has asked with this ``ref``."""

    ref: int
    frames: list[KeptFrame]


class VoiceWanted(Struct, frozen=True, array_like=True, tag=32):
    """Somebody is reported in a room of the owner: say what was said there in the last minute."""

    ref: int
    room: str


AnyFromGuests = (
    VisitWished | GuestsHear | VoiceKept | f.ClientSaid | f.Misbehaved | f.Ended | f.Gone
)  # fmt: skip
AnyFromOwner = (
    VisitOver | f.FrameSent | f.Closed | f.Known | f.VisitBegun | f.CameInside | f.SeatLeft
    | f.VisitEnded | f.RightsSet | f.SlotForgotten | f.MessagesTaken | VoiceWanted
)  # fmt: skip

from_guests = msgspec.msgpack.Decoder(AnyFromGuests)
from_owner = msgspec.msgpack.Decoder(AnyFromOwner)
