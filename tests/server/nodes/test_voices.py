"""Tests of what a server takes for a voice that another one says it heard."""

from __future__ import annotations

import msgspec
import pytest

from roomcli.protocol.audio import MAX_PAYLOAD, BundleEntry, Flags
from server.nodes.voices import NodeVoices, Voices

ENTRY = BundleEntry(3, 1, 7, 960, Flags.NONE, -30, b"\xf8word").encode()
LONG = BundleEntry(3, 1, 7, 960, Flags.NONE, -30, bytes(MAX_PAYLOAD + 1)).encode()


@pytest.mark.parametrize(
    ("entry", "seconds"),
    [
        *((ENTRY[:size], 0.02) for size in (0, 1, 2, 9, 12, len(ENTRY) - 1)),
        (ENTRY + b"\x00", 0.02),
        (LONG, 0.02),
        (ENTRY[:9] + b"\xff" + ENTRY[10:], 0.02),
        *((ENTRY, seconds) for seconds in (0.0, -1.0, 1e9, float("inf"), float("nan"))),
    ],
)
def test_what_is_no_voice_is_left_out(entry: bytes, seconds: float) -> None:
    voices, heard = NodeVoices((), "here"), Voices()
    voices.carry("standup", lambda node, said: heard.extend(said))
    said = [("ann", entry, seconds), ("ben", ENTRY, 0.02)]
    voices.hear_bundle("standup", msgspec.msgpack.encode(("there", said)))
    assert heard == [("ben", ENTRY, 0.02)]


def test_a_fault_in_one_room_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    voices, heard = NodeVoices((), "here"), Voices()

    def fail(node: str, said: Voices) -> None:
        raise IndexError("a fault of ours")

    voices.carry("standup", fail)
    voices.carry("standup", lambda node, said: heard.extend(said))
    said = [("ben", ENTRY, 0.02)]
    voices.hear_bundle("standup", msgspec.msgpack.encode(("there", said)))
    assert heard == said
    assert "a fault of ours" in caplog.text
