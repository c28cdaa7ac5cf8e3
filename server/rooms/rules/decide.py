"""Decides what a command does: its events, or the refusal. The only judge of permission.

Pure: state and time come in as arguments, and nothing is changed. A command that changes nothing
gives no events. The rules themselves are in ``floor``, ``sanctions``, ``house`` and ``talk``.
"""

from __future__ import annotations

from roomcli.protocol import commands as c

from ...people.blocks import Blocks, nobody_blocks
from . import floor, house, knocking, sanctions, talk
from . import journal as j
from .judge import judge
from .names import with_names
from .participants import Participant
from .presence import departure
from .state import RoomState


def decide(
    state: RoomState,
    actor: str,
    command: c.RoomCommand,
    now: float,
    entropy: bytes,
    blocks: Blocks = nobody_blocks,
) -> list[j.JournalEvent]:
    """Return the events that follow from ``command``.

    Raises CommandRefused with a stable code. Questions (``list_people``, ``read_log`` and their
    like) and ``report`` are only judged here, and answered by the server. ``entropy`` (16 bytes)
    makes the ids of new invites. ``blocks`` says whether the one person blocks the other, who then
    invites them on stage in vain. The password of ``set_password`` comes as its hash.
    """
    me = judge(state, actor, command)
    return with_names(state, _decide(state, me, command, now, entropy, blocks))


def _decide(
    state: RoomState,
    me: Participant,
    command: c.RoomCommand,
    now: float,
    entropy: bytes,
    blocks: Blocks,
) -> list[j.JournalEvent]:
    if isinstance(command, c.FloorCommand):
        return floor.decide_floor(state, me, command, now, blocks)
    if isinstance(command, c.TalkCommand):
        return talk.decide_talk(state, me, command, now)
    if isinstance(command, c.ModerationCommand):
        return sanctions.decide_sanction(state, me, command, now)
    if isinstance(command, c.HouseCommand):
        return house.decide_house(state, me, command, now, entropy)
    if isinstance(command, c.DoorCommand):
        return knocking.decide_knock(state, me, command, now)
    return departure(state, j.Departed(id=me.id, at=now))
