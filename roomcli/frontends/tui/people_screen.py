"""The whole audience, page by page as one scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ...protocol import commands as c
from ...protocol.events import PeoplePage
from .face import QUIET
from .moderation import ACTS, acts_on

if TYPE_CHECKING:
    from .app import RoomApp

AHEAD = 20
"""The next page is asked for when fewer people than this are left below."""


class PeopleScreen(ModalScreen[None]):
    """A list of listeners; moderators invite and remove from here."""

    BINDINGS = [
        Binding("escape,p,q", "go_back", "Back"),
        Binding("i", "act('invite_to_stage')", "Invite on stage"),
        Binding("x", "act('remove')", "Remove"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, str] = {}
        self._offset = 0
        self._total: int | None = None
        self._asking = False
        self._removing: str | None = None

    @property
    def room(self) -> RoomApp:
        """The app, which has the model and the engine."""
        return cast("RoomApp", self.app)

    def compose(self) -> ComposeResult:
        """One list."""
        with Vertical(classes="sheet tall") as sheet:
            sheet.border_title = "Audience"
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        """Ask for the first page."""
        moderator = self.room.model.view is not None and self.room.model.view.is_moderator
        hint = "i invites on stage   x removes   " if moderator else ""
        self.query_one(".sheet").border_subtitle = f"{hint}Esc goes back"
        self._ask()

    def _ask(self) -> None:
        done = self._total is not None and self._offset >= self._total
        if not self._asking and not done:
            self._asking = True
            self.room.send(c.ListPeople(offset=self._offset))

    def show_page(self, page: PeoplePage) -> None:
        """More people, at the end of the list."""
        self._asking = False
        new = [person for person in page.people if person.id not in self._names]
        self._offset = page.offset + len(page.people)
        self._total = page.total if page.people else self._offset
        self._names |= {person.id: person.name for person in new}
        self.query_one(".sheet").border_title = f"Audience  {page.total}"
        self.query_one(OptionList).add_options(
            Option(
                Content.assemble((person.name, "bold"), (f"  {person.headline}", QUIET)),
                id=person.id,
            )
            for person in new
        )

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Near the end: fetch the next page. Whoever was to be removed is safe again."""
        if event.option.id != self._removing:
            self._removing = None
        if event.option_index > event.option_list.option_count - AHEAD:
            self._ask()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only moderators act."""
        return action != "act" or self.room.model.role in ("host", "cohost")

    def action_act(self, name: str) -> None:
        """Invite, or remove after asking once."""
        people = self.query_one(OptionList)
        if people.highlighted is None:
            return
        id = people.get_option_at_index(people.highlighted).id
        if id is None or name not in acts_on(self.room.model.view, id):
            return
        if name == "remove" and self._removing != id:
            self._removing = id
            self.notify(f"x again removes {self._names[id]}", markup=False)
            return
        self.room.send(ACTS[name].command(id))

    def action_go_back(self) -> None:
        """Back to the room."""
        self.dismiss()
