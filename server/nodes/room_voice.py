"""The voice of a room that this server has, for people here and people of other servers."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from ..limits import ServerLimits
from ..rooms.near_voice import NearRoomVoice
from ..rooms.room_voice import Accepted, KeptElsewhere, KeptFrame, VoiceRights
from ..rooms.traffic import Traffic
from ..rooms.visitor import RoomVisitor
from ..streams.batch import StreamBatch
from ..workers.far_client import FarVisitor
from ..workers.far_rooms import FarRoomVoice
from .guests import GuestNode
from .kept_voice import KeptVoice
from .voices import NodeVoices, Voices


class SpanningRoomVoice(NearRoomVoice):
    """Carries the voice of one room for those who are here, and for those of other servers.

    These ``far`` has; ``guests`` are their servers by name, ``voices`` goes to and comes from
    them. What people here say is ``kept`` for a minute.
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
        kept: KeptVoice,
        guests: Mapping[str, GuestNode],
    ) -> None:
        super().__init__(name, heard, self._accept_voice, traffic, limits, batch)
        self._room_accepts = accepted
        self._far = far
        self._voices = voices
        self._kept = kept
        self._guests = guests

    @property
    def people_elsewhere(self) -> int:
        return self._far.number_of_people

    def is_elsewhere(self, visitor: RoomVisitor) -> bool:
        return isinstance(visitor, FarVisitor)

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
        self._kept.add(self.name, self._kept.node, seat, entry)
        if not self._far.is_empty:
            self._voices.add_voice(self.name, seat, entry, seconds, self._hear_others)

    def _hear_others(self, node: str, voices: Voices) -> None:
        """Take frames of people of a server that is linked to this one."""
        end = self._guests.get(node)
        if end is not None:
            heard = [each for each in voices if self.may_be_heard(*each[:2])]
            self.hear_from_afar([entry for _, entry, _ in heard])
            self._far.hear_from(end, heard)

    async def kept_elsewhere(self) -> KeptElsewhere:
        """Ask the servers whose people are here, or were in the last minute."""
        answers: list[list[KeptFrame] | None] = [self._kept.said_in(self.name, self._kept.node)]

        async def ask_one(guests: GuestNode) -> None:
            answers.append(await guests.said_in(self.name))

        async with trio.open_nursery() as nursery:
            for each in self._guests.values():
                if self._far.has_people_of(each) or each.was_in(self.name):
                    nursery.start_soon(ask_one, each)
        frames = [frame for answer in answers for frame in answer or ()]
        return KeptElsewhere(frames, answers.count(None))

    async def run(self) -> None:
        self._voices.carry(self.name, self._hear_others)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(super().run)
                nursery.start_soon(self._far.run)
        finally:
            self._voices.drop(self.name, self._hear_others)
