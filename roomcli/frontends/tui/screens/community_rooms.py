"""The rooms of a community: which are open; one goes in, and moderators add and take out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.widgets.option_list import Option

from ....errors import CommandRefused
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.community import CommunityDetails
from ....protocol.listing import ListedRoom
from ..room_client import ClientApp
from ..widgets.face import QUIET
from ..widgets.host_token import HOST_TOKEN, HostTokenField
from ..widgets.key_hints import Hint
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import KeysLine
from .entering import EnteringSheet
from .form_page import FormPage, checked

LABELS = {"room": "Room", "host_token": HOST_TOKEN}
NOTE = "Rooms of this name are the community's from now on: nobody else opens them."
MAX_ROOM_NAME = 64


class CommunityRoomsScreen(EnteringSheet):
    """The rooms by name; Enter goes into the picked one."""

    BINDINGS = [
        Binding("q", "back", show=False),
        Binding("o", "open_room", show=False),
        Binding("a", "add", show=False),
        Binding("x", "take_out", show=False),
    ]

    def __init__(self, community: CommunityDetails) -> None:
        super().__init__()
        self._community = community
        self._open: dict[str, ListedRoom] = {}
        self._takes_out = ""
        self.title_text = f"Rooms of {community.name}"

    def compose(self) -> ComposeResult:
        """Yield the list, which scrolls by itself."""
        with Vertical(classes="sheet tall") as sheet:
            sheet.border_title = Content(self.title_text)
            yield SelectableList(markup=False, compact=True)
            yield KeysLine()

    def on_mount(self) -> None:
        """Show the rooms, and ask which are open."""
        self.query_one(SelectableList).focus()
        self._list_rooms(self._community)
        self.look_again(self._load_rooms)

    async def _load_rooms(self) -> None:
        (now,) = await self.ask_server(c.ShowCommunity(community=self._community.id))
        assert isinstance(now, e.CommunityShown)
        answers = await self.ask_server(c.ShowHome())
        shown = [each for one in answers if isinstance(one, e.HomeShown) for each in one.rooms]
        self._open = {each.room.name: each.room for each in shown}
        if self.is_mounted:
            self._list_rooms(now.community)

    def _list_rooms(self, community: CommunityDetails) -> None:
        self._community, rows = community, self.query_one(SelectableList)
        place = rows.highlighted or 0
        rows.clear_options()
        rows.add_options(Option(self._room_row(each), id=each) for each in community.rooms)
        if community.rooms:
            rows.highlighted = min(place, len(community.rooms) - 1)
        else:
            rows.add_option(Option(Content("it has no rooms yet"), disabled=True))
        self.offer(*self._room_hints())

    def _room_row(self, name: str) -> Content:
        room = self._open.get(name)
        if room is None:
            return Content.styled(name, "bold")
        told = " · ".join(filter(None, ("open", room.topic, f"{room.stage + room.audience} in it")))
        return Content.assemble((name, "bold"), (f"  {told}", QUIET))

    def _room_hints(self) -> Iterator[Hint]:
        if self._picked:
            yield Hint("Enter", "joins", "go_in")
            if self._may_open:
                yield Hint("o", "opens it", "open_room")
        if self._is_moderator:
            yield Hint("a", "adds one", "add")
            if self._picked:
                yield Hint("x", "removes it", "take_out")
        yield Hint("Esc", "back", "back")

    @property
    def _is_moderator(self) -> bool:
        return self._community.you in ("owner", "moderator")

    @property
    def _may_open(self) -> bool:
        by_members = self._community.hosting == "members" and self._community.you == "member"
        return self._is_moderator or by_members

    @property
    def _picked(self) -> str:
        """The name of the picked room; empty if there is none."""
        rows = self.query_one(SelectableList)
        if rows.highlighted is None:
            return ""
        return rows.get_option_at_index(rows.highlighted).id or ""

    def on_option_list_option_highlighted(self) -> None:
        """Take back what was asked about another room."""
        if self._takes_out not in ("", self._picked):
            self._takes_out = ""
            self.set_title(self.title_text)

    def on_option_list_option_selected(self) -> None:
        """Go into the room that was chosen with Enter or a click."""
        self.action_go_in()

    def action_go_in(self) -> None:
        """Enter the picked room; ask once whoever would leave a stage for it."""
        if self._picked:
            self.enter_room(self._picked)

    def action_open_room(self) -> None:
        """Open the picked room, and be its host."""
        if self._picked and self._may_open:
            self.enter_room(self._picked, opens=True)

    def action_add(self) -> None:
        """Open the form to let a room belong to the community."""
        if self._is_moderator:
            self.app.push_screen(AddRoomForm(self._community), self._look_at_change)

    def _look_at_change(self, _: None) -> None:
        self.look_again(self._load_rooms)

    def action_take_out(self) -> None:
        """Let the picked room belong to the community no longer, at the second press."""
        room = self._picked
        if not room or not self._is_moderator:
            return
        if self._takes_out != room:
            self._takes_out = room
            text = f"press x once more: everybody may open {room} then"
            self.set_title(self.title_text, text)
            return
        self._takes_out = ""
        self.inquire(partial(self._give_up, room))

    async def _give_up(self, room: str) -> None:
        await self.ask_server(c.GiveUpCommunityRoom(community=self._community.id, room=room))
        if self.is_mounted:
            self.set_title(self.title_text)
        await self._load_rooms()


class AddRoomForm(FormPage[None]):
    """Lets rooms of a name belong to the community; asks for the host token where it is needed."""

    def __init__(self, community: CommunityDetails) -> None:
        super().__init__()
        self._community = community
        self.title_text = f"Add a room to {community.name}"

    def body(self) -> ComposeResult:
        """Yield the field for the name, which is that of the room that one hosts."""
        visit = cast("ClientApp", self.app).client
        own = visit.room_name if visit is not None and visit.model.role == "host" else ""
        name = Input(own, id="room", max_length=MAX_ROOM_NAME, compact=True)
        yield from self.labelled(LABELS["room"], name)
        yield HostTokenField()
        ending = " It gets an ending that nobody guesses." if self._community.hidden else ""
        yield Static(Content.styled(NOTE + ending, QUIET), classes="note")
        yield KeysLine()

    def on_mount(self) -> None:
        """Take letters at once."""
        self.offer_saving("adds it")
        self.query_one("#room", Input).focus()

    async def save(self) -> None:
        """Add the room, and close."""
        fields = {"community": self._community.id}
        fields["room"] = self.query_one("#room", Input).value.strip()
        if token := self.query_one(HostTokenField).token or cast("ClientApp", self.app).host_token:
            fields["host_token"] = token
        try:
            await self.ask_server(checked(c.AddCommunityRoom, fields, LABELS))
        except CommandRefused as refused:
            if refused.code == "hosting_not_allowed":
                self.query_one(HostTokenField).ask_for_token()
            raise
        self.dismiss()
