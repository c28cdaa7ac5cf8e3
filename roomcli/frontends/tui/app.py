"""The terminal interface as one app: first run, home and room are its screens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

from msgspec.structs import replace
from textual.binding import Binding
from textual.command import Provider
from textual.screen import Screen

from ...errors import UsageError
from ...protocol import commands as c
from ...protocol import events as e
from ...protocol import local
from ...protocol.sound import ChangeSound, SoundChanged
from ..desk_questions import AskServer, SignOnHere, nobody_answers, nobody_signs_on
from ..engine_process import Engine, heard_here
from ..model.call_settings import CallSettings
from ..model.open_rooms import HomeServer, HomeServers, RoomsNews
from ..model.own_devices import KeepDevice, kept_for_now, with_device
from ..model.own_settings import OwnSettings
from ..model.server_at_hand import ServerAtHand
from ..model.shown_servers import ShownServers
from ..model.sound_memory import SoundMemory
from ..outcome import INTERRUPTED, PASSWORD_TRIES, Outcome
from ..words.calendar_words import reminder_line
from ..words.happenings import Moment, describe
from .calling import Calling
from .key_releases import KeyboardReport, KeyReleased
from .keys import Keymap, binding
from .own_pages import own_page
from .palette import WithPalette
from .program import COPY
from .room_client import ActOn, OpenCard, OpenPage, ShowsRoom
from .sound_switches import step_on
from .theme import KeepTheme, colours_of_the_terminal, dress, keep_choice

# Screens are imported when they are first needed, so that none delays the first frame of another.
if TYPE_CHECKING:
    from .screens.first_run import FirstRunScreen, OwnAnswers
    from .screens.home import HomeScreen
    from .visit import Entry, RoomVisit

FIRST_RUN, HOME = "first run", "home"
"""Two of the app's modes; each visit to a room is a mode of its own."""


def _room_commands() -> type[Provider]:
    from .commands import RoomCommands

    return RoomCommands


def _home_commands() -> type[Provider]:
    from .home_commands import HomeCommands

    return HomeCommands


def _page_commands() -> type[Provider]:
    from .page_commands import PageCommands

    return PageCommands


class RoomcliApp(WithPalette[Outcome]):
    """Leads from the first run to home or to a room, and from one room to another.

    ``enter`` says who enters what, with which devices; without a URL the app begins at home.
    ``engines`` gives an engine for its first command; ``rooms`` those that are open on a server.
    ``servers`` are those that home shows, the first of which is meant until another one's things
    are picked; ``kept`` keeps them for the next time. ``entered`` is told the URL of each room that
    the user is in. ``ask`` has a server carry out what needs no
    room, ``sign_on`` begins a sign-on with an issuer of it; ``leave_home`` is told the URL of a
    server that home shows no longer. ``newcomer`` keeps what a new user
    answers at the first run and returns a text to show, if any. ``share_line`` is the line for
    friends of the room of ``enter``, with ``{invite}`` in the place of its invite, then lines of
    advice; the invite screen shows it first. ``ends_room``: that room ends when its host leaves
    here. ``notices`` brings what the user's own server has for its admin. ``keep_theme`` is told
    which theme is chosen, ``keep_device`` which microphone or speakers, ``sound`` how the user's
    voice is treated; ``keys`` gives actions other keys, by name. ``own_settings`` are those of the
    page for them.
    """

    CSS_PATH = "roomcli.tcss"
    COMMANDS = {_room_commands, _home_commands, _page_commands}
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
        engines: Callable[[c.Command], Engine],
        servers: tuple[HomeServer, ...],
        rooms: Callable[[local.ConnectServer], AsyncGenerator[RoomsNews, None]],
        *,
        kept: HomeServers | None = None,
        entered: Callable[[str], object] = str,
        leave_home: Callable[[str], object] = str,
        ask: AskServer = nobody_answers,
        sign_on: SignOnHere = nobody_signs_on,
        newcomer: Callable[[OwnAnswers], str] | None = None,
        share_line: str | None = None,
        ends_room: bool = False,
        notices: local.Notices | None = None,
        theme: str | None = None,
        keep_theme: KeepTheme | None = None,
        keep_device: KeepDevice = kept_for_now,
        sound: SoundMemory | None = None,
        keys: Mapping[str, str] | None = None,
        calls: CallSettings | None = None,
        own_settings: OwnSettings | None = None,
    ) -> None:
        super().__init__(ansi_color=colours_of_the_terminal())
        no_theme = dress(self, theme)
        self.title = "roomcli"
        self.calling = Calling(self, calls)
        self.keymap = Keymap(keys)
        self.set_keymap(self.keymap.changes)
        self._faults = [*([no_theme] if no_theme else []), *self.keymap.faults]
        self.client: RoomVisit | None = None
        self._enter = enter
        self._start_engine = engines
        self._engines: list[Engine] = []
        self._shown = ShownServers(servers, kept)
        self._at_hand = ServerAtHand(self._shown, self._is_home, self._room_url)
        self._entered = entered
        self._leave_home = leave_home
        self._rooms = rooms
        self._ask = ask
        self._sign_on = sign_on
        self._newcomer = newcomer
        self._share_line = share_line
        self._ends_room = ends_room
        self._notices = notices
        self._keep_theme = keep_theme
        self._keep_device = keep_device
        self._own_settings = own_settings or OwnSettings()
        self._sound = sound or SoundMemory(enter.sound)
        self._next: Entry | None = None
        self._visits = 0
        self._last_words: list[str] = []
        self._add_screen(FIRST_RUN, self._first_run_screen)
        self._add_screen(HOME, self._home_screen)
        self._begin_in(self._first_mode())

    def _first_mode(self) -> str:
        if self._newcomer is not None:
            return FIRST_RUN
        return self._prepare(self._first_entry()) if self._enter.url else HOME

    def _add_screen(self, mode: str, make: Callable[[], Screen[None]]) -> None:
        """Add a mode with a screen that is made when it is first shown."""

        def made() -> Screen[None]:
            screen = make()
            # It is styled when it is mounted. Textual would read all styles again first, as it does
            # for screens that have seen another theme.
            screen._css_update_count = self._css_update_count
            return screen

        self.add_mode(mode, made)

    def _begin_in(self, mode: str) -> None:
        """Set the first mode without switching, so that no other screen is ever drawn first."""
        self._current_mode = mode
        self._screen_stacks = {mode: []}

    def _first_run_screen(self) -> FirstRunScreen:
        from .screens.first_run import FirstRunScreen

        known = self._enter
        engine = self._engine(local.OpenDevices(mic=known.mic, speaker=known.speaker))
        return FirstRunScreen(engine, known)

    def _home_screen(self) -> HomeScreen:
        from .screens.home import HomeScreen

        return HomeScreen(self._shown, self._follow_rooms)

    def _follow_rooms(self, server: HomeServer) -> AsyncGenerator[RoomsNews, None]:
        who = self._enter
        return self._rooms(
            local.ConnectServer(
                url=server.url,
                name=who.name,
                headline=who.headline,
                keeps_name=who.keeps_name,
            )
        )

    def on_mount(self) -> None:
        """Follow the room that was entered at the start, and what concerns the whole app."""
        if self.client is not None:
            self.client.follow_engine()
        else:
            self.calling.show_title()
        if self._keep_theme is not None:
            keep_choice(self, self._keep_theme)
        if self._notices is not None:
            self._notices(heard_here(self._notice))
        if self._faults:
            self.notify("; ".join(self._faults), markup=False, severity="warning", timeout=10)

    def watch_app_focus(self, focus: bool) -> None:
        """Note whether the terminal has the focus: whoever comes back has seen what there is."""
        self.calling.attention.turn(focus)
        if self.client is not None and not focus:
            self.client.let_go()
        if self.client is not None:
            self.client.sync()

    def on_keyboard_report(self, report: KeyboardReport) -> None:
        """Note whether keys can be held: the terminal says what it tells of them."""
        self.keymap.reports_releases = report.has_releases
        if self.client is not None:
            self.client.sync()

    def on_key_released(self, released: KeyReleased) -> None:
        """Close the microphone that was open while a key was held."""
        if self.client is not None and self.keymap.has_base("push_to_talk", released.key):
            self.client.let_go()

    def _engine(self, opening: c.Command) -> Engine:
        engine = self._start_engine(opening)
        self._engines.append(engine)
        return engine

    def _close(self, engine: Engine) -> None:
        self.run_worker(engine.close(), name="closing")

    def on_first_run_screen_answered(self, message: FirstRunScreen.Answered) -> None:
        """Keep what a new user answered, and go on to home or to the room.

        Where there is neither, they were asked for the answers alone.
        """
        keep, self._newcomer = self._newcomer, None
        if keep is None:
            return
        remark = keep(message.profile)
        if not self._enter.url and not len(self._shown):
            self.exit(Outcome(1 if remark else 0, remark))
            return
        if remark:
            self.notify(remark, markup=False, severity="warning", timeout=10)
        said = message.profile
        self._enter = replace(
            self._enter,
            name=said.name,
            headline=said.headline,
            mic=said.mic or self._enter.mic,
            speaker=said.speaker or self._enter.speaker,
        )
        self._close(self._engines[0])
        if self._enter.url:
            self._visit(self._first_entry())
        else:
            self._show(HOME)

    def note_room(self, url: str) -> None:
        """Note which room the user is in, in a thread: it writes a file."""
        self.run_worker(partial(self._entered, url), thread=True)

    def use_device(self, chosen: local.DeviceChosen) -> None:
        """Use what was chosen in the next rooms too, and from the next start on."""
        self._enter = with_device(self._enter, chosen)
        if remark := self._keep_device(chosen):
            self.notify(remark, markup=False, severity="warning")

    def _first_entry(self) -> Entry:
        from .visit import Entry

        return Entry(self._enter, self._share_line, self._ends_room)

    def _prepare(self, entry: Entry) -> str:
        """Make a visit the one that goes on, and return its mode."""
        from .visit import RoomVisit

        engine = self._engine(replace(entry.enter, levels=True, sound=self._sound.sound))
        self._visits += 1
        mode = f"room {self._visits}"
        self.client = visit = RoomVisit(
            self, entry, engine, self._ended, self.keymap, mode, self.calling
        )
        self._add_screen(mode, lambda: visit.room_screen)
        return mode

    def _visit(self, entry: Entry) -> None:
        self._show(self._prepare(entry))
        if self.client is not None:
            self.client.follow_engine()

    def _show(self, mode: str) -> None:
        """Show another mode, and take down those of rooms that were left."""
        self.switch_mode(mode)
        kept = {HOME, FIRST_RUN, mode, self.client.mode if self.client is not None else HOME}
        for old in self._modes.keys() - kept:
            self.remove_mode(old)

    def _is_home(self) -> bool:
        return self.current_mode == HOME

    def _room_url(self) -> str:
        return self.client.entry.enter.url if self.client is not None else ""

    async def ask_server(self, command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        """Have a server carry out a command that needs no room; return the answers.

        Without a URL it is the one that the screen is about: at home that of what is picked, in a
        room the room's. Raises CommandRefused, ConnectionFailed.
        """
        return await self._ask(command, server or self._at_hand.name)

    async def sign_on(self, issuer: str) -> str:
        """Sign on with an issuer by a browser here; return the address to open in it.

        What comes of it is news. Raises CommandRefused, ConnectionFailed.
        """
        return await self._sign_on(issuer, self._at_hand.name)

    def hear_at_home(self, news: e.DeskMessage | local.Problem, server: str = "") -> None:
        """Say news of a server in no room of which the person is, until the app closes."""
        if not self.is_running:
            return
        happening = describe(news, None, None, Moment())
        if happening is not None and happening.weight == "loud":
            said = f"{server}: " if server and len(self._shown) > 1 else ""
            self.notify(f"{said}{happening.text}", markup=False, timeout=10)
        if isinstance(news, local.Problem):
            return
        if server == self._at_hand.name:
            self.pass_on(news)
        elif isinstance(news, e.EventReminder):
            self._ring(news)

    def pass_on(self, news: e.DeskMessage) -> None:
        """Let open pages know of news for the person; a reminder also rings, on the desktop too."""
        if isinstance(news, e.EventReminder):
            self._ring(news)
        if len(self.screen_stack) > 1:
            from .widgets.sheet import DeskSheet

            for page in self.screen_stack:
                if isinstance(page, DeskSheet) and page.is_mounted:
                    page.hear(news)

    def _ring(self, reminder: e.EventReminder) -> None:
        self.calling.call("reminder", reminder_line(reminder))

    def web_address(self, path: str) -> str:
        """Return the address of a page of the server, as a browser or another program has it."""
        return self._at_hand.web_address(path)

    @property
    def host_token(self) -> str | None:
        """The host token that came with the server's address, if one did."""
        return self._at_hand.address.host_token

    def enter_room(self, name: str, *, opens: bool = False) -> None:
        """Enter a room of the server that the screen is about, or open it, and leave the other."""
        from .visit import Entry

        url = self._at_hand.room_address(name)
        if not url:
            return
        intent: Literal["host", "join"] = "host" if opens else "join"
        enter = replace(self._enter, url=url, intent=intent, access="open")
        entry = Entry(enter, came_from_home=True)
        if self.client is None:
            self._visit(entry)
        else:
            self._next = entry
            self.client.leave()

    def is_in_room(self, name: str) -> bool:
        """Whether the user is in this room of the server that the screen is about."""
        visit = self.client
        if visit is None or visit.room_name != name:
            return False
        return self._at_hand.name in ("", visit.server)

    def forget_server(self, server: HomeServer) -> None:
        """Be at home at a server no longer. Raises RoomcliError."""
        self._shown.forget(server)
        self._leave_home(server.name)

    @property
    def own_sound(self) -> SoundChanged:
        """How the user's voice is treated, or will be in the next room."""
        here = self.client.model.sound if self.client is not None else None
        return here or SoundChanged(sound=self._sound.sound)

    def change_sound(self, change: ChangeSound) -> None:
        """Treat the user's voice otherwise, in the room that goes on and in those after it."""
        if self.client is not None:
            self.client.send(change)
        else:
            self.keep_sound(SoundChanged(sound=change.applied_to(self._sound.sound)))

    def action_switch_sound(self, name: str) -> None:
        """Set what is done to the user's voice to its next value."""
        self.change_sound(step_on(name, self.own_sound.sound))

    def keep_sound(self, state: SoundChanged) -> None:
        """Keep how the voice of a sound card is treated, for the next room and the next start."""
        if remark := self._sound.note(state):
            self.notify(remark, markup=False, severity="warning")

    def show_home(self) -> None:
        """Go home while the room goes on."""
        self._show(HOME)

    def show_room(self) -> None:
        """Go from home to the room that goes on."""
        if self.client is not None:
            self._show(self.client.mode)
            self.client.sync()
            self.client.pages.sync()

    def _ended(self, outcome: Outcome) -> None:
        """Go on after a visit: to the next room, home, or out of the program."""
        visit, self.client = self.client, None
        self.calling.show_title()
        following, self._next = self._next, None
        assert visit is not None
        if words := visit.last_words():
            self._last_words.append(words)
        if following is not None:
            self._close(visit.engine)
            self._visit(following)
        elif self._may_try_again(visit.entry, outcome):
            self._close(visit.engine)
            self._ask_secret(visit.entry, outcome)
        elif visit.entry.came_from_home:
            self._close(visit.engine)
            self._go_home(outcome)
        else:
            self.exit(outcome)

    def _may_try_again(self, entry: Entry, outcome: Outcome) -> bool:
        wants = outcome.wants_password or (outcome.wants_host_token and entry.came_from_home)
        return wants and entry.passwords < PASSWORD_TRIES

    def _go_home(self, outcome: Outcome) -> None:
        self._show(HOME)
        cast("ShowsRoom", self.screen_stack[0]).sync()
        if outcome.text and outcome.code != "left":
            self.notify(outcome.text, markup=False, timeout=10)

    def _ask_secret(self, entry: Entry, outcome: Outcome) -> None:
        """Ask for the password of a room, or for the host token, and try once more with it."""
        from .screens.password import PasswordScreen

        def answer(word: str | None) -> None:
            if word is not None:
                self._try_again(entry, outcome, word)
            elif entry.came_from_home:
                self._go_home(Outcome(0))
            else:
                self.exit(outcome)

        title = "Host token" if outcome.wants_host_token else "Password"
        self.push_screen(PasswordScreen(outcome.text, title), answer)

    def _try_again(self, entry: Entry, outcome: Outcome, word: str) -> None:
        try:
            is_token = outcome.wants_host_token
            again = entry.with_host_token(word) if is_token else entry.with_password(word)
        except UsageError as error:
            self._go_home(Outcome(1, str(error)))
        else:
            self._visit(again)

    def last_words(self) -> str:
        """Return what is to be said on the terminal about rooms that go on, besides the outcome."""
        now = self.client.last_words() if self.client is not None else ""
        return "\n".join(dict.fromkeys(each for each in (*self._last_words, now) if each))

    async def close_engines(self) -> None:
        """End every engine that still runs."""
        await asyncio.gather(*(engine.close() for engine in self._engines))

    def _notice(self, notice: local.Problem) -> None:
        """Show a notice of the user's own server, in the room if there is one."""
        if self.client is not None:
            self.client.receive(notice)
        elif self.is_running:
            self.notify(notice.text, markup=False, timeout=10)

    def on_open_page(self, message: OpenPage) -> None:
        """Open the page that a key, the palette or a typed line asks for."""
        role = self.client.model.role if self.client is not None else "listener"
        if (page := own_page(message.page, role, self._own_settings)) is not None:
            self.push_screen(page)
        elif self.client is not None:
            self.client.pages.open_page(message)
        elif message.page == "devices":
            self._choose_devices()

    def _choose_devices(self) -> None:
        """Open the page of microphone and speakers at home, with their levels."""
        from .home_devices import HomeDevices
        from .screens.devices import DevicesScreen

        known = self._enter
        engine = self._engine(local.OpenDevices(mic=known.mic, speaker=known.speaker))
        self.push_screen(DevicesScreen(HomeDevices(engine, known, self.use_device, self._close)))

    def on_open_card(self, message: OpenCard) -> None:
        """Open the card of the person that a screen asks for."""
        if self.client is not None:
            self.client.pages.card(message.someone, gone=message.gone)

    def on_act_on(self, message: ActOn) -> None:
        """Do to a person what a screen asks for."""
        if self.client is not None:
            self.client.pages.perform(message.act, message.someone)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key of the whole app works on the screen that is shown."""
        match action:
            case "toggle_microphone":
                return self.client is not None
            case "command_palette":
                return self.current_mode != FIRST_RUN
        return True

    def action_toggle_microphone(self) -> None:
        """Open or close the microphone, from any screen, by the key for that."""
        if self.client is not None:
            self.client.toggle_microphone()

    def action_leave(self) -> None:
        """Leave the room; where there is none, the program."""
        if self.client is not None:
            self.client.ask_to_leave()
        else:
            self._quit()

    def action_interrupt(self) -> None:
        """Ask at the first Ctrl+C in a room and leave at the second; elsewhere leave at once."""
        if self.client is not None:
            self.client.ask_to_interrupt()
        else:
            self._quit()

    def _quit(self) -> None:
        """Leave the program: home is left in order, a question only by an interrupt."""
        self.exit(Outcome(0 if self.current_mode == HOME else INTERRUPTED))

    def interrupt(self) -> None:
        """Leave at once, through Textual, so that the terminal is restored."""
        if self.client is not None:
            self.client.interrupt()
        else:
            self.exit(Outcome(INTERRUPTED))

    async def action_suspend(self) -> None:
        """Suspend on Ctrl+Z, muted: nobody speaks into a room whose screen is stopped."""
        if self.client is not None:
            await self.client.mute()
        self.action_suspend_process()
