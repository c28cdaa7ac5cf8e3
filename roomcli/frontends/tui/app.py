"""The terminal interface as an app: follows the engine, keeps the model, leaves cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace
from textual.app import SuspendNotSupported
from textual.binding import Binding
from textual.screen import Screen

from ...protocol import commands as c
from ...protocol import events as e
from ...protocol import local
from ...protocol.view import RoomView
from ...signals import heeded
from ..engine_process import Engine, EngineProcess, heard_here
from ..grammar.search import Lookups, following_offset
from ..model.room_model import OwnState, RoomModel
from ..outcome import INTERRUPTED, Outcome
from ..words.sharing import filled, line_with, room_of, share_line_of
from .aside import print_and_wait
from .commands import RoomCommands
from .keys import Keymap, binding
from .pages import Pages
from .palette import WithPalette
from .program import COPY
from .room_client import ActOn, OpenCard, OpenPage
from .screens.room import RoomScreen
from .theme import KeepTheme, colours_of_the_terminal, dress, keep_choice
from .widgets.banners import Confirmation

RENEWAL = 1.0
"""Seconds between renewals of the microphone's lease."""
MUTE_WAIT = 0.5
"""Longest wait in seconds for the engine to confirm the mute before the process stops."""
LEAVE_WAIT = 2.0
"""Longest wait in seconds for the engine's last event."""
QUESTION_TIME = 5.0


class RoomApp(WithPalette[Outcome]):
    """One room on one terminal, until the user leaves it."""

    CSS_PATH = "roomcli.tcss"
    COMMANDS = {RoomCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (180, "-broad")]
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (18, "-short"), (28, "-middle"), (36, "-tall")]
    BINDINGS = [
        COPY,
        Binding("ctrl+c", "interrupt", show=False, priority=True, system=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
        binding("suspend", priority=True),
        binding("microphone_anywhere", "toggle_microphone", priority=True),
        binding("command_palette", priority=True),
    ]

    def __init__(
        self,
        enter: local.Enter,
        engine: Engine,
        *,
        share_line: str | None = None,
        ends_room: bool = False,
        notices: local.Notices | None = None,
        theme: str | None = None,
        keep_theme: KeepTheme | None = None,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(ansi_color=colours_of_the_terminal())
        no_theme = dress(self, theme)
        self.title = "roomcli"
        self.keymap = Keymap(keys)
        self.set_keymap(self.keymap.changes)
        self._faults = [*([no_theme] if no_theme else []), *self.keymap.faults]
        self.model = RoomModel(own_name=enter.name)
        self.lookups = Lookups(engine.send)
        self.room_name = room_of(enter.url)
        self._keep_theme = keep_theme
        self._enter = enter
        self._engine = engine
        self._share_line = share_line
        self._ends_room = ends_room
        self._notices = notices
        self.room_screen = RoomScreen()
        self.pages = Pages(self, self, self.room_screen)
        self._shown = False
        self._due = False
        self._levels_due = False
        self._mic_closed = asyncio.Event()

    def get_default_screen(self) -> Screen[None]:
        """Return the room's screen, so that nothing else is ever drawn first."""
        return self.room_screen

    def on_mount(self) -> None:
        """Start to follow the engine; the first frame does not wait for it."""
        self.run_worker(self._follow(), name="engine")
        self.set_interval(RENEWAL, self._beat)
        if self._keep_theme is not None:
            keep_choice(self, self._keep_theme)
        if self._notices is not None:
            self._notices(heard_here(self._receive))
        if self._faults:
            self.notify("; ".join(self._faults), markup=False, severity="warning", timeout=10)

    async def _follow(self) -> None:
        async for event in self._engine.events():
            self._receive(event)
        if self.model.left is None:
            self.exit(Outcome(1, "The engine is gone"))

    def _receive(self, event: local.ChannelEvent) -> None:
        happening = self.model.receive(event, time.monotonic(), time.time())
        if self.lookups.settles(event):
            return
        self.room_screen.notices.receive(event, self.model.own)
        if happening is not None:
            if not isinstance(event, e.ChatPosted):  # the stream already shows the message itself
                self.room_screen.happened(happening)
            if happening.weight == "loud" and not self.room_screen.notices.tells(event):
                self.notify(happening.text, markup=False, timeout=5)
        match event:
            case local.Left():
                self.exit(Outcome(event.exit_code, event.text, event.code))
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
                    self.pages.invite()
            case e.BanList():
                if read := following_offset(event):
                    self.send(c.ListBans(offset=read))
                self._due = True
            case e.PeoplePage() | e.LogPage():
                self.pages.turn(event)
            case _:
                self._due = True
        # All events that are waiting lead to one round of painting.
        if not self._shown:
            self._shown = True
            self.call_later(self._show)

    def _show(self) -> None:
        self._shown = False
        if self._due:
            self.room_screen.sync()
            self.pages.sync()
        elif self._levels_due:
            self.room_screen.sync_levels()
        self._due = self._levels_due = False

    def _beat(self) -> None:
        """Update, once a second, what counts down or fades, and renew the microphone's lease.

        Runs in the event loop that draws, so a screen that hangs does not renew the lease.
        """
        if self.model.microphone_open or self.model.opening:
            self._engine.send(local.RenewMicrophone())
        self.room_screen.sync()

    def send(self, command: c.Command) -> None:
        """Send a command to the engine."""
        self._engine.send(self.model.prepared(command))

    def obey(self, command: c.Command) -> None:
        """Carry out a typed command; one that asks for a list opens the page that shows it."""
        match command:
            case c.Leave():
                self.action_leave()
            case c.ListPeople(of=which):
                self.pages.people(which)
            case c.ListBans():
                self.pages.people("banned")
            case c.ListRoomInvites():
                self.pages.invite()
            case c.ReadLog():
                self.pages.log()
            case local.ToggleMicrophone():
                self.toggle_microphone()
            case _:
                self.send(command)

    def action_open(self, page: str) -> None:
        """Open a page over the room, by its name."""
        if self.screen is self.room_screen:
            getattr(self.pages, page)()

    def on_open_page(self, message: OpenPage) -> None:
        """Open the page that the palette or a typed line asks for."""
        if message.page == "people":
            self.pages.people(message.people)
        else:
            getattr(self.pages, message.page)()

    def on_open_card(self, message: OpenCard) -> None:
        """Open the card of the person that a screen asks for."""
        self.pages.card(message.person, gone=message.gone)

    def on_act_on(self, message: ActOn) -> None:
        """Do to a person what a screen asks for."""
        self.pages.perform(message.act, message.person)

    def action_toggle_microphone(self) -> None:
        """Open or close the microphone, from any screen, by the key for that."""
        self.toggle_microphone()

    def toggle_microphone(self) -> None:
        """Mute at once if the microphone is open or about to be; else request it, on a lease."""
        if self.model.own is OwnState.RECONNECTING:
            self.notify("The connection is lost: you come back muted", markup=False)
        elif self.model.role == "listener":
            if self.model.view is not None:
                key = self.keymap.shown("raise_hand")
                self.notify(f"You are in the audience: {key} raises your hand", markup=False)
        elif self.model.microphone_open or self.model.opening:
            self.model.opening = False
            self.send(c.Mute())
        else:
            self.model.opening = True
            self.send(c.Unmute(lease=True))
        self.room_screen.sync()

    def friends_line(self) -> str | None:
        """Return the line for friends with lines of advice, or None if there is none to give."""
        if self._share_line is not None:
            return filled(self._share_line, self.model.invite)
        return share_line_of(self._enter.url, self.model)

    def fresh_line(self) -> str | None:
        """Return the line with the invite that was made last, or None."""
        made = self.model.fresh_invite
        return line_with(made.invite, self._enter.url, self._share_line) if made else None

    def action_leave(self) -> None:
        """Leave the room; ask a host once who takes over, or whether to end their own server."""
        view = self.model.view
        if self._ends_room and view is not None:
            asked = Confirmation(
                "Your server ends with you, and the room for everyone. Leave?", "q"
            )
            if self.room_screen.question != asked:
                self.room_screen.confirm(asked)
                if self.screen is not self.room_screen:
                    self.notify("Ctrl+Q again: your server ends with you", markup=False)
                return
        elif view is not None and self._leads_others(view) and not self.pages.asks_who_leads:
            self.pages.leave()
            return
        self.leave()

    def _leads_others(self, view: RoomView) -> bool:
        return view.role == "host" and (view.audience > 0 or len(view.stage) > 1)

    def leave(self) -> None:
        """Leave, and wait a limited time for the engine's last event."""
        self._engine.send(c.Leave())
        self.set_timer(LEAVE_WAIT, lambda: self.exit(Outcome(0)))

    def last_words(self) -> str:
        """Return the line for friends again if the room goes on without its host; else empty."""
        if self._share_line is None or self._ends_room or self.model.view is None:
            return ""
        return filled(self._share_line, self.model.invite).partition("\n")[0]

    def action_interrupt(self) -> None:
        """Ask at the first Ctrl+C and leave at the second, whatever screen is on top."""
        screen = self.room_screen
        asked = Confirmation("Leave the room?", "Ctrl+C")
        if screen.question == asked:
            self.interrupt()
            return
        screen.confirm(asked)
        self.set_timer(QUESTION_TIME, lambda: self._forget(asked))
        if self.screen is not screen:
            self.notify("Ctrl+C again leaves the room", markup=False, timeout=QUESTION_TIME)

    def _forget(self, question: Confirmation) -> None:
        if self.room_screen.question is question:
            self.room_screen.answer_confirmation(False)

    def interrupt(self) -> None:
        """Leave now, through Textual, so that the terminal is restored."""
        self._engine.send(c.Leave())
        self.exit(Outcome(INTERRUPTED))

    async def action_suspend(self) -> None:
        """Suspend on Ctrl+Z, muted: nobody speaks into a room whose screen is stopped."""
        await self._mute()
        self.action_suspend_process()

    async def print_aside(self, text: str) -> None:
        """Show a text on the normal screen, where the terminal selects and copies, until Enter.

        Nothing is drawn meanwhile, so the microphone is closed first.
        """
        await self._mute()
        try:
            with self.suspend():
                print_and_wait(text)
        except SuspendNotSupported:
            self.notify("This terminal has no normal screen to print it on", markup=False)

    async def _mute(self) -> None:
        """Close the microphone, and wait a moment for the engine to confirm it."""
        if self.model.microphone_open or self.model.opening:
            self._mic_closed.clear()
            self._engine.send(c.Mute())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._mic_closed.wait(), MUTE_WAIT)


async def _run(app: RoomApp, engine: Engine) -> Outcome:
    loop = asyncio.get_running_loop()
    for number in heeded((signal.SIGTERM, signal.SIGHUP)):
        loop.add_signal_handler(number, app.interrupt)
    try:
        outcome = await app.run_async()
    finally:
        # The terminal is restored by now: the user waits for the engine at a prompt.
        await engine.close()
    app.raise_fault()
    return outcome or Outcome(app.return_code or 0)


def run_room(
    enter: local.Enter,
    *,
    share_line: str | None = None,
    ends_room: bool = False,
    notices: local.Notices | None = None,
    engine_command: Sequence[str] | None = None,
    log: Path,
    theme: str | None = None,
    keep_theme: KeepTheme | None = None,
    keys: Mapping[str, str] | None = None,
) -> Outcome:
    """Enter a room in the terminal and return when the user has left it.

    ``share_line`` is the line for friends, with ``{invite}`` in the place of the room's invite,
    then lines of advice; the invite screen shows it first. ``ends_room``: the room ends when its
    host leaves here. ``notices`` brings what the user's own server has for its admin.
    ``engine_command`` replaces the engine; ``keep_theme`` is told which theme is chosen; ``keys``
    gives actions other keys, by name.
    """
    enter = replace(enter, levels=True)
    engine = EngineProcess(enter, command=engine_command, log=log)
    app = RoomApp(
        enter,
        engine,
        share_line=share_line,
        ends_room=ends_room,
        notices=notices,
        theme=theme,
        keep_theme=keep_theme,
        keys=keys,
    )
    outcome = asyncio.run(_run(app, engine))
    text = "\n".join(line for line in (outcome.text, app.last_words()) if line)
    return Outcome(outcome.exit_code, text, outcome.code)
