"""The page of somebody who need not be in the room: their profile, and whether one follows them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import cast

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.people import Person
from ....protocol.profile import PUBLIC
from ...words.names import after_name
from ...words.profile_words import person_lines
from ..room_client import ClientApp
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, KeysLine
from .entering import EnteringSheet


class PersonScreen(EnteringSheet):
    """Somebody's profile; ``room`` is where they are on stage, if that is known."""

    BINDINGS = [
        *ARROWS,
        Binding("q", "back", show=False),
        Binding("enter", "go_in", show=False),
        Binding("f", "follow", show=False),
        Binding("b", "block", show=False),
    ]
    classes_of_sheet = "sheet page"

    def __init__(self, person: Person, room: str = "") -> None:
        super().__init__()
        self._person = person
        self._room = room
        self._shown: e.ProfileShown | None = None
        self._blocks = False
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
            self._show_it(shown)

    def _show_it(self, shown: e.ProfileShown) -> None:
        self._shown, self._blocks = shown, False
        self.title_text = shown.person.name + after_name(shown.person)
        page = self._web_page if shown.profile.page == PUBLIC else ""
        told = replace(shown, profile=replace(shown.profile, page=page))
        words = "\n".join(person_lines(told, time.time())) or "They say nothing of themselves"
        self.query_one("#profile", Static).update(words)
        tie = "you block them" if shown.blocked else "you follow them" if shown.followed else ""
        self.set_title(self.title_text, tie)
        self.offer(*self._tie_hints(shown))

    @property
    def _web_page(self) -> str:
        return cast("ClientApp", self.app).web_address(f"/p/{self._person.id}")

    def _tie_hints(self, shown: e.ProfileShown) -> Iterator[Hint]:
        if self._room:
            yield Hint("Enter", f"go to {self._room}", "go_in")
        if not shown.blocked:
            yield Hint("f", "follow no longer" if shown.followed else "follow", "follow")
        yield Hint("b", "block no longer" if shown.blocked else "block", "block")
        yield Hint("Esc", "close", "back")

    def action_follow(self) -> None:
        """Follow them, or no longer; they are not told."""
        if self._shown is not None and not self._shown.blocked:
            kind = c.Unfollow if self._shown.followed else c.Follow
            self.inquire(partial(self._change_tie, kind(person=self._person.id)))

    def action_block(self) -> None:
        """Block them at the second press, or no longer at the first; they are not told."""
        if self._shown is None:
            return
        if not self._shown.blocked and not self._blocks:
            self._blocks = True
            text = "press b once more to hear and read no more of them"
            self.set_title(self.title_text, text)
            return
        kind = c.Unblock if self._shown.blocked else c.Block
        self.inquire(partial(self._change_tie, kind(person=self._person.id)))

    async def _change_tie(self, command: c.DeskCommand) -> None:
        await self.ask_server(command)
        await self._load_profile()

    def action_go_in(self) -> None:
        """Enter the room where they are on stage; ask once whoever would leave a stage for it."""
        if self._room:
            self.enter_room(self._room)
