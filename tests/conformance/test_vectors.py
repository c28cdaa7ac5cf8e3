"""Tests that a reader written from docs/protocol.md alone understands the golden vectors.

Neither this module nor what it imports may import roomcli or server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped, unused-ignore]
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import ROOT
from . import client as client
from . import fields as fields
from . import messages as messages
from . import room as room
from . import voice as voice
from .voice import StrangerUplink

VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors.json").read_text("utf-8"))


def printable(value: Any) -> Any:
    """Convert a value as the vectors write it: bytes become text after `hex:`."""
    match value:
        case bytes():
            return "hex:" + value.hex()
        case dict():
            return {name: printable(item) for name, item in value.items()}
        case list():
            return [printable(item) for item in value]
    return value


def test_a_stranger_imports_nothing_of_the_project(tmp_path: Path) -> None:
    source = (
        "import sys, tests.conformance.test_room, tests.conformance.test_stage\n"
        "import tests.conformance.test_home, tests.conformance.test_door\n"
        "import tests.conformance.test_vectors\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'roomcli', 'server'})"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    told = subprocess.check_output(
        [sys.executable, "-c", source], cwd=tmp_path, env=environment, text=True
    )
    assert told.strip() == "set()"


def test_the_handshake_is_signed_as_in_the_vectors() -> None:
    told = VECTORS["handshake"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(told["seed"]))
    raw = client.raw_key(key)
    assert (raw.hex(), client.fingerprint(raw)) == (told["key"], told["fingerprint"])
    signed = client.hello_bytes(
        bytes.fromhex(told["nonce"]),
        told["authority"],
        bytes.fromhex(told["certificate"]),
    )
    assert signed.hex() == told["signed"]
    assert key.sign(signed).hex() == told["signature"]


@pytest.mark.parametrize("vector", VECTORS["commands"], ids=lambda v: v["message"]["command"])
def test_commands_say_what_the_vectors_say(vector: dict[str, Any]) -> None:
    theirs = msgpack.unpackb(bytes.fromhex(vector["bytes"])[1:])
    assert printable(theirs) == vector["message"]
    ours = messages.encode_command(**theirs)
    assert ours[0] == 0
    assert msgpack.unpackb(ours[1:]) == theirs


@pytest.mark.parametrize("vector", VECTORS["events"], ids=lambda v: v["message"]["event"])
def test_events_are_decoded_as_in_the_vectors(vector: dict[str, Any]) -> None:
    event = printable(messages.decode_event(bytes.fromhex(vector["bytes"])))
    assert event == vector["message"]
    # Nor may the order in a map get lost: `stage` and `front_row` are in an order that counts.
    for name in ("stage", "front_row"):
        room = event.get("view", {})
        assert list(room.get(name, ())) == list(vector["message"].get("view", {}).get(name, ()))


def test_unknown_events_are_ignored() -> None:
    for vector in VECTORS["unknown_events"]:
        assert messages.decode_event(bytes.fromhex(vector["bytes"])) is None


@pytest.mark.parametrize(
    ("name", "decode"),
    [
        ("uplink", voice.decode_uplink),
        ("bundles", voice.decode_bundle),
        ("acks", voice.decode_ack),
    ],
)
def test_voice_and_acknowledgements_are_those_of_the_vectors(
    name: str, decode: Callable[[bytes], StrangerUplink | voice.StrangerBundle | voice.StrangerAck]
) -> None:
    assert VECTORS[name]
    for vector in VECTORS[name]:
        data = bytes.fromhex(vector["bytes"])
        message = decode(data)
        assert printable(asdict(message)) == vector["message"]
        assert message.encode() == data


def test_a_log_is_believed_as_it_was_written_and_in_no_other_way() -> None:
    told = VECTORS["moderation_log"]
    name, opened_at, entries = told["room"], told["opened_at"], told["entries"]
    assert room.root_hash(name, opened_at) == told["root"]["hash"]
    room.Witness(entries[-1]["hash"]).reads(entries, name, opened_at)
    for each in told["tampered"]:
        with pytest.raises(room.Rewritten):
            room.Witness(entries[0]["hash"]).reads(each["entries"], name, opened_at)
    # Right in itself, but not what one was told: the end is cut off.
    with pytest.raises(room.Rewritten):
        room.Witness(entries[-1]["hash"]).reads(entries[:-1], name, opened_at)


def test_what_is_told_of_a_log_has_to_follow() -> None:
    entries = VECTORS["moderation_log"]["entries"]

    def logged(entry: dict[str, Any]) -> dict[str, Any]:
        return {"event": "moderation_logged", "entry": entry, "log": entry["hash"]}

    lies = [
        logged(entries[3]),
        logged(entries[2] | {"reason": "another"}),
        logged(entries[2]) | {"log": entries[1]["hash"]},
        {"event": "muted", "id": "a", "log": entries[2]["hash"]},
    ]
    for lie in lies:
        witness = room.Witness(entries[0]["hash"])
        witness.hears(logged(entries[1]))
        witness.hears({"event": "muted", "id": "a", "log": ""})
        witness.hears({"event": "muted", "id": "a", "log": entries[1]["hash"]})
        with pytest.raises(room.Rewritten):
            witness.hears(lie)


def test_numbers_are_unwrapped_as_in_the_vectors() -> None:
    for told in VECTORS["unwrap"]:
        assert voice.unwrap(told["value"], told["bits"], told["reference"]) == told["number"]


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS["invalid"] if v["to"] != "server"], ids=lambda v: v["why"]
)
def test_a_client_takes_nothing_invalid(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["bytes"])
    decode = {b"\1": voice.decode_bundle, b"\2": voice.decode_ack}.get(data[:1])
    with pytest.raises(fields.Malformed):
        (decode or messages.decode_event)(data)
