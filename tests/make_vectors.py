"""Writes vectors.json: bytes of the protocol and what they mean, for whoever implements it.

    python -m tests.make_vectors

The tests read the file, not this: a change of meaning shows as a difference in it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgpack
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.errors import ProtocolError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack, Bundle, Entry, Flags, UplinkFrame
from roomcli.protocol.codec import decode_from_client, encode
from roomcli.protocol.handshake import fingerprint, signed_bytes
from roomcli.protocol.people import Hand, Person, Speaker
from roomcli.protocol.room import RoomView

PATH = Path(__file__).with_name("vectors.json")
Json = dict[str, Any]

SEED = bytes(range(32))
NONCE = bytes(range(32, 64))
CERTIFICATE = hashlib.sha256(b"a certificate in DER").digest()
AUTHORITY, ROOM = "rooms.example:7420", "standup"
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = KEY.public_key().public_bytes_raw()
SIGNED = signed_bytes(NONCE, AUTHORITY, CERTIFICATE, ROOM)

ADA = Person("ada1", "Ada Lovelace", "Engines", "0f1e2d3c4b5a6978")
BOB = Person("bob2", "Bob 👋🏽", "", fingerprint(PUBLIC))
EVE = Person("eve3", "Ève")
HOST = Speaker(ADA, "host", 0, 1, muted=False)
GUEST = Speaker(BOB, "speaker", 3, 255, silenced=True, connected=False)
VIEW = RoomView(
    name=ROOM,
    you="eve3",
    stage={"ada1": HOST, "bob2": GUEST},
    hands=(Hand(EVE, 1_800_000_000.25),),
    front_row={"eve3": EVE},
    audience=41,
    invites={"eve3": "ada1"},
    locked=True,
    access="invite",
    closes_at=1_800_000_060.0,
)

HELLO = c.Hello(
    ref=1,
    key=PUBLIC,
    signature=KEY.sign(SIGNED),
    certificate=CERTIFICATE,
    name="Ada Lovelace",
    headline="Engines",
    intent="host",
    access="invite",
    invite="inv-1_x",
    ticket="tick-1_x",
    features=("later",),
)
COMMANDS: list[c.Command] = [
    HELLO,
    c.Hello(key=PUBLIC, signature=KEY.sign(SIGNED), certificate=CERTIFICATE, name="Ada"),
    c.Mute(),
    c.Mute(ref=9_007_199_254_740_991),
    c.Unmute(ref=2),
    c.RaiseHand(),
    c.LowerHand(),
    c.AcceptHand(id="eve3", ref=3),
    c.DeclineHand(id="eve3"),
    c.InviteToStage(id="eve3"),
    c.AcceptInvite(),
    c.DeclineInvite(),
    c.MoveToAudience(id="bob2"),
    c.LeaveStage(),
    c.Silence(id="bob2"),
    c.AskToUnmute(id="bob2"),
    c.Remove(id="bob2", reason="shouting"),
    c.Lock(),
    c.Unlock(),
    c.MakeCohost(id="bob2"),
    c.HandOver(id="bob2"),
    c.React(reaction="👏"),
    c.ListPeople(offset=50),
    c.MakeInvite(),
    c.EndRoom(),
    c.Leave(),
]
EVENTS: list[e.Event] = [
    e.Challenge(nonce=NONCE, features=("later",)),
    e.Joined(
        room=ROOM,
        you="eve3",
        view=VIEW,
        server_time=1_800_000_000.5,
        resumed=True,
        ticket="tick-2_y",
        invite="inv-2_y",
    ),
    e.Joined(room=ROOM, you="eve3", view=RoomView(ROOM, "eve3"), server_time=0.0),
    e.ParticipantJoined(person=EVE),
    e.ParticipantLeft(id="eve3"),
    e.ParticipantLeft(id="bob2", reason="removed", by="ada1"),
    e.HandRaised(person=EVE, at=1_800_000_000.25),
    e.HandLowered(id="eve3", reason="declined", by="ada1"),
    e.InvitedToStage(id="eve3", by="ada1"),
    e.InviteSettled(id="eve3", answer="accepted"),
    e.StageJoined(speaker=Speaker(EVE, "speaker", 2, 0)),
    e.StageLeft(id="bob2", by="ada1"),
    e.Muted(id="bob2"),
    e.Unmuted(id="bob2"),
    e.Silenced(id="bob2", by="ada1"),
    e.SilenceLifted(id="bob2", by="ada1"),
    e.SpeakerDropped(id="bob2"),
    e.SpeakerReturned(id="bob2"),
    e.RoleChanged(id="bob2", role="cohost", by="ada1"),
    e.RoomLocked(by="ada1"),
    e.RoomUnlocked(by="ada1"),
    e.HostAbsent(closes_at=1_800_000_060.0),
    e.HostPresent(),
    e.Pulse(audience=41, reactions={"👏": 3, "❤️": 1}),
    e.RoomEnded(reason="ended", by="ada1"),
    e.AskedToUnmute(by="ada1"),
    e.PeoplePage(offset=50, total=51, people=(EVE,), ref=4),
    e.InviteMade(invite="inv-3_z", expires_at=1_800_604_800.0, ref=5),
    e.Done(ref=2),
    e.Refused(
        command="unmute", code="silenced", text="a moderator has silenced you", ref=2
    ),
    e.Refused(command="react", code="rate_limited", text="wait", retry_after=1.5),
    e.Goodbye(code="server_closing", text="the server restarts", retry=True),
]  # fmt: skip
# 0xf8: one frame of 20 ms, CELT, fullband, mono. What follows is arbitrary.
LONGEST = b"\xf8" + bytes(1274)
UPLINK = [
    UplinkFrame(0, 0, Flags.START, 20, b"\xf8\xff\xfe"),
    UplinkFrame(2**32 - 1, 2**63 - 1, Flags.END | Flags.DISCONTINUITY, 127, b"\xf8"),
    UplinkFrame(7, 960 * 7, Flags.NONE, 0, LONGEST),
]
BUNDLES = [
    Bundle(48_000, ()),
    Bundle(48_960, (Entry(3, 255, 65_535, 4_294_966_336, Flags.START, 30, b"\xf8\x01"),)),
    Bundle(
        49_920,
        (
            Entry(3, 255, 0, 0, Flags.NONE, 31, b"\xf8\x02"),
            Entry(3, 255, 1, 960, Flags.END, 90, b"\xf8\x03"),
            Entry(0, 1, 500, 123_456, Flags.DISCONTINUITY, 0, LONGEST),
        ),
    ),
]
ACKS = [
    Ack(0, 1),
    Ack(49_920, 1_500_000, 1_000_000, 20_000),
    Ack(2**63 - 1, 2**64 - 1, 1, 2**32 - 1),
]


def control(**fields: object) -> bytes:
    """A control message with any fields."""
    return b"\x00" + bytes(msgpack.packb(fields))


INVALID: list[tuple[str, str, bytes, str]] = [
    ("empty message", "both", b"", "bad_message"),
    ("unknown kind", "both", b"\x03\x80", "bad_message"),
    ("control message without a body", "both", b"\x00", "bad_message"),
    ("no map", "both", b"\x00\x90", "bad_message"),
    ("rest after the map", "both", control(command="mute", event="host_present") + b"\x80",
     "bad_message"),
    ("text that is not UTF-8", "both", b"\x00\x81\xa7command\xa1\xff", "bad_message"),
    ("extension type", "both",
     b"\x00\x83\xa7command\xa4mute\xa5event\xachost_present\xa1x\xd4\x05\x00", "bad_message"),
    ("no command and no event", "both", control(ref=1), "bad_message"),
    ("unknown command", "client", control(command="fly"), "unknown_command"),
    ("unknown command with a ref", "client", control(command="fly", ref=77), "unknown_command"),
    ("id missing", "client", control(command="accept_hand"), "bad_message"),
    ("id missing, with a ref", "client", control(command="accept_hand", ref=78), "bad_message"),
    ("map key that is no text, in a field to be ignored", "both",
     control(command="mute", event="host_present", later={1: 2}), "bad_message"),
    ("id empty", "client", control(command="accept_hand", id=""), "bad_message"),
    ("id of 33 characters", "client", control(command="accept_hand", id="x" * 33), "bad_message"),
    ("ref negative", "client", control(command="mute", ref=-1), "bad_message"),
    ("ref 2**53", "client", control(command="mute", ref=2**53), "bad_message"),
    ("ref true", "client", control(command="mute", ref=True), "bad_message"),
    ("ref 1.0", "client", control(command="mute", ref=1.0), "bad_message"),
    ("key as base64 text", "client",
     control(command="hello", key="A" * 43 + "=", signature=bytes(64), name="a"), "bad_message"),
    ("key of 31 bytes", "client",
     control(command="hello", key=bytes(31), signature=bytes(64), name="a"), "bad_message"),
    ("reason of 201 characters", "client", control(command="remove", id="a", reason="x" * 201),
     "bad_message"),
    ("array of 65 items", "client", control(command="mute", later=[0] * 65), "bad_message"),
    ("message of 8193 bytes", "client", b"\x00" + bytes(8192), "bad_message"),
    ("time not a number", "server", control(event="host_absent", closes_at=float("nan")),
     "bad_message"),
    ("slot 256", "server", control(event="stage_joined", speaker={
        "person": {"id": "a", "name": "A"}, "role": "speaker", "slot": 256, "generation": 0}),
     "bad_message"),
    ("audio without payload", "client", UplinkFrame(0, 0, Flags.NONE, 0, b"").encode(),
     "bad_audio"),
    ("audio of 1276 bytes", "client", UplinkFrame(0, 0, Flags.NONE, 0, bytes(1276)).encode(),
     "bad_audio"),
    ("level 128", "client", UplinkFrame(0, 0, Flags.NONE, 128, b"x").encode(), "bad_audio"),
    ("media time 2**63", "client", UplinkFrame(0, 2**63, Flags.NONE, 0, b"x").encode(),
     "bad_audio"),
    ("entry cut", "server", BUNDLES[1].encode()[:-1], "bad_audio"),
    ("entry without payload", "server",
     Bundle(0, (Entry(0, 0, 0, 0, Flags.NONE, 0, b""),)).encode(), "bad_audio"),
    ("ack cut", "both", ACKS[0].encode()[:-1], "bad_ack"),
    ("ack too long", "both", ACKS[0].encode() + b"\x00", "bad_ack"),
]  # fmt: skip


def plain(value: Any) -> Any:
    """A message as JSON; bytes become ``hex:`` and hexadecimal digits."""
    if isinstance(value, bytes):
        return f"hex:{value.hex()}"
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, int | float | str | None):
        return value if not isinstance(value, Flags) else int(value)
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.to_builtins(value, builtin_types=(bytes,)))
    return plain({name: getattr(value, name) for name in value.__dataclass_fields__})


def vector(message: Any) -> Json:
    """Bytes and meaning of one message."""
    is_control = isinstance(message, msgspec.Struct)
    encoded = encode(message) if is_control else message.encode()
    return {"bytes": encoded.hex(), "message": plain(message)}


def refusal(sender: str, message: bytes) -> Json:
    """What else a server's ``refused`` holds."""
    if sender == "server":
        return {}
    try:
        decode_from_client(message)
    except ProtocolError as error:
        return {"command": error.command, "ref": error.ref}
    raise AssertionError("not invalid")


def all_vectors() -> Json:
    """Everything that goes into the file."""
    return {
        "handshake": {
            "seed": SEED.hex(),
            "key": PUBLIC.hex(),
            "fingerprint": fingerprint(PUBLIC),
            "nonce": NONCE.hex(),
            "authority": AUTHORITY,
            "certificate": CERTIFICATE.hex(),
            "room": ROOM,
            "signed": SIGNED.hex(),
            "signature": HELLO.signature.hex(),
        },
        "commands": [vector(each) for each in COMMANDS],
        "events": [vector(each) for each in EVENTS],
        "unknown_events": [
            {"bytes": control(event="fireworks", n=1).hex(), "message": {"event": "fireworks"}}
        ],
        "uplink": [vector(each) for each in UPLINK],
        "bundles": [vector(each) for each in BUNDLES],
        "acks": [vector(each) for each in ACKS],
        "unwrap": [
            {"value": value, "bits": bits, "reference": reference, "number": number}
            for value, bits, reference, number in (
                (5, 16, 65_530, 65_541),
                (65_530, 16, 65_541, 65_530),
                (65_535, 16, 0, -1),
                (32_768, 16, 0, -32_768),
                (960, 32, 2**32 - 960, 2**32 + 960),
            )
        ],
        "invalid": [
            {"why": why, "to": {"client": "server", "server": "client"}.get(sender, sender),
             "bytes": message.hex(), "code": code, **refusal(sender, message)}
            for why, sender, message, code in INVALID
        ],
    }  # fmt: skip


if __name__ == "__main__":
    PATH.write_text(json.dumps(all_vectors(), indent=1, ensure_ascii=False) + "\n", "utf-8")
