"""The pages of communities: a list of one's own or of all that may be found, and one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.community import CommunityDetails, OwnStanding, PeopleList
from ...words.community_words import card_line, community_lines
from ..widgets.key_hints import Hint
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import ARROWS, Choices, DeskSheet, KeysLine

LISTS: tuple[Literal["mine", "discoverable"], ...] = ("mine", "discoverable")
TABS = ("Yours", "All that may be found")
MODERATORS: tuple[OwnStanding, ...] = ("owner", "moderator")
MEMBERS: tuple[OwnStanding, ...] = (*MODERATORS, "member")
CLOSES = Hint("Esc", "closes", "back")
KEYS = (
    Hint("Tab", "the other list", "turn(1)"),
    Hint("Enter", "opens one", "open_one"),
    Hint("n", "creates one", "found"),
    CLOSES,
)


class CommunitiesScreen(DeskSheet[None]):
    """Two lists of communities; Enter opens one."""

    BINDINGS = [
        Binding("q", "back", show=False),
        Binding("tab,right", "turn(1)", show=False, priority=True),
        Binding("shift+tab,left", "turn(-1)", show=False, priority=True),
        Binding("n", "found", show=False),
    ]
    title_text = "Communities"

    def __init__(self) -> None:
        super().__init__()
        self._of: Literal["mine", "discoverable"] = "mine"
        self._listed = 0

    def compose(self) -> ComposeResult:
        """Yield the choice of a list, and the list, which scrolls by itself."""
        with Vertical(classes="sheet tall") as sheet:
            sheet.border_title = self.title_text
            tabs = Choices(TABS)
            tabs.can_focus = False
            yield tabs
            yield SelectableList(markup=False, compact=True)
            yield KeysLine()

    def on_mount(self) -> None:
        """Ask for the list."""
        self.offer(*KEYS)
        self.query_one(SelectableList).focus()
        self._ask_anew()

    def on_screen_resume(self) -> None:
        """Ask again when a page above is closed: one may have joined or left there."""
        if self._listed:
            self._ask_anew()

    def action_turn(self, step: int) -> None:
        """Show the other list."""
        self.query_one(Choices).action_choose((LISTS.index(self._of) + step) % len(LISTS))

    def on_choices_changed(self) -> None:
        """Ask for the list that was chosen."""
        self._of = LISTS[self.query_one(Choices).chosen]
        self._ask_anew()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the community that was chosen."""
        if event.option.id:
            self.app.push_screen(CommunityScreen(event.option.id))

    def action_open_one(self) -> None:
        """Open the picked community."""
        self.query_one(SelectableList).action_select()

    def action_found(self) -> None:
        """Found a community, and open its page."""
        found_community(self.app)

    def _ask_anew(self) -> None:
        self.inquire(self._load)

    async def _load(self) -> None:
        of, rows, total = self._of, self.query_one(SelectableList), 1
        options: list[Option] = []
        while len(options) < total:
            asked = c.ListCommunities(of=of, offset=len(options))
            (page,) = await self.ask_server(asked)
            if not isinstance(page, e.CommunitiesListed) or not page.communities:
                break
            total = page.total
            options += (Option(Content(card_line(each)), id=each.id) for each in page.communities)
        if not self.is_mounted or of != self._of:
            return
        none = "you are in none yet" if of == "mine" else "there is none to be found here"
        rows.clear_options()
        rows.add_options(options or [Option(Content(none), disabled=True)])
        rows.highlighted = 0 if options else None
        self._listed += 1
        self.set_title(self.title_text)


def found_community(app: App[Any]) -> None:
    """Open the form to found a community, and its page when it is founded."""
    from .community_description import DescriptionForm

    def show(founded: e.CommunityShown | None) -> None:
        if founded is not None:
            app.push_screen(CommunityScreen(founded.community.id))

    app.push_screen(DescriptionForm(), show)


class CommunityScreen(DeskSheet[None]):
    """One community: what it is, its rules, rooms and people; one joins and leaves it here."""

    BINDINGS = [
        *ARROWS,
        Binding("j", "join", show=False),
        Binding("l", "leave", show=False),
        Binding("m", "people", show=False),
        Binding("a", "people('applications')", show=False),
        Binding("o", "log", show=False),
        Binding("i", "invite", show=False),
        Binding("e", "describe", show=False),
        Binding("r", "rooms", show=False),
        Binding("x", "close", show=False),
        Binding("q", "back", show=False),
    ]
    title_text = "Community"
    classes_of_sheet = "sheet page"

    def __init__(self, id: str) -> None:
        super().__init__()
        self._wanted = id
        self._community: CommunityDetails | None = None
        self._leaves = False
        self._is_closed = False

    def body(self) -> ComposeResult:
        """Yield what it is; it is filled in when the server has answered."""
        yield Static(id="community", markup=False)
        yield KeysLine()

    def on_mount(self) -> None:
        """Ask what the community is."""
        self.offer(CLOSES)
        self.set_title(self.title_text, "asking …")
        self.inquire(self._load)

    def on_screen_resume(self) -> None:
        """Ask again when a page above is closed: people may have come and gone there."""
        if self._is_closed:
            self.dismiss()
        elif self._community is not None:
            self.look_again(self._load)

    def hear(self, news: e.DeskMessage) -> None:
        """Ask again when something happened in this community that concerns one."""
        match news:
            case e.ApplicationMade(community=id) | e.StandingChanged(community=id):
                if id == self._wanted:
                    self.look_again(self._load)

    async def _load(self) -> None:
        (shown,) = await self.ask_server(c.ShowCommunity(community=self._wanted))
        if isinstance(shown, e.CommunityShown) and self.is_mounted:
            self._show_it(shown.community)

    def _show_it(self, community: CommunityDetails) -> None:
        self._community = community
        self.title_text = community.name
        self.set_title(community.name)
        self.query_one("#community", Static).update("\n".join(community_lines(community)))
        self.offer(*self._hints(community))

    def _hints(self, community: CommunityDetails) -> Iterator[Hint]:
        if words := _joining(community):
            yield Hint("j", words, "join")
        if community.applications:
            yield Hint("a", f"{community.applications} apply", "people('applications')")
        if community.you in MEMBERS:
            yield Hint("m", "people", "people")
            yield Hint("r", "rooms", "rooms")
            yield Hint("o", "log", "log")
        if community.you in MODERATORS:
            yield Hint("i", "invite", "invite")
        if community.you == "owner":
            yield Hint("e", "change", "describe")
            yield Hint("x", "close it", "close")
        if self._is_in(community):
            yield Hint("l", "leaves it", "leave")
        yield CLOSES

    @staticmethod
    def _is_in(community: CommunityDetails) -> bool:
        return community.you not in ("stranger", "banned")

    def action_join(self) -> None:
        """Join, open the form to apply, or agree to changed rules: those that the page shows."""
        community = self._community
        if community is None or not _joining(community):
            return
        if community.you == "stranger" and community.entry == "application":
            from .community_application import ApplicationForm

            self.app.push_screen(ApplicationForm(community))
        else:
            self.inquire(self._join_it)

    async def _join_it(self) -> None:
        assert self._community is not None
        id, version = self._community.id, self._community.rules_version
        is_member = self._is_member
        agree = c.AgreeToRules(community=id, rules=version)
        await self.ask_server(agree if is_member else c.JoinCommunity(community=id, rules=version))
        await self._load()

    def action_leave(self) -> None:
        """Leave at the second press, take an application back, or decline an invitation."""
        community = self._community
        if community is None or not self._is_in(community):
            return
        if not self._leaves:
            self._leaves = True
            self.set_title(self.title_text, "press l once more to leave it")
            return
        self.inquire(self._leave_it)

    async def _leave_it(self) -> None:
        await self.ask_server(c.LeaveCommunity(community=self._wanted))
        self.dismiss()

    def action_people(self, of: PeopleList = "members") -> None:
        """Show who is in it, or another list of its people."""
        from .community_people import CommunityPeopleScreen

        moderates = self._community is not None and self._community.you in MODERATORS
        if self._community is not None and self._is_member and (moderates or of == "members"):
            self.app.push_screen(CommunityPeopleScreen(self._community, of))

    def action_log(self) -> None:
        """Show what its moderators did."""
        from .community_log import CommunityLogScreen

        if self._community is not None and self._is_member:
            self.app.push_screen(CommunityLogScreen(self._community))

    def action_invite(self) -> None:
        """Open the page on which people are looked for and invited."""
        from .community_invite import InvitePeopleScreen

        if self._community is not None and self._community.you in MODERATORS:
            self.app.push_screen(InvitePeopleScreen(self._community))

    def action_describe(self) -> None:
        """Open the form to change what it says of itself, its rules, and how one gets in."""
        from .community_description import DescriptionForm

        if self._community is not None and self._community.you == "owner":
            self.app.push_screen(DescriptionForm(self._community))

    def action_rooms(self) -> None:
        """Show its rooms, to go into one, to add and to take out."""
        from .community_rooms import CommunityRoomsScreen

        if self._community is not None and self._is_member:
            self.app.push_screen(CommunityRoomsScreen(self._community))

    def action_close(self) -> None:
        """Open the form to close it for good."""
        from .community_endings import CloseCommunityForm

        if self._community is not None and self._community.you == "owner":
            self.app.push_screen(CloseCommunityForm(self._community), self._after_closing)

    def _after_closing(self, is_closed: bool | None) -> None:
        self._is_closed = bool(is_closed)

    @property
    def _is_member(self) -> bool:
        return self._community is not None and self._community.you in MEMBERS


def _joining(community: CommunityDetails) -> str:
    """Return what the key for joining does; empty for nothing."""
    agrees = "agrees to the rules and " if community.rules else ""
    match community.you:
        case "owner" | "moderator" | "member":
            changed = community.rules and community.agreed != community.rules_version
            return "agrees to the rules" if changed else ""
        case "invited":
            return f"{agrees}joins"
        case "stranger" if community.entry != "invitation":
            return f"{agrees}{'joins' if community.entry == 'open' else 'applies'}"
    return ""
