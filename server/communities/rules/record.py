"""The entries of a community's moderation log, chained as those of a room's."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Literal

from roomcli.protocol.moderation_log import LogEntry, sealed
from roomcli.protocol.people import Person

from . import journal as j
from .evolve import evolve
from .state import Community

Who = Callable[[str], Person | None]
"""Tells how a person is called; None for who is not known."""
CommunityAction = Literal[
    "found_community", "describe_community", "close_community",
    "accept_application", "decline_application", "invite_to_community", "withdraw_invitation",
    "set_role", "hand_over", "succession", "remove", "ban", "unban", "add_room", "give_up_room",
]  # fmt: skip
"""What entries of the log say was done."""


def logged(
    state: Community,
    now: float,
    action: CommunityAction,
    actor: Person | None,
    target: Person | None = None,
    *,
    detail: str = "",
    reason: str = "",
) -> j.CommunityLogged:
    """Return the log's next entry; without an ``actor`` the server acted by its rules."""
    entry = LogEntry(
        number=state.log_count + 1,
        at=now,
        action=action,
        actor=actor,
        target=target,
        detail=detail,
        reason=reason,
        previous=state.log_head,
    )
    return j.CommunityLogged(entry=sealed(entry))


def after(state: Community, events: list[j.CommunityJournal]) -> Community:
    """Return the state after these events."""
    return reduce(evolve, events, state)


def named(who: Who, person: str) -> Person:
    """Return somebody as they are called; one who is not known is shown by their id alone."""
    return who(person) or Person(person, person)
