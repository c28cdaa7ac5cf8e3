"""Turns messages into bytes and back: the one module that decodes what a stranger sent.

A WebSocket message is one byte for its kind and a body: control (msgpack), audio or ack (fixed
headers, see ``audio``). Any bytes give a message or a :class:`~roomcli.errors.ProtocolError`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

import msgpack
import msgspec

from ..errors import ProtocolError
from . import MAX_FROM_CLIENT, MAX_MESSAGE
from . import commands as c
from . import events as e
from .audio import (
    KIND_ACK,
    KIND_AUDIO,
    KIND_CONTROL,
    Ack,
    Bundle,
    UplinkFrame,
    decode_ack,
    decode_bundle,
    decode_uplink,
)
from .secret import Secret
from .side_channel import SECRET
from .text import cleaned

_CONTROL = bytes([KIND_CONTROL])
_QUOTED = 40
"""The most characters of an unknown command's name that its refusal repeats."""
# An array is allocated as long as it claims to be before its items are read, at each of up to a
# thousand levels: the limits keep a message of a few kilobytes from taking tens of megabytes.
_FROM_CLIENT = {"max_str_len": 4096, "max_bin_len": 64, "max_array_len": 64, "max_map_len": 64}
_FROM_SERVER = {
    "max_str_len": 4096,
    "max_bin_len": 256,
    "max_array_len": 1024,
    "max_map_len": 1024,
}


class UnknownEvent(msgspec.Struct, frozen=True):
    """An event of a newer server, to be logged and ignored."""

    event: str


def encode(message: c.Command | e.Event) -> bytes:
    """Encode a control message as a WebSocket message."""
    body: bytes = msgpack.packb(
        msgspec.to_builtins(message, builtin_types=(bytes,), enc_hook=_revealed),
        use_bin_type=True,
    )
    return _CONTROL + body


def decode_from_client(message: bytes | str) -> c.ClientMessage | UplinkFrame | Ack:
    """Decode a message that a server received. Raises ProtocolError, whatever the bytes."""
    body = _binary(message, MAX_FROM_CLIENT)
    if body[0] == KIND_AUDIO:
        return decode_uplink(body)
    if body[0] == KIND_ACK:
        return decode_ack(body)
    fields = _control_fields(body, _FROM_CLIENT)
    name = fields.get("command")
    if not isinstance(name, str):
        text = "control message without a command"
        raise ProtocolError("bad_message", text, ref=_ref(fields))
    struct = _by_name(c.ClientMessage).get(name)
    if struct is None:
        command, ref = cleaned(name, _QUOTED), _ref(fields)
        text = f"no such command: {command!r}"
        raise ProtocolError("unknown_command", text, command=command, ref=ref)
    try:
        return _converted(fields, struct)  # type: ignore[no-any-return]
    except ProtocolError as error:
        text, ref = str(error), _ref(fields)
        raise ProtocolError(error.code, text, command=name, ref=ref) from None


def decode_from_server(message: bytes | str) -> e.ServerMessage | UnknownEvent | Bundle | Ack:
    """Decode a message that a client received. Raises ProtocolError, whatever the bytes."""
    body = _binary(message, MAX_MESSAGE)
    if body[0] == KIND_AUDIO:
        return decode_bundle(body)
    if body[0] == KIND_ACK:
        return decode_ack(body)
    fields = _control_fields(body, _FROM_SERVER)
    name = fields.get("event")
    if not isinstance(name, str):
        raise ProtocolError("bad_message", "control message without an event")
    if name not in _by_name(e.ServerMessage):
        return UnknownEvent(cleaned(name, 64))
    try:
        fields = _harmless(fields)
    except RecursionError:
        raise ProtocolError("bad_message", "nested too deeply") from None
    return _converted(fields, _by_name(e.ServerMessage)[name])  # type: ignore[no-any-return]


def _binary(message: bytes | str, limit: int) -> bytes:
    if isinstance(message, str):
        raise ProtocolError("bad_message", "text message: all messages are binary")
    if not message:
        raise ProtocolError("bad_message", "empty message")
    if len(message) > limit:
        raise ProtocolError("bad_message", f"message of {len(message)} bytes")
    if message[0] not in (KIND_CONTROL, KIND_AUDIO, KIND_ACK):
        raise ProtocolError("bad_message", f"unknown kind of message: {message[0]}")
    return bytes(message)


def _control_fields(message: bytes, limits: dict[str, int]) -> dict[str, Any]:
    try:
        fields = msgpack.unpackb(
            message[1:],
            raw=False,
            strict_map_key=True,
            max_ext_len=0,
            **limits,
        )
    # The library raises ValueError, its subclasses, and RecursionError-like StackError; nothing
    # a stranger sends may raise any other error past this line.
    except Exception as error:
        raise ProtocolError("bad_message", f"not msgpack: {type(error).__name__}") from None
    if not isinstance(fields, dict):
        raise ProtocolError("bad_message", "control message is not a map")
    return fields


def _ref(fields: dict[str, Any]) -> int | None:
    """Return the ref of a refused command if it is a valid one, else None."""
    ref = fields.get("ref")
    return ref if type(ref) is int and 0 <= ref < 2**53 else None


def _harmless(value: Any) -> Any:
    """Return the value with all text cleaned of what no screen should be given.

    A server checks names; but a client shows them in somebody's terminal, so it does not rely on
    that.
    """
    match value:
        case str():
            plain = value.isascii() and value.isprintable()
            return " ".join(value.split()) if plain else cleaned(value, len(value))
        case dict():
            return {_harmless(key): _harmless(each) for key, each in value.items()}
        case list():
            return [_harmless(each) for each in value]
        case _:
            return value


def _converted(fields: dict[str, Any], struct: Any) -> Any:
    try:
        return msgspec.convert(
            fields, type=struct, strict=True, builtin_types=(bytes,), dec_hook=_hidden
        )
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        raise ProtocolError("bad_message", str(error)[:200]) from None


def _revealed(value: Any) -> bytes:
    """Return the bytes of a secret, which only a message may have."""
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(f"{type(value).__name__} is no part of a message")


def _hidden(kind: type, value: Any) -> Secret:
    if kind is Secret and isinstance(value, bytes) and len(value) == SECRET:
        return Secret(value)
    raise ValueError(f"not {SECRET} bytes")


@cache
def _by_name(union: Any) -> dict[str, Any]:
    return {str(each.__struct_config__.tag): each for each in get_args(union)}
