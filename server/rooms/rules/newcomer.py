"""What the rules of a room know of somebody who comes, beside who they are."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class CheckedClaim(Struct, frozen=True):
    """Something that the server has checked of a person, as far as a door asks for it.

    ``at`` is the domain (empty for a sign-on that proves none), or the forge's host, with its port
    if that is not the usual one. ``since`` is the time from which a forge account counts: when it
    was made, if ``by_forge``, else when this server first saw that it is theirs. ``by_device`` is
    whether they signed on by a code typed elsewhere.
    """

    kind: Literal["organisation", "domain", "forge"]
    at: str
    since: float = 0.0
    by_forge: bool = False
    by_device: bool = False


class Newcomer(Struct, frozen=True, kw_only=True):
    """Somebody at the moment of coming: a guest, without profile and claims, or somebody known.

    ``is_member`` is whether they belong to the community that the room belongs to.
    """

    is_guest: bool = True
    is_member: bool = False
    claims: tuple[CheckedClaim, ...] = ()
