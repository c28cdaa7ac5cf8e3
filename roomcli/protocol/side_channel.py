"""What a visit is told of voice by UDP (docs/protocol.md, section 16)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from .secret import Secret

SECRET = 32
"""Bytes of the secret."""
IDENTITY = 4
"""Bytes of an id."""
IDENTITIES = 4
"""How many ids a visit has, one after the other."""

Identity = Annotated[bytes, Meta(min_length=IDENTITY, max_length=IDENTITY)]


class SideChannelOffer(Struct, frozen=True, kw_only=True):
    """Where a server takes datagrams of one visit, and what their keys are made of.

    Without ``host`` it is the IP address that the WebSocket reached. ``ids`` are used one after the
    other: each network that the client comes to gets to see another.
    """

    port: Annotated[int, Meta(ge=1, le=65535)]
    host: str | None = None
    secret: Secret
    ids: Annotated[tuple[Identity, ...], Meta(min_length=IDENTITIES, max_length=IDENTITIES)]
