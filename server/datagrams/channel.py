"""The side channel of one visit, at the server: what comes by UDP, and what goes there.

As long as nothing authentic has come it is a secret and four ids: of a thousand listeners who have
no UDP it takes hardly any memory, and no key is derived for them.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from roomcli.errors import ProtocolError
from roomcli.protocol.audio import KIND_ACK, KIND_AUDIO, Ack, UplinkFrame, decode_uplink
from roomcli.protocol.datagrams import (
    KIND_PROBE,
    Probe,
    ReceptionReport,
    decode_probe,
    split_ack,
)
from roomcli.protocol.secret import Secret
from roomcli.protocol.side_channel import IDENTITIES, IDENTITY, SECRET, SideChannelOffer
from roomcli.wire.heartbeat import INTERVAL
from roomcli.wire.udp.keys import Direction
from roomcli.wire.udp.loss import LossMeter
from roomcli.wire.udp.path import PathCheck
from roomcli.wire.udp.repetition import Repetition
from roomcli.wire.udp.route import VoiceRoute
from roomcli.wire.udp.sealing import Sealer
from roomcli.wire.udp.side_channel import SideChannel, mark

from ..allowances import TokenBucket
from ..limits import Rate
from .addresses import Ends, NativeEnds
from .batch import Batch

LATE_BY = 0.25
"""Seconds by which a peer who sends by UDP is late: then its datagrams may be lost."""
REMINDED_EVERY = 0.5
"""Seconds between two acknowledgements by TCP that tell it so."""
UNHEARD_FOR = 1.0
"""Seconds at most that count against UDP before the first of them, as nothing came either."""
REMINDED_FOR = 10.0
"""Seconds after which it is no longer told so, as soon as it acknowledges by TCP."""


class DatagramWay(NamedTuple):
    """Where datagrams go, or came from: one of our sockets and both ends."""

    batch: Batch
    ends: Ends


class VoicePath(NamedTuple):
    """What is needed to send somebody voice by UDP, as long as nothing of it changes."""

    channel: ClientChannel
    to: NativeEnds
    batch: Batch
    sealer: Sealer
    route: VoiceRoute


class ChannelUser(Protocol):
    """The visit that a side channel belongs to."""

    def hear(self, message: Ack | UplinkFrame, now: float, *, by_udp: bool) -> None:
        """Take an acknowledgement or a voice frame."""

    def remind(self, now: float) -> None:
        """Send an acknowledgement by TCP that was not asked for."""


class SideChannels(Protocol):
    """What all side channels of a server share."""

    @property
    def pace(self) -> Rate:
        """How many datagrams of one visit are looked at."""

    def offer(self, channel: ClientChannel) -> SideChannelOffer:
        """Return what the client has to know of its channel."""

    @property
    def changes(self) -> int:
        """A number that grows when anything changes of how voice goes to a visit."""

    def note_change(self) -> None:
        """Note that something did."""

    def flush_soon(self) -> None:
        """Send what was added to the batches, at the end of what is being done now."""

    def forget(self, channel: ClientChannel) -> None:
        """Take nothing more for a channel."""


class ClientChannel:
    """One visit's end of the side channel. Times are seconds, monotonic.

    ``say`` sends a message over the visit's WebSocket.
    """

    __slots__ = (
        "_all", "_came_at", "_keys", "_meter", "_pace", "_path", "_peer_by_udp", "_reminded_at",
        "_repetition", "_route", "_say", "_to", "_way", "acks_every", "by_udp", "copy_age",
        "held_back", "ids", "secret", "user", "visit",
    )  # fmt: skip

    def __init__(
        self,
        visit: int,
        say: Callable[[bytes], None],
        all: SideChannels,
        secret: bytes = b"",
        ids: bytes = b"",
    ) -> None:
        self.visit = visit
        self.secret = Secret(secret or secrets.token_bytes(SECRET))
        self.ids = ids or secrets.token_bytes(IDENTITY * IDENTITIES)
        self.by_udp = False
        """Whether voice and acknowledgements go to the client by UDP."""
        self.copy_age = 0
        """By how many ticks this client's copies are later; 0: there are none."""
        self.held_back = 0
        """Bundles that were not sent as the client acknowledged nothing."""
        self.acks_every = INTERVAL
        """Seconds after which the client has to acknowledge again."""
        self.user: ChannelUser | None = None
        self._say = say
        self._all = all
        self._keys: SideChannel | None = None
        self._pace: TokenBucket | None = None
        self._peer_by_udp = False

    @property
    def newest_voice(self) -> int:
        """The media time of the newest voice that went by UDP; -1 before there is any."""
        return self._route.newest_voice if self._keys is not None else -1

    @property
    def identities(self) -> tuple[bytes, ...]:
        """The ids, in their order."""
        return tuple(self.ids[at : at + IDENTITY] for at in range(0, len(self.ids), IDENTITY))

    @property
    def offer(self) -> SideChannelOffer:
        """What the client has to know of its channel."""
        return self._all.offer(self)

    def close(self) -> None:
        """Forget keys and counters: the visit is over."""
        self._all.forget(self)
        self._choose_way(by_udp=False)
        self.user, self._keys = None, None

    def _choose_way(self, *, by_udp: bool) -> None:
        if by_udp != self.by_udp:
            self.by_udp = by_udp
            self._all.note_change()

    # What comes.

    def take_datagram(self, datagram: bytes, way: DatagramWay, now: float) -> bool:
        """Take a datagram under one of the ids; return whether it was voice.

        What is not authentic or not new changes nothing.
        """
        if self.user is None:  # never again, or counters would begin anew under the same keys
            return False
        # Before a key is derived: what is forged costs most, and whoever knows the ids can send it.
        self._pace = self._pace or TokenBucket(*self._all.pace, now)
        if self._pace.take(1, now):
            return False
        keys = self._keys or SideChannel(self.secret.reveal(), self.identities, Direction.TO_CLIENT)
        number = keys.number
        opened = keys.unseal(datagram)
        if opened is None:
            return False
        if keys.number != number:  # it goes on under the client's next id
            self._all.note_change()
        if self._keys is None:
            self._set_up(keys, now)
        self._route.heard(now)
        token = self._path.came_from(way, len(datagram), opened.is_newest, now)
        if token is not None:
            way.batch.add(NativeEnds(way.ends), keys.sealer, Probe(token).encode())
        return self._hand_on(opened.message, now)

    def _set_up(self, keys: SideChannel, now: float) -> None:
        self._keys = keys
        self._path: PathCheck[DatagramWay] = PathCheck(secrets.token_bytes)
        self._route = VoiceRoute(secrets.token_bytes, now)
        self._meter, self._repetition = LossMeter(), Repetition()
        self._way: DatagramWay | None = None
        self._to: NativeEnds | None = None
        self._came_at = self._reminded_at = now

    def _hand_on(self, message: bytes, now: float) -> bool:
        kind, user = message[0], self.user
        try:
            if user is None:
                return False
            if kind == KIND_AUDIO:
                user.hear(decode_uplink(message), now, by_udp=True)
            elif kind == KIND_ACK:
                ack, reception = split_ack(message)
                if reception is not None:
                    self.note_reception(ack, reception, now)
                user.hear(ack, now, by_udp=True)
            elif kind == KIND_PROBE:
                probe = decode_probe(message)
                if probe.is_answer:
                    self.take_answer(probe.token, now)
                else:
                    self._answer_question(probe.token)
        except ProtocolError:  # only who has the keys could have made it
            return False
        return kind == KIND_AUDIO

    def _answer_question(self, token: bytes) -> None:
        answer = Probe(token, is_answer=True).encode()
        self._enqueue(answer)
        if not self.by_udp:
            self._say(answer)

    def take_answer(self, token: bytes, now: float) -> None:
        """Take the answer to a probe, by whichever way it came."""
        if self._keys is None:
            return
        if self._path.confirm(token, now):
            self._way = self._path.address
            self._to = NativeEnds(self._way.ends) if self._way is not None else None
            self._all.note_change()
            return
        self._route.count_answer(token, now)
        self._choose_way(by_udp=self._route.by_udp)

    def note_way(self, *, by_udp: bool, now: float) -> None:
        """Note by which way the newest voice or acknowledgement of the client came.

        By TCP it may be the answer to a reminder of somebody who still sends by UDP.
        """
        if by_udp:
            self._peer_by_udp, self._came_at = True, now
        elif self._keys is not None:
            self._route.heard(now)
            self._peer_by_udp &= now - self._came_at < REMINDED_FOR

    def note_reception(self, ack: Ack, reception: ReceptionReport, now: float) -> None:
        """Take what the client says to have received, unless it is of another visit."""
        if self._keys is not None and ack.visit == self.visit:
            self._meter.take_report(reception, now)
            self._repetition.adapt(self._meter)
            if self.copy_age != self._repetition.age:
                self.copy_age = self._repetition.age
                self._all.note_change()

    def acknowledged(self, media_time: int, rtt: float, now: float) -> None:
        """Take an acknowledgement of this visit, after its reception, by whichever way it came."""
        if self._keys is None:
            return
        latest = self._meter.latest
        newest = mark(latest.reception.number, latest.reception.newest) if latest else -1
        self._route.acknowledged(media_time, newest, self._meter.loss, rtt, now)
        self._choose_way(by_udp=self._route.by_udp)

    # What goes.

    def send_parts(self, messages: Sequence[bytes], media_time: int, now: float) -> bool:
        """Send the parts of a bundle by UDP, with the next flush.

        Return False if they are held back since the client acknowledges nothing.
        """
        to, way, keys = self._to, self._way, self._keys
        if (
            to is None
            or way is None
            or keys is None
            or not self._route.admits_voice(media_time, now)
        ):
            self.held_back += 1
            return False
        add, sealer = way.batch.add, keys.sealer
        try:
            for message in messages:
                add(to, sealer, message)
        except OverflowError:  # all counters are used
            self.fall_back(math.inf)
            return False
        return True

    @property
    def changes(self) -> int:
        """A number that grows when anything changes of how voice goes, to this visit or others."""
        return self._all.changes

    def steady_path(self, media_time: int) -> VoicePath | None:
        """Return how the bundle of this media time went, if others may go like it; else None.

        They may until :attr:`changes` grows, or the route no longer admits them.
        """
        if not self.by_udp or self.copy_age or self.newest_voice != media_time:
            return None
        to, way, keys = self._to, self._way, self._keys
        if to is None or way is None or keys is None:
            return None
        return VoicePath(self, to, way.batch, keys.sealer, self._route)

    def send_copies(self, messages: Sequence[bytes]) -> None:
        """Send voice once more that went out earlier."""
        for message in messages:
            self._enqueue(message)

    def send_ack(self, ack: bytes, now: float, *, by_tcp: bool = False) -> None:
        """Send an acknowledgement the way of the voice, with what was received by UDP."""
        keys = self._keys
        if keys is not None and (reception := keys.reception()) is not None:
            ack += reception.encode()
        if keys is None or by_tcp or not self.by_udp:
            self._say(ack)
        if keys is not None and self.by_udp:
            # By both ways it also tells whether this direction is dead, even if nobody talks.
            since = max(self._came_at, now - UNHEARD_FOR) if by_tcp else now
            self._route.sent_ack(keys.sent, since)
            self._enqueue(ack)
            self._all.flush_soon()

    def finish_round(self) -> None:
        """Send what was added for this and other clients."""
        self._all.flush_soon()

    def _enqueue(self, message: bytes) -> None:
        if self._to is None or self._way is None or self._keys is None:
            return
        try:
            self._way.batch.add(self._to, self._keys.sealer, message)
        except OverflowError:
            self.fall_back(math.inf)

    def goes_to(self, refused: set[int]) -> bool:
        """Whether the ends to which this client is sent are among these, by their ``id``."""
        return self._keys is not None and id(self._to) in refused

    def fall_back(self, not_before: float) -> None:
        """Go by TCP: the socket refuses what goes to this client."""
        self._route.fall_back(not_before)
        self._choose_way(by_udp=False)

    def tend(self, now: float) -> None:
        """Do what is due without a cause; called several times a second."""
        if self._keys is None:
            return
        if self._to is not None and (token := self._route.probe(now)) is not None:
            self._enqueue(Probe(token).encode())
        missed = self._peer_by_udp and now - self._came_at > self.acks_every + LATE_BY
        if missed and now - self._reminded_at >= REMINDED_EVERY and self.user is not None:
            self._reminded_at = now
            self.user.remind(now)
