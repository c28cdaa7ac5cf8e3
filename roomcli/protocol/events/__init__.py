"""The events that a server sends to one participant.

Each struct is tagged with its name in snake case under ``event``. Events of ``floor`` and ``house``
are about a room, and most change its :class:`~roomcli.protocol.view.RoomView`. Events of ``own``
are about one connection. Times (``at``, ``closes_at``) are seconds since 1970 by the server's
clock.
"""

from __future__ import annotations

from .base import Event, ViewEvent
from .floor import (
    HandLowered,
    HandRaised,
    HandsLowered,
    InvitedToStage,
    Muted,
    ParticipantJoined,
    ParticipantLeft,
    PersonChanged,
    Pulse,
    RoleChanged,
    Silenced,
    SilenceLifted,
    SpeakerDropped,
    SpeakerReturned,
    StageInvitationSettled,
    StageJoined,
    StageLeft,
    TurnEnding,
    TurnSet,
    Unmuted,
)
from .house import (
    ChatPosted,
    ChatRemoved,
    HostAbsent,
    HostPresent,
    ModerationLogged,
    PasswordChanged,
    RoomEnded,
    RoomLocked,
    RoomUnlocked,
    SettingsChanged,
)
from .own import (
    AskedToUnmute,
    BanList,
    Challenge,
    ChatPage,
    Done,
    Goodbye,
    Joined,
    LogPage,
    PeoplePage,
    Refused,
    RoomInviteList,
    RoomInviteMade,
    SilenceList,
)

RoomEvent = (
    ParticipantJoined
    | ParticipantLeft
    | PersonChanged
    | HandRaised
    | HandLowered
    | HandsLowered
    | InvitedToStage
    | StageInvitationSettled
    | StageJoined
    | StageLeft
    | Muted
    | Unmuted
    | Silenced
    | SilenceLifted
    | SpeakerDropped
    | SpeakerReturned
    | RoleChanged
    | TurnSet
    | TurnEnding
    | Pulse
    | RoomLocked
    | RoomUnlocked
    | SettingsChanged
    | PasswordChanged
    | ChatPosted
    | ChatRemoved
    | ModerationLogged
    | HostAbsent
    | HostPresent
    | RoomEnded
)
"""Every event about a room."""

ServerMessage = (
    RoomEvent
    | Challenge
    | Joined
    | AskedToUnmute
    | PeoplePage
    | ChatPage
    | LogPage
    | BanList
    | SilenceList
    | RoomInviteList
    | RoomInviteMade
    | Done
    | Refused
    | Goodbye
)
"""Every control message that a server may send."""

__all__ = [
    "AskedToUnmute",
    "BanList",
    "Challenge",
    "ChatPage",
    "ChatPosted",
    "ChatRemoved",
    "Done",
    "Event",
    "Goodbye",
    "HandLowered",
    "HandRaised",
    "HandsLowered",
    "HostAbsent",
    "HostPresent",
    "InvitedToStage",
    "Joined",
    "LogPage",
    "ModerationLogged",
    "Muted",
    "ParticipantJoined",
    "ParticipantLeft",
    "PasswordChanged",
    "PeoplePage",
    "PersonChanged",
    "Pulse",
    "Refused",
    "RoleChanged",
    "RoomEnded",
    "RoomEvent",
    "RoomInviteList",
    "RoomInviteMade",
    "RoomLocked",
    "RoomUnlocked",
    "ServerMessage",
    "SettingsChanged",
    "SilenceLifted",
    "SilenceList",
    "Silenced",
    "SpeakerDropped",
    "SpeakerReturned",
    "StageInvitationSettled",
    "StageJoined",
    "StageLeft",
    "TurnEnding",
    "TurnSet",
    "Unmuted",
    "ViewEvent",
]
