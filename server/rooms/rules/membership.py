"""What follows in a room when somebody belongs to its community no longer, or is banned from it."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.moderation_log import Action
from roomcli.protocol.people import Person

from . import journal as j
from .entrance import is_on_list
from .presence import departure
from .record import LogDraft, written
from .state import RoomState

_DETAIL = "by the room's community"


def put_out_by_community(
    state: RoomState, person: Person, note: str, now: float
) -> list[j.JournalEvent]:
    """Return the events when the community bans somebody, here, away or at the door."""
    gone = j.Departed(id="", at=now, reason="banned", note=note, by_community=True)
    why = f"the room's community banned you: {note}" if note else "the room's community banned you"
    return _departures(state, person, gone, at_door=why)


def membership_ended(
    state: RoomState, person: Person, note: str, now: float, *, removed: bool
) -> list[j.JournalEvent]:
    """Return the events when somebody is a member no longer: they leave what is for members only.

    It concerns every seat of theirs, also those that tickets would bring back; who is on the room's
    list stays. ``note`` says why, ``removed`` is whether a moderator of the community did it.
    """
    if state.ended or not state.settings.members or is_on_list(state, person):
        return []
    told = f"{state.name} is for members of its community: {note}"
    gone = j.Departed(
        id="", at=now, reason="removed" if removed else "left", note=told, by_community=True
    )
    return _departures(state, person, gone)


def _departures(
    state: RoomState, person: Person, gone: j.Departed, at_door: str = ""
) -> list[j.JournalEvent]:
    events: list[j.JournalEvent] = []
    seats = state.here(person.id)
    if seats and gone.reason != "left":
        action: Action = "ban" if gone.reason == "banned" else "remove"
        line = LogDraft(action, target=state.who(seats[0]), detail=_DETAIL)
        events += written(state, gone.at, line)
    for each in seats:
        events += departure(state, replace(gone, id=each.id))
    if at_door and person.id in state.knocks:
        events.append(j.LeftDoor(person=person.id, note=at_door))
    keys = dict.fromkeys((person.key, *(state.who(each).key for each in seats)))
    return [*events, *(j.SeatsEnded(key=key) for key in keys)]
