"""Decides what a command does to a community: its events, or the refusal."""

from __future__ import annotations

from roomcli.protocol.commands import communities as cc
from roomcli.protocol.people import Person

from ...people.blocks import Blocks, nobody_blocks
from . import describing, joining, moderating
from . import journal as j
from .judge import judge
from .names import Taken
from .record import Who
from .state import Community
from .succession import left

Deciding = (
    joining.JoiningCommand
    | moderating.ModeratingCommand
    | describing.DescribingCommand
    | cc.LeaveCommunity
)
"""The commands that change a community."""


def decide(
    state: Community,
    actor: Person,
    command: Deciding,
    now: float,
    *,
    who: Who,
    blocks: Blocks = nobody_blocks,
    taken: Taken,
    entropy: bytes,
    origin: str = "",
) -> list[j.CommunityJournal]:
    """Return the events that follow from ``command``.

    ``who`` tells names, ``blocks`` whom people block, ``taken`` which names read like those that
    everybody may find, this community's own aside. ``entropy`` (16 bytes) makes the endings of
    rooms' names. ``origin`` stands for the network from which the actor comes. Raises
    CommandRefused with a stable code.
    """
    judge(state, actor.id, command, now)
    if isinstance(command, joining.JoiningCommand):
        return joining.decide_joining(state, actor, command, now, who, blocks, origin)
    if isinstance(command, moderating.ModeratingCommand):
        return moderating.decide_moderating(state, actor, command, now, who)
    if isinstance(command, cc.LeaveCommunity):
        return left(state, actor.id, now, who)
    return describing.decide_describing(state, actor, command, now, taken=taken, entropy=entropy)
