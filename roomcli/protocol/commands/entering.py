"""Commands of a connection: who one is, and which room one is in."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..handshake import NO_CERTIFICATE
from ..text import ROOM_NAME
from .base import Command, ShortText

Token = Annotated[str, Meta(max_length=128)]
Password = Annotated[str, Meta(max_length=100)]
RoomName = Annotated[str, Meta(pattern=ROOM_NAME)]


Authority = Annotated[str, Meta(max_length=300)]
"""A HOST:PORT; a host may have 253 characters."""


class Hello(Command, frozen=True, kw_only=True):
    """Answer the server's challenge: say who one is, and prove it.

    ``key`` is the raw Ed25519 public key (32 bytes), ``signature`` that of
    :func:`roomcli.protocol.handshake.signed_bytes` (64 bytes). The signature covers ``certificate``
    and ``authority``. ``certificate`` is the SHA-256 of the certificate that the client saw: a
    server behind a proxy cannot know it otherwise, a server that ends TLS itself accepts only its
    own. ``authority`` is what the client dialled, HOST:PORT; without it the Host header counts,
    which a proxy may have changed. ``name`` and ``headline`` are for whoever has filled in no
    profile; with ``keeps_name`` they hold on this connection for everybody.
    """

    key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]
    name: ShortText
    certificate: Annotated[bytes, Meta(min_length=32, max_length=32)] = NO_CERTIFICATE
    authority: Authority | None = None
    headline: ShortText = ""
    keeps_name: bool = False
    features: Annotated[tuple[Annotated[str, Meta(max_length=32)], ...], Meta(max_length=64)] = ()


class EnterRoom(Command, frozen=True, kw_only=True):
    """Enter a room of this server; the room that one is in is left first.

    ``intent`` "host" opens the room or takes the host's place back; "join" never creates a room.
    ``invite`` is one to this room, ``host_token`` the server's own, which lets its holder open
    rooms and enter all. ``ticket`` takes back a seat. ``chat_after`` is the number of the last chat
    message that the client has. ``lasting_refs`` says that the client gives a command again that
    has no answer, under its ``ref``, which is random: then it is done once.
    """

    room: RoomName
    intent: Literal["join", "host"] = "join"
    access: Literal["open", "invite"] = "open"
    invite: Token | None = None
    host_token: Token | None = None
    password: Password | None = None
    ticket: Token | None = None
    chat_after: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    lasting_refs: bool = False


class LeaveRoom(Command, frozen=True, kw_only=True):
    """Leave the room, and stay connected."""


class WatchRooms(Command, frozen=True, kw_only=True):
    """Be told of the server's listed rooms from now on, or with ``on`` false no longer."""

    on: bool = True


class EchoVoice(Command, frozen=True, kw_only=True):
    """At home, have one's own voice sent back, or with ``on`` false no longer.

    That is how one hears oneself through a server. It ends when a room is entered.
    """

    on: bool = True


class Leave(Command, frozen=True, kw_only=True):
    """Leave the room and be done: what a person or script says to the engine, which then ends."""
