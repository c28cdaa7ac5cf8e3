"""What time does to a room: pulses, the end of kept seats and turns, hosts who stay away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from roomcli.protocol import events as e
from roomcli.protocol.times import HOST_GRACE, KEEP_SEAT, TURN_GRACE

from . import journal as j
from .evolve import evolve
from .names import with_names
from .participants import Participant
from .presence import departure, silence_ended
from .record import LogDraft, written
from .state import KNOCK_NEWS, TALK_NEWS, RoomState

Heard = Mapping[str, float]
"""Seconds that people were heard since the last pulse, by seat."""


def tick(state: RoomState, now: float, heard: Heard | None = None) -> list[j.JournalEvent]:
    """Return the events that are due. May be called at ``next_wake``, earlier or later."""
    events: list[j.JournalEvent] = []

    def happen(more: Iterable[j.JournalEvent]) -> None:
        nonlocal state
        for event in more:
            events.append(event)
            state = evolve(state, event)

    if state.ended:
        return []
    while state.dropped and now >= _seat_ends(state):
        lost = j.Departed(id=state.dropped[0], at=now, reason="lost")
        happen(departure(state, lost))
    for id in state.stage:
        happen(_turn(state, id, now))
    happen(with_names(state, _succession(state, now)))
    happen(_watch(state, now))
    if not state.ended and state.untold_knocks and now >= state.knocks_told_at + KNOCK_NEWS:
        happen([j.KnocksTold(at=now)])
    if not state.ended and now >= state.pulse_due:
        happen(_pulse(state, now, heard or {}))
    return events


def next_wake(state: RoomState, now: float, heard: Heard | None = None) -> float | None:
    """Return when ``tick`` next has something to do; None while nothing is to come.

    The time is ``now`` or later.
    """
    if state.ended:
        return None
    due: list[float] = []
    if state.dropped:
        due.append(_seat_ends(state))
    for id in state.stage:
        someone = state.participants[id]
        if someone.turn_ends_at is not None:
            due.append(someone.turn_ends_at if someone.turn_told else _turn_is_over(someone))
    if not state.hosts and state.successor is not None:
        due.append(state.heir_at)
    if state.is_moderated != (state.closes_at is None):
        due.append(now)
    elif state.closes_at is not None:
        due.append(state.closes_at)
    if state.untold_knocks:
        due.append(state.knocks_told_at + KNOCK_NEWS)
    if _has_news(state, heard or {}):
        due.append(state.pulse_due)
    return max(now, min(due)) if due else None


def _seat_ends(state: RoomState) -> float:
    # Seats are kept equally long, so the first to drop is the first to run out.
    dropped_at = state.participants[state.dropped[0]].dropped_at
    assert dropped_at is not None
    return dropped_at + KEEP_SEAT


def _turn(state: RoomState, id: str, now: float) -> list[j.JournalEvent]:
    """Return the floor timer's events: told of the end, a speaker has a moment to finish.

    Then they go back to the audience.
    """
    someone = state.participants[id]
    ends_at = someone.turn_ends_at
    if ends_at is None:
        return []
    if now >= ends_at:
        down = j.SteppedDown(id=id, at=now, reason="time")
        return [*written(state, now, LogDraft("turn_over", target=state.who(someone))), down]
    if now >= _turn_is_over(someone) and not someone.turn_told:
        return [e.TurnEnding(id=id, ends_at=ends_at)]
    return []


def _turn_is_over(someone: Participant) -> float:
    assert someone.turn_ends_at is not None
    return someone.turn_ends_at - TURN_GRACE


def _succession(state: RoomState, now: float) -> list[j.JournalEvent]:
    """Return the events that make the first co-host host until the rightful one returns.

    The order of coming on stage decides, never chance.
    """
    heir = state.successor
    if state.hosts or heir is None or now < state.heir_at:
        return []
    person = state.who(state.participants[heir])
    events: list[j.JournalEvent] = [*written(state, now, LogDraft("succession", target=person))]
    events += silence_ended(state, person, by=person.id)
    return [*events, e.RoleChanged(id=heir, role="host")]


def _watch(state: RoomState, now: float) -> list[j.JournalEvent]:
    """Return the events of a room without moderators: a warning, and the end after too long."""
    if state.is_moderated:
        return [] if state.closes_at is None else [e.HostPresent()]
    if state.closes_at is None:
        return [e.HostAbsent(closes_at=now + HOST_GRACE)]
    if now < state.closes_at:
        return []
    closed = LogDraft("room_closed", detail="nobody was there to host it")
    return [*written(state, now, closed), e.RoomEnded(reason="no_host")]


def _pulse(state: RoomState, now: float, heard: Heard) -> list[j.JournalEvent]:
    """Return the slow news: changes of the front row by name, the rest as numbers."""
    if not _has_news(state, heard):
        return []
    spoken: dict[str, float] = {}
    for id, seconds in heard.items():
        someone = state.participants.get(id)
        if someone is not None:
            whose = someone.person
            spoken[whose] = spoken.get(whose, state.spoken.get(whose, 0.0)) + seconds
    pulsed = j.Pulsed(at=now, audience=state.audience_now, reactions=state.reactions, spoken=spoken)
    return [*_front_row_changes(state), pulsed]


def _has_news(state: RoomState, heard: Heard) -> bool:
    if state.audience != state.audience_now or state.reactions:
        return True
    if any(seconds >= TALK_NEWS for seconds in heard.values()):
        return True
    return bool(_front_row_changes(state))


def _front_row_changes(state: RoomState) -> list[j.JournalEvent]:
    first = list(islice(state.listeners(), state.limits.front_row))
    here = {each.id for each in first}
    left: list[j.JournalEvent] = [
        state.left_front_row.get(id) or e.ParticipantLeft(id=id)
        for id in state.front_row
        if id not in here
    ]
    return left + [
        e.ParticipantJoined(id=each.id, person=each.person)
        for each in first
        if each.id not in state.front_row
    ]
