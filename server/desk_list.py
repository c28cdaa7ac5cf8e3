"""Which desks a server has: a family of commands that need no room is one more line here."""

from __future__ import annotations

from .clock import Clock
from .communities.desk import CommunityDesk
from .communities.directory import CommunityDirectory
from .communities.holdings import CommunityHolder
from .desks import Desk, Desks
from .people.profiles.desk import ProfileDesk
from .rooms.hub import Hub
from .store import Store


async def open_desks(hub: Hub, store: Store, clock: Clock) -> Desks:
    """Return all desks, each with its state. Raises StoreError if one cannot be read."""
    directory = CommunityDirectory(store, clock.now)
    await directory.restore()
    hub.standings = directory
    communities = CommunityDesk(
        *(directory, store, hub, clock.now, hub.shares, hub.connected.reach),
        judge_giving_up=lambda person: hub.identities.judge_giving_up(person.key),
    )
    hub.identities.add_holder(CommunityHolder(directory, communities, store))
    desks: list[Desk] = [
        ProfileDesk(store, hub.connected.reach),
        communities,
    ]
    return Desks(desks, store, clock)
