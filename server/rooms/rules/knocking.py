"""Knocking: who waits at the door of a room, and whether a moderator lets them in.

Moderators are told of new ones once in ``KNOCK_NEWS`` at most. Who is blocked waits as everybody
does, and nobody is told of them.
"""

from __future__ import annotations

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.durations import rounded_up
from roomcli.protocol.people import Person

from ...people.giving_way import who_gives_way
from . import journal as j
from .entrance import DAY, what_is_missing
from .names import introduced
from .newcomer import Newcomer
from .participants import Participant
from .presence import judge_ban
from .record import LogDraft, written
from .state import RoomState

MAX_KNOCKS = 20
"""The most people who wait at one door."""
LET_IN = 300.0
"""Seconds for which a yes is good, for coming in once."""
PAUSE = 600.0
"""Seconds after a no before one may knock again; each further no doubles them."""
MAX_PAUSE = DAY


def knock(
    state: RoomState,
    person: Person,
    newcomer: Newcomer,
    now: float,
    *,
    network: str,
    is_blocked: bool = False,
) -> list[j.JournalEvent]:
    """Return the events when somebody comes to wait at the door, who may know of the room.

    ``network`` is what they count for. Raises CommandRefused: ``ended``, ``banned``, ``locked``,
    ``no_knocking`` (who may just come in, or cannot come in by this), ``knocking`` (they wait
    already), ``turned_away`` (a no is not long ago), ``door_full``.
    """
    if state.ended:
        raise CommandRefused("ended", "the room is closed")
    judge_ban(state.bans.get(person.key), now)
    if state.locked:
        raise CommandRefused("locked", "the room is locked: nobody is let in now")
    missing = what_is_missing(state, person, newcomer, now)
    if missing is None or state.let_in.get(person.key, 0.0) > now:
        raise CommandRefused("no_knocking", f"you need not knock at {state.name}: come in")
    if not state.settings.knock:
        raise CommandRefused("no_knocking", f"nobody answers knocks at {state.name}: {missing}")
    if person.id in state.knocks:
        raise CommandRefused("knocking", f"you wait at the door of {state.name} already")
    refusal = state.turned_away.get(person.key)
    if refusal is not None and refusal.until > now:
        left = refusal.until - now
        text = f"you were not let into {state.name}: you can knock again in {rounded_up(left)}"
        raise CommandRefused("turned_away", text, retry_after=left)
    came = j.CameToDoor(
        person=introduced(state, "", person, "listener"),
        at=now,
        network=network,
        is_hidden=is_blocked,
    )
    return [*_place_made(state, network), came]


def stop_knocking(state: RoomState, person: str, note: str = "") -> list[j.JournalEvent]:
    """Return the events when somebody waits no longer, of their own accord or cut off.

    With a ``note`` they are told so, and why.
    """
    return [j.LeftDoor(person=person, note=note)] if person in state.knocks else []


def everybody_sent_away(state: RoomState, why: str) -> list[j.JournalEvent]:
    """Return the events when nobody can wait at the door any longer."""
    return [j.LeftDoor(person=id, note=why) for id in state.knocks]


def decide_knock(
    state: RoomState, me: Participant, command: c.AnswerKnock, now: float
) -> list[j.JournalEvent]:
    """Return the events of a moderator's answer to a knock. Raises CommandRefused."""
    waiting = state.knocks.get(command.id)
    if waiting is None or not waiting.is_told:
        raise CommandRefused("no_such_person", "that person does not wait at the door (any longer)")
    person, host = waiting.person, state.who(me)
    if command.let_in:
        line = LogDraft("let_in", host, person)
        answer = j.LeftDoor(
            person=person.id, answer="let_in", by=me.person, until=now + LET_IN, at=now
        )
    else:
        line = LogDraft("turn_away", host, person)
        times = _noes(state, person.key, now) + 1
        until = now + min(MAX_PAUSE, PAUSE * 2.0 ** min(times - 1, 16))
        answer = j.LeftDoor(
            person=person.id, answer="refused", by=me.person, until=until, times=times, at=now
        )
    return [*written(state, now, line), answer]


def answer_to_knocker(state: RoomState, left: j.LeftDoor) -> e.KnockAnswered | None:
    """Return what somebody is told whose waiting is over, but for who ended it by themselves."""
    room = state.name
    match left.answer:
        case "let_in":
            text = f"you are let into {room}: come in within {rounded_up(left.until - left.at)}"
            return e.KnockAnswered(room=room, answer="let_in", text=text, until=left.until)
        case "refused":
            wait = left.until - left.at
            text = f"you are not let into {room}: you can knock again in {rounded_up(wait)}"
            return e.KnockAnswered(room=room, answer="refused", text=text, retry_after=wait)
    return e.KnockAnswered(room=room, answer="over", text=left.note) if left.note else None


def _noes(state: RoomState, key: str, now: float) -> int:
    """Return how often somebody was turned away lately; after a day of grace that is forgotten."""
    before = state.turned_away.get(key)
    return 0 if before is None or now >= before.until + DAY else before.times


def _place_made(state: RoomState, network: str) -> list[j.JournalEvent]:
    """Return the events that make a place at a full door: of the network with most, the last goes.

    Raises CommandRefused ``door_full`` for who would be one of that network.
    """
    if len(state.knocks) < MAX_KNOCKS:
        return []
    networks = {id: each.network for id, each in state.knocks.items()}
    last = who_gives_way(networks, network)
    if last is None:
        text = f"as many people wait at the door of {state.name} as may: try again later"
        raise CommandRefused("door_full", text)
    return [j.LeftDoor(person=last, note="too many people wait at the door: try again later")]
