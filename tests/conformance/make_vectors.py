"""Write vectors.json: bytes of the protocol and their meaning, for other implementations.

    python -m tests.conformance.make_vectors

The tests read the file and not this module, so that a change of meaning shows in the file.
"""

from __future__ import annotations

import json
from typing import Any

import msgpack
import msgspec

from roomcli.errors import ProtocolError
from roomcli.protocol.audio import DEAF, Ack, Bundle, BundleEntry, Flags, UplinkFrame
from roomcli.protocol.codec import decode_from_client, encode
from roomcli.protocol.emoji import is_emoji
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.moderation_log import root
from roomcli.protocol.people import REACTIONS
from roomcli.protocol.secret import Secret

from .. import ROOT
from .golden.entering import HELLO
from .golden.messages import COMMANDS, EVENTS
from .golden.moderation_log import LOG, entry_text, hashed_text, tampered
from .golden.people import (
    AUTHORITY,
    CERTIFICATE,
    NONCE,
    OPENED_AT,
    PUBLIC,
    ROOM,
    SEED,
    SIGNED,
)
from .golden_datagrams import udp_vectors

PATH = ROOT / "tests" / "vectors.json"
Json = dict[str, Any]
# 0xf8: one frame of 20 ms, CELT, fullband, mono. What follows is arbitrary.
LONGEST = b"\xf8" + bytes(1274)
UPLINK = [
    UplinkFrame(0, 0, Flags.START, -20, b"\xf8\xff\xfe", 1),
    UplinkFrame(2**32 - 1, 2**63 - 1, Flags.END | Flags.DISCONTINUITY, -127, b"\xf8", 255),
    UplinkFrame(7, 960 * 7, Flags.NONE, 0, LONGEST, 2),
]
BUNDLES = [
    Bundle(48_000, (), 1),
    Bundle(
        48_960, (BundleEntry(3, 255, 65_535, 4_294_966_336, Flags.START, -30, b"\xf8\x01"),), 255
    ),
    Bundle(
        49_920,
        (
            BundleEntry(3, 255, 0, 0, Flags.NONE, -31, b"\xf8\x02"),
            BundleEntry(3, 255, 1, 960, Flags.END, -90, b"\xf8\x03"),
            BundleEntry(0, 1, 500, 123_456, Flags.DISCONTINUITY, 0, LONGEST),
        ),
        2,
    ),
]
ACKS = [
    Ack(0, 1),
    Ack(49_920, 1_500_000, 1_000_000, 20_000, 1),
    Ack(2**63 - 1, 2**64 - 1, 1, 2**32 - 1, 255),
    Ack(49_920, 2_000_000, 1_500_000, 20_000, 1, 62),
    Ack(49_920, 2_500_000, 2_000_000, 20_000, 1, DEAF),
]


def control(**fields: object) -> bytes:
    """Encode a control message with any fields."""
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
    ("no room named", "client", control(command="enter_room", ref=79), "bad_message"),
    ("room with a capital letter", "client", control(command="enter_room", room="Standup"),
     "bad_message"),
    ("room of 65 characters", "client", control(command="enter_room", room="a" * 65),
     "bad_message"),
    ("intent that nobody knows", "client",
     control(command="enter_room", room="a", intent="rule"), "bad_message"),
    ("visit 0", "server", control(event="joined", visit=0, room="a", you="b",
     view={"name": "a", "you": "b"}, server_time=0), "bad_message"),
    ("reason of 201 characters", "client", control(command="remove", id="a", reason="x" * 201),
     "bad_message"),
    ("message without text", "client", control(command="chat", text=""), "bad_message"),
    ("message of 1001 characters", "client", control(command="chat", text="x" * 1001),
     "bad_message"),
    ("key with a capital letter", "client", control(command="unban", key="A" * 32),
     "bad_message"),
    ("key with a line feed", "client", control(command="unban", key="0" * 32 + "\n"),
     "bad_message"),
    ("invite for nobody", "client", control(command="make_room_invite", uses=0), "bad_message"),
    ("invite for a host", "client", control(command="make_room_invite", role="host"),
     "bad_message"),
    ("turn longer by nine seconds", "client", control(command="give_time", id="a", seconds=9),
     "bad_message"),
    ("order that nobody knows", "client", control(command="change_settings", order="lifo"),
     "bad_message"),
    ("hash of 31 digits", "server", control(event="muted", id="a", log="0" * 31), "bad_message"),
    ("room with a place for nobody", "server", control(
        event="settings_changed", settings={"capacity": 0}, by="a"), "bad_message"),
    ("array of 65 items", "client", control(command="mute", later=[0] * 65), "bad_message"),
    ("message of 8193 bytes", "client", b"\x00" + bytes(8192), "bad_message"),
    ("time not a number", "server", control(event="host_absent", closes_at=float("nan")),
     "bad_message"),
    *(("what is wrong with udp: " + why, "server", control(
        event="joined", room="a", you="b", view={"name": "a", "you": "b"}, server_time=0,
        udp={"port": 7420, "secret": bytes(32), "ids": [bytes(4)] * 4} | wrong), "bad_message")
      for why, wrong in (
        ("no port", {"port": 0}), ("secret of 31 bytes", {"secret": bytes(31)}),
        ("secret as text", {"secret": "x" * 32}), ("three ids", {"ids": [bytes(4)] * 3}),
        ("id of 5 bytes", {"ids": [*[bytes(4)] * 3, bytes(5)]}))),
    ("slot 256", "server", control(event="stage_joined", speaker={
        "id": "s", "person": "a", "role": "speaker", "slot": 256, "generation": 0}),
     "bad_message"),
    ("audio without payload", "client", UplinkFrame(0, 0, Flags.NONE, 0, b"").encode(),
     "bad_audio"),
    ("audio of 1276 bytes", "client", UplinkFrame(0, 0, Flags.NONE, 0, bytes(1276)).encode(),
     "bad_audio"),
    ("level 128", "client", UplinkFrame(0, 0, Flags.NONE, -128, b"x").encode(), "bad_audio"),
    ("media time 2**63", "client", UplinkFrame(0, 2**63, Flags.NONE, 0, b"x").encode(),
     "bad_audio"),
    ("entry cut", "server", BUNDLES[1].encode()[:-1], "bad_audio"),
    ("entry without payload", "server",
     Bundle(0, (BundleEntry(0, 0, 0, 0, Flags.NONE, 0, b""),)).encode(), "bad_audio"),
    ("ack cut", "both", ACKS[0].encode()[:-1], "bad_ack"),
    ("ack with half a delay", "both", ACKS[0].encode() + b"\x00", "bad_ack"),
    ("ack too long", "both", ACKS[3].encode() + b"\x00", "bad_ack"),
]  # fmt: skip


def plain(value: Any) -> Any:
    """Convert a message to JSON; bytes become ``hex:`` and hexadecimal digits."""
    if isinstance(value, bytes):
        return f"hex:{value.hex()}"
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, int | float | str | None):
        return value if not isinstance(value, Flags) else int(value)
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.to_builtins(value, builtin_types=(bytes,), enc_hook=Secret.reveal))
    fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if "level" in fields:
        fields["level"] *= -1  # the page names the octet of the wire, which has no sign
    return plain(fields)


REACTED: list[str] = [
    *REACTIONS, "👍🏽", "👨‍👩‍👧‍👦", "👨🏻‍👩🏼‍👧🏽‍👦🏾", "🇸🇪", "🏳️‍🌈", "3️⃣", "#️⃣", "☺", "©️",
    "", "a", "3", "👏👏", "👏 ", "🇸", "🇸🇪🇫🇮", "🏽", "👏\u200d", "\u200d", "❤️\ufe0f", "3\u20e3",
    "❤️👏", "😀\u200d" * 6 + "😀",
]  # fmt: skip


def vector(message: Any) -> Json:
    """Return the bytes and the meaning of a message."""
    is_control = isinstance(message, msgspec.Struct) and not isinstance(message, Ack)
    encoded = encode(message) if is_control else message.encode()
    return {"bytes": encoded.hex(), "message": plain(message)}


def refusal(sender: str, message: bytes) -> Json:
    """Return the other fields of the ``refused`` that a server sends for this message."""
    if sender == "server":
        return {}
    try:
        decode_from_client(message)
    except ProtocolError as error:
        return {"command": error.command, "ref": error.ref}
    raise AssertionError("not invalid")


def all_vectors() -> Json:
    """Build everything that goes into the file."""
    return {
        "handshake": {
            "seed": SEED.hex(),
            "key": PUBLIC.hex(),
            "fingerprint": fingerprint(PUBLIC),
            "nonce": NONCE.hex(),
            "authority": AUTHORITY,
            "certificate": CERTIFICATE.hex(),
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
        "reactions": [{"text": each, "is_emoji": is_emoji(each)} for each in REACTED],
        "moderation_log": {
            "room": ROOM,
            "opened_at": OPENED_AT,
            "root": {
                "text": hashed_text(
                    ["roomcli moderation log v1", ROOM, f"{OPENED_AT:.3f}"]
                ),
                "hash": root(ROOM, OPENED_AT),
            },
            "entries": [{"text": entry_text(each), **plain(each)} for each in LOG],
            "tampered": [
                {"why": why, "entries": plain(entries)} for why, entries in tampered().items()
            ],
        },
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
        "udp": udp_vectors(plain),
        "invalid": [
            {"why": why, "to": {"client": "server", "server": "client"}.get(sender, sender),
             "bytes": message.hex(), "code": code, **refusal(sender, message)}
            for why, sender, message, code in INVALID
        ],
    }  # fmt: skip


if __name__ == "__main__":
    PATH.write_text(json.dumps(all_vectors(), indent=1, ensure_ascii=False) + "\n", "utf-8")
