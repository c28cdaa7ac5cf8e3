"""What the screens show: the state of a room as far as a person at a terminal can tell.

Pure: events come in with the time at which they came; nothing here draws, waits or reads a clock.
Every frontend keeps one, so that all of them agree on what is on air and who is speaking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ..protocol import events as e
from ..protocol import local
from ..protocol.audio import SILENCE
from ..protocol.people import Hand, Role
from ..protocol.room import RoomView, evolve_view
from .happenings import SMALL_ROOM, Happening, describe

SPEAKING_LEVEL = 46
"""Louder than this (in -dBov) is speech; what is below is a room's own noise."""
SPEAKING_HOLD = 0.7
"""Seconds for which somebody still counts as speaking: pauses between words are no news."""
FLOAT_TIME = 4.0
"""Seconds for which a reaction stays on the screen."""
ASK_TIME = 60.0
"""Seconds after which a moderator's request to unmute is no longer shown."""


class OwnState(Enum):
    """What one's own microphone and place are; ON_AIR only ever by the engine's word."""

    CONNECTING = "connecting"
    LISTENING = "listening"
    HAND_RAISED = "hand raised"
    MUTED = "muted"
    OPENING = "opening"
    ON_AIR = "on air"
    SILENCED = "silenced"


@dataclass
class RoomModel:
    """The view of the room, the connection, the microphone, and who is heard."""

    view: RoomView | None = None
    connection: local.Connection = field(
        default_factory=lambda: local.Connection(state="connecting")
    )
    microphone_open: bool = False
    opening: bool = False
    own_level: int = SILENCE
    levels: dict[str, int] = field(default_factory=dict)
    asked_by: str | None = None
    invite: str | None = None
    left: local.Left | None = None
    _asked_at: float = 0.0
    _clock_ahead: float = 0.0
    _heard: dict[str, float] = field(default_factory=dict)
    _floats: dict[str, tuple[int, float]] = field(default_factory=dict)
    _met: set[str] = field(default_factory=set)

    def receive(
        self, event: e.ServerMessage | local.LocalEvent, now: float, wall: float
    ) -> Happening | None:
        """Take an event in; ``now`` is monotonic, ``wall`` seconds since 1970. Its line, if any."""
        before = self.view
        match event:
            case e.Joined():
                return self._join(event, wall)
            case local.Connection():
                self.connection = event
                self.opening = self.opening and event.state == "connected"
            case local.Microphone(open=is_open):
                was_open, self.microphone_open, self.opening = self.microphone_open, is_open, False
                self.asked_by = None if is_open else self.asked_by
                if was_open == is_open:
                    return None
            case local.Levels():
                self._hear(event, now)
                return None
            case local.Left():
                self.left = event
                self.microphone_open = False
            case e.Refused(command="unmute"):
                self.opening = False
            case e.AskedToUnmute(by=by):
                self.asked_by, self._asked_at = by, now
            case e.InviteMade(invite=invite):
                self.invite = invite
            case (
                e.Challenge()
                | e.PeoplePage()
                | e.Done()
                | e.Refused()
                | e.Goodbye()
                | local.Device()
                | local.Problem()
            ):
                pass
            case e.ParticipantJoined(person=person) if before is not None:
                self.view = evolve_view(before, event)
                new = person.id not in self._met
                self._met.add(person.id)
                if new and person.id != before.you and before.audience < SMALL_ROOM:
                    return Happening(f"{person.name} is here", "quiet")
                return None
            case _ if before is not None:
                if isinstance(event, e.Pulse):
                    self._float(event, now)
                self.view = evolve_view(before, event)
                self._give_up_opening(event, before.you)
                if self.role == "listener":
                    self.asked_by = None
        return describe(event, before, self.view)

    def _give_up_opening(self, event: e.ServerMessage | local.LocalEvent, you: str) -> None:
        """A press that was overtaken by a moderator's word is not answered any more."""
        match event:
            case e.Silenced(id=id) | e.StageLeft(id=id) if id == you:
                self.opening = False

    def _join(self, event: e.Joined, wall: float) -> Happening:
        first = self.view is None
        self.view = event.view
        self.invite = event.invite or self.invite
        self.opening = False
        self._clock_ahead = event.server_time - wall
        self._met |= {*event.view.stage, *event.view.front_row}
        if first:
            return Happening(f"You are in {event.room}")
        return Happening(f"Back in {event.room}, muted", "loud")

    def _hear(self, event: local.Levels, now: float) -> None:
        self.own_level = event.microphone
        self.levels = dict(event.speakers)
        if self.view is not None:
            self.levels.pop(self.view.you, None)
            if self.microphone_open:
                self.levels[self.view.you] = event.microphone
        for id, level in self.levels.items():
            if level <= SPEAKING_LEVEL:
                self._heard[id] = now

    def _float(self, event: e.Pulse, now: float) -> None:
        shown = self.floating(now)
        for reaction, count in event.reactions.items():
            self._floats[reaction] = (shown.get(reaction, 0) + count, now)

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
        me = self.view.stage.get(self.view.you)
        if me is None:
            raised = self.view.place_in_queue(self.view.you) is not None
            return OwnState.HAND_RAISED if raised else OwnState.LISTENING
        if me.silenced:
            return OwnState.SILENCED
        return OwnState.OPENING if self.opening else OwnState.MUTED

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

    def waited(self, hand: Hand, wall: float) -> float:
        """Seconds since a hand went up, by the server's clock."""
        return max(0.0, wall + self._clock_ahead - hand.at)

    def closes_in(self, wall: float) -> float | None:
        """Seconds until the room closes for lack of a host; None while there is one."""
        if self.view is None or self.view.closes_at is None:
            return None
        return max(0.0, self.view.closes_at - wall - self._clock_ahead)

    def name_of(self, id: str) -> str:
        """The name of somebody in view, or a word for somebody who is not."""
        person = self.view.person(id) if self.view else None
        return person.name if person else "Somebody"


def quality(rtt_ms: float | None) -> str:
    """A round trip in a word."""
    if rtt_ms is None:
        return "measuring"
    for limit, word in ((80, "excellent"), (180, "good"), (350, "fair")):
        if rtt_ms < limit:
            return word
    return "poor"


def loudness(level: int) -> float:
    """A level in -dBov as a share of a meter, 0 to 1: from -58 to -12."""
    return min(1.0, max(0.0, (58 - level) / 46))


def waiting(seconds: float) -> str:
    """How long somebody waits, as short as can be: ``12 s``, ``3 min``, ``1 h``."""
    if seconds < 60:
        return f"{int(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    return f"{int(seconds // 3600)} h"
