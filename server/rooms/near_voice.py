"""The voice of a room, to and from connections of this process."""

from __future__ import annotations

import logging
from typing import cast

import trio

from roomcli.protocol.audio import UplinkFrame

from ..limits import ServerLimits
from ..streams.batch import StreamBatch
from .fanout import LocalFanout
from .forwarder import Forwarder
from .peer import Peer
from .room_voice import Accepted, KeptElsewhere, VoiceRights
from .traffic import Traffic
from .visitor import RoomVisitor

log = logging.getLogger(__name__)


class NearRoomVoice:
    """Carries the voice of the room ``name`` for the peers that are here.

    ``heard`` is how many voices are heard at once; ``accepted`` is told of each frame that is.
    ``traffic`` counts the voice of all rooms, of which ``limits`` say how much may be sent; it goes
    out with ``batch``.
    """

    def __init__(
        self,
        name: str,
        heard: int,
        accepted: Accepted,
        traffic: Traffic,
        limits: ServerLimits | None = None,
        batch: StreamBatch | None = None,
    ) -> None:
        self.name = name
        """The room's name."""
        self._accepted = accepted
        self._traffic = traffic
        self._rights = VoiceRights()
        self._peers: dict[str, Peer] = {}
        self._on_stage: dict[str, Peer] = {}
        self._audience: dict[str, Peer] = {}
        groups = self._peers, self._on_stage, self._audience
        everybody, stage, audience = (LocalFanout(each, traffic, batch) for each in groups)
        self._fanouts = everybody, stage, audience
        self.forwarder = Forwarder(everybody, stage, audience, heard, traffic, limits)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is here."""
        return not self._peers

    def peers(self) -> tuple[Peer, ...]:
        """Return those who are here."""
        return tuple(self._peers.values())

    @property
    def people_elsewhere(self) -> int:
        return 0

    def is_elsewhere(self, visitor: RoomVisitor) -> bool:
        return False

    def enter(self, visitor: RoomVisitor) -> None:
        peer = cast("Peer", visitor)  # whose connections are here stand for them by peers
        self._peers[peer.id] = peer
        self._place(peer)

    def leave(self, seat: str) -> None:
        for group in (self._peers, self._on_stage, self._audience):
            group.pop(seat, None)
        self._note_moved()

    def set_rights(self, rights: VoiceRights) -> None:
        before, self._rights = self._rights, rights
        if before.is_large != rights.is_large:
            for peer in self._peers.values():
                self._place(peer)
            return
        for seat in {*before.places, *before.refused} ^ {*rights.places, *rights.refused}:
            if seat in self._peers:
                self._place(self._peers[seat])

    def _place(self, peer: Peer) -> None:
        on_stage = self._rights.is_on_stage(peer.id)
        into, out_of = self._on_stage, self._audience
        if not on_stage:
            into, out_of = out_of, into
        out_of.pop(peer.id, None)
        into[peer.id] = peer
        peer.set_place(on_stage=on_stage, large=self._rights.is_large)
        self._note_moved()

    def _note_moved(self) -> None:
        for fanout in self._fanouts:
            fanout.note_connections()

    def forget_slot(self, slot: int) -> None:
        self.forwarder.forget(slot)

    def has(self, peer: Peer) -> bool:
        """Whether this very visit is here: a later one may have its seat."""
        return self._peers.get(peer.id) is peer

    def lets_speak(self, seat: str) -> bool:
        """Whether somebody is heard if they speak."""
        return seat in self._rights.places

    def voice(self, peer: Peer, frame: UplinkFrame) -> None:
        """Forward a voice frame. Raises CommandRefused when this person may not be heard."""
        rights, left_out = self._rights, self._traffic.left_out
        heard_as = rights.places.get(peer.id)
        if heard_as is None:
            refusal = rights.why_not(peer.id)
            left_out[refusal.code] += 1
            raise refusal
        flooded = peer.flooded
        seconds = peer.accepts_voice(
            frame, trio.current_time(), short=rights.short, ceiling=rights.ceiling
        )
        if not seconds:
            left_out["too_many" if peer.flooded > flooded else "too_many_bits"] += 1
            return
        entry = self.forwarder.forward(frame, *heard_as)
        if not peer.flat and self.forwarder.is_flat(heard_as[0]):
            peer.flat = True
            facts = {"key": peer.key, "room": self.name}
            log.warning("%(key)s in %(room)s claims a level that never falls", facts)
        if entry is None:
            left_out["not_among_loudest"] += 1
        else:
            self._accepted(peer.id, entry, seconds)

    def may_be_heard(self, seat: str, entry: bytes) -> bool:
        """Whether a frame, as a bundle's entry, is of somebody whom the room lets be heard."""
        return self._rights.covers(seat, entry)

    def hear_from_afar(self, entries: list[bytes]) -> None:
        """Forward voice frames of people who are elsewhere, and were let through there."""
        for entry in entries:
            self.forwarder.forward_entry(entry)

    async def kept_elsewhere(self) -> KeptElsewhere:
        return KeptElsewhere()

    async def run(self) -> None:
        await self.forwarder.run()
