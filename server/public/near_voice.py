"""The voice and the signs of life of a client whose connection is in this process."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import trio

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol import codec
from roomcli.protocol import events as e
from roomcli.protocol.audio import HOME, KIND_ACK, KIND_AUDIO, Ack, UplinkFrame
from roomcli.protocol.datagrams import KIND_PROBE, decode_probe, split_ack
from roomcli.wire.accepted import AcceptedWebSocket
from roomcli.wire.heartbeat import Heartbeat

from ..datagrams.channel import ClientChannel
from ..datagrams.port import DatagramPort
from ..rooms.near_voice import NearRoomVoice
from ..rooms.peer import Peer
from ..rooms.room_voice import RoomVoice
from ..rooms.traffic import Traffic
from ..rooms.visitor import RoomVisitor
from .conduct import Conduct
from .cpu_budget import CpuShare
from .echo import VoiceEcho

log = logging.getLogger(__name__)

SMALL_KINDS = frozenset((KIND_ACK, KIND_AUDIO, KIND_PROBE))
_OF_CHANNEL = (bytes((KIND_ACK,)), bytes((KIND_PROBE,)))

Hearing = Callable[[Ack | UplinkFrame, float], None]


@dataclass(frozen=True)
class VoiceServices:
    """What all connections of a process need for their voice.

    ``traffic`` counts frames and ``refusals`` what was refused, by its code. ``may_log`` counts a
    log line about a single person. ``idle_seconds`` says after how long a client of whom nothing
    came has fallen silent. Without ``datagrams`` voice goes by TCP alone.
    """

    traffic: Traffic
    refusals: Counter[str]
    may_log: Callable[[], bool]
    idle_seconds: Callable[[], float]
    datagrams: DatagramPort | None = None


class NearVoice:
    """Takes a client's voice and acknowledgements, as :class:`~.client_voice.ClientVoice` says.

    They are called with the time, in monotonic seconds.
    """

    def __init__(
        self,
        connection: AcceptedWebSocket,
        conduct: Conduct,
        share: CpuShare,
        services: VoiceServices,
    ) -> None:
        self._connection = connection
        self._conduct = conduct
        self._share = share
        self._services = services
        self._idle_seconds = services.idle_seconds()
        self._heartbeat = Heartbeat(trio.current_time())
        self._echo = VoiceEcho(connection)
        self._heard_at = trio.current_time()
        self._silence = trio.CancelScope()
        self._unread: bytes | str | None = None
        self._hear: Hearing = _ignore
        self.peer: Peer | None = None
        """What stands for the client in its visit, if there is one."""
        self._room: NearRoomVoice | None = None
        self._channel: ClientChannel | None = None
        self._had_channel = False
        self._told_unheard_at = float("-inf")
        connection.take_small(SMALL_KINDS, self._take_small)

    async def message(self) -> bytes | str | None:
        while True:
            if self._unread is None:
                self._silence = trio.CancelScope(deadline=self._heard_at + self._idle_seconds)
                with self._silence:
                    self._unread = await self._connection.receive()
                if self._silence.cancelled_caught:
                    if trio.current_time() < self._heard_at + self._idle_seconds:
                        continue
                    return None
            await self._share.wait()
            assert self._unread is not None
            message, self._unread = self._unread, None
            if isinstance(message, bytes) and message[:1] and message[0] in SMALL_KINDS:
                self._take_small(message)
                continue
            self._note_life(trio.current_time())
            return message

    def close(self) -> None:
        self._hear, self._channel, self.peer, self._room = _ignore, None, None, None
        self._connection.stream.set_quiet(False)

    # At home.

    def go_home(self) -> None:
        self._hear, self._channel, self.peer, self._room = self._hear_at_home, None, None, None
        self.set_echo(on=False)

    def set_echo(self, *, on: bool) -> None:
        if on:
            self._echo.switch_on(trio.current_time())
        else:
            self._echo.switch_off()
        self._connection.stream.set_quiet(not on)

    def _hear_at_home(self, message: Ack | UplinkFrame, now: float) -> None:
        """Answer a sign of life, and send a voice back if that was asked for.

        What still comes of a room that was left is ignored.
        """
        if message.visit != HOME:
            return
        if isinstance(message, UplinkFrame):
            if self._echo.send_back(message, now) and not self._conduct.floods:
                self._share.heard()
            return
        self._heartbeat.received(message, now)
        if self._echo.media_time or self._heartbeat.owes_answer(now):
            self._connection.send(self._heartbeat.ack(self._echo.media_time, now).encode())

    # In a room.

    def new_visitor(self, id: str, key: str, visit: int, *, by_udp: bool) -> RoomVisitor:
        return self.seat(id, key, visit, self.open_channel(visit) if by_udp else None)

    def open_channel(
        self, visit: int, secret: bytes = b"", ids: bytes = b""
    ) -> ClientChannel | None:
        """Return a side channel for a visit to come, with this secret and ids or with its own.

        Return None where there is no UDP.
        """
        if self._services.datagrams is None:
            return None
        return self._services.datagrams.open_channel(visit, self._connection.send, secret, ids)

    def seat(self, id: str, key: str, visit: int, channel: ClientChannel | None) -> Peer:
        """Return what stands for the client in a room, with its side channel if there is one."""
        peer = self.peer = Peer(id, key, self._connection, self._heartbeat, visit)
        peer.channel = channel
        return peer

    def come_inside(self) -> None:
        """Let voice be sent to the client: it was told that it is in the room."""
        if self.peer is not None:
            self.peer.send_held()

    def begin_visit(self, voice: RoomVoice) -> None:
        assert isinstance(voice, NearRoomVoice)
        assert self.peer is not None
        self._echo.switch_off()
        self._room, self._channel = voice, self.peer.channel
        self._hear = self._hear_by_tcp
        if self._channel is not None:
            self._had_channel = True
            self._channel.user = self
        self._share.settle()

    def finish_visit(self) -> None:
        peer, room, self._room = self.peer, self._room, None
        if peer is None:
            return
        peer.close()
        self._connection.stream.drop_voice()
        if room is None or not (peer.voice_skipped or peer.excess or peer.unheard):
            return
        if self._services.may_log():
            log.info(
                "%(key)s in %(room)s missed %(missed)d bundles; of their frames %(too_many)d were"
                " too many, %(too_many_bits)d took more bits than the room allows, and %(unheard)d"
                " came when they might not be heard",
                {
                    "key": peer.key,
                    "room": room.name,
                    "missed": peer.voice_skipped,
                    "too_many": peer.flooded,
                    "too_many_bits": peer.above_ceiling,
                    "unheard": peer.unheard,
                },
            )

    def _hear_by_tcp(self, message: Ack | UplinkFrame, now: float) -> None:
        self.hear(message, now, by_udp=False)

    def remind(self, now: float) -> None:
        """Acknowledge by TCP what came, unasked."""
        if self.peer is not None:
            self.peer.remind(now)

    def hear(self, message: Ack | UplinkFrame, now: float, *, by_udp: bool) -> None:
        """Take an acknowledgement or a voice frame, unless it is of another visit."""
        peer, room = self.peer, self._room
        if peer is None or message.visit != peer.visit:
            return
        if peer.channel is not None:
            peer.channel.note_way(by_udp=by_udp, now=now)
        if by_udp:
            self._note_life(now)
        match message:
            case Ack():  # also while the last answers wait for the disk: it is a sign of life
                peer.acknowledge(message, now)
            case UplinkFrame() if room is not None and room.has(peer):
                self._voice(message, peer, room, by_udp=by_udp)

    def _voice(self, frame: UplinkFrame, peer: Peer, room: NearRoomVoice, *, by_udp: bool) -> None:
        traffic = self._services.traffic
        (traffic.udp if by_udp else traffic.tcp).frames_received += 1
        if not peer.received_voice(frame):
            return
        excess = peer.excess
        try:
            room.voice(peer, frame)
            if peer.excess == excess and not self._conduct.floods:
                self._share.heard()
            else:
                self._share.unheard()
        except CommandRefused as refused:
            self._share.unheard()
            peer.unheard += 1
            # Frames on their way may cross a mute or a move: refuse once a second, not fifty times.
            now = trio.current_time()
            if now - self._told_unheard_at >= 1.0:
                self._told_unheard_at = now
                code, text = refused.code, str(refused)
                self._services.refusals[code] += 1
                told = e.Refused(command="audio", code=code, text=text)
                self._connection.send(codec.encode(told))

    # What is no command.

    def _note_life(self, now: float) -> None:
        """Note that something came of the client, by whichever way."""
        self._heard_at = now
        if self._silence.deadline < now + self._idle_seconds / 2:
            # Sooner than the deadline, whose end and new beginning cost more than several messages.
            self._silence.deadline = now + self._idle_seconds

    def _take_small(self, message: bytes) -> None:
        now = trio.current_time()
        self._note_life(now)
        try:
            if self._had_channel and message[:1] in _OF_CHANNEL:
                decoded: object = self._decode_of_channel(message, now)
            else:
                decoded = codec.decode_from_client(message)
        except ProtocolError as error:
            refused = e.Refused(
                command=error.command, code=error.code, text=str(error), ref=error.ref
            )
            self._services.refusals[error.code] += 1
            self._connection.send(codec.encode(refused))
            self._conduct.fault()
            return
        if isinstance(decoded, Ack | UplinkFrame):  # a message of these kinds is no command
            self._hear(decoded, now)

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
