"""The public port of a server that holds its connections itself, in one process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import trio

from roomcli.wire.accepted import AcceptedWebSocket

from ..datagrams.port import DatagramPort
from .accepting import Arrival, PublicPort
from .caller import Caller
from .certificate import Certificate, Certificates
from .conduct import Conduct
from .gate import Gate
from .http import Head, respond
from .near_voice import NearVoice, VoiceServices
from .session import Session
from .shown import Shown
from .waiting import Place


class Listener(PublicPort[Place]):
    """Serves one port for a hub, through its gate."""

    def __init__(
        self,
        gate: Gate,
        listeners: list[trio.SocketListener],
        certificates: Certificates | None,
        datagrams: DatagramPort | None = None,
    ) -> None:
        super().__init__(listeners, certificates, gate.proxies, gate.hub.limits, datagrams)
        self._gate = gate
        hub = gate.hub
        self._voices = VoiceServices(
            *(hub.traffic, hub.refusals, hub.may_log),
            idle_seconds=lambda: hub.limits.connections.idle_seconds,
            datagrams=datagrams,
        )

    def _comes_too_often(self, address: str) -> bool:
        return self._gate.comes_too_often(address)

    def _reserve(self, address: str, put_out: Callable[[], None]) -> Place:
        return self._gate.reserve(address, put_out)

    async def _respond(
        self, arrival: Arrival[Place], head: Head, shown: Certificate | None
    ) -> None:
        what = shown.as_shown() if shown is not None else Shown()
        answer = await self._gate.answer(head, arrival.local, arrival.prefix, what, arrival.place)
        await respond(arrival.stream, answer, head_only=head.method == "HEAD")

    def _session(
        self,
        arrival: Arrival[Place],
        head: Head,
        shown: Certificate | None,
        connection: AcceptedWebSocket,
        conduct: Conduct,
    ) -> Session:
        encrypted = shown is not None
        caller = Caller(
            address=arrival.remote,
            authority=head.authority,
            names_us=partial(self._gate.is_named, arrival.local, encrypted=encrypted),
            certificate_hash=shown.hash if shown else None,
            conduct=conduct,
            share=arrival.share,
            place=arrival.place,
            new_voice=partial(NearVoice, connection, conduct, arrival.share, self._voices),
            is_proxied=arrival.is_proxied,
        )
        return Session(connection, caller, self._gate.services, self._gate.elsewhere)
