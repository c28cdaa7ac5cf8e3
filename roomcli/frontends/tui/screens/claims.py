"""What is proven of the user on a server: proving more, hiding it, and taking it back."""

from __future__ import annotations

import time
from functools import partial

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.badges import OwnClaim
from ....protocol.text import CHECK_MARK
from ...words.badge_words import own_claim_words
from ...words.claim_words import WHO_SEES, Provable, provable
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import DeskSheet, KeysLine
from .proving import ProvingScreen


class ClaimsScreen(DeskSheet[None]):
    """One's own claims, and below them what can be proven here; Enter takes back, or proves."""

    BINDINGS = [Binding("q", "back", show=False), Binding("h", "hide", show=False)]
    title_text = "What is proven of you"
    classes_of_sheet = "sheet page"

    def __init__(self) -> None:
        super().__init__()
        self._claims: dict[str, OwnClaim] = {}
        self._offers: list[Provable] = []
        self._asked = ""

    def body(self) -> ComposeResult:
        """Yield the list; it is filled in when the server has answered."""
        yield SelectableList(markup=False, compact=True, classes="few", id="claims")
        yield Static(Content.styled(WHO_SEES, QUIET), classes="note")
        yield KeysLine()

    def on_mount(self) -> None:
        """Ask what is proven."""
        self.offer(
            Hint("Enter", "proves, or takes back", "choose"),
            Hint("h", "hides, or shows", "hide"),
            Hint("Esc", "closes", "back"),
        )
        self.set_title(self.title_text, "asking …")
        self.query_one(OptionList).focus()
        self.inquire(self._fill_list)

    def hear(self, news: e.DeskMessage) -> None:
        """Ask again when something is proven, or no longer, or hidden."""
        if isinstance(news, e.ClaimMade | e.ClaimChanged | e.ClaimEnded):
            self.inquire(self._fill_list)

    async def _fill_list(self) -> None:
        (listed,) = await self.ask_server(c.ListClaims())
        if not isinstance(listed, e.ClaimsListed) or not self.is_mounted:
            return
        self._offers, self._asked, now = provable(listed), "", time.time()
        self._claims = {each.id: each for each in listed.claims}
        rows, place = self.query_one(OptionList), self.query_one(OptionList).highlighted
        rows.clear_options()
        rows.add_options(
            Option(Content(f"{CHECK_MARK} {own_claim_words(each, now)}"), id=each.id)
            for each in listed.claims
        )
        rows.add_options(
            Option(Content.assemble(("Prove ", "bold $accent"), each.words), id=f"prove {number}")
            for number, each in enumerate(self._offers)
        )
        rows.highlighted = min(place or 0, rows.option_count - 1)
        self.set_title(self.title_text, "" if listed.claims else "nothing yet")

    def action_choose(self) -> None:
        """Choose the row that is picked."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the page that proves, or take a claim back at the second press."""
        chosen = event.option.id or ""
        if chosen.startswith("prove "):
            self.app.push_screen(ProvingScreen(self._offers[int(chosen.removeprefix("prove "))]))
        elif chosen and chosen != self._asked:
            self._asked = chosen
            self.set_title(self.title_text, "Enter once more takes it back")
        elif chosen:
            self.inquire(self._withdraw)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Withdraw the question about a claim when another row is picked."""
        if self._asked and event.option.id != self._asked:
            self._asked = ""
            self.set_title(self.title_text)

    def action_hide(self) -> None:
        """Hide the claim that is picked from others, or show it again."""
        rows = self.query_one(OptionList)
        picked = rows.highlighted_option
        claim = self._claims.get(picked.id or "") if picked is not None else None
        if claim is None:
            self.set_title(self.title_text, "pick what is proven first")
            return
        command = c.ShowClaim if claim.hidden else c.HideClaim
        self.inquire(partial(self._change, command(claim=claim.id)))

    async def _change(self, command: c.ShowClaim | c.HideClaim) -> None:
        await self.ask_server(command)
        await self._fill_list()

    async def _withdraw(self) -> None:
        await self.ask_server(c.WithdrawClaim(claim=self._asked))
        await self._fill_list()
