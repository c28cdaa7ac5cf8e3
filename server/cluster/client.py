"""A client of coredis for all but voice, at some 0.2 ms of CPU a call.

All calls share one connection, to the server that takes writes. When that is gone it is looked for
anew, as after a failover, and whoever calls meanwhile waits for that.
"""

from __future__ import annotations

import contextlib
import logging
import math
import ssl
from collections.abc import Sequence

import coredis
import trio
from coredis.connection import (
    BaseConnection,
    BaseConnectionParams,
    TCPConnection,
    TCPLocation,
    UnixDomainSocketConnection,
    UnixDomainSocketLocation,
)
from coredis.exceptions import RedisError, ResponseError
from coredis.pool import ConnectionPool
from coredis.retry import ConstantRetryPolicy

from roomcli.errors import ConnectionFailed

from .address import ValkeyAddress
from .connection import CONNECT_SECONDS, is_primary
from .lease import LEASE_SECONDS
from .primary import find_primary
from .reign import UNKNOWN, Reign, read_reign

ANSWER_SECONDS = 2.0
"""Until a Valkey that says nothing is given up: it may be gone with nobody to say so."""
BEAT_SECONDS = 1.0
"""Between two questions to a server whether it still takes writes."""


class _Attempt:
    """One search for the server, for all who wait for it."""

    def __init__(self) -> None:
        self.has_ended = trio.Event()
        self.connection: BaseConnection | None = None
        self.reason = ""


class PrimaryPool(ConnectionPool[BaseConnection]):
    """The connection that all calls of a client share; tasks of its own open and watch it."""

    def __init__(self, addresses: Sequence[ValkeyAddress], context: ssl.SSLContext | None) -> None:
        super().__init__(
            connection_class=TCPConnection,  # or by a Unix socket: see below
            connect_timeout=CONNECT_SECONDS,
            stream_timeout=ANSWER_SECONDS,
        )
        self._addresses = addresses
        self._context = context
        self._connection: BaseConnection | None = None
        self._attempt: _Attempt | None = None
        self._reign: Reign | None = None
        self._answered_at = -math.inf
        self.joined_again_at = -math.inf
        """When a server was found that may have forgotten leases, by Trio's clock."""
        self.met_at = -math.inf
        """When the first server was found; or when it began, where that is known."""

    async def get_connection(self, **_: object) -> BaseConnection:
        """Return the connection, once there is one. Raises OSError."""
        if self._connection is not None and self._connection.reusable:
            return self._connection
        attempt = self._attempt
        if attempt is None:
            attempt = self._attempt = _Attempt()
            self.task_group.start_soon(self._connect, attempt)
        with trio.move_on_after(ANSWER_SECONDS):
            await attempt.has_ended.wait()
        if attempt.connection is None:
            raise OSError(attempt.reason or "no connection to Valkey: it timed out")
        return attempt.connection

    def release(self, connection: BaseConnection) -> None:
        """Let it be: the connection is everybody's."""

    async def _connect(self, attempt: _Attempt) -> None:
        try:
            address = await find_primary(self._addresses, self._context)
            connection = self._connection_to(address)
            await self.task_group.start(connection.run)
            reign = await _reign_of(connection)
        except RedisError as error:
            # Its text may repeat what the server was asked, with a password.
            attempt.reason = f"no connection to Valkey: {type(error).__name__}"
        except (ConnectionFailed, OSError) as error:
            attempt.reason = str(error)
        else:
            attempt.connection = self._connection = connection
            self._note_joined(reign, trio.current_time())
            self.task_group.start_soon(self._watch_role, connection)
        finally:
            self._attempt = None
            attempt.has_ended.set()

    def _note_joined(self, reign: Reign, now: float) -> None:
        """Note from when on all may have lost their leases, but for those who renewed them."""
        if self._reign is None:
            self.met_at = now - reign.known_for
        elif reign != self._reign or reign == UNKNOWN or now >= self._answered_at + LEASE_SECONDS:
            self.joined_again_at = now
        self._reign, self._answered_at = reign, now

    async def _watch_role(self, connection: BaseConnection) -> None:
        """Leave a server that answers nothing any more, or takes no writes."""
        with contextlib.suppress(RedisError, OSError):
            while True:
                await trio.sleep(BEAT_SECONDS)
                asked = connection.create_request(b"ROLE", timeout=ANSWER_SECONDS)
                if not is_primary(await asked):
                    break
                self._answered_at = trio.current_time()
        connection.invalidate()  # the next call looks for another

    def _connection_to(self, address: ValkeyAddress) -> BaseConnection:
        how: BaseConnectionParams = {
            **self.connection_kwargs,
            "username": address.user if address.password is not None else None,
            "password": address.password,
        }
        if address.path:
            return UnixDomainSocketConnection(UnixDomainSocketLocation(address.path), **how)
        if address.tls:
            how["ssl_context"] = self._context or ssl.create_default_context()
        return TCPConnection(TCPLocation(address.host, address.port), **how)


async def _reign_of(connection: BaseConnection) -> Reign:
    """Return which reign it is. Raises RedisError, and OSError."""
    try:
        return read_reign(await connection.create_request(b"INFO", timeout=ANSWER_SECONDS))
    except ResponseError:  # this user may not ask
        return UNKNOWN
    except (RedisError, OSError):
        connection.invalidate()
        raise


class ValkeyClient(coredis.Redis[bytes]):
    """Connects within its ``async with`` to that of these addresses which takes writes.

    What is asked of a Valkey that does not answer ends with an OSError, as TimeoutError is one.
    """

    def __init__(self, *addresses: ValkeyAddress, context: ssl.SSLContext | None = None) -> None:
        # What it tells otherwise is no news: that a script has to be sent once.
        logging.getLogger("coredis").setLevel(logging.WARNING)
        self._pool = PrimaryPool(addresses, context)
        super().__init__(
            connection_pool=self._pool,
            # A call on a connection that broke is made again; of one that is silent nobody waits
            # thrice.
            retry_policy=ConstantRetryPolicy((coredis.exceptions.ConnectionError,), 2, delay=0.01),
        )

    @property
    def joined_again_at(self) -> float:
        """When a server was found that may have forgotten leases, by Trio's clock; -inf if never.

        It is another one than before, or began anew, or answered nothing for as long as a lease.
        """
        return self._pool.joined_again_at

    @property
    def met_at(self) -> float:
        """When the first server was found; or when it began, where that is known.

        By Trio's clock; -inf before.
        """
        return self._pool.met_at
