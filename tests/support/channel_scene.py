"""The server's end of a side channel and the client's, without a socket."""

from __future__ import annotations

from roomcli.protocol.audio import Ack, UplinkFrame
from roomcli.protocol.datagrams import Probe, decode_probe
from roomcli.protocol.side_channel import SideChannelOffer
from roomcli.wire.udp.keys import Direction
from roomcli.wire.udp.sealing import Opened, Sealer
from roomcli.wire.udp.side_channel import SideChannel
from server.datagrams.addresses import Ends, NativeEnds
from server.datagrams.batch import Recipients, Refusal
from server.datagrams.channel import ClientChannel, DatagramWay, SideChannels
from server.limits import Rate

HERE = Ends(("192.0.2.1", 4000), None)
VISIT = 3
PACE = Rate(300, 600)


class Outbox:
    """A batch that keeps the datagrams, by whom they are for."""

    def __init__(self) -> None:
        self.sent = self.dropped = 0
        self.to: dict[tuple[object, ...], list[bytes]] = {}

    def add(self, to: NativeEnds, sealer: Sealer, message: bytes) -> None:
        """Keep a datagram."""
        self.to.setdefault(to.ends.peer, []).append(sealer.seal(message))

    def add_for_all(self, recipients: Recipients, message: bytes) -> None:
        """Keep a datagram for each."""
        for to, sealer in zip(recipients.to, recipients.sealers, strict=True):
            self.add(to, sealer, message)

    def flush(self) -> list[Refusal]:
        """Send nothing."""
        return []


class ChannelScene:
    """A server's channel, the client at its other end, and whoever uses it."""

    def __init__(
        self,
        pace: Rate = PACE,
        *,
        here: Ends = HERE,
        outbox: Outbox | None = None,
        all: SideChannels | None = None,
    ) -> None:
        self.pace = pace
        self.here = here
        self.outbox = outbox or Outbox()
        self.by_tcp: list[bytes] = []
        self.heard: list[tuple[Ack | UplinkFrame, bool]] = []
        self.reminded: list[float] = []
        self.changes = 0
        self.channel = ClientChannel(VISIT, self.by_tcp.append, all or self)
        self.channel.user = self
        self.client = SideChannel(
            self.channel.secret.reveal(), self.channel.identities, Direction.TO_SERVER
        )

    # What the channel asks of others.

    def offer(self, channel: ClientChannel) -> SideChannelOffer:
        """Fail: nobody asks here."""
        raise AssertionError

    def note_change(self) -> None:
        """Count it."""
        self.changes += 1

    def flush_soon(self) -> None:
        """Send nothing."""

    def forget(self, channel: ClientChannel) -> None:
        """Keep nothing."""

    def hear(self, message: Ack | UplinkFrame, now: float, *, by_udp: bool) -> None:
        """Keep what was heard."""
        self.heard.append((message, by_udp))
        self.channel.note_way(by_udp=by_udp, now=now)

    def remind(self, now: float) -> None:
        """Note when."""
        self.reminded.append(now)

    # What a test does.

    def take(self, message: bytes, ends: Ends | None = None, now: float = 0.0) -> bytes:
        """Have the client send a message from an address; return its datagram."""
        datagram = self.client.sealer.seal(message)
        self.take_again(datagram, ends, now)
        return datagram

    def take_again(self, datagram: bytes, ends: Ends | None = None, now: float = 0.0) -> None:
        """Have a datagram come as it is."""
        self.channel.take_datagram(datagram, DatagramWay(self.outbox, ends or self.here), now)

    def sent(self, ends: Ends | None = None) -> list[Opened]:
        """Return what went to an address since the last time."""
        opened = [
            self.client.unseal(each) for each in self.outbox.to.pop((ends or self.here).peer, [])
        ]
        assert None not in opened
        return [each for each in opened if each is not None]

    def question(self, ends: Ends | None = None) -> Probe:
        """Return the one question that went to an address, and nothing else."""
        [opened] = self.sent(ends)
        probe = decode_probe(opened.message)
        assert not probe.is_answer
        return probe

    def settle(self, ends: Ends | None = None, now: float = 0.0) -> None:
        """Have an address checked."""
        self.take(Probe(b"question").encode(), ends, now)
        self.take(Probe(self.question(ends).token, is_answer=True).encode(), ends, now)

    def go_by_udp(self) -> float:
        """Have the server's direction proven; return when."""
        self.settle()
        for now in (0.0, 1.0, 2.0):
            self.channel.tend(now)
            self.take(Probe(self.question().token, is_answer=True).encode(), now=now)
        assert self.channel.by_udp
        return 2.0
