"""The lines between engine and frontend: a JSON object each, some with the server's URL in them.

What one of several servers says, or is asked, has ``server`` beside its own fields.
"""

from __future__ import annotations

import functools

import msgspec

from . import commands as c
from . import events as e
from .local import ChannelCommand, ChannelEvent, ForServer, LocalEvent, ServerNews

_BEGINS_WITH_SERVER = b'{"server":'

_encoder = msgspec.json.Encoder()


@functools.cache  # to look at all the types takes time, which a start has not
def _events() -> msgspec.json.Decoder[e.ServerMessage | LocalEvent]:
    return msgspec.json.Decoder(e.ServerMessage | LocalEvent)


@functools.cache
def _commands() -> msgspec.json.Decoder[ChannelCommand]:
    return msgspec.json.Decoder(ChannelCommand)


class _Named(msgspec.Struct):
    """The server in a line; empty if the line is of no server, or of the only one."""

    server: str = ""


_servers = msgspec.json.Decoder(_Named)


def encode_event(event: e.Event) -> bytes:
    """Return the line for an event, with its end."""
    if isinstance(event, ServerNews):
        return _with_server(event.server, event.said)
    return _encoder.encode(event) + b"\n"


def decode_event(line: bytes) -> ChannelEvent:
    """Return the event in a line of an engine. Raises msgspec.DecodeError."""
    event = _events().decode(line)
    if line.startswith(_BEGINS_WITH_SERVER):
        return ServerNews(server=server_in(line), said=event)
    return event


def encode_command(command: c.Command) -> bytes:
    """Return the line for a command, with its end."""
    if isinstance(command, ForServer):
        return _with_server(command.server, command.asks)
    return _encoder.encode(command) + b"\n"


def decode_command(line: bytes) -> ChannelCommand | ForServer:
    """Return the command in a line.

    Raises msgspec.MsgspecError, RecursionError, ValueError.
    """
    return for_server(server_in(line), _commands().decode(line))


def server_in(line: bytes) -> str:
    """Return the server that a line names, or nothing. Raises msgspec.MsgspecError."""
    return _servers.decode(line).server


def for_server(server: str, command: ChannelCommand) -> ChannelCommand | ForServer:
    """Return a command for a server, if one is named."""
    return ForServer(server=server, asks=command) if server else command


def _with_server(server: str, message: e.Event | c.Command) -> bytes:
    line = _encoder.encode(message)
    return b"%s%s,%s\n" % (_BEGINS_WITH_SERVER, _encoder.encode(server), line[1:])
