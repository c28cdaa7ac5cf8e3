"""A page about one person, with everything that the user may do to them."""

from __future__ import annotations

import contextlib
import time

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ....errors import CommandRefused, ConnectionFailed
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.durations import clock
from ....protocol.people import ROLE_WORDS
from ....protocol.profile import Profile
from ...model.named import Named
from ..keys import binding
from ..moderation import ACTS, acts_on, acts_on_who_left
from ..room_client import ActOn
from ..widgets.face import QUIET, turn_words
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import KeysLine, Sheet

KEY_GROUP = 4
"""Number of digits in one group of a fingerprint, so that it can be read aloud."""


_SHOWN = ("pronouns", "company", "location")


class CardScreen(Sheet[None]):
    """A person's card; it follows the person, and closes when something is done.

    Their profile comes from the server when the card is opened.
    """

    BINDINGS = [
        Binding("q", "back", show=False),
        *(binding(name, f"act('{name}')") for name in ACTS),
    ]

    def __init__(self, someone: Named, *, gone: bool = False) -> None:
        super().__init__()
        self.seat, self.person = someone
        self._gone = gone
        self._offered: tuple[str, ...] = ()
        self._profile: Profile | None = None
        self.title_text = self.person.full_name

    def body(self) -> ComposeResult:
        """Yield the facts, then the acts."""
        yield Static(id="facts")
        yield SelectableList(markup=False, compact=True, classes="few", id="acts")
        yield KeysLine(("Enter", "does it"), ("Esc", "back"))

    def on_mount(self) -> None:
        """Show what is known of the person."""
        self.sync()
        self.query_one(OptionList).focus()
        self._read_profile()

    @work
    async def _read_profile(self) -> None:
        with contextlib.suppress(CommandRefused, ConnectionFailed):  # the card tells enough
            (shown,) = await self.ask_server(c.ShowProfile(person=self.person.id))
            if isinstance(shown, e.ProfileShown) and self.is_mounted:
                self._profile = shown.profile
                self.sync()

    def sync(self) -> None:
        """Update the card: the person raised a hand, came on stage or left."""
        self.query_one("#facts", Static).update(self._facts())
        view = self.client.model.view
        now = view.people.get(self.person.id) if view is not None else None
        if now is not None and now != self.person:
            self.person, self._offered = now, ()
            self.set_title(now.full_name)
        offered = acts_on_who_left(view) if self._gone else acts_on(view, self.seat)
        acts = self.query_one(OptionList)
        if offered == self._offered and acts.option_count:
            return
        self._offered = offered
        acts.clear_options()
        acts.add_options(
            Option(
                Content.assemble(
                    (f"{self.keymap.shown(name):>5}  ", "bold $accent"),
                    ACTS[name].words.format(self.person.full_name),
                ),
                id=name,
            )
            for name in offered
        )
        acts.display = bool(offered)
        acts.highlighted = 0 if offered else None

    def _facts(self) -> Content:
        facts = [Content.styled(self.person.headline, QUIET)] if self.person.headline else []
        if self._profile is not None and self._profile.bio:
            facts.append(Content(self._profile.bio))
        for label, words in self._rows():
            facts.append(Content.assemble((f"{label:<9}", QUIET), words))
        return Content("\n").join(facts)

    def _rows(self) -> list[tuple[str, str]]:
        model, id, wall = self.client.model, self.seat, time.time()
        view, rows = model.view, []
        if view is None or self._gone:
            rows.append(("here", "no, left lately"))
        elif (speaker := view.stage.get(id)) is not None:
            left = model.turn_left(id, wall)
            turn = f", {turn_words(left)} of the turn" if left is not None else ""
            turn = f", {turn_words(left)}" if left is not None and left.over else turn
            rows.append(("on stage", f"{ROLE_WORDS[speaker.role]}{turn}"))
        else:
            rows.append(("here", "in the audience"))
        if spoken := model.spoken(id):
            rows.append(("spoken", clock(spoken)))
        hand = next((each for each in view.hands if each.id == id), None) if view else None
        if view is not None and hand is not None:
            place = f"place {view.place_in_queue(id)}, {model.hand_reason(hand, wall)}"
            rows.append(("hand", place))
            rows += [("wants", f"“{hand.topic}”")] if hand.topic else []
        if self._profile is not None:
            links = " ".join(self._profile.links)
            told = (*((each, getattr(self._profile, each)) for each in _SHOWN), ("links", links))
            rows += [(label, words) for label, words in told if words]
        rows.append(("key", _grouped(self.person.key)))
        return rows

    def action_act(self, name: str) -> None:
        """Close the card and do the act from the room."""
        if name in self._offered:
            self.dismiss()
            self.app.post_message(
                ActOn(name, Named(self.seat, self.person))
            )  # this screen is closing

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do the act that was chosen with Enter or a click."""
        if event.option.id is not None:
            self.action_act(event.option.id)


def _grouped(key: str) -> str:
    return " ".join(key[at : at + KEY_GROUP] for at in range(0, len(key), KEY_GROUP)) or "unknown"
