"""What follows in a room when people's keys change: two persons are one, or one is two.

Everybody is known by their first key, whichever of their keys signed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.people import BanNotice, Person, Role

from . import journal as j
from .participants import Participant
from .presence import departure
from .state import RoomState

OWNER = 4
"""How high the owner of a room stands there."""
_RANKS: dict[Role, int] = dict(zip(get_args(Role), (3, 2, 1, 0), strict=True))


def rank_of(state: RoomState, person: Person) -> int:
    """Return how high a person stands: by what is theirs, or by the highest of their seats."""
    roles = (each.role for each in state.seats_of(person.id))
    return rank_by(roles, is_owner=state.owner == person.key)


def rank_by(roles: Iterable[Role], *, is_owner: bool) -> int:
    """Return how high somebody stands who has seats with these roles."""
    return OWNER if is_owner else max((_RANKS[each] for each in roles), default=0)


def united(
    state: RoomState, one: Person, into: Person, rank: int, now: float
) -> list[j.JournalEvent]:
    """Return the events when the first person becomes the second, who may stand so high now.

    The seats of the first end: whoever has them comes back as the second person.
    """
    events = _put_out(state, one, j.Departed(id="", at=now))
    if rank < OWNER and state.owner in (one.key, into.key):
        events.append(j.OwnerNamed(key=""))
    events += [*_silenced_too(state, one, into), *_kept_out_too(state, one, into)]
    ban = state.bans.get(one.key)
    if ban is not None and ban.holds(now) and _is_longer(ban, state.bans.get(into.key)):
        events.append(j.Banned(ban=replace(ban, key=into.key, person=into.id, name=into.name)))
        return [*events, *_put_out(state, into, j.Departed(id="", at=now))]
    lowered = any(one.key in each.lowered for each in state.room_invites.values())
    return [*events, *_lowered(state, into, rank, now, is_lowered=lowered and not rank)]


def split_off(state: RoomState, person: Person, alone: Person) -> list[j.JournalEvent]:
    """Return the events when a key of the first person becomes the second one."""
    return [*_silenced_too(state, person, alone), *_kept_out_too(state, person, alone)]


def banned_too(state: RoomState, ban: BanNotice, person: Person, by: str) -> list[j.JournalEvent]:
    """Return the events that ban somebody who was the same person as the banned one until lately.

    ``by`` is the person who banned. The owner of the room stays, whoever they were.
    """
    if person.key == state.owner:
        return []
    gone = j.Departed(id="", at=ban.at, reason="banned", by=by, note=ban.reason)
    banned = j.Banned(ban=replace(ban, key=person.key, person=person.id, name=person.name))
    return [banned, *_put_out(state, person, gone)]


def signed_out(state: RoomState, seats: Iterable[str], now: float) -> list[j.JournalEvent]:
    """Return the events that end these seats: the key by which somebody came to them is revoked."""
    events: list[j.JournalEvent] = []
    for id in seats:
        events += departure(state, j.Departed(id=id, at=now))
    return events


def _silenced_too(state: RoomState, one: Person, other: Person) -> list[j.JournalEvent]:
    silence = state.silences.get(one.key)
    if silence is None or other.key in state.silences:
        return []
    also = replace(silence, key=other.key, person=other.id, name=other.name)
    return [j.SilenceSet(silence=also, by=other.id)]


def _kept_out_too(state: RoomState, one: Person, other: Person) -> list[j.JournalEvent]:
    """Return the events by which the second may not knock while the first may not."""
    away, own = state.turned_away.get(one.key), state.turned_away.get(other.key)
    if away is None or (own is not None and own.until >= away.until):
        return []
    times = max(away.times, own.times if own is not None else 0)
    return [j.KeptAtDoor(key=other.key, until=away.until, times=times)]


def _is_longer(ban: BanNotice, other: BanNotice | None) -> bool:
    if other is None or ban.until is None:
        return True
    return other.until is not None and ban.until > other.until


def _put_out(state: RoomState, person: Person, gone: j.Departed) -> list[j.JournalEvent]:
    events: list[j.JournalEvent] = []
    for each in state.here(person.id):
        events += departure(state, replace(gone, id=each.id))
    return [*events, j.SeatsEnded(key=person.key)]


def _lowered(
    state: RoomState, person: Person, rank: int, now: float, *, is_lowered: bool
) -> list[j.JournalEvent]:
    """Return the events that leave a person no more than this rank.

    If they are lowered otherwise, no invite gives them more than that either.
    """
    seats = [each for each in state.seats_of(person.id) if _RANKS[each.role] > rank]
    down = [_stepped_down(each, rank, now) for each in seats if each.id in state.participants]
    return [*down, j.Lowered(key=person.key)] if seats or is_lowered else []


def _stepped_down(seat: Participant, rank: int, now: float) -> j.JournalEvent:
    role = next(role for role, each in _RANKS.items() if each <= rank)
    if role == "listener":
        return j.SteppedDown(id=seat.id, at=now, reason="moved")
    return e.RoleChanged(id=seat.id, role=role)
