"""Tests that hold the code against the golden vectors of docs/protocol.md."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.errors import ProtocolError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack, Bundle, BundleEntry, Flags, UplinkFrame, unwrap
from roomcli.protocol.codec import UnknownEvent, decode_from_client, decode_from_server, encode
from roomcli.protocol.handshake import fingerprint, signed_bytes
from tests.conformance.make_vectors import plain

from .. import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors.json").read_text(encoding="utf-8"))
HANDSHAKE: dict[str, str] = VECTORS["handshake"]


def vectors(*groups: str) -> list[Any]:
    """Return a test parameter for each vector of some groups, named by its message."""
    return [
        pytest.param(
            bytes.fromhex(each["bytes"]),
            each["message"],
            id=each["message"].get("command") or each["message"].get("event") or str(number),
        )
        for group in groups
        for number, each in enumerate(VECTORS[group])
    ]


@pytest.mark.parametrize(("message", "meaning"), vectors("commands"))
def test_commands_mean_what_the_vectors_say(message: bytes, meaning: Any) -> None:
    decoded: Any = decode_from_client(message)
    assert plain(decoded) == meaning
    # Another encoder may order keys differently: for maps only what is decoded counts.
    assert decode_from_client(encode(decoded)) == decoded


@pytest.mark.parametrize(("message", "meaning"), vectors("events"))
def test_events_mean_what_the_vectors_say(message: bytes, meaning: Any) -> None:
    decoded: Any = decode_from_server(message)
    assert plain(decoded) == meaning
    assert decode_from_server(encode(decoded)) == decoded


@pytest.mark.parametrize(("message", "meaning"), vectors("unknown_events"))
def test_unknown_events_are_ignored(message: bytes, meaning: Any) -> None:
    assert decode_from_server(message) == UnknownEvent(meaning["event"])


def test_there_is_a_vector_for_every_command_and_event() -> None:
    for group, field, union in (
        ("commands", "command", c.ClientMessage),
        ("events", "event", e.ServerMessage),
    ):
        said = {each["message"][field] for each in VECTORS[group]}
        assert said == {each.__struct_config__.tag for each in get_args(union)}


@pytest.mark.parametrize(("message", "meaning"), vectors("uplink"))
def test_uplink_frames(message: bytes, meaning: Any) -> None:
    frame = _frame(UplinkFrame, meaning)
    assert decode_from_client(message) == frame
    assert frame.encode() == message


@pytest.mark.parametrize(("message", "meaning"), vectors("bundles"))
def test_bundles(message: bytes, meaning: Any) -> None:
    bundle = Bundle(
        meaning["media_time"],
        tuple(_frame(BundleEntry, each) for each in meaning["entries"]),
        meaning["visit"],
    )
    assert decode_from_server(message) == bundle
    assert bundle.encode() == message


@pytest.mark.parametrize(("message", "meaning"), vectors("acks"))
def test_acknowledgements(message: bytes, meaning: Any) -> None:
    assert decode_from_client(message) == decode_from_server(message) == Ack(**meaning)
    assert Ack(**meaning).encode() == message


def _frame(kind: type[Any], meaning: dict[str, Any]) -> Any:
    payload = bytes.fromhex(meaning["payload"].removeprefix("hex:"))
    flags, level = Flags(meaning["flags"]), -meaning["level"]
    return kind(**{**meaning, "flags": flags, "level": level, "payload": payload})


@pytest.mark.parametrize("case", VECTORS["unwrap"], ids=str)
def test_wrapped_numbers(case: dict[str, int]) -> None:
    assert unwrap(case["value"], case["bits"], case["reference"]) == case["number"]


@pytest.mark.parametrize("case", VECTORS["invalid"], ids=lambda case: case["why"])
def test_invalid_messages_have_their_code(case: dict[str, Any]) -> None:
    decoders: dict[str, list[Any]] = {
        "server": [decode_from_client],
        "client": [decode_from_server],
    }
    for decode in decoders.get(case["to"], [decode_from_client, decode_from_server]):
        with pytest.raises(ProtocolError) as error:
            decode(bytes.fromhex(case["bytes"]))
        assert error.value.code == case["code"]
        if decode is decode_from_client:
            assert (error.value.command, error.value.ref) == (case["command"], case["ref"])


def test_what_hello_signs() -> None:
    part = {name: bytes.fromhex(HANDSHAKE[name]) for name in ("nonce", "certificate", "key")}
    signed = signed_bytes(part["nonce"], HANDSHAKE["authority"], part["certificate"])
    assert signed.hex() == HANDSHAKE["signed"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(HANDSHAKE["seed"]))
    assert key.public_key().public_bytes_raw() == part["key"]
    assert key.sign(signed).hex() == HANDSHAKE["signature"]
    assert fingerprint(part["key"]) == HANDSHAKE["fingerprint"]
    hello = decode_from_client(bytes.fromhex(VECTORS["commands"][0]["bytes"]))
    assert isinstance(hello, c.Hello)
    assert (hello.key, hello.signature.hex()) == (part["key"], HANDSHAKE["signature"])
    assert hello.certificate == part["certificate"]


def test_every_part_of_the_signed_bytes_counts() -> None:
    parts: list[Any] = [bytes(32), "host:1", bytes(32)]
    others: list[Any] = [bytes(31) + b"\x01", "host:2", bytes(31) + b"\x01"]
    seen = {signed_bytes(parts[0], parts[1], parts[2])}
    for position, other in enumerate(others):
        changed = [*parts[:position], other, *parts[position + 1 :]]
        seen.add(signed_bytes(changed[0], changed[1], changed[2]))
    # Moving a character from one part to the next changes the bytes as well.
    seen.add(signed_bytes(bytes(32), "host:1" + "\x00", bytes(31)))
    assert len(seen) == 5
    assert signed_bytes(bytes(32), "HOST:1", bytes(32)) in seen


def test_structs_are_frozen() -> None:
    for each in (*get_args(c.ClientMessage), *get_args(e.ServerMessage)):
        assert issubclass(each, msgspec.Struct)
        assert each.__struct_config__.frozen
