"""What a frontend knows of a room, and the questions that its screens ask of that.

Pure: times come in as arguments; nothing here draws, waits or reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from typing import NamedTuple

from ...protocol import events as e
from ...protocol import local
from ...protocol.audio import SILENCE
from ...protocol.chat import ChatMessage
from ...protocol.moderation_log import LogEntry
from ...protocol.people import (
    TURN_GRACE,
    BanNotice,
    Hand,
    Person,
    Role,
    RoomInvite,
    SilenceNotice,
)
from ...protocol.room import RoomView
from ..words.measures import waiting
from ..words.names import written
from .conversation import Conversation, speaks_to
from .log_copy import LogCopy

SPEAKING_LEVEL = 46
"""Louder than this (in -dBov) is speech; what is below is a room's own noise."""
SPEAKING_HOLD = 0.7
"""Seconds for which somebody still counts as speaking: pauses between words are no news."""
FLOAT_TIME = 4.0
"""Seconds for which a reaction stays on the screen."""
ASK_TIME = 60.0
"""Seconds after which a moderator's request to unmute is no longer shown."""
DEPARTED_KEPT = 500
"""People who left that a frontend remembers, the last to leave first."""
LISTED_KEPT = 2000
"""People of the audience, from pages of it, that a frontend remembers."""
KEEP_SEAT = 30
"""Seconds for which the server keeps the place of whoever drops."""
HOST_GRACE = 60
"""Seconds for which a room without anybody who may moderate stays open."""

LATE = 0.2
"""Seconds by which news may be late, without a turn beginning with a second less."""


class TurnLeft(NamedTuple):
    """Whole seconds left of somebody's turn; once it is ``over``, of the moment to finish."""

    seconds: int
    over: bool


class OwnState(Enum):
    """What one's own microphone and place are; ON_AIR only ever by the engine's word."""

    CONNECTING = "connecting"
    LISTENING = "listening"
    HAND_RAISED = "hand raised"
    MUTED = "muted"
    OPENING = "opening"
    ON_AIR = "on air"
    SILENCED = "silenced"
    RECONNECTING = "reconnecting"


@dataclass
class RoomState:
    """The view of the room, the connection, the microphone, who is heard, what was written.

    ``own_name`` is by what name one entered. ``invite`` is what friends may have, for any number
    of listeners; ``fresh_invite`` the last that one made, maybe for somebody with a role.
    ``keeps`` is what the server keeps, in words. ``bans``, ``silences``, ``links``,
    ``audience`` and ``departed`` are the answers to ``list_bans``, ``list_silenced``,
    ``list_invites`` and ``list_people``;
    ``departed`` holds who was seen to leave as well. ``own_turn_ending``: one will soon be off the
    stage.
    """

    own_name: str = ""
    view: RoomView | None = None
    connection: local.Connection = field(
        default_factory=lambda: local.Connection(state="connecting")
    )
    microphone_open: bool = False
    opening: bool = False
    own_level: int = SILENCE
    levels: dict[str, int] = field(default_factory=dict)
    false_levels: set[str] = field(default_factory=set)
    asked_by: str | None = None
    invite: str | None = None
    fresh_invite: e.InviteMade | None = None
    left: local.Left | None = None
    keeps: tuple[str, ...] = ()
    bans: tuple[BanNotice, ...] = ()
    silences: tuple[SilenceNotice, ...] = ()
    links: tuple[RoomInvite, ...] = ()
    audience: dict[str, Person] = field(default_factory=dict)
    departed: tuple[Person, ...] = ()
    own_turn_ending: bool = False
    _conversation: Conversation = field(default_factory=Conversation)
    _log: LogCopy = field(default_factory=LogCopy)
    _asked_at: float = 0.0
    _clock_ahead: float = 0.0
    _heard: dict[str, float] = field(default_factory=dict)
    _floats: dict[str, tuple[int, float]] = field(default_factory=dict)

    @property
    def role(self) -> Role:
        """One's own role; a listener before the room is known."""
        return self.view.role if self.view else "listener"

    @property
    def own(self) -> OwnState:
        """One's own state, of which the bar at the bottom speaks."""
        if self.microphone_open:
            return OwnState.ON_AIR
        if self.view is None:
            return OwnState.CONNECTING
        if self.is_cut_off:
            return OwnState.RECONNECTING
        me = self.view.stage.get(self.view.you)
        if me is None:
            raised = self.view.place_in_queue(self.view.you) is not None
            return OwnState.HAND_RAISED if raised else OwnState.LISTENING
        if me.silenced:
            return OwnState.SILENCED
        return OwnState.OPENING if self.opening else OwnState.MUTED

    @property
    def is_cut_off(self) -> bool:
        """Whether the link to the server is lost: until it is back nothing can be asked."""
        return self.connection.state == "reconnecting"

    @property
    def invited_by(self) -> str | None:
        """Who asks one on stage; an id."""
        return self.view.invites.get(self.view.you) if self.view else None

    def asked(self, now: float) -> str | None:
        """Who would like to hear one; None when that was long ago or is settled."""
        fresh = now - self._asked_at < ASK_TIME
        return self.asked_by if fresh and not self.microphone_open else None

    def is_speaking(self, id: str, now: float) -> bool:
        """Whether somebody on stage is heard now or was a moment ago."""
        speaker = self.view.stage.get(id) if self.view else None
        if speaker is None or speaker.silenced or not speaker.connected:
            return False
        return now - self._heard.get(id, float("-inf")) < SPEAKING_HOLD

    def level(self, id: str, now: float) -> int:
        """How loud somebody is, in -dBov; silence when they are not speaking."""
        return self.levels.get(id, SILENCE) if self.is_speaking(id, now) else SILENCE

    def floating(self, now: float) -> dict[str, int]:
        """The reactions of the last moments and how many of each."""
        return {
            reaction: count
            for reaction, (count, at) in self._floats.items()
            if now - at < FLOAT_TIME
        }

    @property
    def chat(self) -> dict[int, ChatMessage]:
        """The newest messages by number, in order."""
        return self._conversation.messages

    @property
    def unread(self) -> int:
        """Messages of others since :meth:`read_chat`."""
        return self._conversation.unread

    @property
    def more_chat(self) -> bool:
        """Whether ``read_chat`` would bring older messages."""
        return self._conversation.more

    @property
    def renamings(self) -> int:
        """How many times somebody was written in another way, in what they wrote before too."""
        return self._conversation.renamings

    def mentioned(self, message: ChatMessage) -> bool:
        """Whether a message of somebody else's speaks to oneself."""
        if self.view is None or message.person.id == self.view.you:
            return False
        me = self.view.person(self.view.you)
        return speaks_to(message, me.name if me else self.own_name, me.tail if me else "")

    @property
    def log(self) -> list[LogEntry]:
        """The newest entries of the moderation log that one was told or asked for, in order."""
        return self._log.entries

    @property
    def log_fault(self) -> str | None:
        """How the moderation log contradicts what was told before; None if it does not."""
        return self._log.fault

    @property
    def opened_at(self) -> float | None:
        """When the room was opened, to which its log is chained; known once the log was read."""
        return self._log.opened_at

    def spoken(self, id: str) -> float:
        """For how many seconds somebody has been heard in this room."""
        if self.view is None:
            return 0.0
        if id in self.view.stage:
            return self.view.stage[id].spoken
        return next((each.spoken for each in self.view.hands if each.person.id == id), 0.0)

    def turn_left(self, id: str, wall: float) -> TurnLeft | None:
        """What is left of a speaker's turn; None where it has no end."""
        speaker = self.view.stage.get(id) if self.view else None
        left = self._until(speaker.turn_ends_at if speaker else None, wall)
        if left is None:
            return None
        whole, grace = max(0, ceil(left - LATE)), int(TURN_GRACE)
        return TurnLeft(whole, True) if whole <= grace else TurnLeft(whole - grace, False)

    def host_back_in(self, wall: float) -> float | None:
        """Seconds until a dropped host's place is given away; None while the host is here."""
        host = self.view.host if self.view else None
        return self._until(host.kept_until if host else None, wall)

    def closes_in(self, wall: float) -> float | None:
        """Seconds until the room closes for lack of a host; None while there is one."""
        return self._until(self.view.closes_at if self.view else None, wall)

    def _until(self, at: float | None, wall: float) -> float | None:
        return None if at is None else max(0.0, at - wall - self._clock_ahead)

    def local_time(self, at: float) -> float:
        """A time by the server's clock, by the clock of this machine."""
        return at - self._clock_ahead

    def waited(self, hand: Hand, wall: float) -> float:
        """Seconds since a hand went up, by the server's clock."""
        return max(0.0, wall + self._clock_ahead - hand.at)

    def hand_reason(self, hand: Hand, wall: float) -> str:
        """Why a hand is at its place in the queue."""
        waits = f"waits {waiting(self.waited(hand, wall))}"
        if self.view is None or self.view.settings.order == "fifo":
            return waits
        spoken = int(hand.spoken)
        return f"has spoken {waiting(spoken)}, {waits}" if spoken else f"has not spoken, {waits}"

    def succession_line(self) -> str:
        """What happens if the host drops; empty without a host."""
        view = self.view
        if view is None or view.host is None:
            return ""
        is_own, heir = view.host.person.id == view.you, view.successor
        drops = "you drop" if is_own else f"{view.host.person.full_name} drops"
        if heir is None:
            return f"if {drops}: nobody takes over, the room closes after {HOST_GRACE} s"
        name = "you" if heir.person.id == view.you else heir.person.full_name
        return f"if {drops}: {name} in {KEEP_SEAT} s"

    def name_of(self, id: str) -> str:
        """The name of somebody in view, or a word for somebody who is not."""
        person = self.view.person(id) if self.view else None
        return written(person, self.view) if person else "Somebody"
