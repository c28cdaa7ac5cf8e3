"""The servers that home shows: what each has told, and which of them is meant. Pure.

Home on the screen and home in lines keep one each, so that both agree on what is known where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...errors import UsageError
from ...protocol import events as e
from ...protocol.local import MAX_SERVERS
from .home_sections import HomeFacts
from .open_rooms import HomeServer, HomeServers, RoomsNews, Unreached


class ShownServers:
    """The servers by their names, in the order in which they are shown.

    ``kept`` keeps them for the next time. ``meant`` is the one to which goes what is done at home:
    the first, until another one's things are picked. Times are by a clock that counts on.
    """

    def __init__(self, servers: Sequence[HomeServer], kept: HomeServers | None = None) -> None:
        self._kept = kept
        self._servers = {server.name: server for server in servers}
        self._facts = {name: HomeFacts(name) for name in self._servers}
        self._heard_at: dict[str, float] = {}
        self.meant: HomeServer | None = servers[0] if servers else None

    def __len__(self) -> int:
        """How many there are."""
        return len(self._servers)

    def __contains__(self, name: object) -> bool:
        """Whether the server of this name is shown."""
        return name in self._servers

    @property
    def all(self) -> tuple[HomeServer, ...]:
        """All of them."""
        return tuple(self._servers.values())

    def find_server(self, name: str) -> HomeServer | None:
        """Return the server of this name, if it is shown."""
        return self._servers.get(name)

    def add(self, url: str) -> HomeServer:
        """Show one more, as people write it, now and the next time. Raises RoomcliError."""
        if self._kept is None:
            raise UsageError("servers are not kept here")
        if len(self) >= MAX_SERVERS:
            raise UsageError(f"home shows {MAX_SERVERS} servers at most: forget one first")
        server = self._kept.add(url)
        self._servers.setdefault(server.name, server)
        self._facts.setdefault(server.name, HomeFacts(server.name))
        return server

    def forget(self, server: HomeServer) -> None:
        """Show one no longer. Raises RoomcliError."""
        if self._kept is not None:
            self._kept.forget(server)
        self._servers.pop(server.name, None)
        self._facts.pop(server.name, None)
        if self.meant is not None and self.meant.name == server.name:
            self.meant = next(iter(self.all), None)

    # What is known of them.

    @property
    def facts(self) -> tuple[HomeFacts, ...]:
        """What each has told, as it was then."""
        return tuple(self._facts.values())

    def facts_of(self, name: str) -> HomeFacts | None:
        """Return what the server of this name has told, if it is shown."""
        return self._facts.get(name)

    def facts_at(self, now: float) -> tuple[HomeFacts, ...]:
        """Return what is known of each at this moment, also how long it is until the next try."""
        heard = self._heard_at
        return tuple(each.waited(now - heard.get(name, now)) for name, each in self._facts.items())

    @property
    def is_trying(self) -> bool:
        """Whether one of them is not reached, and is tried again."""
        return any(isinstance(each.trouble, Unreached) for each in self._facts.values())

    def hear_news(self, name: str, news: RoomsNews, now: float) -> HomeFacts | None:
        """Take in what a server tells, or how it is reached, and return what is known then.

        Nothing is heard of one that is forgotten.
        """
        if (known := self._facts.get(name)) is None:
            return None
        self._heard_at[name] = now
        self._facts[name] = after = known.after(news)
        return after

    def look_for(self, typed: str) -> None:
        """Show from now on what fits this; each server finds its own."""
        self._facts = {name: each.looking_for(typed) for name, each in self._facts.items()}

    def keep_found(self, name: str, typed: str, found: e.SearchResults) -> None:
        """Keep what a server found, unless something else is looked for by now."""
        known = self._facts.get(name)
        if known is not None and typed == known.typed:
            self._facts[name] = replace(known, found=found)
