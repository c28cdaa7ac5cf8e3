"""The TCP port at which machines ask a server about itself (``--admin-listen``)."""

from __future__ import annotations

from typing import NamedTuple

import trio

from ..announcement import ListeningPlace
from ..public.accepting import open_port


class MonitorPort(NamedTuple):
    """The port's listeners; none if nobody wants it."""

    listeners: list[trio.SocketListener]

    @property
    def bound(self) -> list[str]:
        """The addresses at which it is answered."""
        return [listener.socket.getsockname()[0] for listener in self.listeners]

    @property
    def url(self) -> str:
        """Where it is answered on this machine, without a slash at the end; empty if nowhere."""
        if not self.listeners:
            return ""
        port = self.listeners[0].socket.getsockname()[1]
        place = ListeningPlace(self.bound[0], self.bound, port)
        return f"http://{place.local_address().authority}"


async def open_monitor_port(place: tuple[str, int] | None) -> MonitorPort:
    """Listen at a host and port, or nowhere. Raises ConfigError."""
    return MonitorPort([] if place is None else await open_port(*place))
