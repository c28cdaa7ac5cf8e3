"""How a server of a cluster says where it is, and which others it works together with. Pure.

What servers say to each other has a number: over links, in records and in bundles of voice. It
stays while the version before passes over what is new: a field with a default at the end, a message
of a new kind. It grows when that one cannot work with it any more.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from roomcli.errors import ConnectionFailed

PROTOCOL = 1
OLDEST = 1
"""The oldest number with which this server works together."""


class OtherVersion(ConnectionFailed):
    """A server of the cluster cannot work together with this one."""


class NodeRecord(Struct, frozen=True, array_like=True):
    """How to reach a server of the cluster, its number, and the oldest that it works with."""

    host: str
    port: int
    secret: bytes
    protocol: int = 1
    oldest: int = 1


_decoder = msgspec.msgpack.Decoder(NodeRecord)


def write_record(record: NodeRecord) -> bytes:
    """Return a record as it is kept."""
    if record.protocol == 1:  # the first version reads three fields, and takes no more
        return msgspec.msgpack.encode((record.host, record.port, record.secret))
    return msgspec.msgpack.encode(record)


def read_record(name: str, raw: bytes) -> NodeRecord:
    """Return the record of the server ``name``. Raises OtherVersion."""
    try:
        record = _decoder.decode(raw)
    except msgspec.MsgspecError as error:
        text = f"server {name} says in words of another version where it is: {error}"
        raise OtherVersion(text) from None
    if record.protocol < OLDEST or record.oldest > PROTOCOL:
        raise OtherVersion(
            f"server {name} speaks protocol {record.protocol} of clusters, and this one {PROTOCOL}:"
            " these cannot work together, install one version of roomcli on both"
        )
    return record
