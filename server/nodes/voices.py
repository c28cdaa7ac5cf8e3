"""The voice of rooms that span servers: what is said here goes to the others, and theirs is heard.

Each server publishes what its own people say, one bundle a room and moment.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NoReturn

import msgspec
import trio
from msgspec import Struct

from roomcli.protocol.audio import is_entry

from ..cluster.address import ValkeyAddress
from ..cluster.media_bus import MediaBus

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.002
"""In which voices may join the first one: those of a room are one bundle, all bundles one write."""

MOST_SECONDS = 0.12
"""Of one frame: the longest of Opus."""

Voice = tuple[str, bytes, float]
Voices = list[Voice]
"""Frames, each with its seat, as a bundle's entry, and its seconds."""


class VoiceBundle(Struct, frozen=True, array_like=True):
    """What the people of a server said; one of a later version may have more fields at the end."""

    node: str
    voices: Voices


Hear = Callable[[str, Voices], None]
"""Told of what came from another server, by its name."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(VoiceBundle)


class NodeVoices:
    """Carries voice between this server, whose name is ``node``, and the others."""

    def __init__(self, addresses: Sequence[ValkeyAddress], node: str) -> None:
        self._bus = MediaBus(addresses, self)
        self._node = node
        self._rooms: dict[str, list[Hear]] = {}
        self._waiting: dict[str, Voices] = {}
        self._some = trio.Event()

    def carry(self, room: str, hear: Hear) -> None:
        """Hear what is said in a room: on other servers, and by others who carry it here.

        There are several for a while where the room moves from one owner to the next.
        """
        self._rooms.setdefault(room, []).append(hear)
        self._bus.subscribe(room)

    def drop(self, room: str, hear: Hear) -> None:
        """Hear a room no more."""
        hears = self._rooms.get(room, [])
        if hear in hears:
            hears.remove(hear)
            if not hears:
                del self._rooms[room]
                self._bus.unsubscribe(room)

    def add_voice(
        self, room: str, seat: str, entry: bytes, seconds: float, by: Hear | None = None
    ) -> None:
        """Send a frame of somebody who is here to the other servers, with others of the room.

        Whoever else than ``by`` carries the room here has it at once.
        """
        voice = seat, entry, seconds
        for hear in self._rooms.get(room, ()):
            if hear != by:
                hear(self._node, [voice])
        self._waiting.setdefault(room, []).append(voice)
        self._some.set()

    async def run(self) -> None:
        """Carry voice until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._bus.run)
            nursery.start_soon(self._publish)

    async def _publish(self) -> NoReturn:
        while True:
            await self._some.wait()
            await trio.sleep(GATHER_SECONDS)
            self._some = trio.Event()
            waiting, self._waiting = self._waiting, {}
            for room, voices in waiting.items():
                self._bus.publish(room, _encoder.encode(VoiceBundle(self._node, voices)))

    # As the bus tells.

    def hear_bundle(self, room: str, bundle: bytes) -> None:
        """Take what another server published."""
        hears = self._rooms.get(room)
        if hears is None:
            return
        try:
            said = _decoder.decode(bundle)
        except msgspec.MsgspecError as error:
            log.debug("a bundle of %s is none: %s", room, error)
            return
        voices = [voice for voice in said.voices if _is_voice(voice)]
        for hear in hears:
            try:
                hear(said.node, voices)
            except Exception:
                # An error in one room, even a bug of ours, must not end the others.
                log.exception("voice from elsewhere to room %(room)s failed", {"room": room})

    def cut_off(self, reason: str) -> None:
        """Tell whoever reads the log that people here hear each other alone."""
        facts = {"why": reason}
        log.error("no voice to and from other servers: %(why)s", facts)

    def bus_joined(self) -> None:
        """Tell whoever reads the log that voice goes to and comes from the other servers."""
        log.info("voice goes to and comes from the other servers")


def _is_voice(voice: Voice) -> bool:
    """Whether this can be heard: another server may have a fault, or be none."""
    _, entry, seconds = voice
    return is_entry(entry) and 0 < seconds <= MOST_SECONDS
