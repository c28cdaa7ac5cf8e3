"""What time does to a room: pulses, kept seats that run out, rooms that nobody looks after."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from roomcli.protocol.events import (
    HostAbsent,
    HostPresent,
    ParticipantJoined,
    ParticipantLeft,
    RoomEnded,
)

from .evolve import evolve
from .journal import Departed, JournalEvent, Pulsed
from .presence import departure
from .state import HOST_GRACE, KEEP_SEAT, PULSE, RoomState


def tick(state: RoomState, now: float) -> list[JournalEvent]:
    """What has become due. Called at ``next_wake``, or earlier, or later: nothing is lost."""
    events: list[JournalEvent] = []

    def happen(more: Iterable[JournalEvent]) -> None:
        nonlocal state
        for event in more:
            events.append(event)
            state = evolve(state, event)

    if state.ended:
        return []
    while state.dropped and now >= _seat_ends(state):
        lost = Departed(id=state.dropped[0], at=now, reason="lost")
        happen(departure(state, lost))
    happen(_watch(state, now))
    if not state.ended and now >= state.pulsed_at + PULSE:
        happen(_pulse(state, now))
    return events


def next_wake(state: RoomState, now: float) -> float | None:
    """When ``tick`` next has something to do: ``now`` or later; None as long as nothing happens."""
    if state.ended:
        return None
    due: list[float] = []
    if state.dropped:
        due.append(_seat_ends(state))
    if state.is_moderated != (state.closes_at is None):
        due.append(now)
    elif state.closes_at is not None:
        due.append(state.closes_at)
    if _has_news(state):
        due.append(state.pulsed_at + PULSE)
    return max(now, min(due)) if due else None


def _seat_ends(state: RoomState) -> float:
    # Seats are kept equally long, so the first to drop is the first to run out.
    dropped_at = state.participants[state.dropped[0]].dropped_at
    assert dropped_at is not None
    return dropped_at + KEEP_SEAT


def _watch(state: RoomState, now: float) -> list[JournalEvent]:
    """Whether somebody looks after the room, and its end when nobody does for too long."""
    if state.is_moderated:
        return [] if state.closes_at is None else [HostPresent()]
    if state.closes_at is None:
        return [HostAbsent(closes_at=now + HOST_GRACE)]
    return [RoomEnded(reason="no_host")] if now >= state.closes_at else []


def _pulse(state: RoomState, now: float) -> list[JournalEvent]:
    """The slow news: changes of the front row by name, the rest as numbers."""
    if not _has_news(state):
        return []
    row = _front_row_changes(state)
    pulsed = Pulsed(at=now, audience=state.audience_now, reactions=state.reactions)
    return [*row, pulsed]


def _has_news(state: RoomState) -> bool:
    changed = state.audience != state.audience_now or bool(state.reactions)
    return changed or bool(_front_row_changes(state))


def _front_row_changes(state: RoomState) -> list[JournalEvent]:
    first = list(islice(state.listeners(), state.limits.front_row))
    here = {person.id for person in first}
    left: list[JournalEvent] = [
        state.left_front_row.get(id) or ParticipantLeft(id=id)
        for id in state.front_row
        if id not in here
    ]
    return left + [
        ParticipantJoined(person=each) for each in first if each.id not in state.front_row
    ]
