"""What may be done with whom: the keys that the footer and the palette offer.

Pure, and only for show: the server decides. Nothing is offered that it would surely refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...protocol import commands as c
from ...protocol.room import RoomView


@dataclass(frozen=True)
class Act:
    """Something a moderator does with a person. ``words`` take the person's name."""

    name: str
    key: str
    label: str
    words: str
    command: Callable[[str], c.Command]
    question: str = ""


ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act("accept_hand", "a", "Accept", "Bring {} on stage", lambda id: c.AcceptHand(id=id)),
        Act(
            "decline_hand", "d", "Decline", "Lower the hand of {}", lambda id: c.DeclineHand(id=id)
        ),
        Act(
            "invite_to_stage",
            "i",
            "Invite up",
            "Invite {} on stage",
            lambda id: c.InviteToStage(id=id),
        ),
        Act(
            "move_to_audience",
            "b",
            "To audience",
            "Move {} to the audience",
            lambda id: c.MoveToAudience(id=id),
        ),
        Act("silence", "s", "Silence", "Silence {}", lambda id: c.Silence(id=id)),
        Act(
            "ask_to_unmute",
            "u",
            "Ask to unmute",
            "Ask {} to unmute",
            lambda id: c.AskToUnmute(id=id),
        ),
        Act(
            "remove",
            "x",
            "Remove",
            "Remove {} from the room",
            lambda id: c.Remove(id=id),
            "Remove {} from the room?",
        ),
        Act("make_cohost", "", "", "Make {} a co-host", lambda id: c.MakeCohost(id=id)),
        Act(
            "hand_over",
            "",
            "",
            "Make {} the host instead of you",
            lambda id: c.HandOver(id=id),
            "Hand the room over to {}?",
        ),
    )
}


def acts_on(view: RoomView | None, id: str | None) -> tuple[str, ...]:
    """The names of what the viewer may do with this person."""
    if view is None or id is None or id == view.you or not view.is_moderator:
        return ()
    speaker = view.stage.get(id)
    if speaker is None:
        if view.place_in_queue(id) is not None:
            return "accept_hand", "decline_hand", "remove"
        return ("remove",) if id in view.invites else ("invite_to_stage", "remove")
    if speaker.role == "host" and view.role != "host":
        return ()
    acts = ["move_to_audience"]
    if not speaker.silenced:
        acts.append("silence")
    if speaker.silenced or speaker.muted:
        acts.append("ask_to_unmute")
    acts.append("remove")
    if view.role == "host":
        acts += ["make_cohost"] if speaker.role == "speaker" else []
        acts.append("hand_over")
    return tuple(acts)


def everyone(view: RoomView | None) -> tuple[str, ...]:
    """All who can be picked, in the order of the screen: stage, hands, front rows."""
    if view is None:
        return ()
    seen = dict.fromkeys(view.stage)
    seen |= dict.fromkeys(hand.person.id for hand in view.hands)
    return tuple(seen | dict.fromkeys(view.front_row))
