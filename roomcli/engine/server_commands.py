"""Commands that need no room: which server carries them out, and how its answers are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, cast

import trio
from msgspec.structs import replace

from ..errors import CommandRefused
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import ChannelCommand, ForServer, Problem, ServerNews, SignOnByBrowser
from ..protocol.text import cleaned
from .browser_sign_on import sign_on_by_browser
from .channel import Channel
from .connected_server import ConnectedServer
from .replies import NOT_CONNECTED, Answer, Answered
from .servers import Servers

if TYPE_CHECKING:
    from ..protocol.local import LocalEvent

MAX_URL = 100
"""Characters of a URL that is repeated to who wrote it."""
ServerCommand = c.WatchRooms | c.WatchHome | SignOnByBrowser | c.DeskCommand
"""What a server carries out wherever one is."""


class ServerCommands:
    """Gives commands to servers, and tells their answers as those of a server or of the room.

    ``tell`` tells what is said to the person where they are; ``start`` starts a task that goes on
    from room to room.
    """

    def __init__(
        self,
        servers: Servers,
        channel: Channel,
        tell: Callable[[e.Event], None],
        start: Callable[[Callable[[], Awaitable[object]]], None],
    ) -> None:
        self._servers = servers
        self._channel = channel
        self._tell = tell
        self._start = start
        self._signing_on = trio.CancelScope()

    def obey(self, command: ForServer | ServerCommand) -> None:
        """Have the server carry it out that is named, or else meant."""
        match command:
            case ForServer(server=url, asks=asks):
                self._obey_at(url, asks)
            case c.WatchRooms() | c.WatchHome():
                self._give(self._servers.first_home, command)
            case _:
                self._give(self._servers.here or self._servers.first_home, command)

    def tell_of(self, server: ConnectedServer, event: e.Event) -> None:
        """Tell what a server says to who is at home there."""
        said = cast("e.ServerMessage | LocalEvent", event)
        self._channel.send(ServerNews(server=server.place.url, said=said))

    def begin_sign_on(
        self, server: ConnectedServer, wish: SignOnByBrowser, answered: Answered
    ) -> None:
        """Sign on by a browser, in place of what was begun before; it goes on from room to room."""
        self._signing_on.cancel()
        scope = self._signing_on = trio.CancelScope()

        async def sign_on() -> None:
            with scope:
                ask, tell = partial(_ask_server, server), partial(self._tell_answer, server)
                await sign_on_by_browser(wish, ask, answered, tell)

        self._start(sign_on)

    def _obey_at(self, url: str, command: ChannelCommand | c.DeskCommand) -> None:
        """Have one of several servers carry out a command."""
        name = c.command_name(command)
        if not isinstance(command, ServerCommand):
            text = f"{name} goes to no server that one names"
            self._tell(Problem(code="bad_message", text=text, ref=command.ref))
            return
        server = self._servers.named(url)
        if server is None:
            text = f"you are not at home at {cleaned(url, MAX_URL)}: connect_server goes there"
            self._tell(e.Refused(command=name, code="no_such_server", text=text, ref=command.ref))
            return
        self._give(server, command)

    def _give(self, server: ConnectedServer | None, command: ServerCommand) -> None:
        """Have a server carry out a command; say so where there is none."""
        match command:
            case _ if server is None:
                name = c.command_name(command)
                self._tell(
                    e.Refused(
                        command=name, code="not_connected", text=NOT_CONNECTED, ref=command.ref
                    )
                )
            case c.WatchRooms(on=on) | c.WatchHome(on=on):
                server.watch_news(type(command), on=on)
                if command.ref is not None:
                    self._tell_answer(server, e.Done(ref=command.ref))
            case SignOnByBrowser():
                self.begin_sign_on(server, command, partial(self._tell_answer, server))
            case c.ConfirmMail(attempt=""):
                self._give(server, replace(command, attempt=server.mail_attempt or "none"))
            case _:
                server.replies.forward(command, partial(self._pass_on, server, command.ref))

    def _pass_on(self, server: ConnectedServer, ref: int | None, answer: Answer) -> None:
        """Give the frontend an answer, under its own ref; it hears of success if it gave one."""
        if isinstance(answer, e.MailCodeSent):
            server.mail_attempt = answer.attempt
        if ref is not None or not isinstance(answer, e.Done):
            self._tell_answer(server, replace(answer, ref=ref))

    def _tell_answer(self, server: ConnectedServer, answer: e.Event) -> None:
        """Tell what is said to the person: in a room, the room's server needs no name."""
        if server is self._servers.here or not self._servers.is_home(server):
            self._tell(answer)
        else:
            self.tell_of(server, answer)


async def _ask_server(server: ConnectedServer, command: c.DeskCommand) -> list[Answer]:
    """Have a server carry out a command; return the answers. Raises CommandRefused."""
    answers: list[Answer] = []
    over = trio.Event()

    def take(answer: Answer) -> None:
        answers.append(answer)
        if isinstance(answer, e.Done | e.Refused):
            over.set()

    server.replies.forward(command, take)
    await over.wait()
    last = answers.pop()
    if isinstance(last, e.Refused):
        raise CommandRefused(last.code, last.text)
    return answers
