"""A client by UDP of whom somebody else reads the datagrams, so that the load costs little."""

from __future__ import annotations

from roomcli.load.datagram_client import DatagramClient
from roomcli.load.tally import Tally, tally_of_bundle
from roomcli.protocol.address import Address
from roomcli.protocol.audio import KIND_AUDIO, Ack
from roomcli.protocol.datagrams import ReceptionReport


class LeanDatagramClient(DatagramClient):
    """One connection to one room with a side channel, by which all goes that it sends.

    Whose datagrams somebody else reads follows another listener, who hears the same: it
    acknowledges what that one has.
    """

    def __init__(self, address: Address, source: str = "") -> None:
        super().__init__(address, source)
        self._leader: LeanDatagramClient | None = None
        self._ahead = 0

    def read_datagrams(self) -> None:
        """Read what has come, and answer the server's questions."""
        for frame in self.datagram_frames():
            self.note_progress(frame)

    def tally_of_datagram(self, datagram: bytes) -> Tally | None:
        """Return a tally of the voice in a datagram, or None if there is none in it.

        Raises ValueError if it was not sealed for this client.
        """
        message = self.opened(datagram)
        if message is None:
            raise ValueError("not sealed for this client")
        if message[0] != KIND_AUDIO:
            return None
        return tally_of_bundle(message, len(datagram))

    def follow_in(self, leader: LeanDatagramClient) -> None:
        """Acknowledge from now on what the leader has, and as many datagrams more as now."""
        self._ahead = self._newest - leader._newest
        self._leader = leader

    def speak(self, number: int, level: int, payload: bytes) -> bool:
        return self.send_datagram(self.voice_frame(number, level, payload))

    def acknowledge(self, stamp: int) -> bool:
        leader = self._leader or self
        newest = leader._newest + self._ahead
        ack = Ack(leader.media_time, stamp, visit=self.visit).encode()
        if newest >= 0:
            ack += ReceptionReport(0, newest, newest + 1, 0).encode()
        return self.send_datagram(ack)

    @property
    def _newest(self) -> int:
        """The highest counter that was read here."""
        reception = self.reception
        return reception.newest if reception is not None else -1
