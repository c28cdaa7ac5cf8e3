"""Connects to a server as one knows it: by an authority, by a pin, or as it was at the first time.

Where neither an authority nor a pin in the address proves a server, its certificate is believed at
first use and written down (as SSH does). Later it has to be the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import trio

from ..errors import ConfigError, ConnectionFailed
from ..protocol.address import Address
from ..wire.connection import WebSocket
from ..wire.dial import OtherCertificate, Unproven, dial
from ..wire.other_way import PATIENCE, shown_pin
from .known_servers import PROVEN, KnownServers, changed_words


async def dial_known(
    nursery: trio.Nursery,
    address: Address,
    known: KnownServers,
    warn: Callable[[str], None],
    *,
    voice_max_age: float,
    now: Callable[[], float] = time.time,
) -> tuple[WebSocket, bytes]:
    """Open a WebSocket as ``dial`` does, and heed how the server was known before.

    ``warn`` gets a line for the person when a server is believed for the first time. Raises
    ConnectionFailed, for a server that has changed too.
    """
    connect = partial(dial, nursery, voice_max_age=voice_max_age)
    if not address.tls:
        return await connect(address)
    try:
        if address.pin is not None:  # the person was given it, so it goes before what was known
            connected = await connect(address)
            _note_pin(address.authority, address.pin, known, warn, now())
            return connected
        try:
            connected = await connect(address)
        except Unproven as error:
            pin = await _believed_pin(address, known, warn, error, now)
        else:
            known.remember(address.authority, PROVEN, now())
            return connected
        return await connect(replace(address, pin=pin))
    except ConfigError as error:
        raise ConnectionFailed(str(error)) from None
    except OtherCertificate as error:
        if address.pin is not None:
            raise
        raise ConnectionFailed(changed_words(address, known, error.shown)) from None


def _note_pin(
    authority: str, pin: str, known: KnownServers, warn: Callable[[str], None], now: float
) -> None:
    """Know a server by the pin of its address, unless an authority proves it: that says more."""
    before = known.recall(authority)
    if before is not None and before.certificate == PROVEN:
        return
    if before is not None and before.certificate != pin:
        warn(f"{authority} shows another certificate than before, the one that your address names")
    known.remember(authority, pin, now)


async def _believed_pin(
    address: Address,
    known: KnownServers,
    warn: Callable[[str], None],
    unproven: Unproven,
    now: Callable[[], float],
) -> str:
    """Return by which certificate a server is known that no authority proves."""
    before = known.recall(address.authority)
    if before is not None and before.certificate != PROVEN:
        return before.certificate
    if before is None and (address.invite or address.host_token):
        raise unproven  # a secret goes to nobody who is not proven
    look = partial(shown_pin, address, PATIENCE)
    pin = await trio.to_thread.run_sync(look, abandon_on_cancel=True)
    if pin is None:
        raise unproven
    if before is not None:
        raise ConnectionFailed(changed_words(address, known, pin))
    known.remember(address.authority, pin, now())
    warn(
        f"you are at {address.authority} for the first time, and nothing proves that it is; from "
        f"now on it has to show the same certificate; compare with its host: {pin[:8]}…{pin[-8:]}"
    )
    return pin
