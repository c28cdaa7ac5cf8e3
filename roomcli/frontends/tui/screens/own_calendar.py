"""The page of one's own calendar: when one is reminded, and the same for other programs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from ....protocol import commands as c
from ....protocol import events as e
from ..room_client import ClientApp
from ..widgets.face import QUIET, lines, styled
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, Choices, DeskSheet, KeysLine
from .event import write_calendar

TIMES = (
    ("as it is", None),
    ("never", 0),
    ("5 min", 5),
    ("15 min", 15),
    ("30 min", 30),
    ("1 hour", 60),
    ("1 day", 24 * 60),
)
NOTE = (
    "A phone or another program can show your calendar by an address of its own. Whoever has the"
    " address can read it: it holds no names of who comes. It is told once; a new one ends the one"
    " before."
)
KEYS = (
    Hint("←→", "reminder", "remind_next"),
    Hint("Enter", "set it", "remind"),
    Hint("a", "new address", "make_feed"),
    Hint("r", "end the address", "revoke_feed"),
    Hint("s", "save as .ics", "export"),
    Hint("Esc", "close", "back"),
)


class OwnCalendarScreen(DeskSheet[None]):
    """Reminders, the address of one's calendar, and all of it in a file."""

    BINDINGS = [
        *ARROWS,
        Binding("q", "back", show=False),
        Binding("enter", "remind", show=False),
        Binding("a", "make_feed", show=False),
        Binding("c", "copy", show=False),
        Binding("r", "revoke_feed", show=False),
        Binding("s", "export", show=False),
    ]
    title_text = "Reminders and calendar file"
    classes_of_sheet = "sheet page wide"

    def __init__(self) -> None:
        super().__init__()
        self._address = ""
        self._asked = ""

    def body(self) -> ComposeResult:
        """Yield the choice of a time, and what is said of the address."""
        yield Static(Content("Remind me before what I come to"), classes="question -first")
        yield Choices([words for words, _ in TIMES])
        yield Static(Content.styled(NOTE, QUIET), classes="note")
        yield Static(id="address")
        yield KeysLine()

    def on_mount(self) -> None:
        """Offer the keys."""
        self.offer(*KEYS)
        self.query_one("#address").display = False
        self.query_one(Choices).focus()

    def action_remind_next(self) -> None:
        """Choose the next time, from the last the first."""
        choices = self.query_one(Choices)
        choices.action_choose((choices.chosen + 1) % len(TIMES))

    def action_remind(self) -> None:
        """Be reminded so long before from now on."""
        if TIMES[self.query_one(Choices).chosen][1] is not None:
            self.inquire(self._remind)

    async def _remind(self) -> None:
        words, minutes = TIMES[self.query_one(Choices).chosen]
        if minutes is not None:
            await self.ask_server(c.SetReminder(minutes=minutes))
            told = f"you are reminded {words} before" if minutes else "you are not reminded"
            self.set_title(self.title_text, told)

    def action_make_feed(self) -> None:
        """Ask for another address, at the second press: the one before ends."""
        if self._is_sure("a", "the address before ends: press a once more"):
            self.inquire(self._make_feed)

    async def _make_feed(self) -> None:
        (made,) = await self.ask_server(c.MakeFeed())
        assert isinstance(made, e.FeedMade)
        self._address = cast("ClientApp", self.app).web_address(made.path)
        told = self.query_one("#address", Static)
        told.display = True
        told.update(lines(Content(), styled("Your calendar is at", QUIET), styled(self._address)))
        self.offer(KEYS[0], KEYS[1], Hint("c", "copy the address", "copy"), *KEYS[3:])
        self.set_title(self.title_text)

    def action_copy(self) -> None:
        """Copy the address through the terminal (OSC 52), which works over SSH, too."""
        if self._address:
            self.app.copy_to_clipboard(self._address)
            self.set_title(self.title_text, "sent to the terminal's clipboard")

    def action_revoke_feed(self) -> None:
        """Let the address end, at the second press."""
        if self._is_sure("r", "other programs lose your calendar: press r once more"):
            self.inquire(self._revoke_feed)

    async def _revoke_feed(self) -> None:
        await self.ask_server(c.RevokeFeed())
        self._address = ""
        self.query_one("#address").display = False
        self.offer(*KEYS)
        self.set_title(self.title_text, "your calendar has no address now")

    def _is_sure(self, key: str, question: str) -> bool:
        if self._asked == key:
            self._asked = ""
            return True
        self._asked = key
        self.set_title(self.title_text, question)
        return False

    def action_export(self) -> None:
        """Write all that is yours to a new file in the current folder."""
        self.inquire(self._save_all)

    async def _save_all(self) -> None:
        parts = await self.ask_server(c.ExportEvents())
        write_calendar(self, Path(f"roomcli-{time.strftime('%Y-%m-%d-%H%M%S')}.ics"), parts)
