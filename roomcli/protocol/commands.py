"""What someone asks: the commands a client sends to the server.

Each struct is tagged with its name in snake case under ``command``; the same names serve the wire,
JSON lines, slash commands and the palette. A participant is named by the id that the events gave.
A command that changes nothing is no error.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .handshake import NO_CERTIFICATE
from .tags import snake_case

Id = Annotated[str, Meta(min_length=1, max_length=32)]
ShortText = Annotated[str, Meta(max_length=200)]
Ref = Annotated[int, Meta(ge=0, lt=2**53)]


class Command(Struct, frozen=True, kw_only=True, tag_field="command", tag=snake_case):
    """Base of all. With a ``ref``, the server answers ``done`` or ``refused`` with the same."""

    ref: Ref | None = None


class Hello(Command, frozen=True, kw_only=True):
    """Answer to the server's challenge and request to enter the room that the URL names.

    ``key`` is the raw Ed25519 public key (32 bytes), ``signature`` that of
    :func:`roomcli.protocol.handshake.signed_bytes` (64 bytes). ``certificate`` is the SHA-256 of
    the certificate that the client saw, which is under the signature: a server behind a proxy
    cannot know it otherwise, a server that ends TLS itself accepts none but its own. ``intent``
    "host" opens the room or takes the host's place back; "join" never creates a room.
    """

    key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]
    name: ShortText
    certificate: Annotated[bytes, Meta(min_length=32, max_length=32)] = NO_CERTIFICATE
    headline: ShortText = ""
    intent: Literal["join", "host"] = "join"
    access: Literal["open", "invite"] = "open"
    invite: Annotated[str, Meta(max_length=128)] | None = None
    ticket: Annotated[str, Meta(max_length=128)] | None = None
    features: Annotated[tuple[Annotated[str, Meta(max_length=32)], ...], Meta(max_length=64)] = ()


class Mute(Command, frozen=True, kw_only=True):
    """Close one's own microphone."""


class Unmute(Command, frozen=True, kw_only=True):
    """Open one's own microphone; refused in the audience and while silenced.

    With ``lease`` the engine closes it again unless ``renew_microphone`` comes every second;
    the server takes no notice of it.
    """

    lease: bool = False


class RaiseHand(Command, frozen=True, kw_only=True):
    """Ask to speak."""


class LowerHand(Command, frozen=True, kw_only=True):
    """Take one's own hand down."""


class AcceptHand(Command, frozen=True, kw_only=True):
    """Bring someone with a raised hand on stage (moderators)."""

    id: Id


class DeclineHand(Command, frozen=True, kw_only=True):
    """Lower someone's hand (moderators)."""

    id: Id


class InviteToStage(Command, frozen=True, kw_only=True):
    """Ask someone in the audience to come on stage (moderators)."""

    id: Id


class AcceptInvite(Command, frozen=True, kw_only=True):
    """Come on stage after an invitation."""


class DeclineInvite(Command, frozen=True, kw_only=True):
    """Stay in the audience after an invitation."""


class MoveToAudience(Command, frozen=True, kw_only=True):
    """Take someone off the stage (moderators)."""

    id: Id


class LeaveStage(Command, frozen=True, kw_only=True):
    """Go back to the audience oneself."""


class Silence(Command, frozen=True, kw_only=True):
    """Refuse someone's audio until ``ask_to_unmute`` (moderators)."""

    id: Id


class AskToUnmute(Command, frozen=True, kw_only=True):
    """Lift a silence and ask; the microphone opens only when its owner presses (moderators)."""

    id: Id


class Remove(Command, frozen=True, kw_only=True):
    """Put someone out of the room (moderators)."""

    id: Id
    reason: ShortText = ""


class Lock(Command, frozen=True, kw_only=True):
    """Let nobody new in (moderators)."""


class Unlock(Command, frozen=True, kw_only=True):
    """Let people in again (moderators)."""


class MakeCohost(Command, frozen=True, kw_only=True):
    """Give somebody the host's tools (host)."""

    id: Id


class HandOver(Command, frozen=True, kw_only=True):
    """Make somebody else the host and become a speaker oneself (host)."""

    id: Id


class React(Command, frozen=True, kw_only=True):
    """Show one of the fixed reactions."""

    reaction: Annotated[str, Meta(max_length=16)]


class ListPeople(Command, frozen=True, kw_only=True):
    """Ask for a page of the audience; answered by ``people_page``."""

    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0


class MakeInvite(Command, frozen=True, kw_only=True):
    """Ask for a fresh invite to this room; the old one stops working (moderators)."""


class EndRoom(Command, frozen=True, kw_only=True):
    """Close the room for everyone (host)."""


class Leave(Command, frozen=True, kw_only=True):
    """Leave the room."""


RoomCommand = (
    Mute
    | Unmute
    | RaiseHand
    | LowerHand
    | AcceptHand
    | DeclineHand
    | InviteToStage
    | AcceptInvite
    | DeclineInvite
    | MoveToAudience
    | LeaveStage
    | Silence
    | AskToUnmute
    | Remove
    | Lock
    | Unlock
    | MakeCohost
    | HandOver
    | React
    | ListPeople
    | MakeInvite
    | EndRoom
    | Leave
)
"""Everything that may be asked once one is in a room."""

ClientMessage = Hello | RoomCommand
"""Everything that a client may send as a control message."""
