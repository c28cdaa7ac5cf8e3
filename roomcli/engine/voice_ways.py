"""What of a visit goes by UDP, and how it comes back to TCP: one client's side, without a socket.

Pure: datagrams are returned and given, time is an argument, in seconds of a monotonic clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..protocol.audio import Ack
from ..protocol.datagrams import Probe, ReceptionReport
from ..protocol.side_channel import SideChannelOffer
from ..wire.udp.keys import Direction
from ..wire.udp.loss import LossMeter
from ..wire.udp.repetition import TICK, EarlierVoice, Repetition
from ..wire.udp.route import VoiceRoute
from ..wire.udp.sealing import Opened
from ..wire.udp.side_channel import SideChannel, mark


class VoiceWays:
    """The side channel of one visit at its client. ``draw(n)`` returns ``n`` random bytes."""

    def __init__(self, offer: SideChannelOffer, draw: Callable[[int], bytes], now: float) -> None:
        self._channel = SideChannel(offer.secret.reveal(), offer.ids, Direction.TO_SERVER)
        self._route = VoiceRoute(draw, now)
        self._sent_loss, self._heard_loss = LossMeter(), LossMeter()
        self._repetition = Repetition()
        self._earlier = EarlierVoice()
        self._spoke_at = -math.inf

    @property
    def by_udp(self) -> bool:
        """Whether one's own voice and acknowledgements go by UDP."""
        return self._route.by_udp

    @property
    def held_back(self) -> int:
        """Frames that were not sent, since nothing at all was acknowledged."""
        return self._route.held_back

    @property
    def hears(self) -> bool:
        """Whether anything of the server's came."""
        return self._channel.reception() is not None

    @property
    def repeats(self) -> bool:
        """Whether each frame goes out a second time, a little later."""
        return self._repetition.age > 0

    @property
    def sent_loss(self) -> float | None:
        """The share of the datagrams to the server that was lost lately; None: not known."""
        return self._sent_loss.loss

    @property
    def heard_loss(self) -> float | None:
        """The share of those from the server."""
        return self._heard_loss.loss

    # What goes out.

    def seal_voice(self, message: bytes, media_time: int, now: float) -> list[bytes]:
        """Return the datagrams of a frame, and of what is repeated now; none if it is held back."""
        if not self._route.admits_voice(media_time, now):
            return []
        self._spoke_at = now
        self._earlier.advance((message,), now)
        return [*self._seal(message), *self._copies()]

    def seal_copies(self, now: float) -> list[bytes]:
        """Return what is repeated while nothing new is said; to be asked for once a tick."""
        if now - self._spoke_at < TICK:
            return []
        self._earlier.advance((), now)
        return self._copies()

    @property
    def has_copies(self) -> bool:
        """Whether there is something to repeat, so that :meth:`seal_copies` has to be called."""
        return self.repeats and self._earlier.is_waiting

    def seal_ack(self, ack: Ack, now: float) -> list[bytes]:
        """Return the datagram of an acknowledgement."""
        datagrams = self._seal(self.told(ack))
        if datagrams:
            self._route.sent_ack(self._channel.sent - 1, now)
        return datagrams

    def told(self, ack: Ack) -> bytes:
        """Return an acknowledgement as a message that also says which datagrams came."""
        reception = self._channel.reception()
        return ack.encode() + (reception.encode() if reception is not None else b"")

    def seal_probe(self, now: float) -> list[bytes]:
        """Return the datagram that asks whether UDP works, if it is time for one."""
        token = self._route.probe(now)
        return [] if token is None else self._seal(Probe(token).encode())

    def seal_answer(self, question: Probe) -> list[bytes]:
        """Return the datagram that answers a question of the server's."""
        return self._seal(Probe(question.token, is_answer=True).encode())

    def move_on(self) -> None:
        """Go on under the next id, since this machine has come to another network."""
        self._channel.move_on()

    # What comes.

    def unseal(self, datagram: bytes) -> Opened | None:
        """Return what is in a datagram; None if it is not the server's, or came before."""
        return self._channel.unseal(datagram)

    def note_message(self, now: float) -> None:
        """Note that a message of the server came, by whichever way."""
        self._route.heard(now)

    def take_answer(self, answer: Probe, now: float) -> None:
        """Take the answer to a probe, by whichever way."""
        self._route.count_answer(answer.token, now)

    def take_ack(self, ack: Ack, reception: ReceptionReport | None, rtt: float, now: float) -> None:
        """Take an acknowledgement of the server; ``rtt`` is the round trip in seconds."""
        newest = -1
        if reception is not None:
            self._sent_loss.take_report(reception, now)
            self._repetition.adapt(self._sent_loss)
            newest = mark(reception.number, reception.newest)
        self._route.acknowledged(ack.media_time, newest, self._sent_loss.loss, rtt, now)

    def misses(self, rtt: float, now: float) -> bool:
        """Whether the acknowledgement that has just come should have reported more."""
        return self._route.by_udp and self._route.misses(rtt, now)

    def measure_loss(self, now: float) -> None:
        """Look at what came lately; called about twice a second."""
        if (reception := self._channel.reception()) is not None:
            self._heard_loss.take_report(reception, now)

    def _copies(self) -> list[bytes]:
        copies = self._earlier.copies(self._repetition.age)
        return [datagram for message in copies for datagram in self._seal(message)]

    def _seal(self, message: bytes) -> list[bytes]:
        if self._channel.sealer.is_spent and not self._channel.move_on():
            self._route.fall_back(math.inf)
            return []
        return [self._channel.sealer.seal(message)]
