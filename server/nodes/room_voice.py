"""The voice of a room that this server has, for people here and people of other servers."""

from __future__ import annotations

from collections.abc import Callable

import trio

from ..limits import ServerLimits
from ..rooms.near_voice import NearRoomVoice
from ..rooms.room_voice import Accepted, VoiceRights
from ..rooms.traffic import Traffic
from ..rooms.visitor import RoomVisitor
from ..streams.batch import StreamBatch
from ..workers.far_client import FarVisitor
from ..workers.far_rooms import FarRoomVoice, VoiceEnd
from .voices import NodeVoices, Voices


class SpanningRoomVoice(NearRoomVoice):
    """Carries the voice of one room for those who are here, and for those of other servers.

    These ``far`` has; ``end_of`` finds their servers by name, ``voices`` goes to and comes from
    them.
    """

    def __init__(
        self,
        name: str,
        heard: int,
        accepted: Accepted,
        traffic: Traffic,
        limits: ServerLimits,
        batch: StreamBatch | None,
        far: FarRoomVoice,
        voices: NodeVoices,
        end_of: Callable[[str], VoiceEnd | None],
    ) -> None:
        super().__init__(name, heard, self._accept_voice, traffic, limits, batch)
        self._room_accepts = accepted
        self._far = far
        self._voices = voices
        self._end_of = end_of

    def enter(self, visitor: RoomVisitor) -> None:
        self.leave(visitor.id)  # where they were before, that may be another server
        if isinstance(visitor, FarVisitor):
            self._far.enter(visitor)
        else:
            super().enter(visitor)

    def leave(self, seat: str) -> None:
        super().leave(seat)
        self._far.leave(seat)

    def set_rights(self, rights: VoiceRights) -> None:
        super().set_rights(rights)
        self._far.set_rights(rights)

    def forget_slot(self, slot: int) -> None:
        super().forget_slot(slot)
        self._far.forget_slot(slot)

    def _accept_voice(self, seat: str, entry: bytes, seconds: float) -> None:
        """Take a frame of somebody who is here, and is heard."""
        self._room_accepts(seat, entry, seconds)
        if not self._far.is_empty:
            self._voices.add_voice(self.name, seat, entry, seconds)

    def _hear_others(self, node: str, voices: Voices) -> None:
        """Take frames of people of another server, of which this one knows."""
        end = self._end_of(node)
        if end is not None:
            heard = [each for each in voices if self.may_be_heard(*each[:2])]
            self.hear_from_afar([entry for _, entry, _ in heard])
            self._far.hear_from(end, heard)

    async def run(self) -> None:
        self._voices.carry(self.name, self._hear_others)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(super().run)
                nursery.start_soon(self._far.run)
        finally:
            self._voices.drop(self.name, self._hear_others)
