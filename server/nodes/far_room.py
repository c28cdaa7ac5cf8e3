"""A room of another server, for those who are here."""

from __future__ import annotations

import logging

import trio

from ..rooms.hub import Hub
from ..rooms.near_voice import NearRoomVoice
from ..streams.batch import StreamBatch
from .kept_voice import KeptVoice
from .voices import NodeVoices, Voices

log = logging.getLogger(__name__)


class FarRoom:
    """Carries the voice of a room of another server, to and from people here and elsewhere.

    ``heard`` is how many voices are heard at once; ``kept`` keeps the last minute, for the
    ``owner``. :meth:`run` has to run.
    """

    def __init__(
        self,
        name: str,
        heard: int,
        hub: Hub,
        batch: StreamBatch | None,
        voices: NodeVoices,
        kept: KeptVoice,
        owner: str,
    ) -> None:
        self.carrier = NearRoomVoice(
            name, heard, self._accept_voice, hub.traffic, hub.limits, batch
        )
        self.looks_without_owner = 0
        self.is_expecting = True
        """Whether the first who is to be in it has not come yet."""
        self._voices = voices
        self._kept = kept
        self._owner = owner
        kept.note_owner(name, owner)
        self._running = trio.CancelScope()
        voices.carry(name, self._hear_others)

    def _accept_voice(self, seat: str, entry: bytes, seconds: float) -> None:
        """Take a frame of somebody who is here, and is heard."""
        self._voices.add_voice(self.carrier.name, seat, entry, seconds, self._hear_others)
        self._kept.add(self.carrier.name, self._owner, seat, entry)

    def _hear_others(self, node: str, voices: Voices) -> None:
        """Take what others' people say, of those who may be heard."""
        may_be_heard = self.carrier.may_be_heard
        self.carrier.hear_from_afar(
            [entry for seat, entry, _ in voices if may_be_heard(seat, entry)]
        )

    @property
    def is_left(self) -> bool:
        """Whether nobody is in it any more."""
        return not self.is_expecting and self.carrier.is_empty

    async def run(self) -> None:
        """Carry voice until closed."""
        with self._running:
            try:
                await self.carrier.run()
            except Exception:
                # An error in one room, even a bug of ours, must not end the others.
                log.exception("the voice of room %(room)s failed", {"room": self.carrier.name})

    def close(self) -> None:
        """Carry no voice any more."""
        self._voices.drop(self.carrier.name, self._hear_others)
        self._running.cancel()
