"""The floor under every relay: a C program that sends frames of the sizes of roomcli's bundles.

It encrypts nothing, reads nothing and knows nobody, so that nothing that sends a message to each
listener can cost less.
"""

from __future__ import annotations

import contextlib
import random
import struct
from collections.abc import Iterator
from pathlib import Path

from roomcli.load.tally import STAMP_AT, draw_payload
from roomcli.protocol.audio import FRAME, Bundle, BundleEntry, Flags
from roomcli.wire.frames import server_frame

from ..compiled import compile_c
from ..processes import Child, running

FRAMES = 250
"""Frames that are sent in turn, so that their sizes vary as those of speech do."""
AROUND_DATAGRAM = (8, 16)
"""Bytes before and after a bundle in a datagram: id and counter, and the tag of AES-GCM."""
_SOURCE = Path(__file__).with_suffix(".c")


@contextlib.contextmanager
def floor(folder: Path, voices: int, *, udp: bool) -> Iterator[tuple[Child, str]]:
    """Compile and run the floor with ``voices`` in each bundle; yield it and its URL."""
    program = compile_c(_SOURCE, folder)
    frames = folder / "frames"
    frames.write_bytes(draw_frames(voices, udp=udp))
    with running([str(program), "udp" if udp else "tcp", str(frames)]) as child:
        yield child, str(child.event("listening", 10.0)["url"])


def draw_frames(voices: int, *, udp: bool) -> bytes:
    """Return the frames as the program reads them: sizes, where the times are, bytes."""
    chance = random.Random(7)
    parts = [struct.pack("=I", FRAMES)]
    for number in range(FRAMES):
        entries = tuple(
            BundleEntry(slot, 0, number, number * FRAME, Flags.NONE, -20, draw_payload(chance, 0))
            for slot in range(voices)
        )
        bundle = Bundle(number * FRAME, entries).encode()
        before, after = AROUND_DATAGRAM
        frame = bytes(before) + bundle + bytes(after) if udp else server_frame(bundle)
        head = before if udp else len(frame) - len(bundle)
        times = list(_times_at(entries, head))
        parts.append(struct.pack(f"=II{voices}I", len(frame), voices, *times) + frame)
    return b"".join(parts)


def _times_at(entries: tuple[BundleEntry, ...], head: int) -> Iterator[int]:
    for number, entry in enumerate(entries):
        before = len(Bundle(0, entries[: number + 1]).encode()) - len(entry.payload)
        yield head + before + STAMP_AT
