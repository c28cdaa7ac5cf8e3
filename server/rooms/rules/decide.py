"""Decides what a command does: its events, or the refusal. The only judge of permission.

Pure: state and time come in as arguments, and nothing is changed. A command that changes nothing
gives no events. The rules themselves are in ``floor``, ``sanctions``, ``house`` and ``talk``.
"""

from __future__ import annotations

from roomcli.protocol.commands import (
    AcceptHand,
    AcceptStageInvitation,
    AskToUnmute,
    Ban,
    ChangeSettings,
    Chat,
    DeclineHand,
    DeclineStageInvitation,
    EndRoom,
    GiveTime,
    HandOver,
    InviteToStage,
    Leave,
    LeaveStage,
    LiftSilence,
    ListBans,
    ListPeople,
    ListRoomInvites,
    ListSilenced,
    Lock,
    LowerAllHands,
    LowerHand,
    MakeCohost,
    MakeRoomInvite,
    MoveToAudience,
    Mute,
    RaiseHand,
    React,
    ReadChat,
    ReadLog,
    Remove,
    RemoveMessage,
    Report,
    RevokeRoomInvite,
    RoomCommand,
    SetPassword,
    Silence,
    Unban,
    Unlock,
    Unmute,
)

from . import floor, house, sanctions, talk
from .journal import Departed, JournalEvent
from .judge import judge
from .names import with_names
from .participants import Participant
from .presence import departure
from .state import RoomState


def decide(
    state: RoomState, actor: str, command: RoomCommand, now: float, entropy: bytes
) -> list[JournalEvent]:
    """Return the events that follow from ``command``.

    Raises CommandRefused with a stable code. Questions (``list_people``, ``read_log`` and their
    like) and ``report`` are only judged here, and answered by the server. ``entropy`` (16 bytes)
    makes the ids of new invites. The password of ``set_password`` comes as its hash.
    """
    me = judge(state, actor, command)
    return with_names(state, _decided(state, me, command, now, entropy))


def _decided(
    state: RoomState, me: Participant, command: RoomCommand, now: float, entropy: bytes
) -> list[JournalEvent]:
    match command:
        case Leave():
            return departure(state, Departed(id=me.person.id, at=now))
        case (
            Mute()
            | Unmute()
            | RaiseHand()
            | LowerHand()
            | LowerAllHands()
            | AcceptHand()
            | DeclineHand()
            | InviteToStage()
            | AcceptStageInvitation()
            | DeclineStageInvitation()
            | LeaveStage()
            | MoveToAudience()
            | GiveTime()
        ):
            return floor.decided(state, me, command, now)
        case (
            Silence()
            | LiftSilence()
            | AskToUnmute()
            | Remove()
            | Ban()
            | Unban()
            | MakeCohost()
            | HandOver()
        ):
            return sanctions.decided(state, me, command, now)
        case React() | Chat() | RemoveMessage() | Report():
            return talk.decided(state, me, command, now)
        case ListPeople():
            house.judge_list(me, command)
            return []
        case ReadChat() | ReadLog() | ListBans() | ListSilenced() | ListRoomInvites():
            return []
        case (
            Lock()
            | Unlock()
            | ChangeSettings()
            | SetPassword()
            | MakeRoomInvite()
            | RevokeRoomInvite()
            | EndRoom()
        ):
            return house.decided(state, me, command, now, entropy)
