"""A visit to a room: follows its engine, keeps its model, and leaves the room in order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import msgspec
from textual.app import App, SuspendNotSupported

from ...protocol import commands as c
from ...protocol import events as e
from ...protocol import local
from ...protocol.address import parse_address
from ...protocol.health import ShowQuality
from ...protocol.sound import SoundChanged
from ...protocol.view import RoomView
from ..engine_process import LEAVE_WAIT, RENEWAL, Engine
from ..grammar.search import Lookups, following_offset
from ..model.own_devices import OwnDevices
from ..model.room_model import OwnState, RoomModel
from ..outcome import INTERRUPTED, Outcome
from ..words.happenings import Happening
from ..words.sharing import filled, line_with, room_of, share_line_of
from .aside import print_and_wait
from .calling import Calling
from .keys import Keymap
from .pages import Pages
from .room_client import ClientApp, OpenPage, ShowsRoom
from .screens.room import RoomScreen
from .widgets.banners import DELETING, Confirmation

MUTE_WAIT = 0.5
"""Longest wait in seconds for the engine to confirm the mute before the process stops."""
QUESTION_TIME = 5.0


@dataclass(frozen=True)
class Entry:
    """How a room is entered, and what follows from it when it is left.

    ``share_line`` is the line for friends, with ``{invite}`` in the place of the room's invite,
    then lines of advice; the invite screen shows it first. ``ends_room``: the room ends when its
    host leaves here. ``came_from_home``: leaving leads back there. ``passwords`` counts those
    and host tokens that were typed.
    """

    enter: local.Enter
    share_line: str | None = None
    ends_room: bool = False
    came_from_home: bool = False
    passwords: int = 0

    def with_password(self, word: str) -> Entry:
        """Return the entry for another try, with this password."""
        enter = msgspec.structs.replace(self.enter, password=word)
        return replace(self, enter=enter, passwords=self.passwords + 1)

    def with_host_token(self, word: str) -> Entry:
        """Return the entry for another try, with this host token. Raises UsageError."""
        address = parse_address(str(replace(parse_address(self.enter.url), host_token=word)))
        enter = msgspec.structs.replace(self.enter, url=str(address))
        return replace(self, enter=enter, passwords=self.passwords + 1)


class RoomVisit:
    """One visit to one room, from the entry until the engine's last event.

    ``ended`` is called once, with the outcome; ``mode`` is the app's mode with the room's screen;
    ``calling`` calls the user who looks away.
    """

    def __init__(
        self,
        app: App[Outcome],
        entry: Entry,
        engine: Engine,
        ended: Callable[[Outcome], None],
        keymap: Keymap,
        mode: str,
        calling: Calling,
    ) -> None:
        self.entry = entry
        self.engine = engine
        self.keymap = keymap
        self.mode = mode
        self.model = RoomModel(
            own_name=entry.enter.name, devices=OwnDevices.on_entering(entry.enter)
        )
        self.lookups = Lookups(engine.send)
        self.room_name = room_of(entry.enter.url)
        self.server = parse_address(entry.enter.url).server
        self.room_screen = RoomScreen(self)
        self.pages = Pages(app, self, self.room_screen)
        self._app = app
        self._ended = ended
        self._calling = calling
        self._over = False
        self._shown = False
        self._due = False
        self._levels_due = False
        self._mic_closed = asyncio.Event()
        self._key_is_down = self.holds = False

    def follow_engine(self) -> None:
        """Start to follow the engine; the first frame does not wait for it."""
        self._app.run_worker(self._follow(), name="engine")
        self._beats = self._app.set_interval(RENEWAL, self._beat)

    async def _follow(self) -> None:
        async for event in self.engine.events():
            self.receive(event)
        if self.model.left is None:
            self.end_visit(Outcome(1, "The engine is gone"))

    @property
    def _is_shown(self) -> bool:
        """Whether there are screens to show anything on: an app that closes takes them down first.

        Engines, timers and the user's own server still tell news then.
        """
        return self._app.is_running

    def end_visit(self, outcome: Outcome) -> None:
        """End the visit with this outcome, unless it is over already."""
        if not self._over and self._is_shown:
            self._over = True
            self._beats.stop()
            self._ended(outcome)

    def receive(self, event: local.ChannelEvent) -> None:
        """Apply an event of the engine, or a notice of the user's own server."""
        if not self._is_shown:
            return
        before = self.model.view
        happening = self.model.receive(event, time.monotonic(), time.time())
        self._calling.heed(event, before, self.model, happening.text if happening else None)
        if self.lookups.settles(event):
            return
        self.room_screen.notices.receive(event, self.model.own)
        if happening is not None:
            if not isinstance(event, e.ChatPosted):  # the stream already shows the message itself
                self.room_screen.happened(happening)
            if self._is_for_now(happening, event):
                self._app.notify(happening.text, markup=False, timeout=5)
        match event:
            case e.EventShown(shown=shown):
                self.pages.show_event(shown.id)
            case e.DeskEvent():
                cast("ClientApp", self._app).pass_on(event)
                self._due = True
            case local.DeviceChosen():
                cast("ClientApp", self._app).use_device(event)
                self._due = True
            case local.Left():
                self.end_visit(Outcome(event.exit_code, event.text, event.code))
                return
            case local.Levels():
                self._levels_due = True
            case SoundChanged():
                cast("ClientApp", self._app).keep_sound(event)
                self._due = True
            case local.Microphone(open=is_open):
                if not is_open:
                    self._mic_closed.set()
                self._due = True
            case e.Joined(resumed=resumed):
                self._due = True
                if not resumed:
                    cast("ClientApp", self._app).note_room(self.entry.enter.url)
                if self.entry.share_line and not resumed:
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
            self._app.call_later(self._show)

    def _is_for_now(self, happening: Happening, event: local.ChannelEvent) -> bool:
        """Whether to show what happened over the screen: no line of the screen says it."""
        if self._screen is self.room_screen:
            return happening.weight == "loud" and not self.room_screen.notices.tells(event)
        called = self.model.invited_by is not None and isinstance(event, e.InvitedToStage)
        return happening.weight == "loud" or called or isinstance(event, e.AskedToUnmute)

    def _show(self) -> None:
        self._shown = False
        if not self._is_shown:
            return
        if self._due:
            self.sync()
            self.pages.sync()
        elif self._levels_due and not self._over:
            self._screen.sync_levels()
        self._due = self._levels_due = False

    @property
    def _screen(self) -> ShowsRoom:
        """The screen that shows the room now: its own, or home."""
        return cast("ShowsRoom", self._app.screen_stack[0])

    def sync(self) -> None:
        """Update the screen that shows the room."""
        if not self._over and self._is_shown:
            self._screen.sync()
            self._calling.show_title(self.room_name)

    def _beat(self) -> None:
        """Update, once a second, what counts down or fades, and renew the microphone's lease.

        Runs in the event loop that draws, so a screen that hangs does not renew the lease.
        """
        if self.model.microphone_open or self.model.opening:
            self.engine.send(local.RenewMicrophone())
        self.sync()

    def send(self, command: c.Command) -> None:
        """Send a command to the engine."""
        self.engine.send(self.model.prepared(command))

    def obey(self, command: c.Command) -> None:
        """Carry out a typed command; one that asks for a list opens the page that shows it."""
        match command:
            case c.Leave():
                self.ask_to_leave()
            case c.ListPeople(of=which):
                self.pages.people(which)
            case c.ListBans():
                self.pages.people("banned")
            case c.ListRoomInvites():
                self.pages.invite()
            case c.ReadLog():
                self.pages.log()
            case local.ListDevices():
                self.pages.devices()
            case ShowQuality():
                self.pages.quality()
            case local.ToggleMicrophone():
                self.toggle_microphone()
            case c.ShowProfile(person=str(person)):
                self.pages.card_of(person)
            case c.ShowProfile():
                self._app.post_message(OpenPage("profile"))
            case c.ListEvents():
                self._app.post_message(OpenPage("events"))
            case c.ShowEvent(event=id):
                self.pages.show_event(id)
            case c.ListClaims():
                self._app.post_message(OpenPage("claims"))
            case c.ListCommunities():
                self._app.post_message(OpenPage("communities"))
            case c.ChangeProfile() if command == c.ChangeProfile():
                self._app.post_message(OpenPage("profile"))
            case c.DeleteProfile():
                self.room_screen.confirm(DELETING)
            case _:
                self.send(command)

    def toggle_microphone(self) -> None:
        """Mute at once if the microphone is open or about to be; else request it, on a lease."""
        if self.model.own is OwnState.RECONNECTING:
            self._app.notify("The connection is lost: you come back muted", markup=False)
        elif self.model.role == "listener":
            if self.model.view is not None:
                key = self.keymap.shown("raise_hand")
                self._app.notify(f"You are in the audience: {key} raises your hand", markup=False)
        elif self.model.microphone_open or self.model.opening:
            self.model.opening = False
            self.send(c.Mute())
        else:
            self.model.opening = True
            self.send(c.Unmute(lease=True))
        self.sync()

    def hold(self) -> None:
        """Be on air from a key's press until it is let go; a key that cannot be held toggles."""
        if not self.keymap.reports_releases:
            self.toggle_microphone()
            return
        if self._key_is_down:  # the terminal repeats it
            return
        self._key_is_down = True
        if self.model.own is not OwnState.MUTED:
            self.toggle_microphone()
            return
        self.holds = self.model.opening = True
        self.send(local.PushToTalk(down=True, at=time.monotonic()))
        self.sync()

    def let_go(self) -> None:
        """Close the microphone if a key has held it open until now."""
        held, self.holds, self._key_is_down = self.holds, False, False
        if held:
            self.model.opening = False
            self.send(local.PushToTalk(down=False, at=time.monotonic()))
            self.sync()

    def friends_line(self) -> str | None:
        """Return the line for friends with lines of advice, or None if there is none to give."""
        if self.entry.share_line is not None:
            return filled(self.entry.share_line, self.model.invite)
        return share_line_of(self.entry.enter.url, self.model)

    def fresh_line(self) -> str | None:
        """Return the line with the invite that was made last, or None."""
        made = self.model.fresh_invite
        if made is None:
            return None
        return line_with(made.invite, self.entry.enter.url, self.entry.share_line)

    def ask_to_leave(self) -> None:
        """Leave the room; ask a host once who takes over, or whether to end their own server."""
        view = self.model.view
        if self.entry.ends_room and view is not None:
            asked = Confirmation(
                "Your server ends with you, and the room for everyone. Leave?", "q"
            )
            if self.room_screen.question != asked:
                self.room_screen.confirm(asked)
                if self._app.screen is not self.room_screen:
                    self._app.notify("Ctrl+Q again: your server ends with you", markup=False)
                return
        elif view is not None and self._leads_others(view) and not self.pages.asks_who_leads:
            self.pages.leave()
            return
        self.leave()

    def _leads_others(self, view: RoomView) -> bool:
        return view.role == "host" and (view.audience > 0 or len(view.stage) > 1)

    def leave(self) -> None:
        """Leave, and wait a limited time for the engine's last event."""
        self.engine.send(c.Leave())
        self._app.set_timer(LEAVE_WAIT, lambda: self.end_visit(Outcome(0)))

    def last_words(self) -> str:
        """Return the line for friends again if the room goes on without its host; else empty."""
        line = self.entry.share_line
        if line is None or self.entry.ends_room or self.model.view is None:
            return ""
        return filled(line, self.model.invite).partition("\n")[0]

    def ask_to_interrupt(self) -> None:
        """Ask at the first Ctrl+C and leave at the second, whatever screen is on top."""
        screen = self.room_screen
        asked = Confirmation("Leave the room?", "Ctrl+C")
        if screen.question == asked:
            self.interrupt()
            return
        screen.confirm(asked)
        self._app.set_timer(QUESTION_TIME, lambda: self._forget(asked))
        if self._app.screen is not screen:
            self._app.notify("Ctrl+C again leaves the room", markup=False, timeout=QUESTION_TIME)

    def _forget(self, question: Confirmation) -> None:
        if self.room_screen.question is question:
            self.room_screen.answer_confirmation(False)

    def interrupt(self) -> None:
        """Leave now, and end the program through Textual, so that the terminal is restored."""
        self.engine.send(c.Leave())
        self._app.exit(Outcome(INTERRUPTED))

    async def print_aside(self, text: str) -> None:
        """Show a text on the normal screen, where the terminal selects and copies, until Enter.

        Nothing is drawn meanwhile, so the microphone is closed first.
        """
        await self.mute()
        try:
            with self._app.suspend():
                print_and_wait(text)
        except SuspendNotSupported:
            self._app.notify("This terminal has no normal screen to print it on", markup=False)

    async def mute(self) -> None:
        """Close the microphone, and wait a moment for the engine to confirm it."""
        self.holds = self._key_is_down = False
        if self.model.microphone_open or self.model.opening:
            self._mic_closed.clear()
            self.engine.send(c.Mute())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._mic_closed.wait(), MUTE_WAIT)
