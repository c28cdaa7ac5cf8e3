"""The terminal interface as an app: it follows the engine, keeps the model, leaves cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace
from textual.app import App, SuspendNotSupported
from textual.binding import Binding
from textual.screen import Screen

from ...protocol import commands as c
from ...protocol import events as e
from ...protocol import local
from ..engine_process import Engine, EngineProcess
from ..outcome import INTERRUPTED, Outcome
from ..room_model import RoomModel
from ..sharing import filled, room_of, share_line_of
from .banners import Question
from .commands import RoomCommands
from .room_screen import RoomScreen
from .theme import ROOMCLI

RENEWAL = 1.0
"""Seconds between renewals of the microphone's lease."""
MUTE_WAIT = 0.5
"""Longest wait for the engine to confirm the mute before the process stops."""
LEAVE_WAIT = 2.0
"""Longest wait for the engine's last word."""
QUESTION_TIME = 5.0


class RoomApp(App[Outcome]):
    """One room on one terminal, until it is left."""

    CSS_PATH = "roomcli.tcss"
    COMMANDS = {RoomCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-middle"), (36, "-tall")]
    BINDINGS = [
        Binding("ctrl+c", "interrupt", show=False, priority=True, system=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+z", "suspend", show=False, priority=True, system=True),
    ]

    def __init__(
        self,
        enter: local.Enter,
        engine: Engine,
        *,
        share_line: str | None = None,
        ends_room: bool = False,
    ) -> None:
        # Textual answers NO_COLOR with greys; with the terminal's own colours, with none.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.register_theme(ROOMCLI)
        self.theme = ROOMCLI.name
        self.title = "roomcli"
        self.model = RoomModel()
        self.room_name = room_of(enter.url)
        self._enter = enter
        self._engine = engine
        self._share_line = share_line
        self._ends_room = ends_room
        self._room_screen = RoomScreen()
        self._shown = False
        self._due = False
        self._levels_due = False
        self._mic_closed = asyncio.Event()

    def get_default_screen(self) -> Screen[None]:
        """The room itself, so that nothing else is ever drawn first."""
        return self._room_screen

    def on_mount(self) -> None:
        """Follow the engine; the first frame does not wait for it."""
        self.run_worker(self._follow(), name="engine")
        self.set_interval(RENEWAL, self._beat)

    async def _follow(self) -> None:
        async for event in self._engine.events():
            self._receive(event)
        if self.model.left is None:
            self.exit(Outcome(1, "The engine is gone"))

    def _receive(self, event: local.ChannelEvent) -> None:
        happening = self.model.receive(event, time.monotonic(), time.time())
        if happening is not None:
            self._room_screen.happened(happening)
            if happening.weight == "loud":
                self.notify(happening.text, markup=False, timeout=5)
        match event:
            case local.Left(exit_code=code, text=text):
                self.exit(Outcome(code, text))
                return
            case local.Levels():
                self._levels_due = True
            case local.Microphone(open=is_open):
                if not is_open:
                    self._mic_closed.set()
                self._due = True
            case e.Joined(resumed=resumed):
                self._due = True
                if self._share_line and not resumed:
                    self.show_invite()
            case e.PeoplePage():
                self._show_page(event)
            case _:
                self._due = True
        # However many events are waiting, they lead to one round of painting.
        if not self._shown:
            self._shown = True
            self.call_later(self._show)

    def _show(self) -> None:
        self._shown = False
        if self._due:
            self._room_screen.sync()
        elif self._levels_due:
            self._room_screen.sync_levels()
        self._due = self._levels_due = False

    def _show_page(self, page: e.PeoplePage) -> None:
        from .people_screen import PeopleScreen

        for screen in self.screen_stack:
            if isinstance(screen, PeopleScreen):
                screen.show_page(page)

    def _beat(self) -> None:
        """Once a second, from the loop that draws: what waits and fades, and the lease."""
        if self.model.microphone_open or self.model.opening:
            self._engine.send(local.RenewMicrophone())
        self._room_screen.sync()

    def send(self, command: c.Command) -> None:
        """Ask the engine."""
        self._engine.send(command)

    def toggle_microphone(self) -> None:
        """Mute at once when open or about to be; else ask for the microphone, on a lease."""
        if self.model.microphone_open or self.model.opening:
            self.model.opening = False
            self.send(c.Mute())
        else:
            self.model.opening = True
            self.send(c.Unmute(lease=True))
        self._room_screen.sync()

    def show_invite(self) -> None:
        """The line for friends, if there is one to give."""
        from .invite_screen import InviteScreen

        if self._share_line is not None:
            text: str | None = filled(self._share_line, self.model.invite)
        else:
            text = share_line_of(self._enter.url, self.model)
        if text is None:
            self.notify("Only a host can invite people to this room", markup=False)
        elif not isinstance(self.screen, InviteScreen):
            line, _, advice = text.partition("\n")
            self.push_screen(InviteScreen(line, advice, self.room_name))

    def action_leave(self) -> None:
        """Leave, after asking once where that ends the room for everyone."""
        asked = Question("Your server ends with you, and the room for everyone. Leave?", "q")
        ends_it = self._ends_room and self.model.view is not None
        if ends_it and self._room_screen.question != asked:
            self._room_screen.ask(asked)
            if self.screen is not self._room_screen:
                self.notify("Ctrl+Q again: your server ends with you", markup=False)
            return
        # The engine has the last word, but not for ever.
        self._engine.send(c.Leave())
        self.set_timer(LEAVE_WAIT, lambda: self.exit(Outcome(0)))

    def last_words(self) -> str:
        """The line for friends once more, where the room goes on without its host."""
        if self._share_line is None or self._ends_room or self.model.view is None:
            return ""
        return filled(self._share_line, self.model.invite).partition("\n")[0]

    def action_interrupt(self) -> None:
        """Ctrl+C asks once and leaves at the second press, whatever is on top."""
        screen = self._room_screen
        asked = Question("Leave the room?", "Ctrl+C")
        if screen.question == asked:
            self.interrupt()
            return
        screen.ask(asked)
        self.set_timer(QUESTION_TIME, lambda: self._forget(asked))
        if self.screen is not screen:
            self.notify("Ctrl+C again leaves the room", markup=False, timeout=QUESTION_TIME)

    def _forget(self, question: Question) -> None:
        if self._room_screen.question is question:
            self._room_screen.settle(False)

    def interrupt(self) -> None:
        """Leave now, through Textual, so that the terminal is itself again."""
        self._engine.send(c.Leave())
        self.exit(Outcome(INTERRUPTED))

    async def action_suspend(self) -> None:
        """Ctrl+Z: nobody speaks into a room whose screen is stopped."""
        await self._mute()
        self.action_suspend_process()

    async def print_aside(self, text: str) -> None:
        """Show this on the normal screen, where the terminal selects and copies; Enter is back.

        Nothing is drawn meanwhile, and so nobody speaks.
        """
        await self._mute()
        try:
            with self.suspend():
                _print_and_wait(text)
        except SuspendNotSupported:
            self.notify("This terminal has no normal screen to print it on", markup=False)

    async def _mute(self) -> None:
        """Close the microphone, and wait a moment for the engine's word that it is."""
        if self.model.microphone_open or self.model.opening:
            self._mic_closed.clear()
            self._engine.send(c.Mute())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._mic_closed.wait(), MUTE_WAIT)


def _print_and_wait(text: str) -> None:
    """Until Enter or a signal; asyncio hears of the signal as well, and leaves for its reason."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.signal(each, signal.default_int_handler) for each in numbers}
    try:
        print(f"\n{text}\n\nEnter goes back to the room.", flush=True)
        sys.stdin.readline()
    except (KeyboardInterrupt, OSError, ValueError):
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _run(app: RoomApp, engine: Engine) -> Outcome:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.interrupt)
    try:
        outcome = await app.run_async()
    finally:
        # The terminal is restored by now: whoever waits for the engine waits at a prompt.
        await engine.close()
    return outcome or Outcome(app.return_code or 0)


def run_room(
    enter: local.Enter,
    *,
    share_line: str | None = None,
    ends_room: bool = False,
    engine_command: Sequence[str] | None = None,
    log: Path,
) -> Outcome:
    """Enter a room in the terminal and come back when it is left.

    ``share_line`` is the line for friends, ``{invite}`` standing for the room's invite, then lines
    of advice; the invite screen shows it first. ``ends_room``: the room ends when its host leaves
    here. ``engine_command`` replaces the engine.
    """
    enter = replace(enter, levels=True)
    engine = EngineProcess(enter, command=engine_command, log=log)
    app = RoomApp(enter, engine, share_line=share_line, ends_room=ends_room)
    outcome = asyncio.run(_run(app, engine))
    text = "\n".join(line for line in (outcome.text, app.last_words()) if line)
    return Outcome(outcome.exit_code, text)
