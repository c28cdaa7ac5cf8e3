"""Presence: coming, dropping, returning and leaving; who is in the room, and where.

Steps that several commands share are here too, as lists of events that belong together.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import events as e
from roomcli.protocol.durations import rounded_up
from roomcli.protocol.people import MODERATORS, BanNotice, Person, Role, Speaker
from roomcli.protocol.permissions import RANKS
from roomcli.protocol.times import KEEP_SEAT, TURN_GRACE

from . import journal as j
from .entrance import judge_entrance, role_inside
from .names import introduced, with_names
from .newcomer import Newcomer
from .participants import GENERATIONS, Participant
from .record import LogDraft, written
from .state import RoomState

STRANGER = Newcomer()
"""Somebody of whom nothing is known."""


def enter(
    state: RoomState,
    id: str,
    person: Person,
    *,
    role: Role,
    hand_at: float | None,
    hand_topic: str = "",
    now: float,
    newcomer: Newcomer = STRANGER,
    restored: bool = False,
    link: str | None = None,
) -> list[j.JournalEvent]:
    """Return the events when somebody takes the seat ``id``: a new one, or one ``restored``.

    ``role`` is what the seat or the host's intent gives. It brings a place on stage if one is free;
    a co-host or speaker without one waits in the audience. ``hand_at`` is when a listener's hand
    went up, if it was up, for ``hand_topic``. ``link`` is the invite they come by. Everybody comes
    in muted. When the rightful host is back, whoever stood in is a co-host again. Somebody whose
    name reads the same as another's is told apart (``names``); who is known here under another name
    is renamed.

    Raises CommandRefused: ``ended``, ``banned``, ``locked`` and what the room's rule gives
    (restored seats and moderators pass both), ``room_full`` (moderators pass), ``stage_full`` (a
    host for whom there is no place), ``too_many_seats`` (each of this person's has a connection;
    else the one without makes room).
    """
    if state.ended:
        raise CommandRefused("ended", "the room is closed")
    judge_ban(state.bans.get(person.key), now)
    if id in state.participants:
        return resume(state, id, person, now, newcomer)
    used: list[j.JournalEvent] = []
    if not restored and role not in MODERATORS:
        if state.locked:
            raise CommandRefused("locked", "the room is locked: ask a host to let you in")
        used = judge_entrance(state, person, newcomer, now)
    if len(state.participants) >= state.capacity and role not in MODERATORS:
        raise CommandRefused("room_full", "the room is full: try again when somebody has left")
    events = [*used, *_seat_given_up(state, person.id, now)]
    role = role_inside(state, role, newcomer)
    if link is not None and state.room_invites[link].counts(person.key):
        events.append(j.RoomInviteUsed(id=link, key=person.key))
    if id in state.front_row:
        # They left a moment ago, and no pulse has said so yet. A later pulse must not say so of
        # somebody who is here.
        farewell = state.left_front_row.get(id)
        events.append(farewell or e.ParticipantLeft(id=id))
    if role == "host":
        events += silence_ended(state, person, by=person.id)
    slot = state.free_slot(role, now) if role != "listener" else None
    person = introduced(state, id, person, role if slot is not None else "listener")
    events += _renewed(state, person)
    guest = newcomer.is_guest
    if person.id in state.knocks:
        events.append(j.LeftDoor(person=person.id, note="you came in"))
    events.append(j.Entered(id=id, person=person, at=now, restored=restored, is_guest=guest))
    if slot is not None:
        someone = Participant(id=id, person=person.id, joined_at=now)
        silenced = role != "host" and person.key in state.silences
        events.append(_stage_joined(state, someone, role, slot, now, silenced=silenced))
        if role == "host":
            events += _stand_in_no_longer(state, person, now)
    elif role == "host":
        raise CommandRefused("stage_full", "the stage is full: ask a co-host to make room for you")
    elif role == "listener" and hand_at is not None and _may_ask(state, newcomer):
        spoken = state.spoken.get(person.id, 0.0)
        events.append(
            e.HandRaised(id=id, person=person.id, at=hand_at, topic=hand_topic, spoken=spoken)
        )
    return with_names(state, events)


def _may_ask(state: RoomState, newcomer: Newcomer) -> bool:
    """Whether the hand that somebody had up may be up again."""
    only_listens = newcomer.is_guest and state.settings.guests == "listen"
    return state.settings.hands != "invited" and not only_listens


def _renewed(state: RoomState, person: Person) -> list[j.JournalEvent]:
    """Return the event that renews somebody whom the room knows as another."""
    known = state.people.get(person.id)
    return [] if known is None or known == person else [e.PersonChanged(person=person)]


def renewal(state: RoomState, before: Person, after: Person) -> list[j.JournalEvent]:
    """Return the events when somebody has another name or headline, or other badges, from now on.

    There are none where they are not. Who is shown under other words than ``before`` had came under
    a name for this room, and keeps it.
    """
    known, seats = state.people.get(before.id), state.here(before.id)
    if known is None or not seats or state.ended:
        return []
    if (known.name, known.headline) != (before.name, before.headline):
        after = replace(known, badges=after.badges)
    best = max(seats, key=lambda each: RANKS[each.role])
    person = replace(known, name=after.name, headline=after.headline, badges=after.badges)
    return with_names(state, _renewed(state, introduced(state, best.id, person, best.role)))


def _seat_given_up(state: RoomState, person: str, now: float) -> list[j.JournalEvent]:
    """Return the events that free a seat if this person has as many as allowed.

    Raises CommandRefused ``too_many_seats``.
    """
    seats = state.here(person)
    if len(seats) < state.limits.seats:
        return []
    lost = [each for each in seats if not each.connected]
    if not lost:
        text = f"you are in this room {len(seats)} times already: leave it somewhere else first"
        raise CommandRefused("too_many_seats", text)
    least = min(lost, key=lambda each: (each.is_moderator, each.on_stage))
    return departure(state, j.Departed(id=least.id, at=now, reason="lost"))


def judge_ban(ban: BanNotice | None, now: float, where: str = "this room") -> None:
    """Raise CommandRefused ``banned``, with the time left, if a key's ban holds."""
    if ban is None or not ban.holds(now):
        return
    why = f": {ban.reason}" if ban.reason else ""
    if ban.until is None:
        raise CommandRefused("banned", f"you are banned from {where}{why}")
    left = ban.until - now
    text = f"you are banned from {where} for {rounded_up(left)} more{why}"
    raise CommandRefused("banned", text, retry_after=left)


def _stand_in_no_longer(state: RoomState, host: Person, now: float) -> list[j.JournalEvent]:
    """Return the events that make stand-ins co-hosts again when the host is back."""
    stand_ins = [id for id in state.hosts if state.who(state.participants[id]).key != state.owner]
    if host.key != state.owner or not stand_ins:
        return []
    back: list[j.JournalEvent] = [e.RoleChanged(id=id, role="cohost") for id in stand_ins]
    return [*written(state, now, LogDraft("host_returned", target=host)), *back]


def resume(
    state: RoomState, id: str, person: Person, now: float, newcomer: Newcomer = STRANGER
) -> list[j.JournalEvent]:
    """Return the events of a new connection of somebody who is still here, dropped or not.

    They may come back with another name, and as a guest no longer. Raises CommandRefused.
    """
    if state.ended:
        raise CommandRefused("ended", "the room is closed")
    someone = state.participants.get(id)
    if someone is None:
        raise CommandRefused("no_such_person", "your place in the room is not kept any longer")
    events = _renewed(state, introduced(state, id, person, someone.role))
    if not someone.connected:
        events.append(j.Returned(id=id))
    elif not someone.muted:
        events.append(e.Muted(id=id))
    if someone.is_guest and not newcomer.is_guest:
        events.append(j.GuestNoLonger(id=id))
    return with_names(state, events)


def drop(state: RoomState, id: str, now: float) -> list[j.JournalEvent]:
    """Return the events of a lost connection.

    People on stage or in the queue keep their place for a while; others leave.
    """
    someone = state.participants.get(id)
    if state.ended or someone is None or not someone.connected:
        return []
    if someone.on_stage or state.has_hand(id):
        return [j.Dropped(id=id, at=now)]
    return departure(state, j.Departed(id=id, at=now, reason="lost"))


def departure(state: RoomState, departed: j.Departed) -> list[j.JournalEvent]:
    """Return the events when somebody leaves for good; their open stage invitation ends too."""
    void = e.StageInvitationSettled(id=departed.id, answer="void")
    return [*([void] if departed.id in state.stage_invitations else []), departed]


def coming_on_stage(
    state: RoomState,
    someone: Participant,
    role: Role,
    now: float,
    *,
    by: str | None = None,
    answer: Literal["accepted", "void"] = "void",
) -> list[j.JournalEvent]:
    """Return the events that bring somebody on stage. Raises CommandRefused ``stage_full``.

    Their hand goes down and their stage invitation is settled.
    """
    id, person = someone.id, state.who(someone)
    slot = state.free_slot(role, now)
    if slot is None:
        raise CommandRefused("stage_full", "the stage is full: somebody has to make room first")
    events: list[j.JournalEvent] = []
    if state.has_hand(id):
        events.append(e.HandLowered(id=id, reason="accepted", by=by))
    if id in state.stage_invitations:
        events.append(e.StageInvitationSettled(id=id, answer=answer))
    silenced = person.key in state.silences
    if role in MODERATORS:
        # Whoever is made a moderator is trusted with the microphone too.
        events += silence_ended(state, person, by=by or person.id)
        silenced = False
    return [*events, _stage_joined(state, someone, role, slot, now, silenced=silenced)]


def silence_ended(state: RoomState, person: Person, *, by: str) -> list[j.JournalEvent]:
    """Return the event that ends a person's silence, if they have one.

    Nobody stands above a host, so nobody could lift a host's silence.
    """
    return [j.SilenceEnded(key=person.key, by=by)] if person.key in state.silences else []


def turn_end(state: RoomState, role: Role, now: float) -> float | None:
    """Return when the turn of somebody who comes on stage now ends; None for moderators."""
    if role in MODERATORS or not state.settings.floor_seconds:
        return None
    return now + state.settings.floor_seconds + TURN_GRACE


def _stage_joined(
    state: RoomState, someone: Participant, role: Role, slot: int, now: float, *, silenced: bool
) -> e.StageJoined:
    return e.StageJoined(
        speaker=Speaker(
            id=someone.id,
            person=someone.person,
            role=role,
            slot=slot,
            generation=(state.slots[slot].generation + 1) % GENERATIONS,
            muted=True,
            silenced=silenced,
            connected=someone.connected,
            kept_until=None if someone.dropped_at is None else someone.dropped_at + KEEP_SEAT,
            spoken=state.spoken.get(someone.person, 0.0),
            turn_ends_at=turn_end(state, role, now),
        )
    )
