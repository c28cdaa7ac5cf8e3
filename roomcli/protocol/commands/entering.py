"""Commands to enter and to leave a room."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..handshake import NO_CERTIFICATE
from .base import Command, ShortText

Token = Annotated[str, Meta(max_length=128)]
Password = Annotated[str, Meta(max_length=100)]


Authority = Annotated[str, Meta(max_length=300)]
"""A HOST:PORT; a host may have 253 characters."""


class Hello(Command, frozen=True, kw_only=True):
    """Answer the server's challenge, and ask to enter the room that the URL names.

    ``key`` is the raw Ed25519 public key (32 bytes), ``signature`` that of
    :func:`roomcli.protocol.handshake.signed_bytes` (64 bytes). The signature covers ``certificate``
    and ``authority``. ``certificate`` is the SHA-256 of the certificate that the client saw: a
    server behind a proxy cannot know it otherwise, a server that ends TLS itself accepts only its
    own. ``authority`` is what the client dialled, HOST:PORT; without it the Host header counts,
    which a proxy may have changed. ``intent`` "host" opens the room or takes the host's place back;
    "join" never creates a room. ``chat_after`` is the number of the last chat message that the
    client has.
    """

    key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]
    name: ShortText
    certificate: Annotated[bytes, Meta(min_length=32, max_length=32)] = NO_CERTIFICATE
    authority: Authority | None = None
    headline: ShortText = ""
    intent: Literal["join", "host"] = "join"
    access: Literal["open", "invite"] = "open"
    invite: Token | None = None
    password: Password | None = None
    ticket: Token | None = None
    chat_after: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    features: Annotated[tuple[Annotated[str, Meta(max_length=32)], ...], Meta(max_length=64)] = ()


class Leave(Command, frozen=True, kw_only=True):
    """Leave the room."""
