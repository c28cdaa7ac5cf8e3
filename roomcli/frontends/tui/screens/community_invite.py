"""The page on which moderators look for people, and invite them into a community."""

from __future__ import annotations

import asyncio
from functools import partial

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ....errors import CommandRefused, ConnectionFailed
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.community import CommunityDetails
from ....protocol.finding import MAX_SEARCH
from ....protocol.people import Person
from ...words.badge_words import labels_of
from ...words.names import after_name
from ..widgets.face import QUIET
from ..widgets.home_line import SEARCH_WAIT
from ..widgets.key_hints import Hint
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import DeskSheet, KeysLine

NOTE = "Somebody who was here before, by name. They are told, and join or decline."


class InvitePeopleScreen(DeskSheet[None]):
    """A field to search in, and who is found; Enter invites the picked one, and one goes on."""

    BINDINGS = [
        Binding("enter", "invite", show=False, priority=True),
        Binding("down", "pick(1)", show=False, priority=True),
        Binding("up", "pick(-1)", show=False, priority=True),
    ]

    def __init__(self, community: CommunityDetails) -> None:
        super().__init__()
        self._community = community.id
        self._people: dict[str, Person] = {}
        self._invited: set[str] = set()
        self.title_text = f"Invite into {community.name}"

    def body(self) -> ComposeResult:
        """Yield the field, and the list, which is filled when something is typed."""
        yield Static(Content("Whom?"), classes="question -first")
        yield Input(max_length=MAX_SEARCH, compact=True)
        yield SelectableList(markup=False, compact=True, classes="few")
        yield Static(Content.styled(NOTE, QUIET), classes="note")
        yield KeysLine()

    def on_mount(self) -> None:
        """Take letters at once."""
        self._rows.display = False
        self._rows.can_focus = False
        self.query_one(Input).focus()
        self.offer(
            Hint("↑↓", "pick"), Hint("Enter", "invites", "invite"), Hint("Esc", "closes", "back")
        )

    @property
    def _rows(self) -> SelectableList:
        return self.query_one(SelectableList)

    def on_input_changed(self) -> None:
        """Look for who is called so, when no more is typed."""
        self._search_people()

    @work(exclusive=True, group="search")
    async def _search_people(self) -> None:
        await asyncio.sleep(SEARCH_WAIT)
        typed = self.query_one(Input).value.strip()
        try:
            answers = await self.ask_server(c.Search(of="people", text=typed)) if typed else []
        except (CommandRefused, ConnectionFailed) as error:
            self.set_title(self.title_text, str(error))
            return
        found = [each for one in answers if isinstance(one, e.SearchResults) for each in one.people]
        if self.is_mounted and typed == self.query_one(Input).value.strip():
            self._people = {each.id: each for each in found}
            self.set_title(self.title_text)
            self._list_found(typed)

    def _list_found(self, typed: str) -> None:
        rows = self._rows
        place = rows.highlighted or 0
        rows.clear_options()
        rows.display = bool(typed)
        rows.add_options(Option(self._row(each), id=id) for id, each in self._people.items())
        if self._people:
            rows.highlighted = min(place, len(self._people) - 1)
        else:
            rows.add_option(Option(Content("nobody here is called so"), disabled=True))

    def _row(self, person: Person) -> Content:
        about = ", ".join(filter(None, (labels_of(person), person.headline)))
        invited = "  invited" if person.id in self._invited else ""
        return Content.assemble(
            (f"{person.name}{after_name(person)}", "bold"),
            (f"  {about}" if about else "", QUIET),
            (invited, "bold $success"),
        )

    def action_pick(self, step: int) -> None:
        """Pick the next or previous person."""
        (self._rows.action_cursor_down if step > 0 else self._rows.action_cursor_up)()

    def action_invite(self) -> None:
        """Invite the picked one."""
        rows = self._rows
        if rows.highlighted is None:
            return
        person = self._people.get(rows.get_option_at_index(rows.highlighted).id or "")
        if person is not None and person.id not in self._invited:
            self.inquire(partial(self._invite, person))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Stay in the field after a click, which picks a person."""
        self.query_one(Input).focus()

    async def _invite(self, person: Person) -> None:
        await self.ask_server(c.InviteToCommunity(community=self._community, person=person.id))
        self._invited.add(person.id)
        if self.is_mounted:
            self._rows.replace_option_prompt(person.id, self._row(person))
            self.set_title(self.title_text, f"{person.full_name} is invited")
