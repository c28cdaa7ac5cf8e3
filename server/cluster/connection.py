"""One connection to Valkey or Redis: opened, signed in, with a server that takes writes."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence

import trio

from roomcli.errors import ConnectionFailed, ConnectionLost, ProtocolError

from .address import ValkeyAddress
from .resp import Reply, ReplyError, ReplyReader, Value, write_command

CONNECT_SECONDS = 2.0
"""Until a server that answers nothing is given up."""
CHUNK = 65536

ASK_ROLE = write_command("ROLE")
_SENTINEL_URL = "sentinels are named as redis+sentinel://HOST:26379,HOST:26379/NAME"


class ValkeyConnection:
    """An open connection. One task may send and one receive at a time."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._reader = ReplyReader()
        self._early: list[Reply] = []

    async def send(self, raw: bytes) -> None:
        """Send commands. Raises ConnectionLost."""
        try:
            await self._stream.send_all(raw)
        except (trio.BrokenResourceError, OSError) as error:
            raise ConnectionLost(f"the connection to Valkey broke ({error})") from None

    async def receive(self) -> Sequence[Reply]:
        """Return what came since. Raises ConnectionLost, also where that is no reply."""
        if self._early:
            early, self._early = self._early, []
            return early
        try:
            received = await self._stream.receive_some(CHUNK)
        except (trio.BrokenResourceError, OSError) as error:
            raise ConnectionLost(f"the connection to Valkey broke ({error})") from None
        if not received:
            raise ConnectionLost("Valkey ended the connection")
        try:
            return self._reader.read_replies(bytes(received))
        except ProtocolError as error:
            raise ConnectionLost(str(error)) from None

    async def call(self, *words: bytes | str) -> Reply:
        """Send a command and return its reply; nobody else may use the connection meanwhile.

        Raises ConnectionLost, also where the server is silent, and ConnectionFailed if it refuses.
        """
        try:
            with trio.fail_after(CONNECT_SECONDS):
                await self.send(write_command(*words))
                while not self._early:
                    self._early = list(await self.receive())
        except trio.TooSlowError:
            raise ConnectionLost(f"Valkey answers nothing to {words[0]!s}") from None
        reply = self._early.pop(0)
        if isinstance(reply, ReplyError):
            raise ConnectionFailed(f"Valkey refuses {words[0]!s}: {reply.meaning}")
        return reply

    async def time_of_day(self) -> float:
        """Return what time it is there, in seconds since 1970. Raises as :meth:`call` does."""
        match await self.call("TIME"):
            case [bytes() as seconds, bytes() as microseconds] if (
                seconds.isdigit() and microseconds.isdigit()
            ):
                return int(seconds) + int(microseconds) / 1e6
        raise ConnectionLost("Valkey does not know what time it is")


def is_primary(role: object) -> bool:
    """Whether an answer to ROLE is that of a server which takes writes, and not of a copy."""
    return isinstance(role, list) and bool(role) and role[0] == b"master"


@contextlib.asynccontextmanager
async def connected(
    address: ValkeyAddress, context: ssl.SSLContext | None = None
) -> AsyncIterator[ValkeyConnection]:
    """Be connected to the server or sentinel at this address, signed in, within the block.

    ``context`` is what TLS trusts, else the system's authorities. Raises ConnectionFailed if it
    cannot be reached, refuses, or is a copy of another server: it would tell the others nothing.
    """
    stream: trio.abc.Stream | None = None
    try:
        with trio.fail_after(CONNECT_SECONDS):
            stream = await _dial(address, context)
            connection = ValkeyConnection(stream)
            await _sign_in(connection, address)
    except trio.TooSlowError:
        reason = f"{address} answers nothing"
        raise ConnectionFailed(f"no connection to Valkey: {reason}") from None
    # A name that cannot be one is a ValueError: sentinels may say anything.
    except (OSError, ValueError, trio.BrokenResourceError, ConnectionLost) as error:
        cause = error.__cause__ or error
        raise ConnectionFailed(f"no connection to Valkey at {address}: {cause}") from None
    else:
        yield connection
    finally:
        if stream is not None:
            await trio.aclose_forcefully(stream)


async def _dial(address: ValkeyAddress, context: ssl.SSLContext | None) -> trio.abc.Stream:
    if address.path:
        return await trio.open_unix_socket(address.path)
    stream = await trio.open_tcp_stream(address.host, address.port)
    if not address.tls:
        return stream
    secured = trio.SSLStream(
        stream, context or ssl.create_default_context(), server_hostname=address.host
    )
    try:
        await secured.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return secured


async def _sign_in(connection: ValkeyConnection, address: ValkeyAddress) -> None:
    words: list[str] = ["HELLO", "3"]
    if address.password is not None:
        words += ["AUTH", address.user, address.password]
    hello = await connection.call(*words, "SETNAME", "roomcli")
    mode = _value_of(b"mode", hello)
    if (mode == b"sentinel") != bool(address.watched):
        text = f"{address} is {'no' if address.watched else 'a'} sentinel: {_SENTINEL_URL}"
        raise ConnectionFailed(text)
    if mode == b"cluster":
        raise ConnectionFailed(
            f"{address} is part of a sharded cluster, which is not supported:"
            " use one server with copies, which sentinels may watch"
        )
    if not address.watched and not is_primary(await connection.call("ROLE")):
        raise ConnectionFailed(f"{address} is a copy of another server: name that one too")


def _value_of(key: bytes, reply: Reply) -> Value:
    """Return what stands at a key of a map; None where there is none."""
    pairs = zip(reply[::2], reply[1::2], strict=False) if isinstance(reply, list) else ()
    return next((value for each, value in pairs if each == key), None)
