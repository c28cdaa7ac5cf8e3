"""How people stand in the community that a room belongs to, for rooms to ask.

Rooms know no communities: whoever has these gives the hub a :class:`Standings`. A room belongs to a
community by its name, whether it is open or not. Persons are named by their ids.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from roomcli.protocol.community import CommunityRole
from roomcli.protocol.people import BanNotice


class Standing(Struct, frozen=True, kw_only=True):
    """How one person stands in one community, at the moment of the question.

    ``role`` is None for who is no member. ``ban`` is set while a ban holds; then there is no role.
    ``may_host`` is whether they may open the rooms of the community.
    """

    role: CommunityRole | None = None
    ban: BanNotice | None = None
    may_host: bool = False

    @property
    def is_member(self) -> bool:
        """Whether the person belongs to the community, in whichever role."""
        return self.role is not None

    @property
    def may_moderate(self) -> bool:
        """Whether the person is an owner or a moderator of the community."""
        return self.role in ("owner", "moderator")


class Standings(Protocol):
    """All communities of a server, as far as rooms need to know of them."""

    def community_of(self, room: str) -> str:
        """Return the id of the community that rooms of this name belong to; empty if to none."""

    def standing(self, community: str, person: str) -> Standing:
        """Return how somebody stands in a community; in one that is not there like a stranger."""

    def shown_name(self, community: str, person: str) -> str:
        """Return how a community is called; empty for who may not know that it is there."""


class NoCommunities:
    """The standings where there are no communities: every room is only its host's."""

    def community_of(self, room: str) -> str:
        return ""

    def standing(self, community: str, person: str) -> Standing:
        return Standing()

    def shown_name(self, community: str, person: str) -> str:
        return ""
