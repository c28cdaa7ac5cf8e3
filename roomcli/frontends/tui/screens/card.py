"""A page about one person, with everything that the user may do to them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import cast

from msgspec.structs import replace
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
from ....protocol.profile import PUBLIC
from ...model.named import Named
from ...words.adjustment_words import adjustment_words
from ...words.badge_words import proven_lines
from ...words.floor_words import hand_reason
from ..hearing import adjusting, can_be_adjusted, switch_words
from ..keys import HEARING, binding
from ..moderation import ACTS, acts_on, acts_on_who_left
from ..room_client import ActOn, ClientApp
from ..widgets.face import QUIET, clickable, turn_words
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import KeysLine, Sheet

KEY_GROUP = 4
"""Number of digits in one group of a fingerprint, so that it can be read aloud."""


_SHOWN = ("pronouns", "company", "location")
_TIES: dict[str, tuple[type[c.Follow | c.Unfollow | c.Block | c.Unblock], str]] = {
    "follow": (c.Follow, "Follow {}"),
    "unfollow": (c.Unfollow, "Follow {} no longer"),
    "block": (c.Block, "Block {}: hear and read no more of them"),
    "unblock": (c.Unblock, "Block {} no longer"),
}


_DOOR = {"let_in": "Let {} in", "turn_away": "Do not let {} in"}


class CardScreen(Sheet[None]):
    """A person's card; it follows the person, and closes when something is done.

    Their profile comes from the server when the card is opened.
    """

    BINDINGS = [
        Binding("q", "back", show=False),
        *(binding(name, f"act('{name}')") for name in (*ACTS, *_DOOR, *HEARING)),
        # Priority: the list of acts would scroll by them.
        Binding("left", "act('quieter')", show=False, priority=True),
        Binding("right", "act('louder')", show=False, priority=True),
    ]

    def __init__(self, someone: Named, *, gone: bool = False) -> None:
        super().__init__()
        self.seat, self.person = someone
        self._gone = gone
        self._offered: dict[str, str] = {}
        self._shown: e.ProfileShown | None = None
        self.title_text = self.person.full_name

    def body(self) -> ComposeResult:
        """Yield the facts, then the acts."""
        yield Static(id="facts")
        yield SelectableList(markup=False, compact=True, classes="few", id="acts")
        yield KeysLine()

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
                self._shown = shown
                self.sync()

    def sync(self) -> None:
        """Update the card: the person raised a hand, came on stage or left."""
        self.query_one("#facts", Static).update(self._facts())
        view = self.client.model.view
        now = view.people.get(self.person.id) if view is not None else None
        if now is not None and now != self.person:
            self.person = now
            self.set_title(now.full_name)
        self._offer_acts()

    def _offer_acts(self) -> None:
        acts = self.query_one(OptionList)
        offered = dict(self._acts())
        if offered == self._offered and acts.option_count:
            return
        self._offered = offered
        chosen = acts.highlighted_option.id if acts.highlighted_option is not None else None
        acts.clear_options()
        acts.add_options(
            Option(
                Content.assemble(
                    (f"{'' if name in _TIES else self.keymap.shown(name):>5}  ", "bold $accent"),
                    words,
                ),
                id=name,
            )
            for name, words in offered.items()
        )
        acts.display = bool(offered)
        arrows = [("←→", "volume")] if self._is_heard else []
        self.query_one(KeysLine).show_keys(("Enter", "does it"), *arrows, ("Esc", "back"))
        ids = list(offered)
        acts.highlighted = ids.index(chosen) if chosen in ids else 0 if offered else None

    def _acts(self) -> Iterator[tuple[str, str]]:
        """Yield what may be done now, by the names of the keys, and its words."""
        view, name = self.client.model.view, self.person.full_name
        if self._knocks:
            yield from ((each, words.format(name)) for each, words in _DOOR.items())
        else:
            acts = acts_on_who_left(view) if self._gone else acts_on(view, self.seat)
            yield from ((each, ACTS[each].words.format(name)) for each in acts)
        if self._is_heard:
            switches = switch_words(self.client.model.adjustment_of(self.person))
            yield from ((each, words.format(name)) for each, words in switches.items())
        yield from ((each, _TIES[each][1].format(name)) for each in self._ties())

    @property
    def _is_heard(self) -> bool:
        """Whether the person is here, for the user to hear them as they like."""
        view = self.client.model.view
        return not (self._gone or self._knocks) and can_be_adjusted(self.person, view)

    @property
    def _knocks(self) -> bool:
        """Whether the person waits at the door, for the user to answer."""
        view = self.client.model.view
        return view is not None and view.is_moderator and self.person.id in view.knockers

    def _ties(self) -> tuple[str, ...]:
        """Return what the user may do about their tie to the person, once it is known."""
        view = self.client.model.view
        if self._shown is None or (view is not None and self.person.id == view.me):
            return ()
        if self._shown.blocked:
            return ("unblock",)
        return "unfollow" if self._shown.followed else "follow", "block"

    def _facts(self) -> Content:
        facts = [Content.styled(self.person.headline, QUIET)] if self.person.headline else []
        if self._shown is not None and self._shown.profile.bio:
            facts.append(Content(self._shown.profile.bio))
        for label, words in self._rows():
            facts.append(Content.assemble((f"{label:<9}", QUIET), words))
        return Content("\n").join(facts)

    def _rows(self) -> list[tuple[str, str | Content]]:
        model, id, wall = self.client.model, self.seat, time.time()
        view = model.view
        rows: list[tuple[str, str | Content]] = []
        if self._knocks:
            rows.append(("here", "at the door"))
        elif view is None or self._gone:
            rows.append(("here", "no, left lately"))
        elif (speaker := view.stage.get(id)) is not None:
            left = model.clock.turn_left(speaker, wall)
            turn = f", {turn_words(left)} of the turn" if left is not None else ""
            turn = f", {turn_words(left)}" if left is not None and left.over else turn
            rows.append(("on stage", f"{ROLE_WORDS[speaker.role]}{turn}"))
        else:
            rows.append(("here", "in the audience"))
        if spoken := model.spoken(id):
            rows.append(("spoken", clock(spoken)))
        hand = next((each for each in view.hands if each.id == id), None) if view else None
        if view is not None and hand is not None:
            why = hand_reason(hand, view.settings.order, model.clock.waited(hand, wall))
            rows.append(("hand", f"place {view.place_in_queue(id)}, {why}"))
            rows += [("wants", f"“{hand.topic}”")] if hand.topic else []
        if self._is_heard:
            rows.append(("volume", self._volume()))
        rows += self._proven(wall)
        if self._shown is not None:
            profile = self._shown.profile
            told = [(each, getattr(profile, each)) for each in _SHOWN]
            told.append(("links", " ".join(profile.links)))
            rows += [(label, words) for label, words in told if words]
            if profile.page == PUBLIC:
                page = cast("ClientApp", self.app).web_address(f"/p/{self._shown.person.id}")
                rows.append(("page", page))
            if self._shown.blocked:
                rows.append(("you", "block them"))
            elif self._shown.followed:
                rows.append(("you", "follow them"))
        rows.append(("key", _grouped(self.person.key)))
        return rows

    def _volume(self) -> Content:
        """Return how the user hears the person, with the keys that change it, which can be clicked.

        It is said in words as well, since a muted person has a volume too.
        """
        heard = self.client.model.adjustment_of(self.person)
        less, more = (
            clickable(Content.styled(self.keymap.shown(key), "bold $accent"), "screen.act", key)
            for key in ("quieter", "louder")
        )
        words = adjustment_words(replace(heard, volume=100))
        return Content.assemble(less, f" {heard.volume} % ", more, f"  {words}" if words else "")

    def _proven(self, wall: float) -> list[tuple[str, str]]:
        """Return what is proven of the person and when that was seen, or that they only seem so."""
        badges = self.person.badges if self._shown is None else self._shown.badges
        said = proven_lines(self.person, badges, wall)
        return [("" if place else "proven", words) for place, words in enumerate(said)]

    def action_act(self, name: str) -> None:
        """Do an act: from the room, with the card closed, but for how the person is heard."""
        if name not in self._offered and not (name in HEARING and self._is_heard):
            return
        if name in HEARING:
            heard = self.client.model.adjustment_of(self.person)
            self.client.send(adjusting(name, self.person, heard))
        elif name in _DOOR:
            self.client.send(c.AnswerKnock(id=self.person.id, let_in=name == "let_in"))
            self.dismiss()
        elif name in _TIES:
            self.client.send(_TIES[name][0](person=self.person.id))
            self.dismiss()
        else:
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
