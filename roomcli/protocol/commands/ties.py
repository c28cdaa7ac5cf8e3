"""Commands about ties: whom and what one follows, and whom one blocks."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from .base import Command, Id


class Follow(Command, frozen=True, kw_only=True):
    """Follow somebody: home shows where they are on stage. Nobody is told."""

    person: Id


class Unfollow(Command, frozen=True, kw_only=True):
    """Follow somebody no longer."""

    person: Id


class FollowCommunity(Command, frozen=True, kw_only=True):
    """Follow a community: home shows its rooms and events first. Nobody is told."""

    community: Id


class UnfollowCommunity(Command, frozen=True, kw_only=True):
    """Follow a community no longer."""

    community: Id


class Block(Command, frozen=True, kw_only=True):
    """Want nothing of somebody, by whichever of their keys; they are not told.

    Their follows and stage invitations come to nothing; one's own client drops their voice and
    chat, but a moderator's.
    """

    person: Id


class Unblock(Command, frozen=True, kw_only=True):
    """Block somebody no longer."""

    person: Id


class ListTies(Command, frozen=True, kw_only=True):
    """Ask for a page of one's ties, the newest first: ``ties_page``."""

    of: Literal["following", "communities", "blocked"] = "following"
    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0


TiesCommand = Follow | Unfollow | FollowCommunity | UnfollowCommunity | Block | Unblock | ListTies
"""Every command about ties."""
