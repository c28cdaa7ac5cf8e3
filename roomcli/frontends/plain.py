"""The room line by line: for screen readers, pipes, and terminals that cannot draw.

Everything that happens is one line of words on standard output; everything one can do is a line
that begins with a slash. It speaks the same channel as the screen does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..protocol import events as e
from ..protocol import local
from ..protocol.commands import Command, Leave, RoomCommand, Unmute
from ..protocol.people import REACTIONS, Person
from .engine_process import Engine, EngineProcess
from .happenings import ROLE_WORDS
from .outcome import INTERRUPTED, Outcome
from .room_model import RoomModel
from .sharing import filled

LEAVE_WAIT = 2.0
RENEWAL = 1.0
"""Seconds between renewals of the microphone's lease."""
HELP = f"""\
/raise_hand  /lower_hand         ask to speak, or not any longer
/unmute  /mute                   open or close your microphone, on stage
/accept_invite  /decline_invite  answer an invitation to the stage
/leave_stage                     go back to the audience
/react {REACTIONS[0]}                       react with one of {" ".join(REACTIONS)}
/who                             who is here
/leave                           leave the room
Hosts: /accept_hand NAME, /decline_hand NAME, /invite_to_stage NAME, /move_to_audience NAME,
/silence NAME, /ask_to_unmute NAME, /remove NAME, /make_cohost NAME, /hand_over NAME,
/lock, /unlock, /make_invite, /end_room"""


class PlainRoom:
    """One room in lines; ``say`` puts one out."""

    def __init__(self, engine: Engine, say: Callable[[str], None], share_line: str | None) -> None:
        self._engine = engine
        self._say = say
        self._share_line = share_line
        self.model = RoomModel()

    async def run(self) -> Outcome:
        """Until the engine's last word."""
        renewing = asyncio.create_task(self._renew())
        try:
            return await self._follow()
        finally:
            renewing.cancel()

    async def _renew(self) -> None:
        """Keep the microphone open while this process runs: once stopped, nobody minds it."""
        while True:
            if self.model.microphone_open or self.model.opening:
                self._engine.send(local.RenewMicrophone())
            await asyncio.sleep(RENEWAL)

    async def _follow(self) -> Outcome:
        async for event in self._engine.events():
            happening = self.model.receive(event, time.monotonic(), time.time())
            if isinstance(event, local.Left):
                return Outcome(event.exit_code, event.text)
            if happening is not None:
                self._say(happening.text)
            if isinstance(event, e.Joined):
                self._welcome(event)
            elif isinstance(event, e.PeoplePage):
                self._say(f"Audience: {', '.join(each.name for each in event.people)}")
            elif isinstance(event, local.Connection) and event.state == "reconnecting":
                self._say(f"Reconnecting: {event.text}")
        return Outcome(1, "the engine is gone")

    def obey(self, line: str) -> None:
        """Do what a typed line asks for."""
        line = line.strip()
        if not line:
            return
        if not line.startswith("/"):
            self._say("Commands begin with a slash: /help lists them")
            return
        name, _, rest = line[1:].partition(" ")
        if name in ("help", "h", "?"):
            self._say(HELP)
        elif name == "who":
            self._tell_who()
        else:
            self._ask(name, rest.strip())

    def leave(self) -> None:
        """Say goodbye."""
        self._engine.send(Leave())

    def _welcome(self, joined: e.Joined) -> None:
        self._tell_who()
        if not joined.resumed:
            if self._share_line is not None:
                self._say(filled(self._share_line, joined.invite))
            self._say("/help lists the commands")

    def _tell_who(self) -> None:
        view = self.model.view
        if view is None:
            self._say("You are not in the room yet")
            return
        for speaker in view.stage.values():
            states = ["silenced" if speaker.silenced else "muted" if speaker.muted else "open"]
            states += [] if speaker.connected else ["reconnecting"]
            role = ROLE_WORDS[speaker.role]
            you = " (you)" if speaker.person.id == view.you else ""
            headline = f", {speaker.person.headline}" if speaker.person.headline else ""
            words = f"{speaker.person.name}{you}, {role}{headline}: {', '.join(states)}"
            self._say(f"On stage: {words}")
        for place, hand in enumerate(view.hands, 1):
            self._say(f"Hand {place}: {hand.person.name}")
        self._say(f"In the audience: {view.audience}")

    def _ask(self, name: str, rest: str) -> None:
        fields: dict[str, object] = {"command": name}
        if name == "react":
            fields["reaction"] = rest or REACTIONS[0]
        elif rest:
            found = self._people_called(rest)
            if len(found) != 1:
                self._say(_not_one(rest, found))
                return
            fields["id"] = found[0].id
        try:
            command: Command = msgspec.convert(fields, type=RoomCommand)
        except msgspec.ValidationError:
            needs = " NAME" if not rest else ""
            known = name.isidentifier() and f"/{name}" in HELP
            hint = f"Say whom: /{name}{needs}" if known and needs else "/help lists the commands"
            self._say(f"/{name} cannot be done so. {hint}")
            return
        if isinstance(command, Unmute):
            command = Unmute(lease=True)
            self.model.opening = True
        self._engine.send(command)

    def _people_called(self, name: str) -> list[Person]:
        """Whoever has that id or is called that, else those whose names begin like that."""
        view = self.model.view
        if view is None:
            return []
        here = [speaker.person for speaker in view.stage.values()]
        here += [hand.person for hand in view.hands]
        here += view.front_row.values()
        people = list({person.id: person for person in here}.values())
        wanted = name.casefold()
        for fits in (
            [each for each in people if each.id == name],
            [each for each in people if each.name.casefold() == wanted],
            [each for each in people if each.name.casefold().startswith(wanted)],
        ):
            if fits:
                return fits
        return []


def _not_one(name: str, found: list[Person]) -> str:
    if not found:
        return f"Nobody here is called {name}: /who lists them"
    people = ", ".join(f"{each.name} ({each.id})" for each in found)
    return f"Several people fit {name}: {people}"


def run_plain(
    enter: local.Enter,
    *,
    share_line: str | None = None,
    engine_command: Sequence[str] | None = None,
    log: Path,
) -> Outcome:
    """Be in a room line by line until it is left; end of input leaves it.

    ``share_line`` is the line for friends, with ``{invite}`` where the room's invite goes.
    """
    engine = EngineProcess(replace(enter, levels=False), log=log, command=engine_command)
    room = PlainRoom(engine, _say, share_line)
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_run(room, engine))
    return Outcome(INTERRUPTED)


async def _run(room: PlainRoom, engine: Engine) -> Outcome:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def typed(line: str | None) -> None:
        if line is None:
            room.leave()
        else:
            room.obey(line)

    threading.Thread(target=_read, args=(loop, typed), daemon=True).start()
    talking = asyncio.create_task(room.run())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({talking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if talking.done():
            return talking.result()
        room.leave()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(talking, LEAVE_WAIT)
        return Outcome(INTERRUPTED)
    finally:
        stopping.cancel()
        talking.cancel()
        await engine.close()


def _read(loop: asyncio.AbstractEventLoop, typed: Callable[[str | None], None]) -> None:
    """Lines of standard input, which may be a terminal, a pipe or a file; on a thread.

    Unbuffered: a buffer's lock would be held at exit by the read that nobody ends.
    """
    rest = b""
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
        while True:
            try:
                chunk = os.read(0, 4096)
            except OSError:
                chunk = b""
            if not chunk:
                loop.call_soon_threadsafe(typed, None)
                return
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-4096:]
            for line in lines:
                loop.call_soon_threadsafe(typed, line.decode("utf-8", "replace"))


def _say(text: str) -> None:
    print(text, file=sys.stdout, flush=True)
