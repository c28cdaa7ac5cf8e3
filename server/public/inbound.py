"""What one client sends after its hello: commands in turn, acknowledgements and voice at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import trio

from roomcli.errors import ProtocolError
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import KIND_ACK, KIND_AUDIO, Ack, UplinkFrame
from roomcli.protocol.datagrams import KIND_PROBE, decode_probe, split_ack
from roomcli.wire.accepted import AcceptedWebSocket

from ..datagrams.channel import ClientChannel
from .caller import Caller

SMALL_KINDS = frozenset((KIND_ACK, KIND_AUDIO, KIND_PROBE))
_SMALL = (Ack, UplinkFrame)
_OF_CHANNEL = (bytes((KIND_ACK,)), bytes((KIND_PROBE,)))

Hearing = Callable[[Ack | UplinkFrame, float], None]


class Inbound:
    """Reads a client's messages. What is no command is taken at once, see :meth:`begin_visit`.

    It is called with the time, too, in monotonic seconds. ``refusals`` counts what was malformed,
    by its code. A client of whom nothing came for ``idle_seconds`` has fallen silent.
    """

    def __init__(
        self,
        connection: AcceptedWebSocket,
        caller: Caller,
        refusals: Counter[str],
        idle_seconds: float,
    ) -> None:
        self._idle_seconds = idle_seconds
        self._connection = connection
        self._caller = caller
        self._refusals = refusals
        self._heard_at = trio.current_time()
        self._silence = trio.CancelScope()
        self._unread: bytes | str | None = None
        self._hear: Hearing = _ignore
        self._channel: ClientChannel | None = None
        self._had_channel = False
        connection.take_small(SMALL_KINDS, self._take_small)

    def begin_visit(self, hear: Hearing, channel: ClientChannel | None = None) -> None:
        """Give acknowledgements and voice to ``hear`` from now on, in a room or at home.

        ``channel`` gets what the client says about the visit's side channel.
        """
        self._hear, self._channel = hear, channel
        self._had_channel |= channel is not None

    async def command(self) -> c.HomeCommand | c.RoomCommand | None:
        """Return the next command, or None when the client has fallen silent.

        May be cancelled: the next call returns what this one did not. Raises ConnectionLost.
        """
        while True:
            if self._unread is None:
                self._silence = trio.CancelScope(deadline=self._heard_at + self._idle_seconds)
                with self._silence:
                    self._unread = await self._connection.receive()
                if self._silence.cancelled_caught:
                    if trio.current_time() < self._heard_at + self._idle_seconds:
                        continue
                    return None
            await self._caller.share.wait()
            assert self._unread is not None
            message, self._unread = self._unread, None
            now = trio.current_time()
            decoded = self._decode(message, now)
            if isinstance(decoded, _SMALL):
                self._hear(decoded, now)
            elif decoded is not None:
                return decoded

    def close(self) -> None:
        """Forget who hears voice and acknowledgements: the connection is over."""
        self.begin_visit(_ignore)

    def note_life(self, now: float) -> None:
        """Note that something came of the client, by whichever way."""
        self._heard_at = now
        if self._silence.deadline < now + self._idle_seconds / 2:
            # Sooner than the deadline, whose end and new beginning cost more than several messages.
            self._silence.deadline = now + self._idle_seconds

    def _take_small(self, message: bytes) -> None:
        now = trio.current_time()
        decoded = self._decode(message, now)
        if isinstance(decoded, _SMALL):  # a message of these kinds is no command
            self._hear(decoded, now)

    def _decode(
        self, message: bytes | str, now: float
    ) -> c.HomeCommand | c.RoomCommand | Ack | UplinkFrame | None:
        """Return a message; None after refusing one that is malformed."""
        self.note_life(now)
        try:
            if self._had_channel and message[:1] in _OF_CHANNEL and isinstance(message, bytes):
                return self._decode_of_channel(message, now)
            decoded = codec.decode_from_client(message)
            if isinstance(decoded, c.Hello):
                text = "hello comes once, and first"
                raise ProtocolError("bad_message", text, command="hello", ref=decoded.ref)
        except ProtocolError as error:
            refused = e.Refused(
                command=error.command, code=error.code, text=str(error), ref=error.ref
            )
            self._refusals[error.code] += 1
            self._connection.send(codec.encode(refused))
            self._caller.conduct.fault()
            return None
        return decoded

    def _decode_of_channel(self, message: bytes, now: float) -> Ack | None:
        """Return an acknowledgement, after what it says of UDP was taken. Raises ProtocolError.

        What was on its way when a room was left is ignored.
        """
        channel = self._channel
        if message[0] == KIND_PROBE:
            probe = decode_probe(message)
            if channel is not None and probe.is_answer:
                channel.take_answer(probe.token, now)
            return None
        ack, reception = split_ack(message)
        if channel is not None and reception is not None:
            channel.note_reception(ack, reception, now)
        return ack


def _ignore(message: Ack | UplinkFrame, now: float) -> None:
    """Stand in until somebody hears."""
