"""The sound page: what is done to one's own voice, switched at once, and what is at work now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from ....protocol import local
from ....protocol.sound import SoundChanged, SoundSettings
from ...words.device_words import microphone_lack, status_line
from ...words.sound_words import now_at_work
from ..keys import binding, switch_bindings
from ..room_client import ClientApp, OpenPage, RoomClient
from ..sound_switches import SWITCHES, change_to
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.own_meter import LEVEL_SECONDS, OwnMeter
from ..widgets.sheet import ARROWS, Choices, KeysLine, Setting, Sheet

PLAYED = "What a file plays is sent as it is, unless you switch something on here."
MUSIC = "While music is on, the switches above it rest."


class SoundScreen(Sheet[None]):
    """What is done to one's own voice; each change holds at once."""

    BINDINGS = [
        *ARROWS,
        binding("sound", "back"),
        binding("sound_at_home", "back"),
        binding("devices"),
        binding("hear_yourself"),
        *switch_bindings(),
    ]
    title_text = "Your sound"
    classes_of_sheet = "sheet page"

    def __init__(self) -> None:
        super().__init__()
        self._shown: SoundSettings | None = None
        self._meter = OwnMeter()

    def body(self) -> ComposeResult:
        """Yield one's level in a room, a line for each setting, and what is at work."""
        key = self.keymap.shown
        if self._visit is not None:
            yield Setting("Your level", self._meter, key="")
        for row in SWITCHES:
            field = Choices(row.words, id=row.name)
            yield Setting(row.label, field, row.help, key=key(f"switch_{row.name}"))
        yield Static(classes="note", id="at-work")
        yield KeysLine()

    def on_mount(self) -> None:
        """Show how the voice is treated, and in a room how loud it is."""
        key = self.keymap.shown
        hear = [Hint(key("hear_yourself"), "hear yourself", "hear_yourself")]
        self.offer(
            Hint("↑↓", "setting"),
            Hint("←→", "switches it"),
            *(hear if self._visit is not None else []),
            Hint(key("devices"), "devices", "devices"),
            Hint("Esc", "back", "back"),
        )
        self.set_interval(LEVEL_SECONDS, self._show_level)
        self.query(Choices).first().focus()
        self.sync()

    def on_screen_resume(self) -> None:
        """Have the engine tell of devices and of one's level, muted too."""
        self._tell_of_devices(on=True)

    def on_unmount(self) -> None:
        """Have the engine let go of a microphone that was only looked at."""
        self._tell_of_devices(on=False)

    def _tell_of_devices(self, *, on: bool) -> None:
        if self._visit is not None:
            self._visit.send(local.WatchDevices(on=on))

    def _show_level(self) -> None:
        if self._visit is not None:
            self._meter.show_level(self._visit.model.own_level)

    def action_devices(self) -> None:
        """Open the page of microphone and speakers."""
        self.post_message(OpenPage("devices"))

    def action_hear_yourself(self) -> None:
        """Let the user hear themselves, or no longer."""
        if self._visit is not None:
            self._visit.send(local.HearYourself(on=not self._visit.model.own_voice.on))

    def sync(self) -> None:
        """Show what is set, and what is at work."""
        state = self._client_app.own_sound
        if state.sound != self._shown:
            self._shown = state.sound
            for row in SWITCHES:
                chosen = row.values.index(getattr(state.sound, row.name))
                field = self.query_one(f"#{row.name}", Choices)
                if field.chosen != chosen:
                    field.offer(row.words, chosen)
        said = [*_note_lines(state, self._lack), *self._device_lines()]
        note = Content.styled("\n".join(said), QUIET)
        self.query_one("#at-work", Static).update(note)

    def on_choices_changed(self, message: Choices.Changed) -> None:
        """Switch what was chosen."""
        field = message.field
        row = next(each for each in SWITCHES if each.name == field.id)
        self._client_app.change_sound(change_to(row.name, row.values[field.chosen]))
        self.sync()

    @property
    def _lack(self) -> str:
        """Why no microphone is in use, if none is."""
        client = self._client_app.client
        if client is None:
            return microphone_lack(None, on_stage=False)
        return client.model.microphone_lack

    def _device_lines(self) -> Iterator[str]:
        """Yield what the devices add to the delay, and what is heard in one's own voice."""
        if self._visit is None:
            return
        model = self._visit.model
        if model.own_voice.on:
            yield from model.own_voice.said
        for kind in ("microphone", "speaker"):
            line = status_line(model.devices.status.get(kind), model.devices.used.get(kind))
            if line and line != self._lack:  # which is told already
                yield line

    @property
    def _visit(self) -> RoomClient | None:
        return self._client_app.client

    @property
    def _client_app(self) -> ClientApp:
        return cast("ClientApp", self.app)


def _note_lines(state: SoundChanged, lack: str) -> list[str]:
    lines = [f"Now: {now_at_work(state, lack)}"]
    if state.sound.music:
        lines.append(MUSIC)
    elif state.played:
        lines.append(PLAYED)
    return lines
