"""Whether people were told everything of a room: nothing lost, doubled, or in another order.

It looks at every client of a test, over all their connections, after whatever has happened to the
servers: at the chat's numbers, the chain of the moderation log, what changes the room's view, and
in the end at the view of who is there beside that of somebody who comes in anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from msgspec.structs import asdict, replace

from roomcli.frontends.model.log_copy import LogCopy
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.evolve_view import evolve_view
from roomcli.protocol.view import RoomView

from .serving import Client, Received, RunningServer

ALWAYS_NEWS = (
    e.HandLowered | e.HandRaised | e.Muted | e.RoleChanged | e.Silenced | e.SilenceLifted
    | e.SpeakerDropped | e.SpeakerReturned | e.StageJoined | e.StageLeft | e.Unmuted
)  # fmt: skip
"""Events after which a view is another one; told twice, they change nothing."""
OWN = {"you", "me", "people", "front_row", "audience", "stage_invitations", "knockers"}
"""What differs from view to view, or is told by the pulse alone."""


class ToldEvents:
    """What one person was told of one room, over all their connections."""

    def __init__(self) -> None:
        self.chat: dict[int, str] = {}
        self.log = LogCopy()
        self._newest = 0
        self._view: RoomView | None = None

    def follow(self, received: Iterable[Received]) -> None:
        """Take what came over the next connection."""
        for message in received:
            if isinstance(message, e.Joined):
                self._join(message)
            elif isinstance(message, get_args(e.RoomEvent)):
                self._hear(message)

    def _join(self, joined: e.Joined) -> None:
        if self._view is None:
            self.log.begin_log(joined.room, joined.view.log)
        else:
            self.log.resume(joined.view.log)
        self._view = joined.view
        numbers = [each.number for each in joined.chat]
        first = self._newest + 1 if joined.moved else numbers[0] if numbers else 1
        assert numbers == list(range(first, first + len(numbers))), f"the chat came as {numbers}"
        newest = max(numbers, default=0)
        assert joined.moved or newest >= self._newest, f"message {self._newest} is gone"
        for each in joined.chat:
            self._read(each)

    def _hear(self, event: Any) -> None:
        assert self._view is not None, f"{event} came before joined"
        self.log.check_event(event)
        if isinstance(event, e.ChatPosted):
            number = event.message.number
            assert number == self._newest + 1, f"message {number} came after {self._newest}"
            self._read(event.message)
        before, self._view = self._view, evolve_view(self._view, event)
        is_news = replace(self._view, log=before.log) != before
        assert is_news or not isinstance(event, ALWAYS_NEWS), f"{event} came twice"

    def _read(self, message: ChatMessage) -> None:
        known = self.chat.setdefault(message.number, message.text)
        assert known == message.text, f"message {message.number} was {known!r}"
        self._newest = message.number


async def check_told(
    server: RunningServer, *here: Client, earlier: Iterable[RunningServer] = ()
) -> None:
    """Fail unless everybody who ever was in the room of a test was told everything of it.

    Those ``here`` are in it still. Somebody comes in anew at ``server``, who has to see the room as
    they do; ``earlier`` are the other servers that people were connected to.
    """
    servers = (server, *earlier)
    connections = sorted(
        (each for known in servers for each in known.clients), key=lambda each: each.began
    )
    witness = await server.client(here[0].address, name="Witness")
    last = f"the last words, by {witness.id}"
    await witness.do(c.Chat(text=last))
    for each in here:
        await each.until(e.ChatPosted, lambda event: event.message.text == last)
        assert _shared(each.view) == _shared(witness.view)
    told: dict[str, ToldEvents] = {}
    for each in connections:
        if each.address.room != witness.address.room:
            continue
        told.setdefault(_person(each), ToldEvents()).follow(each.got)
    history = {each.number: each.text for each in witness.joined.chat}
    pages = [page async for page in _pages(witness)]
    still_here = {_person(each) for each in here}
    for person, one in told.items():
        if person not in still_here:
            one.log.resume(witness.view.log)  # what came after they left nobody told them
        assert {k: v for k, v in one.chat.items() if k in history}.items() <= history.items()
        for page in pages:
            one.log.add_page(page)
        assert one.log.fault is None, one.log.fault


def _person(client: Client) -> str:
    return client.key.public_key().public_bytes_raw().hex()


async def _pages(witness: Client) -> Any:
    """Yield the pages of the moderation log."""
    after = 0
    while True:
        page: e.LogPage = await witness.question(c.ReadLog(after=after), e.LogPage)
        yield page
        if not page.more:
            return
        after = page.entries[-1].number


def _shared(view: RoomView) -> dict[str, Any]:
    """Return what all in a room see in the same way."""
    shared = {name: value for name, value in asdict(view).items() if name not in OWN}
    shared["stage"] = [replace(each, spoken=0.0) for each in view.stage.values()]
    shared["hands"] = [replace(each, spoken=0.0) for each in view.hands]
    return shared
