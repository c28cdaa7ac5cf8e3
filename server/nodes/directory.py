"""Where the servers of a cluster reach each other: each says so in Valkey, as long as it lives.

With its address each leaves a secret. Whoever dials shows the secret of whom they dial: so only who
may read that Valkey comes in.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import socket
from typing import NoReturn

import coredis
import trio
from coredis.exceptions import RedisError

from roomcli.errors import ConnectionFailed, ConnectionLost

from ..cluster.address import ValkeyAddress
from .node_record import OLDEST, PROTOCOL, NodeRecord, read_record, write_record

KEPT_SECONDS = 10.0
RENEW_SECONDS = 1.0
HELLO_SECONDS = 2.0
"""Until somebody who has dialled has shown the secret."""
SECRET_BYTES = 32
NAME_LENGTH = 16
DEAD_SECONDS = 3
"""Until a machine that does not answer is taken for dead."""


class NodeDirectory:
    """Tells others of this server, and finds them; ``name`` is new in each life of a server."""

    def __init__(self, client: coredis.Redis[bytes]) -> None:
        self._client = client
        self.name = secrets.token_hex(NAME_LENGTH // 2)
        self._secret = secrets.token_bytes(SECRET_BYTES)

    async def keep_known(self, host: str, port: int) -> NoReturn:
        """Say where this server is reached, until cancelled."""
        own = write_record(NodeRecord(host, port, self._secret, PROTOCOL, OLDEST))
        while True:
            with contextlib.suppress(RedisError, OSError):  # who needs Valkey for people says so
                await self._client.psetex(_key(self.name), round(KEPT_SECONDS * 1000), own)
            await trio.sleep(RENEW_SECONDS)

    async def dial(self, name: str) -> trio.SocketStream:
        """Return a connection to a server. Raises ConnectionLost, and ConnectionFailed."""
        try:
            found = await self._client.get(_key(name))
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey gave no address of a server ({error})") from None
        if found is None:
            raise ConnectionFailed(f"server {name} of the cluster is gone")
        record = read_record(name, found)
        try:
            with trio.fail_after(HELLO_SECONDS):
                stream = await trio.open_tcp_stream(record.host, record.port)
                notice_death(stream)
                await stream.send_all(record.secret + self.name.encode())
        except (OSError, trio.TooSlowError, trio.BrokenResourceError) as error:
            where = f"server {name} at {record.host}, port {record.port}"
            raise ConnectionFailed(f"{where} cannot be reached: {error}") from None
        return stream

    async def caller(self, stream: trio.SocketStream) -> str | None:
        """Return which server has dialled; None for anybody else."""
        notice_death(stream)
        shown = b""
        try:
            with trio.fail_after(HELLO_SECONDS):
                while (missing := SECRET_BYTES + NAME_LENGTH - len(shown)) > 0:
                    more = await stream.receive_some(missing)
                    if not more:
                        return None
                    shown += bytes(more)
        except (trio.TooSlowError, trio.BrokenResourceError):
            return None
        if not hmac.compare_digest(shown[:SECRET_BYTES], self._secret):
            return None
        return shown[SECRET_BYTES:].decode(errors="replace")


def own_host(valkey: ValkeyAddress) -> str:
    """Return the address of this machine in the network in which Valkey is."""
    if valkey.path:
        return "127.0.0.1"
    family, kind, number, _, place = socket.getaddrinfo(
        valkey.host, valkey.port, type=socket.SOCK_DGRAM
    )[0]
    with socket.socket(family, kind, number) as asking:
        asking.connect(place)  # it sends nothing
        return str(asking.getsockname()[0])


def notice_death(stream: trio.SocketStream) -> None:
    """Have the system end a connection whose other end's machine is gone."""
    with contextlib.suppress(OSError):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 1),
        ("TCP_KEEPINTVL", 1),
        ("TCP_KEEPCNT", DEAD_SECONDS),
        ("TCP_USER_TIMEOUT", DEAD_SECONDS * 1000),
    ):
        option = getattr(socket, name, None)  # not all systems have all of them
        if option is not None:
            with contextlib.suppress(OSError):  # of a connection that is gone already
                stream.setsockopt(socket.IPPROTO_TCP, option, value)


def _key(name: str) -> str:
    return f"roomcli:node:{name}"
