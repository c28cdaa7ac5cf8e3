"""A person's stays in the rooms of one server: the one that they want, and whether it has begun."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ProtocolError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.audio import HOME
from ..protocol.local import Enter
from ..protocol.view import RoomView
from ..wire.heartbeat import ack_interval

ANSWER_SECONDS = 10.0
"""Seconds that a server may take for its answer to a hello, or to the wish to enter a room."""


@dataclass
class RoomStay:
    """A room that the person wants to be in, with what brings them back there."""

    number: int
    address: Address
    enter: Enter
    ticket: str | None
    chat_seen: int
    knocks: bool = False
    """Whether the person waits at the room's door."""
    you: str = ""
    """The person's own seat, once they are in the room."""
    audience: int = 0
    on_stage: bool = False

    def enter_as(self, view: RoomView) -> None:
        """Note where the person is as they come into the room."""
        self.you, self.audience = view.you, view.audience
        self.on_stage = view.you in view.stage

    def see(self, event: e.ServerMessage) -> None:
        """Note chat messages, which are not asked for again, and how large the audience is."""
        match event:
            case e.ChatPosted(message=message):
                self.chat_seen = max(self.chat_seen, message.number)
            case e.Pulse(audience=audience):
                self.audience = audience
            case e.StageJoined(speaker=speaker) if speaker.id == self.you:
                self.on_stage = True
            case e.StageLeft(id=self.you):
                self.on_stage = False


class Stays:
    """The stays, one after the other, over all connections to the server."""

    def __init__(self) -> None:
        self.wanted: RoomStay | None = None
        self.visit = HOME
        """The number that the stay has on the connection; ``HOME`` while the person is nowhere."""
        self.answer_by = float("inf")
        """When the answer to the last question has to be here."""
        self._count = 0
        self._unanswered = 0
        """How many questions have no answer yet; only the last one's counts."""

    @property
    def number(self) -> int:
        """The number of the stay that is wanted, 0 if none is."""
        return self.wanted.number if self.wanted is not None else 0

    @property
    def current(self) -> RoomStay | None:
        """The stay that has begun on this connection."""
        return self.wanted if self.visit != HOME else None

    @property
    def ack_interval(self) -> float:
        """Seconds until the next acknowledgement is due."""
        stay = self.current
        if stay is None:
            return ack_interval(0, on_stage=False)
        return ack_interval(stay.audience, on_stage=stay.on_stage)

    @property
    def knocking(self) -> RoomStay | None:
        """The stay for which the person waits at the door."""
        return self.wanted if self.wanted is not None and self.wanted.knocks else None

    def want(self, address: Address, enter: Enter) -> None:
        """Want to be in this room, and no longer in the one before."""
        self._count += 1
        self.wanted = RoomStay(self._count, address, enter, enter.ticket, enter.chat_after)
        self.visit = HOME

    def want_none(self) -> None:
        """Want to be in no room."""
        self.wanted = None
        self.visit = HOME

    def lose_connection(self) -> None:
        """Be nowhere; nothing that was asked gets an answer now."""
        self.visit = HOME
        self._unanswered = 0
        self.answer_by = float("inf")

    def ask_in(self, now: float) -> c.EnterRoom | None:
        """Return the question to enter the room that is wanted; None if none is."""
        stay = self.wanted
        if stay is None:
            return None
        self._unanswered += 1
        self.answer_by = now + ANSWER_SECONDS
        return c.EnterRoom(
            room=stay.address.room,
            intent=stay.enter.intent,
            access=stay.enter.access,
            invite=stay.address.invite,
            host_token=stay.address.host_token,
            password=stay.enter.password,
            ticket=stay.ticket,
            chat_after=stay.chat_seen,
            lasting_refs=True,
        )

    def begin_stay(self, joined: e.Joined) -> RoomStay | None:
        """Begin the stay that was asked for; None if the person wants another by now.

        Raises ProtocolError.
        """
        return self._begun(self.take_answer(), joined)

    def go_on(self, joined: e.Joined) -> RoomStay | None:
        """Go on with the stay in a room that has moved; None if the person wants another by now.

        Raises ProtocolError.
        """
        return self._begun(self.current, joined)

    def _begun(self, stay: RoomStay | None, joined: e.Joined) -> RoomStay | None:
        if stay is None:
            return None
        if joined.you != joined.view.you:
            raise ProtocolError("bad_message", "joined as two people")
        stay.ticket = joined.ticket
        stay.enter_as(joined.view)
        stay.chat_seen = max([stay.chat_seen, *(each.number for each in joined.chat)])
        self.visit = joined.visit
        return stay

    def knock(self) -> c.Knock | None:
        """Begin to wait at the door of the room that is wanted, and return what to say there."""
        stay = self.wanted
        if stay is None:
            return None
        stay.knocks = True
        return c.Knock(room=stay.address.room, invite=stay.address.invite)

    def leave_door(self) -> c.Knock | None:
        """Wait at the door no longer, and return what to say there; None if nobody waited."""
        stay = self.knocking
        if stay is None:
            return None
        stay.knocks = False
        return c.Knock(room=stay.address.room, on=False)

    def end_stay(self) -> int | None:
        """End the stay and return its number; None while the person is on the way into another."""
        if self._unanswered:
            return None
        number = self.number
        self.want_none()
        return number

    def take_answer(self) -> RoomStay | None:
        """Return the stay that an answer is about; None if the person wants another by now.

        Raises ProtocolError.
        """
        if not self._unanswered:
            raise ProtocolError("bad_message", "nobody asked to enter a room")
        self._unanswered -= 1
        if self._unanswered:
            return None
        self.answer_by = float("inf")
        return self.wanted
