"""Which desks a server has: a family of commands that need no room is one more line here."""

from __future__ import annotations

from .clock import Clock
from .desks import Desks
from .people.profiles.desk import ProfileDesk
from .rooms.hub import Hub
from .store import Store


async def open_desks(hub: Hub, store: Store, clock: Clock) -> Desks:
    """Return all desks, each with its state. Raises StoreError if one cannot be read."""
    desks = [
        ProfileDesk(store, hub.connected.reach),
    ]
    return Desks(desks, store, clock)
