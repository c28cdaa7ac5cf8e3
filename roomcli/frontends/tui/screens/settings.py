"""The settings page: moderators change the room's settings here, everybody else reads them.

It also says what the server keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import asdict
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from ....protocol import commands as c
from ....protocol.durations import in_full
from ....protocol.settings import RoomSettings
from ....protocol.text import MAX_TOPIC
from ....protocol.view import RoomView
from ...grammar.arguments import read_fields
from ...grammar.known_people import Unclear
from ...words.floor_words import succession_line
from ...words.settings_words import BY_INVITE
from ..keys import binding
from ..widgets.face import QUIET
from ..widgets.sheet import ARROWS, Choices, KeysLine, Setting, Sheet

MAX_PASSWORD = 100
NO_PASSWORD = "-"


class SettingRow(NamedTuple):
    """A setting with a few values to choose from."""

    name: str
    label: str
    values: tuple[object, ...]
    words: tuple[str, ...]


TURNS = (0, 60, 120, 180, 300, 600)
PAUSES = (0, 5, 15, 30, 60)
BITRATES = (96, 64, 40, 32, 24, 16, 12)
ROWS = (
    SettingRow(
        "hands", "Hands", ("on", "off", "invited"), ("everybody", "nobody new", "by invitation")
    ),
    SettingRow("order", "Order", ("fifo", "fair"), ("first come first", "least spoken first")),
    SettingRow(
        "floor_seconds", "Turns", TURNS, ("no end", *(in_full(each) for each in TURNS if each))
    ),
    SettingRow("chat", "Chat", (True, False), ("open", "closed")),
    SettingRow(
        "slow_seconds", "Slow chat", PAUSES, ("off", *(in_full(each) for each in PAUSES if each))
    ),
    SettingRow("listed", "Listed", (True, False), ("yes", "no")),
    SettingRow("low_delay", "Low delay", (True, False), ("in a small room", "no")),
    SettingRow("max_bitrate", "Voice kb/s", BITRATES, tuple(map(str, BITRATES))),
)
ENTRANCE_ROWS = (
    SettingRow("guests", "Guests", ("on", "listen", "off"), ("come in", "only listen", "stay out")),
    SettingRow("members", "Members", (False, True), ("need not be", "only they come in")),
    SettingRow("by_device", "Sign-on", (True, False), ("any counts", "not by a typed code")),
    SettingRow("knock", "Others", (False, True), ("stay out", "may knock")),
)
"""Whom the room lets in, beside lists of claims and people."""
LIST_LENGTH = 700
LISTS = (
    ("claimed", "Claims", "like anyone@acme.example"),
    ("allowed", "Also", "nobody; names, ids, keys"),
)


class SettingsScreen(Sheet[None]):
    """The settings page; Enter sends changes, and only of the settings that differ."""

    BINDINGS = [
        Binding("enter", "save", show=False, priority=True),
        *ARROWS,
        binding("settings", "back"),
    ]
    title_text = "The room"
    classes_of_sheet = "sheet page"

    def __init__(self, view: RoomView) -> None:
        super().__init__()
        self._before = view
        self._rows = [_with_value(row, view.settings) for row in (*ROWS, *ENTRANCE_ROWS)]

    def body(self) -> ComposeResult:
        """Yield a line for each setting; users who may not change it can read it."""
        settings, moderates = self._before.settings, self._before.is_moderator
        yield Setting("Topic", self._value_text("topic", settings.topic, MAX_TOPIC))
        for row in self._rows[: len(ROWS)]:
            yield from self._choice(row, settings, moderates)
        yield Setting("Capacity", self._value_text("capacity", str(settings.capacity), 7))
        entrance = BY_INVITE if self._before.access == "invite" else "open to everybody"
        yield Setting("Entrance", Static(Content(entrance)))
        new = ("open", "locked")
        locked = int(self._before.locked)
        yield Setting(
            "Door",
            Choices(new, locked, id="locked") if moderates else Static(Content(new[locked])),
        )
        wanted = "wanted" if self._before.password else "none"
        if self._before.role == "host":
            field = Input(id="password", max_length=MAX_PASSWORD, compact=True, password=True)
            another = f"another, or {NO_PASSWORD} for none"
            field.placeholder = another if self._before.password else "none; type one"
            yield Setting("Password", field)
        else:
            yield Setting("Password", Static(Content(wanted)))
        for row in self._rows[len(ROWS) :]:
            yield from self._choice(row, settings, moderates)
            if row.name == "members":
                for name, label, example in LISTS:
                    text = ", ".join(getattr(settings, name))
                    yield Setting(label, self._value_text(name, text, LIST_LENGTH, example))
        yield Static(self._facts(), classes="note")
        keys = (("↑↓", "setting"), ("←→", "value"), ("Enter", "saves"), ("Esc", "discards"))
        yield KeysLine(*(keys if moderates else (("Esc", "back"),)))

    def _choice(self, row: SettingRow, settings: RoomSettings, moderates: bool) -> ComposeResult:
        chosen = row.values.index(getattr(settings, row.name))
        words = row.words[chosen]
        field = Choices(row.words, chosen, id=row.name) if moderates else Static(Content(words))
        yield Setting(row.label, field)

    def _value_text(self, name: str, value: str, length: int, example: str = "") -> Widget:
        if not self._before.is_moderator:
            return Static(Content(value or "none"))
        return Input(
            value,
            id=name,
            placeholder=example,
            max_length=length,
            compact=True,
            type="integer" if name == "capacity" else "text",
        )

    def _facts(self) -> Content:
        return Content("\n").join(Content.styled(line, QUIET) for line in self._fact_lines())

    def _fact_lines(self) -> Iterator[str]:
        model = self.client.model
        if line := succession_line(model.view):
            yield line[:1].upper() + line[1:]
        yield (
            f"This server keeps {', '.join(model.keeps)}"
            if model.keeps
            else ("This server says nothing about what it keeps")
        )
        log = model.view.log if model.view else ""
        yield f"Moderation log {log or 'empty'} · {self.keymap.shown('log')} shows it"

    def action_save(self) -> None:
        """Send the changed settings; stay on the page if a value is not valid."""
        if not self._before.is_moderator:
            self.dismiss()
            return
        changes: dict[str, object] = {
            row.name: row.values[self.query_one(f"#{row.name}", Choices).chosen]
            for row in self._rows
        }
        changes["topic"] = self.query_one("#topic", Input).value.strip()
        capacity = self.query_one("#capacity", Input).value
        if not capacity.isdecimal() or not 1 <= int(capacity) <= 1_000_000:
            self.set_title(self.title_text, "capacity: 1 to 1000000 people")
            return
        changes["capacity"] = int(capacity)
        try:
            for name, *_ in LISTS:
                typed = self.query_one(f"#{name}", Input).value
                changes |= read_fields(c.ChangeSettings, {name: typed}, self.client.model)
        except Unclear as unclear:
            self.set_title(self.title_text, str(unclear))
            return
        before = asdict(self._before.settings)
        changes = {name: value for name, value in changes.items() if before[name] != value}
        if changes:
            self.client.send(c.ChangeSettings(**changes))  # type: ignore[arg-type]
        locked = bool(self.query_one("#locked", Choices).chosen)
        if locked != self._before.locked:
            self.client.send(c.Lock() if locked else c.Unlock())
        self._save_password()
        self.dismiss()

    def _save_password(self) -> None:
        for field in self.query("#password").results(Input):
            if field.value:
                word = "" if field.value == NO_PASSWORD else field.value
                self.client.send(c.SetPassword(password=word))


def _with_value(row: SettingRow, settings: RoomSettings) -> SettingRow:
    """Return the row, with the present value among its choices."""
    value = getattr(settings, row.name)
    if value in row.values:
        return row
    words = str(value) if row.name == "max_bitrate" else in_full(value)
    return row._replace(values=(*row.values, value), words=(*row.words, words))
