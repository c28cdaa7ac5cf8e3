"""Who comes in by the public port, and what requests are answered, wherever connections are."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable

import trio

from ..allowances import network
from ..desks import Desks
from ..readiness import PROBES
from ..rooms.hub import Hub
from ..rooms.reception import Reception
from ..store import Store
from .authority import OwnNames
from .caller import Services
from .echo import Echoes
from .elsewhere import Elsewhere
from .http import Head, Response
from .inside import Inside
from .proxies import TrustedProxies
from .routes import Routes
from .shown import Shown
from .waiting import Place, Waiting

PROBE_PLACES = 16
"""Places for those who ask whether the server works, beside all other waiting connections."""


class Gate:
    """Counts who connects, and answers requests. ``names`` are those of this server."""

    def __init__(
        self,
        hub: Hub,
        reception: Reception,
        store: Store,
        desks: Desks,
        routes: Routes,
        names: OwnNames | None = None,
        proxies: TrustedProxies | None = None,
        *,
        udp_is_public: bool = False,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.hub = hub
        self.elsewhere = elsewhere
        """Where the rooms of other servers are; None for a server of its own."""
        self.proxies = proxies or TrustedProxies()
        self.names = names or OwnNames()
        self._routes = routes
        self._probes = trio.CapacityLimiter(PROBE_PLACES)
        self.waiting = Waiting(self._is_limited, hub.limits)
        self.inside = Inside(self._is_limited, hub.limits)
        self.turned_away: Counter[str] = Counter()
        """Connections that were not taken, by the reason."""
        self.services = Services(
            *(hub, reception, store, desks, self.inside, Echoes()), udp_is_public=udp_is_public
        )

    def _is_limited(self, network: str) -> bool:
        """Whether the connections of a network are limited: not where everybody may come from."""
        return not self.hub.shares.is_everybody(network)

    def comes_too_often(self, address: str) -> bool:
        """Count one more connection from an address; return whether it is one too many.

        A trusted proxy brings many, and each counts for the client that the proxy names.
        """
        if self.proxies.includes(address):
            return False
        too_often = self.hub.allowances.take_connection(address, trio.current_time()) > 0
        self.turned_away["too_often"] += too_often
        return too_often

    def reserve(self, address: str, put_out: Callable[[], None]) -> Place:
        """Return a place for a new connection; ``put_out`` ends it."""
        return self.waiting.reserve(network(address), put_out)

    def is_named(self, local: tuple[str, int], authority: str, *, encrypted: bool) -> bool:
        """Whether a client that has reached this address may call the server so."""
        return encrypted or self.names.include(authority, *local)

    async def answer(
        self, head: Head, local: tuple[str, int], prefix: str, shown: Shown, place: Place
    ) -> Response:
        """Return the answer to a request that came to this address of ours.

        ``prefix`` is the path under which a trusted proxy has the server.
        """
        url = self.names.url(head.authority, local, encrypted=bool(shown.certificate_hash))
        in_reserve = head.asked_path in PROBES and self._probes.available_tokens > 0
        async with self._probes if in_reserve else contextlib.nullcontext():
            if in_reserve:
                place.free()
            return await self._routes.answer(head, url + prefix, shown.pin)
