"""One visit to a room on one connection, as the room sees it: it is told things, and ended."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

import trio

from roomcli.errors import ConnectionLost
from roomcli.protocol import events as e
from roomcli.protocol.side_channel import SideChannelOffer

from ..client_connection import ClientConnection


class RoomVisitor(ABC):
    """A participant's connection in one visit, wherever the connection is.

    ``visit`` is the number that the visit has on the connection.
    """

    # Not a dictionary: a round of voice reads some of this of every listener, and the less memory
    # that touches, the sooner it is there.
    __slots__ = (
        "_connection", "_held", "id", "key", "last_word", "lasting_refs", "moved", "network",
        "session", "signer", "speaks", "unwritten", "visit",
    )  # fmt: skip

    def __init__(self, id: str, key: str, connection: ClientConnection, visit: int) -> None:
        self.visit = visit
        self.id = id
        self.key = key
        """The key by which the person is known: their first one."""
        self.signer = key
        """The key of theirs by which they signed in."""
        self.network = ""
        """The network that the person counts for."""
        self.lasting_refs = False
        """Whether their client gives a command again under its ``ref`` that has no answer."""
        self.moved = False
        """Whether they were in the room already, when another server had it."""
        self.speaks = False
        """Whether their microphone was open there, and is."""
        self.session = trio.CancelScope()
        """The cancel scope around the task that serves the visit."""
        self.last_word: e.RoomLeft | e.Goodbye | None = None
        """The last message of the visit, once somebody has ended it; a goodbye ends more."""
        self.unwritten = 0
        """The transaction with the new ticket, to wait for; 0 if the ticket is an old one."""
        self._connection = connection
        self._held: list[bytes] | None = []

    @property
    @abstractmethod
    def offer(self) -> SideChannelOffer | None:
        """What the client has to know of the visit's side channel, where there is one."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the side channel: the visit is over, or never began."""

    def send_frame(self, frame: bytes) -> None:
        """Send a control message that is already framed."""
        if self._held is None:
            self._connection.stream.push_control(frame)
        else:
            self._held.append(frame)

    def send_held(self) -> None:
        """Send the messages held so far: nobody is told of a ticket before it is on disk."""
        held, self._held = self._held, None
        if held is None:
            return
        self._come_inside()
        for frame in held:
            self._connection.stream.push_control(frame)

    @abstractmethod
    def _come_inside(self) -> None:
        """Note that the person is told now that they are in the room."""

    @property
    def is_inside(self) -> bool:
        """Whether they were told that they are in the room; before that they are sent no voice."""
        return self._held is None

    # What is known of how they hear.

    @property
    @abstractmethod
    def delay_ms(self) -> int:
        """How long voice takes from here to this listener's ear, as far as they tell."""

    @property
    @abstractmethod
    def way_ms(self) -> int:
        """How long this person's own voice takes to here."""

    @property
    @abstractmethod
    def is_deaf(self) -> bool:
        """Whether the client says that it plays no sound."""

    @property
    @abstractmethod
    def voice_skipped(self) -> int:
        """The number of bundles that this listener missed in this visit because it was behind."""

    @contextlib.asynccontextmanager
    async def as_long_as_here(self) -> AsyncIterator[None]:
        """Cancel what is done inside as soon as the connection is closed.

        Raises ConnectionLost then.
        """
        done = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._cancel_when_gone, nursery.cancel_scope)
            yield
            done = True
            nursery.cancel_scope.cancel()
        if not done:
            raise ConnectionLost("they left before that was done")

    async def _cancel_when_gone(self, scope: trio.CancelScope) -> None:
        await self._connection.closed()
        scope.cancel()

    def end(self, last_word: e.RoomLeft | e.Goodbye) -> None:
        """Make the connection's own task end the visit, with this word after all others."""
        self.last_word = last_word
        self.session.cancel()
