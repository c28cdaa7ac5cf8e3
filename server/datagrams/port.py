"""The server's UDP port: hands what comes to the visit that it is of, and sends for all of them."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import trio

from roomcli.protocol.side_channel import SideChannelOffer
from roomcli.wire.udp.sealing import identity_in

from ..limits import Rate, ServerLimits
from .arrivals import read_arrivals
from .batch import Batch, new_batch
from .channel import ClientChannel, DatagramWay

log = logging.getLogger(__name__)

PAUSE = 0.002
"""Seconds until the next look after one at which no voice had come: acknowledgements of many
listeners cost less when several are read at once."""
TENDED_EVERY = 0.25
"""Seconds between two looks at each visit: what is due every half second is not far off."""
SLICE = 256
"""Visits that are looked at before other tasks get their turn."""


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """The address at which datagrams arrive, where it is not the one that people connect to."""

    host: str
    port: int


class DatagramPort:
    """All side channels of a server, over these bound sockets; :meth:`run` has to run."""

    def __init__(
        self,
        sockets: Iterable[socket.socket],
        public: PublicPlace | None = None,
        limits: ServerLimits | None = None,
    ) -> None:
        self._limits = limits or ServerLimits()
        self._sockets = {bound: new_batch(bound) for bound in sockets}
        self._channels: dict[bytes, ClientChannel] = {}
        self._all: set[ClientChannel] = set()
        self._reading = False
        self.changes = 0
        self.public = public
        """Where datagrams arrive, if the admin says so."""

    @property
    def port(self) -> int:
        """The port that is announced."""
        if self.public is not None:
            return self.public.port
        return int(next(iter(self._sockets)).getsockname()[1])

    @property
    def dropped(self) -> int:
        """How many datagrams the system had no room for."""
        return sum(batch.dropped for batch in self._sockets.values())

    @property
    def channels(self) -> int:
        """How many visits have a side channel, whether they use it or not."""
        return len(self._all)

    def open_channel(
        self, visit: int, say: Callable[[bytes], None], secret: bytes = b"", ids: bytes = b""
    ) -> ClientChannel:
        """Return a new channel for a visit, with this secret, under ids that nobody else has.

        Without ids it gets a secret and ids of its own.
        """
        while True:
            channel = ClientChannel(visit, say, self, secret, ids)
            own = set(channel.identities)
            is_free = len(own) == len(channel.identities) and not own & self._channels.keys()
            if is_free or secret:  # a secret comes with ids that whoever gave them has chosen
                break
        self._channels.update(dict.fromkeys(own, channel))
        self._all.add(channel)
        return channel

    @property
    def pace(self) -> Rate:
        return self._limits.messages.datagrams

    def offer(self, channel: ClientChannel) -> SideChannelOffer:
        return SideChannelOffer(
            port=self.port,
            host=self.public.host if self.public is not None else None,
            secret=channel.secret,
            ids=channel.identities,
        )

    def forget(self, channel: ClientChannel) -> None:
        self._all.discard(channel)
        for each in channel.identities:
            self._channels.pop(each, None)

    def note_change(self) -> None:
        self.changes += 1

    def flush_soon(self) -> None:
        if not self._reading:
            self._flush()

    async def run(self) -> None:
        """Take and send datagrams until cancelled; close the sockets then."""
        try:
            async with trio.open_nursery() as nursery:
                for bound, batch in self._sockets.items():
                    nursery.start_soon(self._read_socket, bound, batch)
                nursery.start_soon(self._tend)
        finally:
            for bound in self._sockets:
                bound.close()

    async def _read_socket(self, bound: socket.socket, batch: Batch) -> None:
        while True:
            await trio.lowlevel.wait_readable(bound)
            if not self._take_arrivals(bound, batch):
                await trio.sleep(PAUSE)

    def _take_arrivals(self, bound: socket.socket, batch: Batch) -> bool:
        """Take what has come, and send what that leads to; return whether there was voice."""
        arrivals, now = read_arrivals(bound), trio.current_time()
        had_voice, self._reading = False, True
        for datagram, ends in arrivals:
            channel = self._channels.get(identity_in(datagram))
            if channel is None:
                continue
            try:
                had_voice |= channel.take_datagram(datagram, DatagramWay(batch, ends), now)
            except Exception:
                # An error in one visit, even a bug of ours, must not end the others.
                log.exception("a datagram failed")
        self._reading = False
        self._flush()
        return had_voice

    async def _tend(self) -> None:
        while True:
            await trio.sleep(TENDED_EVERY)
            for number, channel in enumerate(tuple(self._all), 1):
                channel.tend(trio.current_time())
                if number % SLICE == 0:
                    self._flush()
                    await trio.lowlevel.checkpoint()
            self._flush()

    def _flush(self) -> None:
        for batch in self._sockets.values():
            refused = batch.flush()
            if not refused:
                continue
            log.debug("%d datagrams are refused: errno %d", len(refused), refused[0].error)
            ends = {id(each.to) for each in refused}
            for channel in self._all:
                if channel.goes_to(ends):
                    channel.fall_back(trio.current_time())
