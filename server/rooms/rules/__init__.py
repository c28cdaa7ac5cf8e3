"""The rules of a room: who may do what, what follows, and who is told. Pure.

    decide(state, actor, command, now, entropy)  the events of a command, or CommandRefused
    knock, stop_knocking                         the events of waiting at the door
    membership_ended, put_out_by_community       what the room's community does to who is here
    enter, resume, drop                          the events of coming and going
    tick, next_wake                              the events that are due
    evolve(state, event)                         the state after an event
    apply(state, events)                         the state after events, and what has to be done
    answer(state, question, now)                 the answer to a question, or None
    view, project, project_classes               what each participant may know
    may_speak(state, id)                         the gate for audio

No input or output, no clock, no randomness: time comes in as an argument. ``now`` never goes back
(the server anchors a monotonic clock to 1970 once). Replaying the journal gives the state.
"""

from .apply import apply, seat
from .decide import decide
from .door import judge_door, no_room, room_invite_for, shareable_invite
from .entrance import judge_rightful_host
from .evolve import evolve
from .house import opening
from .knocking import knock, stop_knocking
from .membership import membership_ended, put_out_by_community
from .newcomer import CheckedClaim, Newcomer
from .participants import SLOT_REST, KeptInvite, Participant, Slot
from .passing import next_wake, tick
from .presence import departure, drop, enter, judge_ban, renewal, resume
from .project import Delivery, Told, project, project_classes, view
from .questions import answer
from .record import LogDraft, written
from .state import (
    DEFAULT_LIMITS,
    PULSE,
    TALK_NEWS,
    Limits,
    RoomState,
    may_speak,
)
from .unions import OWNER, banned_too, rank_by, rank_of, signed_out, split_off, united

__all__ = [
    "DEFAULT_LIMITS",
    "OWNER",
    "PULSE",
    "SLOT_REST",
    "TALK_NEWS",
    "CheckedClaim",
    "Delivery",
    "KeptInvite",
    "Limits",
    "LogDraft",
    "Newcomer",
    "Participant",
    "RoomState",
    "Slot",
    "Told",
    "answer",
    "apply",
    "banned_too",
    "decide",
    "departure",
    "drop",
    "enter",
    "evolve",
    "judge_ban",
    "judge_door",
    "judge_rightful_host",
    "knock",
    "may_speak",
    "membership_ended",
    "next_wake",
    "no_room",
    "opening",
    "project",
    "project_classes",
    "put_out_by_community",
    "rank_by",
    "rank_of",
    "renewal",
    "resume",
    "room_invite_for",
    "seat",
    "shareable_invite",
    "signed_out",
    "split_off",
    "stop_knocking",
    "tick",
    "united",
    "view",
    "written",
]
