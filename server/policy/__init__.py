"""The rules of a room, pure: who may do what, what follows, who is told.

    decide(state, actor, command, now, entropy)  what a command does, or Refused
    enter, resume, drop                          what coming and going does
    tick, next_wake                              what time does
    evolve(state, event)                         the state after an event
    view, project, project_classes               what each participant may know
    may_speak(state, id)                         the gate for audio

No input or output, no clock, no chance: time comes in as an argument. ``now`` never goes back (the
server anchors a monotonic clock to 1970 once). Replaying the journal gives the state.
"""

from .decide import decide
from .evolve import evolve
from .journal import (
    Asked,
    Departed,
    Dropped,
    Entered,
    JournalEvent,
    Pulsed,
    Reacted,
    Returned,
    SteppedDown,
)
from .passing import next_wake, tick
from .permissions import PERMISSIONS, Rule
from .presence import drop, enter, resume
from .project import Delivery, Told, project, project_classes, view
from .state import (
    HOST_GRACE,
    KEEP_SEAT,
    PULSE,
    SLOT_REST,
    Limits,
    Participant,
    RoomState,
    Slot,
    may_speak,
)

__all__ = [
    "HOST_GRACE",
    "KEEP_SEAT",
    "PERMISSIONS",
    "PULSE",
    "SLOT_REST",
    "Asked",
    "Delivery",
    "Departed",
    "Dropped",
    "Entered",
    "JournalEvent",
    "Limits",
    "Participant",
    "Pulsed",
    "Reacted",
    "Returned",
    "RoomState",
    "Rule",
    "Slot",
    "SteppedDown",
    "Told",
    "decide",
    "drop",
    "enter",
    "evolve",
    "may_speak",
    "next_wake",
    "project",
    "project_classes",
    "resume",
    "tick",
    "view",
]
