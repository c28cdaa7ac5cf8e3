"""Sections 2 and 5 of docs/protocol.md: write commands, and check every event that is known.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

from typing import Any

import msgpack  # type: ignore[import-untyped, unused-ignore]

from . import claims, communities, finding, keys, planned, profiles, ties, view
from .fields import Check, Malformed, Message, expect

FAMILIES = (view, profiles, ties, claims, keys, communities, planned, finding)
EVENTS: dict[str, Check] = {
    name: check for family in FAMILIES for name, check in family.EVENTS.items()
}


def encode_command(command: str, **fields: Any) -> bytes:
    return b"\0" + bytes(msgpack.packb({"command": command, **fields}))


def no_extensions(code: int, data: bytes) -> Any:
    raise Malformed(f"extension type {code}")


def decode_event(data: bytes) -> Message | None:
    """Decode an event with all its fields; return None for one that version 1 does not know."""
    expect(data[:1] == b"\0", "not a control message")
    try:
        body = msgpack.unpackb(
            data[1:],
            ext_hook=no_extensions,
            max_str_len=4096,
            max_bin_len=256,
            max_array_len=1024,
            max_map_len=1024,
            max_ext_len=0,
        )
    except (ValueError, msgpack.UnpackException) as error:
        raise Malformed(str(error)) from error
    expect(isinstance(body, dict) and isinstance(body.get("event"), str), "no event")
    check = EVENTS.get(body["event"])
    return None if check is None else {"event": body["event"], **check(body)}
