"""Voice and acknowledgements over one connection, both ways: by WebSocket, and by UDP beside it."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Literal

import trio

from ..audio.encoder_control import UplinkLoad
from ..errors import ProtocolError
from ..protocol.audio import HOME, KIND_ACK, KIND_AUDIO, Ack, Bundle, UplinkFrame, decode_bundle
from ..protocol.datagrams import KIND_PROBE, Probe, decode_probe, split_ack
from ..protocol.health import BY_TCP, VoiceWay
from ..protocol.side_channel import SideChannelOffer
from ..wire.connection import WebSocket
from ..wire.heartbeat import Heartbeat
from .stays import Stays
from .udp_voice import UdpVoice
from .voice_uplink import VoiceUplink

log = logging.getLogger(__name__)

ANSWERED_EVERY = 0.4
"""Seconds between two answers to acknowledgements that miss something, at least."""


class VoiceTraffic:
    """What goes to the server and comes from it beside commands and events.

    ``stays`` says of which visit it is. ``playing_delay`` gives how many milliseconds after its
    arrival voice is heard, or None; ``hear`` takes bundles, and says whether they were wanted.
    """

    def __init__(
        self,
        connection: WebSocket,
        stays: Stays,
        clock: Callable[[], float],
        playing_delay: Callable[[], int | None],
        hear: Callable[[Bundle], Awaitable[bool]],
    ) -> None:
        self._connection = connection
        self._stays = stays
        self._clock = clock
        self._playing_delay = playing_delay
        self._hear = hear
        self._heartbeat = Heartbeat(clock())
        self._uplink = VoiceUplink(connection)
        self._udp: UdpVoice | None = None
        self._was_offered = False
        self._heard_time = 0
        self._hears_by_udp = False
        self._answered_at = -math.inf
        self.tells_delay = False
        """Whether the server wants to know how long voice takes from here to the ear."""

    @property
    def rtt(self) -> float:
        """The round trip in seconds; 0 while it is not known."""
        return self._heartbeat.rtt

    @property
    def round_trips(self) -> tuple[float, ...]:
        """The last round trips in seconds, the newest last."""
        return self._heartbeat.round_trips

    @property
    def dropped(self) -> int:
        """Frames of one's own voice that did not leave in time."""
        return self._uplink.dropped

    @property
    def load(self) -> UplinkLoad:
        """How much of what is said waits, in this machine and on the way."""
        return self._uplink.load

    @property
    def uplink(self) -> VoiceWay:
        """The way of one's own voice."""
        if self._udp is None:
            return BY_TCP
        ways = self._udp.ways
        by: Literal["udp", "tcp"] = "udp" if self._udp.by_udp else "tcp"
        return VoiceWay(by=by, lost_percent=_percent(ways.sent_loss), repeated=ways.repeats)

    @property
    def downlink(self) -> VoiceWay:
        """The way of the others' voices."""
        if self._udp is None:
            return BY_TCP
        by: Literal["udp", "tcp"] = "udp" if self._hears_by_udp else "tcp"
        return VoiceWay(by=by, lost_percent=_percent(self._udp.ways.heard_loss))

    @property
    def hears_datagrams(self) -> bool | None:
        """Whether anything came by UDP in this visit; None where no UDP is offered."""
        return None if self._udp is None else self._udp.ways.hears

    @property
    def is_dead(self) -> bool:
        """Whether the server has been silent for too long."""
        return self._heartbeat.is_dead(self._clock())

    def begin_at_home(self) -> None:
        """Count silence and round trips from now on."""
        self._heartbeat = Heartbeat(self._clock())

    def begin_visit(
        self, offer: SideChannelOffer | None, nursery: trio.Nursery, *, wanted: bool
    ) -> None:
        """Begin a visit, whose voice may go by UDP where that is offered, and ``wanted``."""
        self.end_visit()
        self._uplink.begin_anew()
        self._was_offered = self._was_offered or offer is not None
        if offer is not None and wanted:
            self._udp = self._uplink.udp = UdpVoice(offer, self._clock)
            reached = self._connection.stream.peer_address
            nursery.start_soon(self._udp.run, reached, self._take_from_udp)

    def end_visit(self) -> None:
        """Drop what was not sent yet, and use UDP no longer."""
        self._heard_time = 0
        self._hears_by_udp = False
        self._connection.stream.drop_voice()
        if self._udp is not None:
            self._udp.close()
            self._udp = self._uplink.udp = None

    # What is sent.

    def send(self, frame: UplinkFrame) -> None:
        """Send a voice frame, unless the server has not acknowledged earlier ones in time."""
        self._uplink.send(frame, self._stays.visit, self._heartbeat.rtt)

    def send_ack(self) -> None:
        """Say what has come; to be called every ``INTERVAL`` seconds."""
        ack = self._new_ack()
        if self._udp is None:
            self._connection.send(ack.encode())
            return
        self._udp.beat()
        if self._udp.by_udp:
            self._udp.send_ack(ack)
        else:
            self._connection.send(self._udp.ways.told(ack))

    def _new_ack(self) -> Ack:
        visit = self._stays.visit
        delay = self._playing_delay() if self.tells_delay and visit != HOME else None
        return self._heartbeat.ack(self._heard_time, self._clock(), visit, delay)

    # What is heard.

    def note_message(self) -> None:
        """Note that a message came over the WebSocket."""
        now = self._clock()
        self._heartbeat.heard(now)
        if self._udp is not None:
            self._udp.ways.note_message(now)

    async def hear(self, bundle: Bundle, *, by_udp: bool = False) -> None:
        """Pass a bundle on, and acknowledge it with the next acknowledgement."""
        if not await self._hear(bundle):
            return
        if bundle.visit == HOME:
            self._heard_time = bundle.media_time  # one's own, which may begin anew
        elif bundle.media_time > self._heard_time:
            self._heard_time, self._hears_by_udp = bundle.media_time, by_udp

    def absorb(self, message: bytes | str, *, by_udp: bool = False) -> bool:
        """Take an acknowledgement or a probe that came; return whether the message was one.

        Raises ProtocolError.
        """
        if not isinstance(message, bytes) or not message:
            return False
        if message[0] == KIND_ACK:
            self._take_ack(message, by_udp=by_udp)
        elif message[0] == KIND_PROBE and self._was_offered:
            self._take_probe(decode_probe(message), by_udp=by_udp)
        else:
            return False
        return True

    def _take_ack(self, message: bytes, *, by_udp: bool) -> None:
        ack, reception = split_ack(message)
        if ack.visit != self._stays.visit:
            return  # of a room that was left
        now = self._clock()
        self._heartbeat.received(ack, now)
        self._uplink.receive(ack)
        if self._udp is not None:
            self._udp.ways.take_ack(ack, reception, self._heartbeat.rtt, now)
            if not by_udp and self._udp.ways.misses(self._heartbeat.rtt, now):
                self._answer_by_tcp(now)

    def _answer_by_tcp(self, now: float) -> None:
        """Tell the server over the WebSocket what has come, as one's datagrams may be lost."""
        assert self._udp is not None
        if now - self._answered_at >= ANSWERED_EVERY:
            self._answered_at = now
            self._connection.send(self._udp.ways.told(self._new_ack()))

    def _take_probe(self, probe: Probe, *, by_udp: bool) -> None:
        """Take a probe; over the WebSocket only answers count, in the visit that they are of."""
        udp = self._udp
        if udp is None:
            return
        if probe.is_answer:
            udp.ways.take_answer(probe, self._clock())
        elif by_udp:
            udp.answer(probe)
            if not udp.by_udp:
                self._connection.send(Probe(probe.token, is_answer=True).encode())

    async def _take_from_udp(self, message: bytes) -> None:
        self._heartbeat.heard(self._clock())
        try:
            if not self.absorb(message, by_udp=True) and message[0] == KIND_AUDIO:
                await self.hear(decode_bundle(message), by_udp=True)
        except ProtocolError as error:
            log.debug("ignored by UDP: %s", error)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
