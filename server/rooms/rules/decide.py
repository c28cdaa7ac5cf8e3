"""Decides what a command does: its events, or the refusal. The only judge of permission.

Pure: state and time come in as arguments, and nothing is changed. A command that changes nothing
gives no events. The rules themselves are in ``floor``, ``sanctions``, ``house`` and ``talk``.
"""

from __future__ import annotations

from roomcli.protocol import commands as c

from . import floor, house, sanctions, talk
from . import journal as j
from .judge import judge
from .names import with_names
from .participants import Participant
from .presence import departure
from .state import RoomState


def decide(
    state: RoomState, actor: str, command: c.RoomCommand, now: float, entropy: bytes
) -> list[j.JournalEvent]:
    """Return the events that follow from ``command``.

    Raises CommandRefused with a stable code. Questions (``list_people``, ``read_log`` and their
    like) and ``report`` are only judged here, and answered by the server. ``entropy`` (16 bytes)
    makes the ids of new invites. The password of ``set_password`` comes as its hash.
    """
    me = judge(state, actor, command)
    return with_names(state, _decided(state, me, command, now, entropy))


def _decided(
    state: RoomState, me: Participant, command: c.RoomCommand, now: float, entropy: bytes
) -> list[j.JournalEvent]:
    match command:
        case c.Leave():
            return departure(state, j.Departed(id=me.person.id, at=now))
        case (
            c.Mute()
            | c.Unmute()
            | c.RaiseHand()
            | c.LowerHand()
            | c.LowerAllHands()
            | c.AcceptHand()
            | c.DeclineHand()
            | c.InviteToStage()
            | c.AcceptStageInvitation()
            | c.DeclineStageInvitation()
            | c.LeaveStage()
            | c.MoveToAudience()
            | c.GiveTime()
        ):
            return floor.decided(state, me, command, now)
        case (
            c.Silence()
            | c.LiftSilence()
            | c.AskToUnmute()
            | c.Remove()
            | c.Ban()
            | c.Unban()
            | c.MakeCohost()
            | c.HandOver()
        ):
            return sanctions.decided(state, me, command, now)
        case c.React() | c.Chat() | c.RemoveMessage() | c.Report():
            return talk.decided(state, me, command, now)
        case c.ListPeople():
            house.judge_list(me, command)
            return []
        case c.ReadChat() | c.ReadLog() | c.ListBans() | c.ListSilenced() | c.ListRoomInvites():
            return []
        case (
            c.Lock()
            | c.Unlock()
            | c.ChangeSettings()
            | c.SetPassword()
            | c.MakeRoomInvite()
            | c.RevokeRoomInvite()
            | c.EndRoom()
        ):
            return house.decided(state, me, command, now, entropy)
