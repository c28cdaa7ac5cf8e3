"""What servers of a cluster say to each other, one of each kind, in the words of any version.

Run with another version's ``server`` as the first that Python finds, it writes what that one says,
or reads with that one's eyes what this one says.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from roomcli.protocol.audio import BundleEntry, Flags
from roomcli.protocol.people import Person
from server.nodes import messages as m
from server.nodes.voices import NodeVoices
from server.public.hello import AdmittedPerson
from server.rooms.room_voice import VoiceRights
from server.workers import frames as f

ANN = Person("p-ann", "Ann", headline="builds bridges", key="SHA256:ann")
WHO = AdmittedPerson(ANN, True, "SHA256:device", "rooms.example.org", False, True)
RIGHTS = VoiceRights(
    places={"a": (1, 7)}, refused={"b": "muted"}, short=True, ceiling=40, is_large=True
)
FROM_GUESTS = {
    "visit_wished": m.VisitWished(7, WHO, "192.0.2.1", False, 3, b"\x81\xa1t\xa1x"),
    "client_said": f.ClientSaid(7, b"hello", True),
    "fell_silent": f.ClientSaid(7, None),
    "misbehaved": f.Misbehaved(7, "too much"),
    "ended": f.Ended(7, "closed"),
    "gone": f.Gone(7),
}
FROM_OWNER = {
    "visit_over": m.VisitOver(7, 12, b""),
    "frame_sent": f.FrameSent([7, 8], b"\x82\x00"),
    "closed": f.Closed(7),
    "known": f.Known(7),
    "visit_begun": f.VisitBegun(7, 2, "seat", "SHA256:ann", 4, b"", b""),
    "came_inside": f.CameInside(7),
    "seat_left": f.SeatLeft(7, 2, "seat"),
    "visit_ended": f.VisitEnded(7),
    "rights_set": f.RightsSet(2, "standup", 4, RIGHTS, 1),
    "slot_forgotten": f.SlotForgotten(2, 1),
    "messages_taken": f.MessagesTaken(7, 8),
}
VOICES = [
    ("seat", BundleEntry(1, 2, 7, 960, Flags.START, -30, b"\xf8entry").encode(), 0.02),
    ("other", BundleEntry(3, 4, 9, 480, Flags.NONE, -40, b"\xf0entry").encode(), 0.01),
]
NODE = "0123456789abcdef"
BUNDLE = "voice_bundle"


class KeptBundles:
    """What a server hears of bundles, without a Valkey."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.voices = NodeVoices((), NODE)
        self.voices.carry("standup", self._note)

    def _note(self, node: str, voices: object, *more: object) -> None:
        self.heard.append([node, voices])

    def read(self, raw: bytes) -> object:
        """Return what is heard of a bundle."""
        self.voices.hear_bundle("standup", raw)
        [heard] = self.heard
        return heard


def written() -> dict[str, bytes]:
    """Return the messages in the bytes of the version that this runs with."""
    encode = msgspec.msgpack.encode
    return {name: encode(each) for name, each in (FROM_GUESTS | FROM_OWNER).items()}


def read(messages: dict[str, bytes]) -> dict[str, object]:
    """Return messages as the version that this runs with reads them. Raises MsgspecError."""
    found: dict[str, object] = {}
    for name, raw in messages.items():
        if name == BUNDLE:
            found[name] = KeptBundles().read(raw)
        else:
            decoder: Any = m.from_guests if name in FROM_GUESTS else m.from_owner
            found[name] = decoder.decode(raw)
    return found


def main() -> None:
    """Write, or read what stands at the input; the answer is JSON, bytes are hexadecimal."""
    if sys.argv[1:] == ["write"]:
        print(json.dumps({name: raw.hex() for name, raw in written().items()}))
        return
    given = {name: bytes.fromhex(raw) for name, raw in json.load(sys.stdin).items()}
    expected: dict[str, object] = {**FROM_GUESTS, **FROM_OWNER, BUNDLE: [NODE, VOICES]}
    found = read(given)
    print(json.dumps([name for name in given if found[name] != expected[name]]))


if __name__ == "__main__":
    main()
