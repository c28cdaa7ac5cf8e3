"""A client of coredis for an address: for all but voice, at some 0.2 ms of CPU a call."""

from __future__ import annotations

import logging
import ssl

import coredis
from coredis.retry import ConstantRetryPolicy

from .address import ValkeyAddress
from .connection import CONNECT_SECONDS

ANSWER_SECONDS = 2.0
"""Until a Valkey that says nothing is given up: it may be gone with nobody to say so."""


def make_client(
    address: ValkeyAddress, context: ssl.SSLContext | None = None
) -> coredis.Redis[bytes]:
    """Return a client that connects within its ``async with``.

    What is asked of a Valkey that does not answer ends with TimeoutError, an OSError.
    """
    # What it tells otherwise is no news: that a script has to be sent once.
    logging.getLogger("coredis").setLevel(logging.WARNING)
    return coredis.Redis(
        address.host,
        address.port,
        unix_socket_path=address.path or None,
        username=address.user if address.password is not None else None,
        password=address.password,
        ssl=address.tls,
        ssl_context=(context or ssl.create_default_context()) if address.tls else None,
        connect_timeout=CONNECT_SECONDS,
        stream_timeout=ANSWER_SECONDS,
        # A connection that broke is tried again; of one that is silent nobody waits thrice.
        retry_policy=ConstantRetryPolicy((coredis.exceptions.ConnectionError,), 2, delay=0.01),
    )
