"""The page of a person's own settings: each is kept at once, in the file of `roomcli config`."""

from __future__ import annotations

from typing import NamedTuple

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from ....errors import RoomcliError
from ....protocol.text import MAX_HEADLINE, MAX_NAME
from ...model.own_settings import OwnSettings
from ..keys import binding
from ..room_client import OpenPage
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, Choices, KeysLine, Setting, Sheet


class TypedRow(NamedTuple):
    """A setting that is typed; ``example`` stands where nothing is set."""

    name: str
    label: str
    length: int
    example: str


class ChosenRow(NamedTuple):
    """A setting with a few values, of which the first holds if nothing is set."""

    name: str
    label: str
    values: tuple[str, ...]
    words: tuple[str, ...]
    help: str


_SWITCH = ("on", "off"), ("on", "off")
TYPED = (
    TypedRow("name", "Name", MAX_NAME, "that of your account"),
    TypedRow("headline", "Headline", MAX_HEADLINE, "what you are known for"),
    TypedRow("server", "Server", 200, "like wss://r.example.org"),
)
CHOSEN = (
    ChosenRow(
        "auto_mute",
        "Mute after",
        ("0", "30", "60", "300"),
        ("never", "30 s", "1 min", "5 min"),
        "of silence",
    ),
    ChosenRow("udp", "UDP", *_SWITCH, "for voice, if it gets through"),
    ChosenRow("call_on_mention", "Mention", *_SWITCH, "calls you while you look away"),
    ChosenRow("call_on_invitation", "Invitation", *_SWITCH, "so does who wants you on stage"),
    ChosenRow("call_on_hand", "Hand", *_SWITCH, "so does a hand, if you host"),
    ChosenRow("call_on_turn", "Turn", *_SWITCH, "so does the end of your turn"),
    ChosenRow("call_by_bell", "Bell", *_SWITCH, "the terminal's bell calls"),
    ChosenRow("call_by_desktop", "Desktop", *_SWITCH, "a notification calls"),
    ChosenRow("unread_in_title", "Title", *_SWITCH, "of the window counts news"),
    ChosenRow(
        "push_to_talk_anywhere",
        "Held key",
        ("off", "on"),
        ("off", "on"),
        "to speak, from any window",
    ),
    ChosenRow("chimes", "Chimes", ("off", "on"), ("off", "on"), "short sounds for what happens"),
)
THEME = "theme"
NOTE = "Each is kept at once. The theme changes now, everything else with the next start."


class OwnSettingsScreen(Sheet[None]):
    """The person's own settings; of the room's there is another page."""

    BINDINGS = [
        *ARROWS,
        binding("own_settings", "back"),
        *(binding(page, f"open('{page}')") for page in ("sound", "devices", "help")),
    ]
    title_text = "Your settings"
    classes_of_sheet = "sheet page"

    def __init__(self, own: OwnSettings) -> None:
        super().__init__()
        self._own = own
        self._values: dict[str, tuple[str, ...]] = {}

    def body(self) -> ComposeResult:
        """Yield a line for each setting."""
        themes = sorted(self.app.available_themes)
        yield Setting("Theme", Choices(themes, themes.index(self.app.theme), id=THEME))
        for typed in TYPED:
            yield Setting(
                typed.label,
                Input(
                    self._value_of(typed.name) or "",
                    id=typed.name,
                    placeholder=typed.example,
                    max_length=typed.length,
                    compact=True,
                ),
            )
        for row in CHOSEN:
            self._values[row.name], words, chosen = with_value(row, self._value_of(row.name))
            yield Setting(row.label, Choices(words, chosen, id=row.name), row.help)
        yield Static(Content.styled(NOTE, QUIET), classes="note")
        yield KeysLine()

    def on_mount(self) -> None:
        """Offer the pages that have more settings."""
        self.offer(
            Hint("↑↓", "setting"),
            Hint("←→", "value"),
            Hint(self.keymap.shown("sound"), "your sound", "open('sound')"),
            Hint(self.keymap.shown("devices"), "devices", "open('devices')"),
            Hint(self.keymap.shown("help"), "keys", "open('help')"),
            Hint("Esc", "back", "back"),
        )
        self.query(Choices).first().focus()

    def action_open(self, page: str) -> None:
        """Open a page that has more settings."""
        match page:
            case "sound" | "devices" | "help":
                self.post_message(OpenPage(page))

    def on_choices_changed(self, message: Choices.Changed) -> None:
        """Keep what was chosen."""
        field = message.field
        if field.id == THEME:
            self.app.theme = field.words[field.chosen]
            return
        name = field.id or ""
        self._put(name, self._values[name][field.chosen])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what was typed, and go on to the next setting."""
        self._put_typed(event.input)
        self.focus_next()

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Keep what was typed, also without Enter."""
        self._put_typed(event.input)

    def _put_typed(self, field: Input) -> None:
        name, text = field.id or "", field.value.strip()
        if text != (self._value_of(name) or ""):
            self._put(name, text)

    def _put(self, name: str, text: str) -> None:
        self.set_title(self.title_text, self._own.keep_text(name, text))

    def _value_of(self, name: str) -> str | None:
        try:
            return self._own.read(name)
        except RoomcliError as error:
            self.notify(str(error), markup=False, severity="warning")
            return None


def with_value(row: ChosenRow, value: str | None) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Return values and words of a setting with the present value among them, and its place."""
    if value is None or value in row.values:
        return row.values, row.words, row.values.index(value) if value else 0
    return (*row.values, value), (*row.words, value), len(row.values)
