"""The people of a community: members, and for moderators who applies, is invited, is banned."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import get_args

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.community import CommunityDetails, CommunityPerson, PeopleList
from ...words.badge_words import labels_of
from ...words.community_words import LIST_WORDS, about_person
from ...words.names import after_name
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import Choices, DeskSheet, KeysLine
from .community_forms import (
    BanFromCommunityForm,
    CommunityForm,
    DeclineForm,
    RemoveMemberForm,
    RoleForm,
)

LISTS: tuple[PeopleList, ...] = get_args(PeopleList)
TABS = ("Members", "Apply", "Invited", "Banned")
AHEAD = 20
"""The next page is asked for when fewer rows than this are left below."""
FORMS: dict[str, type[CommunityForm]] = {
    "decline": DeclineForm,
    "remove": RemoveMemberForm,
    "ban": BanFromCommunityForm,
    "role": RoleForm,
}


class CommunityPeopleScreen(DeskSheet[None]):
    """The lists of a community's people; what one may do with the picked one is a key each."""

    BINDINGS = [
        Binding("q", "back", show=False),
        Binding("tab,right", "turn(1)", show=False, priority=True),
        Binding("shift+tab,left", "turn(-1)", show=False, priority=True),
        Binding("a", "accept", show=False),
        Binding("d", "form('decline')", show=False),
        Binding("o", "form('role')", show=False),
        Binding("h", "hand_over", show=False),
        Binding("x", "form('remove')", show=False),
        Binding("b", "form('ban')", show=False),
        Binding("w", "withdraw", show=False),
        Binding("i", "invite", show=False),
        Binding("u", "lift", show=False),
    ]
    title_text = "People"

    def __init__(self, community: CommunityDetails, of: PeopleList = "members") -> None:
        super().__init__()
        self._community = community
        self._of: PeopleList = of
        self._people: dict[str, CommunityPerson] = {}
        self._total = 0
        self.title_text = f"People of {community.name}"

    @property
    def _is_moderator(self) -> bool:
        return self._community.you in ("owner", "moderator")

    def compose(self) -> ComposeResult:
        """Yield the choice of a list, and the list, which scrolls by itself."""
        with Vertical(classes="sheet tall") as sheet:
            sheet.border_title = Content(self.title_text)
            tabs = Choices(TABS if self._is_moderator else TABS[:1], LISTS.index(self._of))
            tabs.can_focus = False
            yield tabs
            yield SelectableList(markup=False, compact=True)
            yield KeysLine()

    def on_mount(self) -> None:
        """Ask for the list."""
        self.query_one(SelectableList).focus()
        self.inquire(self._load_list)

    def hear(self, news: e.DeskMessage) -> None:
        """Ask anew when somebody applies."""
        if isinstance(news, e.ApplicationMade) and news.community == self._community.id:
            self.inquire(self._load_list)

    def action_turn(self, step: int) -> None:
        """Show the next or previous list."""
        tabs = self.query_one(Choices)
        tabs.action_choose((LISTS.index(self._of) + step) % len(tabs.words))

    def on_choices_changed(self) -> None:
        """Ask for the list that was chosen."""
        self._of = LISTS[self.query_one(Choices).chosen]
        self.query_one(SelectableList).highlighted = None
        self.inquire(self._load_list)

    async def _load_list(self) -> None:
        """Ask for the list from its beginning."""
        of, rows = self._of, self.query_one(SelectableList)
        place = rows.highlighted
        page = await self._ask_people(0)
        if not self.is_mounted or of != self._of:
            return
        self._people = {}
        rows.clear_options()
        self._list_people(page)
        if self._people:
            rows.highlighted = min(place or 0, len(self._people) - 1)
        else:
            rows.add_option(Option(Content(f"no {LIST_WORDS[of]}"), disabled=True))
        self.offer(*self._hints())

    async def _load_next(self) -> None:
        of = self._of
        page = await self._ask_people(len(self._people))
        if self.is_mounted and of == self._of:
            self._list_people(page)

    async def _ask_people(self, offset: int) -> e.CommunityPeople:
        asked = c.ListCommunityPeople(community=self._community.id, of=self._of, offset=offset)
        (page,) = await self.ask_server(asked)
        assert isinstance(page, e.CommunityPeople)
        return page

    def _list_people(self, page: e.CommunityPeople) -> None:
        new = [each for each in page.people if each.person.id not in self._people]
        self._people |= {each.person.id: each for each in new}
        self._total = page.total if page.people else len(self._people)
        self.query_one(SelectableList).add_options(
            Option(_person_row(each), id=each.person.id) for each in new
        )
        self.set_title(f"{self.title_text}  {page.total}")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Offer what may be done with the picked one; ask for more if the end is near."""
        self.offer(*self._hints())
        near_end = event.option_index > event.option_list.option_count - AHEAD
        if near_end and 0 < len(self._people) < self._total:
            self.inquire(self._load_next)

    @property
    def _picked(self) -> CommunityPerson | None:
        rows = self.query_one(SelectableList)
        if rows.highlighted is None:
            return None
        return self._people.get(rows.get_option_at_index(rows.highlighted).id or "")

    def _hints(self) -> Iterator[Hint]:
        someone = self._picked
        if someone is not None and self._is_moderator:
            yield from self._acts(someone)
        if self._is_moderator:
            yield Hint("i", "invites", "invite")
            yield Hint("Tab", "turns", "turn(1)")
        yield Hint("Esc", "back", "back")

    def _acts(self, someone: CommunityPerson) -> Iterator[Hint]:
        match self._of:
            case "members":
                if self._community.you == "owner" and someone.role != "owner":
                    yield Hint("o", "role", "form('role')")
                    yield Hint("h", "hands it over", "hand_over")
                if self._is_above(someone):
                    yield Hint("x", "removes", "form('remove')")
                    yield Hint("b", "bans", "form('ban')")
            case "applications":
                yield Hint("a", "lets in", "accept")
                yield Hint("d", "declines", "form('decline')")
                yield Hint("b", "bans", "form('ban')")
            case "invitations":
                yield Hint("w", "withdraws", "withdraw")
            case "bans":
                yield Hint("u", "lets in again", "lift")

    def _is_above(self, someone: CommunityPerson) -> bool:
        below = ("member", "moderator") if self._community.you == "owner" else ("member",)
        return someone.role in below

    def _is_offered(self, action: str) -> bool:
        """Whether a key does something now: what is offered, and no more."""
        return any(each.action == action for each in self.offered)

    def action_form(self, name: str) -> None:
        """Ask for more about an act, then carry it out."""
        someone = self._picked
        if someone is not None and self._is_offered(f"form('{name}')"):
            form = FORMS[name](self._community.id, someone)
            self.app.push_screen(form, self._give)

    def action_hand_over(self) -> None:
        """Open the form to make the picked one the owner in one's own place."""
        from .community_endings import HandOverCommunityForm

        someone = self._picked
        if someone is not None and self._is_offered("hand_over"):
            self.app.push_screen(HandOverCommunityForm(self._community, someone), self._step_down)

    def _step_down(self, is_handed_over: bool | None) -> None:
        if is_handed_over:
            self._community = replace(self._community, you="moderator")
            self.inquire(self._load_list)

    def action_invite(self) -> None:
        """Open the page on which people are looked for and invited."""
        from .community_invite import InvitePeopleScreen

        if self._is_moderator:
            self.app.push_screen(InvitePeopleScreen(self._community), self._look_again)

    def _look_again(self, _: None) -> None:
        self.inquire(self._load_list)

    def action_accept(self) -> None:
        """Make the picked one a member."""
        self._about_picked("accept", c.AcceptApplication)

    def action_withdraw(self) -> None:
        """Take the picked one's invitation back."""
        self._about_picked("withdraw", c.WithdrawCommunityInvitation)

    def action_lift(self) -> None:
        """Let the picked one in again."""
        self._about_picked("lift", c.LiftCommunityBan)

    def _about_picked(
        self,
        action: str,
        command: type[c.AcceptApplication | c.WithdrawCommunityInvitation | c.LiftCommunityBan],
    ) -> None:
        someone = self._picked
        if someone is not None and self._is_offered(action):
            self._give(command(community=self._community.id, person=someone.person.id))

    def _give(self, command: c.Command | None) -> None:
        if isinstance(command, c.CommunityCommand):
            self.inquire(partial(self._give_and_look, command))

    async def _give_and_look(self, command: c.CommunityCommand) -> None:
        await self.ask_server(command)
        await self._load_list()


def _person_row(someone: CommunityPerson) -> Content:
    person = someone.person
    words = " · ".join(filter(None, (labels_of(person), about_person(someone, time.time()))))
    return Content.assemble(
        (person.name + after_name(person), "bold"), (f"  {words}" if words else "", QUIET)
    )
