"""A server with the connection to it, and all that belongs to who one is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import trio

from ..protocol.address import Address
from ..protocol.local import ConnectServer, Enter
from .blocked import Blocked
from .dialogue import LinkNews
from .keys import PersonalKey
from .link import ServerConnection, Watch
from .replies import PendingReplies


@dataclass(frozen=True)
class ServerPlace:
    """A server, and who one is there; ``address`` names no room."""

    address: Address
    name: str
    headline: str
    keeps_name: bool

    @classmethod
    def of(cls, address: Address, who: Enter | ConnectServer) -> ServerPlace:
        """Return the place of an address, for who says so."""
        address = replace(address, room="", invite=None, host_token=None)
        return cls(address, who.name, who.headline, who.keeps_name)

    @property
    def url(self) -> str:
        """The server's URL, without room and fragment, by which one tells it from others."""
        return self.address.server


class ConnectedServer:
    """A server that one is at, and its connection, which is tried again until :meth:`close`.

    ``hear`` gets what comes of it. What waits for answers, is watched and is blocked there is its
    own, so that a server that hangs harms no other.
    """

    def __init__(
        self,
        place: ServerPlace,
        key: PersonalKey,
        hear: Callable[[ConnectedServer, LinkNews], None],
    ) -> None:
        self.place = place
        self.link = ServerConnection(
            place.address, place.name, place.headline, key, keeps_name=place.keeps_name
        )
        self.blocked = Blocked()
        self.replies = PendingReplies(self.link.send)
        self.watches: frozenset[Watch] = frozenset()
        self.mail_attempt = ""
        """That of the last code that was sent by mail."""
        self.is_over = False
        """Whether it was closed, here or by the server, so that nothing more comes of it."""
        self._hear = hear
        self._scope = trio.CancelScope()

    async def run(self) -> None:
        """Stay connected until the end."""
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.link.run)
                async for news in self.link.news:
                    if not self.is_over:
                        self._hear(self, news)

    def watch_news(self, kind: Watch, *, on: bool) -> None:
        """Ask for a kind of news from now on, also after a lost connection, or no longer."""
        self.follow_news(self.watches | {kind} if on else self.watches - {kind})

    def follow_news(self, watches: frozenset[Watch]) -> None:
        """Ask for these kinds of news from now on, and for no others."""
        self.watches = watches
        self.link.follow_news(watches)

    def close(self) -> None:
        """End the connection; nobody gets an answer any more."""
        self.is_over = True
        self._scope.cancel()
        self.replies.fail()
        self.replies.leave_room()
