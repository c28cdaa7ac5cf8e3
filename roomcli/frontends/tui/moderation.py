"""What the user may do to whom: decides what keys, hints, cards and the palette offer.

Pure, and only for display: the server decides. Nothing is offered that the server would surely
refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ...protocol import commands as c
from ...protocol.people import Role, Speaker
from ...protocol.permissions import outranks
from ...protocol.view import RoomView
from ..grammar.usage import is_for, rule_of

Part = Literal["stage", "hands", "audience", "talk"]
"""A part of the room's screen that the arrows may move in."""


@dataclass(frozen=True)
class Act:
    """An action on a person; its name is that of the command and of its key.

    ``words`` take the person's name. An act with a ``question`` is confirmed first; one with a
    ``form`` asks for more than a yes, and its ``command`` is used if no more is said.
    """

    name: str
    label: str
    words: str
    command: Callable[[str], c.Command]
    question: str = ""
    form: bool = False


ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act("accept_hand", "Accept", "Bring {} on stage", lambda id: c.AcceptHand(id=id)),
        Act("decline_hand", "Decline", "Lower the hand of {}", lambda id: c.DeclineHand(id=id)),
        Act(
            "invite_to_stage", "Invite up", "Invite {} on stage", lambda id: c.InviteToStage(id=id)
        ),
        Act(
            "move_to_audience",
            "To audience",
            "Move {} to the audience",
            lambda id: c.MoveToAudience(id=id),
        ),
        Act("give_time", "1 more min", "Give {} one more minute", lambda id: c.GiveTime(id=id)),
        Act("silence", "Silence", "Silence {}", lambda id: c.Silence(id=id)),
        Act("ask_to_unmute", "Ask to unmute", "Ask {} to unmute", lambda id: c.AskToUnmute(id=id)),
        Act(
            "make_cohost",
            "Co-host",
            "Make {} a co-host",
            lambda id: c.MakeCohost(id=id),
            "Make {} a co-host?",
        ),
        Act(
            "hand_over",
            "Hand over",
            "Make {} the host instead of you",
            lambda id: c.HandOver(id=id),
            "Hand the room over to {}?",
        ),
        Act("remove", "Remove", "Remove {} from the room", lambda id: c.Remove(id=id), form=True),
        Act("ban", "Ban", "Ban {} from the room", lambda id: c.Ban(id=id), form=True),
        Act("report", "Report", "Report {}", lambda id: c.Report(id=id), form=True),
    )
}
ON_WHO_LEFT = ("ban", "report")


def acts_on(view: RoomView | None, id: str | None) -> tuple[str, ...]:
    """Return the names of the acts that the viewer may do to this person, and that make sense."""
    if view is None or id is None or id in (view.you, view.me):
        return ()
    speaker = view.stage.get(id)
    role = speaker.role if speaker else "listener"
    return tuple(
        name
        for name in ACTS
        if _is_permitted(name, view.role, role) and _makes_sense(name, view, id, speaker)
    )


def _is_permitted(name: str, own: Role, other: Role) -> bool:
    rule = rule_of(name)
    return own in rule.who and (not rule.outranks or outranks(own, other))


def _makes_sense(name: str, view: RoomView, id: str, speaker: Speaker | None) -> bool:
    match name:
        case "accept_hand" | "decline_hand":
            return view.place_in_queue(id) is not None
        case "invite_to_stage":
            waits = view.place_in_queue(id) is not None or id in view.stage_invitations
            return speaker is None and not waits
        case "give_time":
            return speaker is not None and speaker.turn_ends_at is not None
        case "silence":
            return speaker is not None and not speaker.silenced
        case "ask_to_unmute" if speaker is not None and speaker.silenced:
            return _is_permitted("lift_silence", view.role, speaker.role)
        case "ask_to_unmute":
            return speaker is not None and speaker.muted
        case "make_cohost":
            return speaker is not None and speaker.role == "speaker"
        case "move_to_audience" | "hand_over":
            return speaker is not None
    return True


def acts_on_who_left(view: RoomView | None) -> tuple[str, ...]:
    """Return the names of the acts that the viewer may do to somebody who left."""
    if view is None:
        return ()
    return tuple(each for each in ON_WHO_LEFT if is_for(each, view.role))


def everyone(view: RoomView | None) -> tuple[str, ...]:
    """Return the ids of all who can be picked, in the order of the screen.

    That is: stage, hands, front rows.
    """
    if view is None:
        return ()
    seen = dict.fromkeys(view.stage)
    seen |= dict.fromkeys(hand.id for hand in view.hands)
    return tuple(seen | dict.fromkeys(view.front_row))


def part_of(view: RoomView | None, id: str | None) -> Part:
    """Return the part of the screen where a person stands; of nobody, the first with people."""
    if view is None or id in view.stage or (id is None and view.stage):
        return "stage"
    hands = {hand.id for hand in view.hands}
    if id in hands or (id is None and hands):
        return "hands"
    return "audience" if view.front_row else "stage"


def subject(view: RoomView | None, act: str, picked: str | None) -> str | None:
    """Return the id of the person an act is about, or None.

    That is the picked person, else the next hand, or the speaker whose turn ends next.
    """
    if picked is not None or view is None:
        return picked
    if act in ("accept_hand", "decline_hand") and view.hands:
        return view.hands[0].id
    if act == "give_time":
        ends = {
            id: each.turn_ends_at
            for id, each in view.stage.items()
            if each.turn_ends_at is not None and id != view.you
        }
        return min(ends, key=lambda id: ends[id], default=None)
    return None
