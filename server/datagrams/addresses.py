"""Addresses of datagrams, as Python has them and as Linux has them in memory.

A socket that is bound to all addresses has to say from which one an answer leaves: else the system
takes one, and a client, or the address translation before it, drops what comes from another than
it sent to. Linux tells and takes it beside the datagram (``IP_PKTINFO``, RFC 3542 for IPv6).
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from typing import Any, NamedTuple

Ancillary = list[tuple[int, int, bytes]]
"""What comes or goes beside a datagram: level, type, bytes."""

_IP_PKTINFO = 8  # <linux/in.h>; Python 3.11 has no name for it
_V4_INFO = struct.Struct("@i4s4s")  # index of the interface, source to use, destination that was
_V6_INFO = struct.Struct("@16si")
_CONTROL_HEAD = struct.Struct("@Nii")
_ALIGNMENT = struct.calcsize("@N")
ENDS_WORDS = 4
"""Words of 8 bytes that the header of a datagram has of its ends."""
_WORDS = struct.Struct("@QI4xQQ")
_V4_NAME = struct.Struct("=H")
_V6_NAME = struct.Struct("@I")

TELLS_LOCAL = sys.platform == "linux"
"""Whether the system says which address a datagram came to, in the way that is known here."""


class Ends(NamedTuple):
    """Both ends of a datagram's way, as seen from here."""

    peer: tuple[Any, ...]
    """The other's address, as the socket module has it."""
    local: bytes | None
    """The address of ours, packed (4 or 16 bytes); None where the system does not say, or where
    the socket has only one."""


def ask_for_local(bound: socket.socket) -> None:
    """Have a socket tell with each datagram to which of our addresses it came."""
    if not TELLS_LOCAL:
        return
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        bound.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)


def local_in(ancillary: Ancillary) -> bytes | None:
    """Return the address of ours that a datagram came to."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO) and len(data) >= _V4_INFO.size:
            return bytes(_V4_INFO.unpack_from(data)[2])
        if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            return data[:16]
    return None


def leaving_from(local: bytes | None) -> Ancillary:
    """Return what goes beside a datagram, so that it leaves from this address of ours."""
    if local is None:
        return []
    if len(local) == 16:
        return [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, _V6_INFO.pack(local, 0))]
    return [(socket.IPPROTO_IP, _IP_PKTINFO, _V4_INFO.pack(0, local, bytes(4)))]


class NativeEnds:
    """Both ends as Linux wants them in memory, made once for a client and used for each datagram.

    The memory stays where it is for as long as this lives.
    """

    __slots__ = ("_memory", "ends", "words")

    def __init__(self, ends: Ends) -> None:
        self.ends = ends
        name, control = _native_name(ends.peer), _native_control(leaving_from(ends.local))
        padding = -len(name) % _ALIGNMENT
        self._memory = ctypes.create_string_buffer(name + bytes(padding) + control)
        name_at = ctypes.addressof(self._memory)
        control_at = name_at + len(name) + padding if control else 0
        self.words = _WORDS.pack(name_at, len(name), control_at, len(control))
        """Where the address lies, its size, where what goes beside the datagram lies, its size."""


def _native_name(peer: tuple[Any, ...]) -> bytes:
    """Return a sockaddr_in or sockaddr_in6."""
    port = int(peer[1]).to_bytes(2)
    if len(peer) == 2:
        family = _V4_NAME.pack(socket.AF_INET)
        return family + port + socket.inet_pton(socket.AF_INET, peer[0]) + bytes(8)
    host, _, flow, scope = peer
    packed = socket.inet_pton(socket.AF_INET6, str(host).partition("%")[0])
    family = _V4_NAME.pack(socket.AF_INET6)
    return family + port + int(flow).to_bytes(4) + packed + _V6_NAME.pack(scope)


def _native_control(ancillary: Ancillary) -> bytes:
    """Return a cmsghdr for each, with its padding."""
    made = b""
    for level, kind, data in ancillary:
        made += _CONTROL_HEAD.pack(_CONTROL_HEAD.size + len(data), level, kind) + data
        made += bytes(-len(made) % _ALIGNMENT)
    return made
