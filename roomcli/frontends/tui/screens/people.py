"""Lists of people: the audience page by page, those who left lately, and those banned."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.durations import remaining
from ....protocol.people import BanNotice, Person
from ...model.named import Named
from ...words.badge_words import labels_of
from ...words.names import written_in_parts
from ..keys import binding
from ..moderation import acts_on, acts_on_who_left
from ..room_client import ActOn, OpenCard, PeopleList
from ..widgets.face import QUIET
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import Choices, KeysLine, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

AHEAD = 20
"""The next page is requested when fewer rows than this are left below."""
LISTS: tuple[PeopleList, ...] = ("audience", "left", "banned")
TABS = ("Audience", "Left lately", "Banned")
_EMPTY = {
    "audience": "nobody is listening yet",
    "left": "nobody has left lately",
    "banned": "nobody is banned",
}


class PeopleScreen(Sheet[None]):
    """Three lists of people, the third for moderators; Enter opens a person's card."""

    BINDINGS = [
        Binding("q", "back", show=False),
        Binding("tab,right", "turn(1)", show=False, priority=True),
        Binding("shift+tab,left", "turn(-1)", show=False, priority=True),
        binding("people", "back"),
        binding("invite_to_stage", "act('invite_to_stage')"),
        binding("remove", "act('remove')"),
        binding("ban", "act('ban')"),
        binding("report", "act('report')"),
        binding("ask_to_unmute", "lift"),
    ]
    title_text = "People"

    def __init__(self, which: PeopleList = "audience") -> None:
        super().__init__()
        self._which = which
        self._people: dict[str, Person] = {}
        self._bans: tuple[BanNotice, ...] = ()
        self._offset = 0
        self._total: int | None = None
        self._asking = False

    @property
    def _moderates(self) -> bool:
        view = self.client.model.view
        return view is not None and view.is_moderator

    def compose(self) -> ComposeResult:
        """Yield the choice of a list, and the list, which scrolls by itself."""
        with Vertical(classes="sheet tall") as sheet:
            sheet.border_title = self.title_text
            tabs = Choices(TABS if self._moderates else TABS[:2], LISTS.index(self._which))
            tabs.can_focus = False
            yield tabs
            yield SelectableList(markup=False, compact=True)
            yield KeysLine()

    def on_mount(self) -> None:
        """Show the first list."""
        self.query_one(OptionList).focus()
        self._show_list()

    def action_turn(self, step: int) -> None:
        """Show the next or previous list."""
        self.query_one(Choices).action_step(step)

    def on_choices_changed(self) -> None:
        """Show the chosen list."""
        self._which = LISTS[self.query_one(Choices).chosen]
        self._show_list()

    def _show_list(self) -> None:
        self._people, self._offset, self._total, self._asking = {}, 0, None, False
        self.query_one(OptionList).clear_options()
        self._tell_keys()
        if self._which == "banned":
            self.client.send(c.ListBans())
        else:
            self._ask_page()

    def _tell_keys(self) -> None:
        key = self.keymap.shown
        acts: dict[PeopleList, list[tuple[str, str]]] = {
            "audience": [(key("invite_to_stage"), "invites"), (key("remove"), "removes")],
            "left": [],
            "banned": [(key("ask_to_unmute"), "lets in again")],
        }
        keys = acts[self._which] if self._moderates else []
        if self._which != "banned":
            keys = [*keys, (key("ban"), "bans")] if self._moderates else keys
            keys = [("Enter", "card"), *keys, (key("report"), "reports")]
        self.query_one(KeysLine).show_keys(*keys, ("Tab", "turns"), ("Esc", "back"))

    def _ask_page(self) -> None:
        done = self._total is not None and self._offset >= self._total
        if not self._asking and not done and self._which != "banned":
            self._asking = True
            if self._which == "left":
                self.client.send(c.ListPeople(offset=self._offset, of="left"))
            else:
                self.client.send(c.ListPeople(offset=self._offset))

    def show_page(self, page: e.PeoplePage) -> None:
        """Add a page of people to the end of the list."""
        if page.of != self._which:
            return
        self._asking = False
        new = {seat: each for seat, each in page.listed.items() if seat not in self._people}
        self._offset = page.offset + len(page.seats)
        self._total = page.total if page.seats else self._offset
        self._people |= new
        self._add(self._row(seat, person) for seat, person in new.items())
        self.set_title(f"People  {page.total}", "" if self._people else _EMPTY[self._which])

    def _row(self, seat: str, person: Person) -> tuple[str, str, str]:
        name = "".join(written_in_parts(person, self.client.model.view))
        said = (labels_of(person), person.headline)
        return seat, name, " · ".join(filter(None, said))

    def sync(self) -> None:
        """Update the list: bans arrived, or a person's name is shown differently."""
        if self._which != "banned":
            self._rename()
            return
        self._bans = self.client.model.lists.bans
        people = self.query_one(OptionList)
        place = people.highlighted
        people.clear_options()
        self._add((ban.key, ban.name, _ban_words(ban)) for ban in self._bans)
        if self._bans:
            people.highlighted = min(place or 0, len(self._bans) - 1)
        self.set_title(f"People  {len(self._bans)}", "" if self._bans else _EMPTY["banned"])

    def _rename(self) -> None:
        audience = self.client.model.lists.audience
        for id, person in self._people.items():
            now = audience.get(id, person)
            if now != person:
                self._people[id] = now
                _, name, words = self._row(id, now)
                self.query_one(OptionList).replace_option_prompt(id, _prompt(name, words))

    def _add(self, rows: Iterable[tuple[str, str, str]]) -> None:
        people = self.query_one(OptionList)
        people.add_options(Option(_prompt(name, words), id=id) for id, name, words in rows)
        if people.highlighted is None and people.option_count:
            people.highlighted = 0

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Fetch the next page if the end is near."""
        if event.option_index > event.option_list.option_count - AHEAD:
            self._ask_page()

    @property
    def _picked(self) -> str | None:
        people = self.query_one(OptionList)
        if people.highlighted is None:
            return None
        return people.get_option_at_index(people.highlighted).id

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the card of the person chosen with Enter or a click."""
        id = event.option.id
        if id is not None and id in self._people:
            self.post_message(OpenCard(Named(id, self._people[id]), gone=self._which == "left"))

    def action_act(self, name: str) -> None:
        """Invite, remove, ban or report the picked person."""
        id, view = self._picked, self.client.model.view
        if id is None or id not in self._people:
            return
        offered = acts_on_who_left(view) if self._which == "left" else acts_on(view, id)
        if name in offered:
            self.post_message(ActOn(name, Named(id, self._people[id])))

    def action_lift(self) -> None:
        """Lift the picked ban."""
        if self._which == "banned" and (key := self._picked) is not None:
            self.client.send(c.Unban(key=key))
            self.client.send(c.ListBans())


def _prompt(name: str, words: str) -> Content:
    return Content.assemble((name, "bold"), (f"  {words}", QUIET))


def _ban_words(ban: BanNotice) -> str:
    until = "for good"
    if ban.until is not None:
        until = f"for {remaining(ban.until - time.time())} more"
    return " · ".join(
        word for word in (until, f"by {ban.by}" if ban.by else "", ban.reason) if word
    )
