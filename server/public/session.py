"""One connection, from challenge to goodbye: first a hello, then home and rooms in turn."""

from __future__ import annotations

import logging

import trio

from roomcli.errors import ConnectionLost
from roomcli.protocol import commands as c

from ..client_connection import ClientConnection
from .caller import Caller, Services
from .client import KnownClient
from .elsewhere import Elsewhere
from .hello import AdmittedPerson, introduce
from .home import ClientHome

log = logging.getLogger(__name__)


class Session:
    """Serves one connection."""

    def __init__(
        self,
        connection: ClientConnection,
        caller: Caller,
        services: Services,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._connection = connection
        self._caller = caller
        self._services = services
        self._elsewhere = elsewhere

    async def run(self) -> None:
        """Serve until either side ends the connection; close it in any case."""
        try:
            who = await introduce(self._connection, self._caller, self._services)
            if who is not None:
                await self._serve(who)
        except ConnectionLost as lost:
            log.debug("connection lost: %s", lost)
        finally:
            await self._connection.aclose()

    async def _serve(self, who: AdmittedPerson) -> None:
        client = KnownClient(self._connection, self._caller, self._services, who)
        self._caller.place.free()
        if self._elsewhere is not None:
            self._elsewhere.add_client(self._connection)
        try:
            with client.ending.scope:
                home = ClientHome(client, self._elsewhere)
                wish: c.EnterRoom | None = None
                while True:
                    visit = await home.next_visit(wish)
                    wish = await visit.run()
                    await trio.lowlevel.checkpoint_if_cancelled()
        finally:
            if self._elsewhere is not None:
                self._elsewhere.remove_client(self._connection)
            client.close()
        if client.ending.goodbye is not None:
            self._services.hub.goodbyes[client.ending.goodbye.code] += 1
            client.send(client.ending.goodbye)
