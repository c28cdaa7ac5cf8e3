"""Tells the other servers of a cluster which rooms this one has, and lists theirs with its own.

Unlisted rooms stay unnamed: of them the others know only how many somebody has.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NoReturn

import msgspec
import trio
from msgspec import Struct

from roomcli.errors import ConnectionLost
from roomcli.protocol.listing import ListedRoom

from ..cluster.bulletins import KEPT_SECONDS, Bulletins
from ..cluster_state import SeenServer
from ..rooms.hub import Hub
from ..rooms.other_rooms import SeenRoom

log = logging.getLogger(__name__)

TELL_SECONDS = 1.0
"""Between two exchanges."""
LOST_SECONDS = 2.5
"""Until a Valkey that does not answer is said to be gone."""
SLICE = 50
"""Rooms that are looked at before other tasks get their turn."""


class RoomNotice(Struct, frozen=True, array_like=True):
    """A listed room, with the keys of those on stage: each server has ids of its own for them."""

    room: ListedRoom
    keys_on_stage: tuple[str, ...] = ()


class NodeNews(Struct, frozen=True, array_like=True):
    """What a server lets others know. What is added in later versions comes at the end."""

    rooms: tuple[RoomNotice, ...] = ()
    owners: dict[str, int] = {}
    """How many rooms there belong to a key."""
    networks: dict[str, int] = {}
    """How many rooms there count for a network."""
    address: str = ""
    """Where clients reach it, with the pin of its certificate if it needs one."""


_decoder = msgspec.msgpack.Decoder(NodeNews)


class FarListedRoom:
    """A room of another server, as a :class:`~..rooms.other_rooms.SeenRoom`."""

    def __init__(self, notice: RoomNotice, person_of: Callable[[str], str]) -> None:
        self._room = notice.room
        self.name = notice.room.name
        self.topic = notice.room.topic
        self.number_of_people = notice.room.stage + notice.room.audience
        self.on_stage = tuple(dict.fromkeys(map(person_of, notice.keys_on_stage)))

    def listed(self) -> ListedRoom:
        """Return the room as those who are not in it know it."""
        return self._room


class OtherNode:
    """What another server said last."""

    def __init__(self, text: bytes, news: NodeNews, person_of: Callable[[str], str]) -> None:
        self.text = text
        self.news = news
        self.rooms = [FarListedRoom(each, person_of) for each in news.rooms]


class ClusterRooms:
    """The :class:`~..rooms.other_rooms.OtherRooms` of a server of a cluster.

    ``has`` says which rooms this server has: others' notices of these are old.
    """

    def __init__(self, bulletins: Bulletins, hub: Hub, has: Callable[[str], bool]) -> None:
        self._bulletins = bulletins
        self._hub = hub
        self._has = has
        self._nodes: dict[str, OtherNode] = {}
        self._rooms: dict[str, FarListedRoom] = {}
        self._heard_at = float("-inf")

    def far_rooms(self) -> Iterable[SeenRoom]:
        """Return the listed rooms of others; none of a name that this server has the room of."""
        return [room for name, room in self._rooms.items() if not self._has(name)]

    def far_room(self, name: str) -> SeenRoom | None:
        """Return one of those, by name."""
        return None if self._has(name) else self._rooms.get(name)

    def number_of(self, owner: str) -> int:
        """Return how many rooms on other servers belong to somebody, by key."""
        return sum(node.news.owners.get(owner, 0) for node in self._nodes.values())

    def number_from(self, network: str) -> int:
        """Return how many rooms on other servers count for a network."""
        return sum(node.news.networks.get(network, 0) for node in self._nodes.values())

    @property
    def servers(self) -> tuple[SeenServer, ...]:
        """The other servers, by name."""
        return tuple(
            SeenServer(name=name, address=node.news.address, listed=len(node.news.rooms))
            for name, node in sorted(self._nodes.items())
        )

    @property
    def is_heard(self) -> bool:
        """Whether Valkey has answered lately."""
        return self._silent_seconds < KEPT_SECONDS

    @property
    def is_lost(self) -> bool:
        """Whether Valkey does not answer."""
        return self._silent_seconds > LOST_SECONDS

    @property
    def _silent_seconds(self) -> float:
        return trio.current_time() - self._heard_at

    def addresses(self, but: str) -> tuple[str, ...]:
        """Return where clients reach the others; behind a proxy all may be at one place."""
        return tuple(sorted({node.news.address for node in self._nodes.values()} - {"", but}))

    async def keep_told(
        self, own_address: Callable[[], str], look: Callable[[str], Awaitable[None]]
    ) -> NoReturn:
        """Tell others, and hear of theirs, until cancelled; ``look`` is called each time.

        While Valkey is gone, so are the others after a moment: nobody here comes into their rooms.
        """
        while True:
            address = own_address()
            own = await self._own_news(address)
            texts: Mapping[str, bytes] | None = None
            with trio.move_on_after(LOST_SECONDS):
                try:
                    texts = await self._bulletins.exchange(own)
                    self._heard_at = trio.current_time()
                except ConnectionLost as lost:
                    log.debug("the others are not heard: %s", lost)
            if texts is not None or not self.is_heard:
                await self._note_others(texts or {})
            await look(address)
            await trio.sleep(TELL_SECONDS)

    async def leave(self) -> None:
        """Let others know at once that the rooms here are gone."""
        try:
            await self._bulletins.withdraw()
        except ConnectionLost as lost:
            log.debug("this server is forgotten by itself: %s", lost)

    async def _own_news(self, address: str) -> bytes:
        notices = []
        for number, room in enumerate(self._hub.open_rooms(), 1):
            if room.is_listed and self._has(room.name):
                notices.append(RoomNotice(room.listed(), room.keys_on_stage))
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()
        owners, networks = self._hub.rooms_by_owner(self._has)
        return msgspec.msgpack.encode(NodeNews(tuple(notices), owners, networks, address))

    async def _note_others(self, texts: Mapping[str, bytes]) -> None:
        nodes: dict[str, OtherNode] = {}
        for name, text in texts.items():
            known = self._nodes.get(name)
            if known is None or known.text is not text:
                known = self._understood(text)
                await trio.lowlevel.checkpoint()  # a thousand rooms take 4 ms
            nodes[name] = known
        self._nodes = nodes
        self._rooms = {room.name: room for node in nodes.values() for room in node.rooms}

    def _understood(self, text: bytes) -> OtherNode:
        try:
            news = _decoder.decode(text)
        except msgspec.MsgspecError as error:
            log.debug("a server says in words of another version what it has: %s", error)
            news = NodeNews()
        return OtherNode(text, news, self._hub.person_of)
