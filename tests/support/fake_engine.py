"""A scripted engine for tests, and for looking at the screens without a server.

By hand, with nobody else there and no sound (``--help`` tells the scenes)::

    python -m tests.support.fake_engine --you host --audience 500

As an engine, the way a frontend starts it: ``python -m tests.support.fake_engine --channel-fd N``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from roomcli.frontends.model.open_rooms import HomeServer
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.channel_lines import decode_command, encode_event

from .fake_cast import ANN, named_by_signs
from .fake_room import FakeRoom, make_view
from .seats import chat_posted


class ScriptedEngine:
    """An engine inside the test: it gives the events it is told to give and keeps every command."""

    def __init__(self, room: FakeRoom | None = None) -> None:
        self.room = room
        self.sent: list[c.Command] = []
        self.closed = False
        self._events: asyncio.Queue[local.ChannelEvent | None] = asyncio.Queue()
        if room is not None:
            self.say(*room.enter())

    def say(self, *events: local.ChannelEvent) -> None:
        """Send events to the frontend."""
        for event in events:
            self._events.put_nowait(event)

    def send(self, command: c.Command) -> None:
        """Keep a command and answer it if there is a room; renewals of the lease are ignored."""
        if isinstance(command, local.RenewMicrophone):
            return
        self.sent.append(command)
        if self.room is not None:
            self.say(*self.room.answer(command))

    async def events(self) -> AsyncIterator[local.ChannelEvent]:
        """Yield the events for the frontend until the engine is closed."""
        while (event := await self._events.get()) is not None:
            yield event

    async def close(self) -> None:
        """End the stream of events."""
        self.closed = True
        self._events.put_nowait(None)


async def serve(channel: socket.socket, room: FakeRoom, events: float, mention: str = "") -> None:
    """Serve the channel: answer commands, send ten levels a second, and now and then an event.

    With a ``mention`` Ann writes this, and writes it again with each round of levels.
    """
    reader, writer = await asyncio.open_unix_connection(sock=channel)

    def say(*said: local.ChannelEvent) -> None:
        for event in said:
            writer.write(encode_event(event))

    async def meters() -> None:
        since = last = time.monotonic()
        while True:
            await asyncio.sleep(0.1)
            now = time.monotonic()
            say(room.levels(now - since))
            if mention:
                number = room.chat[-1].number + 1
                posted = chat_posted(ANN, number, mention, time.time())
                room.chat.append(posted.message)
                say(posted)
            if events and now - last > events:
                last = now
                spoken = {id: each.spoken + events for id, each in room.view.stage.items()}
                reactions = {"👏": 3, "🎉": 1}
                say(e.Pulse(audience=room.view.audience, reactions=reactions, spoken=spoken))

    task = asyncio.create_task(meters())
    while line := await reader.readline():
        command = decode_command(line)
        if isinstance(command, local.ForServer):
            answers = room.answer(command.asks)
            say(*(local.ServerNews(server=command.server, said=each) for each in answers))
            continue
        said = room.answer(command)
        say(*said)
        if said and isinstance(said[-1], local.Left):
            break
    task.cancel()
    await writer.drain()
    writer.close()


def main() -> None:
    """Run as the engine with ``--channel-fd``, otherwise run a frontend with this engine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--channel-fd", type=int)
    parser.add_argument("--you", choices=("host", "cohost", "speaker", "listener"), default="host")
    parser.add_argument("--audience", type=int, default=40)
    parser.add_argument("--events", type=float, default=6.0, help="seconds between reactions")
    parser.add_argument("--mention", default="", help="what Ann writes again and again")
    parser.add_argument("--first-run", action="store_true", help="look at the first-run screen")
    parser.add_argument("--home", action="store_true", help="begin at home")
    parser.add_argument("--share", action="store_true", help="begin with the invite screen")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--signs", action="store_true", help="names of emoji, of many widths")
    options = parser.parse_args()
    if options.channel_fd is not None:
        view = make_view(options.you, options.audience)
        room = FakeRoom(named_by_signs(view) if options.signs else view, invite="sesame")
        channel = socket.socket(fileno=options.channel_fd)
        asyncio.run(serve(channel, room, options.events, options.mention))
        return
    _show(options)


def _show(options: argparse.Namespace) -> None:
    engine = [sys.executable, "-m", "tests.support.fake_engine", "--you", options.you]
    engine += ["--audience", str(options.audience), "--events", str(options.events)]
    engine += ["--signs"] if options.signs else []
    engine += ["--mention", options.mention] if options.mention else []
    log = Path(tempfile.gettempdir()) / f"roomcli-fake-engine-{os.getuid()}.log"
    enter = local.Enter(url="wss://rooms.example:7420/r/standup", name="Robin Keller")
    share = "roomcli join 'wss://rooms.example:7420/r/standup#invite=sesame'"
    shared = share if options.share else None
    if options.plain:
        from roomcli.frontends.plain.program import run_plain

        outcome = run_plain(enter, share_line=shared, engine_command=engine, log=log)
    else:
        from roomcli.frontends.tui.launch import run_app

        server = "wss://rooms.example:7420"
        outcome = run_app(
            msgspec.structs.replace(enter, url="") if options.home else enter,
            (HomeServer(server, server, f"{server}/r/{{}}".format),),
            newcomer=str if options.first_run else None,
            share_line=shared,
            engine_command=engine,
            log=log,
        )
    if outcome.text:
        print(outcome.text)
    sys.exit(outcome.exit_code)


if __name__ == "__main__":
    main()
