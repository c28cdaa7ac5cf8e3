"""The moderation log's entries: what moderators do, and what the server does for them.

An entry comes before the events that it is about, so that whoever is put out reads of it too.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.moderation_log import Action, LogEntry, sealed
from roomcli.protocol.people import Person
from roomcli.protocol.text import MAX_REASON, cleaned

from .state import RoomState


class LogDraft(Struct, frozen=True):
    """An entry before it has a place in the log. Without an ``actor`` the server acted."""

    action: Action
    actor: Person | None = None
    target: Person | None = None
    detail: str = ""
    reason: str = ""


def written(state: RoomState, now: float, line: LogDraft) -> list[e.ModerationLogged]:
    """Return the draft as the log's next entry, chained to the one before.

    It comes in a list, with which a list of events begins.
    """
    entry = LogEntry(
        number=state.log_count + 1,
        at=now,
        action=line.action,
        actor=_named(line.actor),
        target=_named(line.target),
        detail=line.detail,
        reason=line.reason,
        previous=state.log_head,
    )
    return [e.ModerationLogged(entry=sealed(entry))]


def reason_of(command: object) -> str:
    """Return the reason that a moderator gave, cleaned; empty without one."""
    return cleaned(getattr(command, "reason", ""), MAX_REASON)


def _named(person: Person | None) -> Person | None:
    """Return who it was, without badges: these are looked up when somebody asks."""
    return person and replace(person, badges=(), lookalike=False)
