"""The protocol of Valkey and Redis (RESP3) for voice: writes commands and reads what comes back.

Sans IO. Voice is thousands of small messages a second, so that a message on a channel has a way of
its own through the reader. What is longer or deeper than a server of ours ever needs is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from roomcli.errors import ProtocolError

MOST_BYTES = 256 * 1024
"""Bytes of one reply; a bundle has a few hundred."""
MOST_ITEMS = 4096
"""Items of one array, set, map or push."""
MOST_DEPTH = 8
"""Arrays within arrays."""
MOST_LINE = 1024
"""Bytes of a line: a number, a status, an error."""
KNOWN_HEADS = 8192
"""Channels whose beginning of a command is kept ready."""

_MESSAGE = b">3\r\n$7\r\nmessage\r\n$"
_END = b"\r\n"
_CODE = re.compile("[A-Z]{1,20}")
_MEANINGS = {
    "ERR": "it does not know that, or not in this way",
    "NOAUTH": "it wants a password",
    "NOPERM": "this user may not do that",
    "NOPROTO": "it does not speak RESP3",
    "WRONGPASS": "the user or the password is wrong",
}


@dataclass(frozen=True)
class ReplyError:
    """The server understood a command and refuses it; the text begins with a code.

    All after the code may repeat what the server was asked, with a password.
    """

    text: str = field(repr=False)

    @property
    def meaning(self) -> str:
        """What may be shown of it."""
        code = self.text.partition(" ")[0]
        if not _CODE.fullmatch(code):
            return "for a reason without a code"
        return f"{code} ({_MEANINGS[code]})" if code in _MEANINGS else code


@dataclass(frozen=True)
class ServerPush:
    """What the server tells without having been asked, but for messages on a channel."""

    items: list[Value]


Value = None | bool | int | float | bytes | ReplyError | list["Value"]
"""A reply. Sets are lists, and maps are lists of their keys and values in turn."""
Message = tuple[bytes, bytes]
"""A channel, and what was published on it."""
Reply = Value | ServerPush | Message


class _Unfinished(Exception):
    """More bytes have to come."""


def write_command(*words: bytes | str | int) -> bytes:
    """Return the bytes of a command."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        raw = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(parts)


@lru_cache(KNOWN_HEADS)
def _publication_head(channel: bytes) -> bytes:
    return b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%b\r\n$" % (len(channel), channel)


def write_publication(channel: bytes, payload: bytes) -> bytes:
    """Return the bytes of the command that publishes on a channel."""
    return b"%b%d\r\n%b\r\n" % (_publication_head(channel), len(payload), payload)


class ReplyReader:
    """Reads replies, messages and other pushes from bytes that come in pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""

    def read_replies(self, received: bytes) -> list[Reply]:
        """Return what is whole by now. Raises ProtocolError; then nothing more can be read."""
        buffer = self._rest + received if self._rest else received
        at, end, found = 0, len(buffer), list[Reply]()
        try:
            while at < end:
                if buffer.startswith(_MESSAGE, at):
                    channel, at_payload = _bulk(buffer, at + len(_MESSAGE))
                    if not buffer.startswith(b"$", at_payload):
                        if at_payload == end:
                            break
                        raise _bad("a message without bytes")
                    payload, at = _bulk(buffer, at_payload + 1)
                    found.append((channel, payload))
                else:
                    reply, at = _read_reply(buffer, at, 0)
                    found.append(reply)
        except _Unfinished:
            pass
        self._rest = buffer[at:]
        if len(self._rest) > MOST_BYTES:
            raise _bad("a reply that is too long")
        return found


def _bulk(buffer: bytes, at: int) -> tuple[bytes, int]:
    """Return bytes whose length is at this place, and where they end."""
    stop = buffer.find(_END, at)
    if stop < 0:
        _judge_line(buffer, at)
        raise _Unfinished
    digits = buffer[at:stop]
    if not digits.isdigit() or stop - at > 7:
        raise _bad("a length that is none")
    begin = stop + 2
    end = begin + int(digits)
    if end - begin > MOST_BYTES:
        raise _bad("a reply that is too long")
    if len(buffer) < end + 2:
        raise _Unfinished
    if not buffer.startswith(_END, end):
        raise _bad("bytes without an end")
    return buffer[begin:end], end + 2


def _text_line(buffer: bytes, at: int) -> tuple[bytes, int]:
    stop = buffer.find(_END, at)
    if stop < 0:
        _judge_line(buffer, at)
        raise _Unfinished
    if stop - at > MOST_LINE:
        raise _bad("a line that is too long")
    return buffer[at:stop], stop + 2


def _judge_line(buffer: bytes, at: int) -> None:
    if len(buffer) - at > MOST_LINE:
        raise _bad("a line that is too long")


def _number(digits: bytes) -> int:
    if not digits.removeprefix(b"-").isdigit() or len(digits) > 20:
        raise _bad("a number that is none")
    return int(digits)


def _read_reply(buffer: bytes, at: int, depth: int) -> tuple[Value | ServerPush, int]:
    """Return the reply at this place, and where the next one begins."""
    if at >= len(buffer):
        raise _Unfinished
    kind = buffer[at : at + 1]
    if kind in b"$=!" and not buffer.startswith(b"$-1", at):
        raw, after = _bulk(buffer, at + 1)
        if kind == b"!":
            return ReplyError(raw.decode(errors="replace")), after
        return raw[4:] if kind == b"=" else raw, after
    line, after = _text_line(buffer, at + 1)
    if kind in b"*~>%" and line != b"-1":
        return _aggregate(buffer, kind, line, after, depth)
    return _simple(kind, line), after


def _simple(kind: bytes, line: bytes) -> Value:
    """Return what one line says."""
    if kind == b"+":
        return line
    if kind == b"-":
        return ReplyError(line.decode(errors="replace"))
    if kind == b":":
        return _number(line)
    if kind == b"(":
        return line  # a number of any size: nobody here counts with it
    if kind == b"#" and line in (b"t", b"f"):
        return line == b"t"
    if kind == b",":
        try:
            return float(line)
        except ValueError:
            raise _bad("a number that is none") from None
    if (kind == b"_" and not line) or (kind in b"$*" and line == b"-1"):
        return None
    raise _bad("a reply of an unknown kind")


def _aggregate(
    buffer: bytes, kind: bytes, line: bytes, at: int, depth: int
) -> tuple[Value | ServerPush, int]:
    count = _number(line) * (2 if kind == b"%" else 1)
    if not 0 <= count <= MOST_ITEMS:
        raise _bad("too many items")
    if depth == MOST_DEPTH or (kind == b">" and depth):
        raise _bad("items that lie too deep")
    items: list[Value] = []
    for _ in range(count):
        item, at = _read_reply(buffer, at, depth + 1)
        assert not isinstance(item, ServerPush)  # pushes are refused below the top
        items.append(item)
    return ServerPush(items) if kind == b">" else items, at


def _bad(what: str) -> ProtocolError:
    return ProtocolError("bad_reply", f"Valkey or Redis sent {what}: is it one?")
