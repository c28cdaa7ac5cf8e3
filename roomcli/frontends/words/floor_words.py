"""The floor in words: why a hand is at its place, and who follows the host. Pure."""

from __future__ import annotations

from ...protocol.durations import elapsed
from ...protocol.people import Hand
from ...protocol.times import HOST_GRACE, KEEP_SEAT
from ...protocol.view import RoomView


def hand_reason(hand: Hand, order: str, waited: float) -> str:
    """Return why a hand is at its place in a queue of this order, after so many seconds."""
    waits = f"waits {elapsed(waited)}"
    if order == "fifo":
        return waits
    spoken = int(hand.spoken)
    return f"has spoken {elapsed(spoken)}, {waits}" if spoken else f"has not spoken, {waits}"


def succession_line(view: RoomView | None) -> str:
    """Return what happens if the host drops; empty if there is no host."""
    if view is None or view.host is None:
        return ""
    is_own, heir = view.host.id == view.you, view.successor
    drops = "you drop" if is_own else f"{view.shown(view.host).full_name} drops"
    if heir is None:
        return f"if {drops}: the room closes after {HOST_GRACE:.0f} s"
    name = "you" if heir.id == view.you else view.shown(heir).full_name
    return f"if {drops}: {name} in {KEEP_SEAT:.0f} s"
