"""The page of somebody who need not be in the room: their profile, and whether one follows them."""

from __future__ import annotations

import time
from functools import partial
from typing import cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.people import Person
from ...words.names import after_name
from ...words.profile_words import person_lines
from ..room_client import ClientApp
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, DeskSheet, KeysLine


class PersonScreen(DeskSheet[None]):
    """Somebody's profile; ``room`` is where they are on stage, if that is known."""

    BINDINGS = [
        *ARROWS,
        Binding("q", "back", show=False),
        Binding("enter", "go_in", show=False),
        Binding("f", "follow", show=False),
    ]
    classes_of_sheet = "sheet page"

    def __init__(self, person: Person, room: str = "") -> None:
        super().__init__()
        self._person = person
        self._room = room
        self._followed: bool | None = None
        self.title_text = person.name + after_name(person)

    def body(self) -> ComposeResult:
        """Yield what they say of themselves; the server's answer fills it in."""
        yield Static(id="profile", markup=False)
        yield KeysLine()

    def on_mount(self) -> None:
        """Ask for the profile."""
        self.offer(Hint("Esc", "close", "back"))
        self.set_title(self.title_text, "asking …")
        self.inquire(self._load_profile)

    async def _load_profile(self) -> None:
        (shown,) = await self.ask_server(c.ShowProfile(person=self._person.id))
        if isinstance(shown, e.ProfileShown) and self.is_mounted:
            self._followed = bool(shown.followed)
            self.title_text = shown.person.name + after_name(shown.person)
            told = "\n".join(person_lines(shown, time.time())) or "They say nothing of themselves"
            self.query_one("#profile", Static).update(told)
            self.set_title(self.title_text, "you follow them" if self._followed else "")
            words = "follow no longer" if self._followed else "follow"
            goes = [Hint("Enter", f"go to {self._room}", "go_in")] if self._room else []
            self.offer(*goes, Hint("f", words, "follow"), Hint("Esc", "close", "back"))

    def action_follow(self) -> None:
        """Follow them, or no longer; they are not told."""
        if self._followed is not None:
            kind = c.Unfollow if self._followed else c.Follow
            self.inquire(partial(self._change_tie, kind(person=self._person.id)))

    async def _change_tie(self, command: c.DeskCommand) -> None:
        await self.ask_server(command)
        await self._load_profile()

    def action_go_in(self) -> None:
        """Enter the room where they are on stage."""
        if self._room:
            self.dismiss()
            cast("ClientApp", self.app).enter_room(self._room)
