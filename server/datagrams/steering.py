"""Several processes that take datagrams at one port: the id of a datagram says whose it is.

Sockets at one port are a group, in the order in which they were bound, and a program that the
kernel runs for each datagram picks one of them (``SO_ATTACH_REUSEPORT_CBPF``, Linux). So a visit's
datagrams reach the process that has it from whichever address they come. The group keeps its order
as long as all of its sockets are open.
"""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing

from roomcli.protocol.side_channel import IDENTITIES, IDENTITY

from .arrivals import open_socket

_ATTACH = 51  # SO_ATTACH_REUSEPORT_CBPF; Python has no name for it
_INSTRUCTION = struct.Struct("@HBBI")  # struct sock_filter of <linux/filter.h>
_PROGRAM = struct.Struct("@HP")  # struct sock_fprog: how many instructions, and where
_LOAD_WORD, _MODULO, _RETURN = 0x20, 0x94, 0x16  # BPF_LD|W|ABS, BPF_ALU|MOD|K, BPF_RET|A


def draw_ids(number: int, sharers: int) -> tuple[bytes, ...]:
    """Return random ids that name process ``number`` of so many, counted from 0."""
    below = (1 << 8 * IDENTITY) // sharers
    drawn = (secrets.randbelow(below) * sharers + number for _ in range(IDENTITIES))
    return tuple(each.to_bytes(IDENTITY) for each in drawn)


def named_by(identity: bytes, sharers: int) -> int:
    """Return which of so many processes an id names: what remains of it, as a number."""
    return int.from_bytes(identity) % sharers


def share_places(bound: Sequence[socket.socket], sharers: int) -> list[tuple[socket.socket, ...]]:
    """Return the sockets of each of so many processes, at the places of these, which the first has.

    Raises OSError, and closes them, where the system cannot give each process its datagrams.
    """
    with ExitStack() as otherwise:
        for each in bound:
            otherwise.enter_context(closing(each))
        groups = [_group(each, sharers, otherwise) for each in bound]
        otherwise.pop_all()
    return list(zip(*groups, strict=True))


def _group(first: socket.socket, sharers: int, otherwise: ExitStack) -> list[socket.socket]:
    if sys.platform != "linux":
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    # It is bound already: nobody else had the place.
    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    group = [first]
    for _ in range(1, sharers):
        opened = open_socket(*first.getsockname()[:2], is_shared=True)
        group.append(otherwise.enter_context(closing(opened)))
    _attach(first, [(_LOAD_WORD, 0), (_MODULO, sharers), (_RETURN, 0)])
    return group


def _attach(bound: socket.socket, instructions: list[tuple[int, int]]) -> None:
    """Have a program pick from the group of this socket; it sees datagrams as they are read."""
    code = b"".join(_INSTRUCTION.pack(what, 0, 0, operand) for what, operand in instructions)
    memory = ctypes.create_string_buffer(code)
    program = _PROGRAM.pack(len(instructions), ctypes.addressof(memory))
    bound.setsockopt(socket.SOL_SOCKET, _ATTACH, program)
