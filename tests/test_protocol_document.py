"""docs/protocol.md says everything that there is: a name that is missing there does not exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from roomcli.protocol import DEFAULT_PORT, MAX_FROM_CLIENT, MAX_MESSAGE, SUBPROTOCOL
from roomcli.protocol.commands import ClientMessage
from roomcli.protocol.events import ServerMessage
from roomcli.protocol.people import REACTIONS, Hand, Person, Speaker
from roomcli.protocol.room import RoomView

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "protocol.md").read_text("utf-8")
# Fenced blocks would confuse the pairing of single backticks.
INLINE = re.sub(r"```.*?```", "", DOCUMENT, flags=re.DOTALL)
NAMED = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`([^`]+)`", INLINE))))
STRUCTS = (*get_args(ClientMessage), *get_args(ServerMessage), RoomView, Person, Speaker, Hand)
CODES = re.compile(r"(?:Refused\(|Goodbye\(code=|_dismiss\(\w+, |dismiss_all\()\s*\"([a-z_]+)\"")


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda each: each.__name__)
def test_every_message_and_field_is_described(struct: type) -> None:
    tag = getattr(struct, "__struct_config__").tag  # noqa: B009
    assert tag is None or tag in NAMED
    assert set(getattr(struct, "__struct_fields__")) <= NAMED  # noqa: B009


def test_every_value_of_a_field_is_described() -> None:
    for struct in STRUCTS:
        for annotation in struct.__annotations__.values():
            values = set(re.findall(r"\"(\w+)\"", str(annotation)))
            assert values <= NAMED
    assert all(reaction in DOCUMENT for reaction in REACTIONS)


def test_every_code_of_the_server_is_described() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "server").rglob("*.py"))
    assert set(CODES.findall(source)) <= NAMED
    protocol = "\n".join(
        path.read_text("utf-8") for path in (ROOT / "roomcli" / "protocol").glob("*.py")
    )
    codes = set(re.findall(r"ProtocolError\(\s*\"(\w+)\"", protocol))
    assert {"bad_message", "unknown_command", "bad_audio", "bad_ack", "bad_text"} == codes
    assert codes <= NAMED


def test_the_figures_are_those_of_the_code() -> None:
    for figure in (f"{MAX_FROM_CLIENT:,} bytes", f"{MAX_MESSAGE:,}", f"port {DEFAULT_PORT}"):
        assert figure in DOCUMENT
    assert f"`{SUBPROTOCOL}`" in DOCUMENT


def test_the_example_of_signed_bytes_is_the_golden_one() -> None:
    vectors = json.loads((ROOT / "tests" / "vectors.json").read_text("utf-8"))["handshake"]
    example = DOCUMENT.split("make\n\n```\n")[1].split("```")[0]
    assert "".join(example.split()) == vectors["signed"]
    for name in ("signature", "fingerprint", "authority", "certificate", "room"):
        assert f"`{vectors[name]}`" in DOCUMENT
