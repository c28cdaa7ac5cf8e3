"""The stage: a card for everyone who may speak, which shows whether they are heard."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from ....protocol.adjustment import AS_SENT, Adjustment
from ....protocol.durations import clock
from ....protocol.people import ROLE_WORDS, Person, Speaker
from ...model.room_clock import TurnLeft
from ...model.room_model import RoomModel
from ...words.adjustment_words import adjustment_mark
from ...words.badge_words import labels_of
from ...words.floor_words import succession_line
from ...words.measures import stepped
from ...words.names import after_name, bracketed
from ..hues import hue
from .face import QUIET, Face, emoji_face, heading, lines, meter, named, spread, styled, turn_words
from .river import River

CARD_WIDTH = 32
"""Preferred cells of a card; a wider screen has more columns."""
NARROW_CARD_WIDTH = 24
"""Least cells of a card, used if otherwise not everyone would be in view."""
ONE_LINE_WIDTH, WORDY = 17, 30
"""Least cells of a card of one line, and of one that has space for words."""
LEAST_ROWS = 2
"""Least rows of dense cards that must fit; with fewer, a card is one line."""
DENSE_ROWS, CARD_ROWS, AIRY_ROWS = 3, 4, 6
"""Lines of a card: with the gap below, and with empty lines around it if there is space."""
MAX_COLUMNS = 4
METER = 10
ROOMY = 28
"""Least cells of a card that says in two words that a microphone is open."""
LEVEL_STEP = 4
"""Decibels in one step of a meter: ten cells cannot show each, and repaints are fewer."""
SHOWN_REACTIONS = 8
FALSE_LEVEL = "≠ "
"""Stands before the name of a person who is not as loud as their client declares."""
SIGNS = "●○✕↻"
"""First characters of the words for a state; an open microphone that is silent has none."""
AT_DOOR = "The hosts see your card, and answer."
HURRY = 15
"""Seconds before the end of a turn from which it is shown with emphasis."""


class CardFacts(NamedTuple):
    """All that a card shows; times in whole seconds, None if nothing limits the turn."""

    speaker: Speaker
    person: Person
    is_you: bool
    on_air: bool
    speaking: bool
    level: int
    selected: bool
    spoken: int = 0
    turn_left: TurnLeft | None = None
    false_level: bool = False
    adjustment: Adjustment = AS_SENT

    @property
    def marks(self) -> str:
        """What stands before the name: that levels are false, and how the user hears them."""
        return (FALSE_LEVEL if self.false_level else "") + adjustment_mark(self.adjustment)


class SpeakerCard(Face):
    """Shows name and role, headline, a level bar with the state in words, and the time spoken."""

    def show_card(self, facts: CardFacts) -> None:
        """Show this speaker; CSS classes colour the edge."""
        if self.show(facts):
            self.set_class(facts.speaking, "-speaking")
            self.set_class(facts.selected, "-selected")
            self.set_class(not facts.speaker.connected, "-dropped")

    def render(self) -> Content:
        """Return three lines, or one if there is no space for more."""
        facts = self.facts
        if not isinstance(facts, CardFacts):
            return Content()
        if self.height == 1:
            return one_line(facts, self.width)
        speaker, width = facts.speaker, self.width
        mark = ("▸ " if facts.selected else "") + facts.marks
        role = styled(
            "" if speaker.role == "speaker" else ROLE_WORDS[speaker.role],
            "$accent" if speaker.role == "host" else QUIET,
        )
        name = named(
            f"{mark}{facts.person.name}",
            after_name(facts.person) + (" (you)" if facts.is_you else ""),
            width - role.cell_length - 1,
            f"bold {hue(facts.person)}",
        )
        top = spread(name, role, width)
        headline = about(facts.person).truncate(width, ellipsis=True)
        word, style = card_state(facts)
        word = "open" if word == "microphone open" and width < ROOMY else word
        state, time = styled(word, style), card_time(facts, short=width < ROOMY)
        if speaker.connected and not speaker.silenced and (facts.on_air or not speaker.muted):
            left = width - len(word) - time.cell_length - 2
            if left >= 3:
                state = meter(facts.level, min(METER, left), "$success") + Content(" ") + state
        return lines(top, headline, spread(state, time, width))

    async def on_click(self, event: events.Click) -> None:
        """Pick the person of the card on a click anywhere; open their card on a double click."""
        if isinstance(self.facts, CardFacts) and not self.is_selecting(event):
            event.prevent_default()
            action = "open_card" if event.chain == 2 else "pick_person"
            await self.app.run_action(("screen", action, (self.facts.speaker.id,)))


def about(person: Person) -> Content:
    """Return what is proven of a person, which stands first, and their headline."""
    labels, headline = labels_of(person), styled(person.headline, QUIET)
    if not labels:
        return headline
    between = styled(" · " if person.headline else "", QUIET)
    return Content.assemble(styled(labels, "$success"), between, headline)


def card_state(facts: CardFacts) -> tuple[str, str]:
    """Return the state of a speaker in words, and its style."""
    speaker = facts.speaker
    if not speaker.connected:
        return "↻ reconnecting", "$warning"
    if speaker.silenced:
        return "✕ silenced", "$warning"
    if facts.on_air and facts.is_you:
        return "● on air", "bold $error"
    if speaker.muted and not facts.on_air:
        return "○ muted", QUIET
    return ("● speaking", "$success") if facts.speaking else ("microphone open", QUIET)


def card_time(facts: CardFacts, *, short: bool = False) -> Content:
    """Return how long a person has spoken, or what is left of the turn; ``short`` without words."""
    if (left := facts.turn_left) is not None:
        hurry = left.over or left.seconds <= HURRY
        words = clock(left.seconds) if short and left.over else turn_words(left)
        return styled(words, "bold $warning" if hurry else QUIET)
    return styled(clock(facts.spoken) if facts.spoken else "", QUIET)


def one_line(facts: CardFacts, width: int) -> Content:
    """Return a card as one line: the sign of the state, the name, and what else fits."""
    word, style = card_state(facts)
    sign, _, rest = word.partition(" ") if word[0] in SIGNS else ("◦", "", "open")
    turn, person = facts.turn_left, facts.person
    hurries = turn is not None and (turn.over or turn.seconds <= HURRY)
    right = card_time(facts, short=True) if hurries else Content()
    if width >= WORDY:
        right = styled(rest, style)
    mark = ("▸" if facts.selected else " ") + facts.marks
    left = Content.assemble((sign, style), (mark, "bold"))
    room = width - left.cell_length - right.cell_length - 1
    rest = after_name(person) + bracketed(facts.speaker.role, is_you=facts.is_you)
    name = named(person.name, rest, room, f"bold {hue(person)}")
    return spread(left + name, right, width)


class StageFacts(NamedTuple):
    """How many are on stage, which reactions float, and who leads if the host drops.

    ``speaking`` names those who speak if not everybody on stage is in view.
    """

    people: int = 0
    reactions: tuple[tuple[str, int], ...] = ()
    succession: str = ""
    speaking: tuple[str, ...] = ()


class StageHeading(Face):
    """The heading of the stage, with the most urgent of its facts; always in view."""

    def render(self) -> Content:
        """Return how many are on stage and, at the right, who speaks or takes over."""
        facts = self.facts if isinstance(self.facts, StageFacts) else StageFacts()
        count, reactions, succession, speaking = facts
        right = styled(succession, QUIET) if succession else None
        if speaking:
            right = styled(f"● {', '.join(speaking)}", "bold $success")
        elif reactions:
            right = Content("  ").join(
                styled(f"{emoji_face(reaction)} {number}", "bold $warning")
                for reaction, number in reactions[:SHOWN_REACTIONS]
            )
        return heading("Stage", str(count or ""), self.width, right)


class EmptyStage(Face):
    """What the stage shows while nobody is on it."""

    def render(self) -> Content:
        """Return why nobody is shown."""
        return styled(str(self.facts or ""), QUIET)


def columns_for(count: int, width: int, height: int) -> int:
    """Return the number of cards side by side: wide ones, unless narrow ones all fit in view."""
    roomy = max(1, min(MAX_COLUMNS, (width + 1) // (CARD_WIDTH + 1)))
    most = max(roomy, min(MAX_COLUMNS, (width + 1) // (NARROW_CARD_WIDTH + 1)))
    for columns in range(roomy, most):
        if rows_of(count, columns) * DENSE_ROWS <= height:
            return _balanced(count, columns)
    return _balanced(count, most)


def is_cramped(count: int, columns: int, height: int) -> bool:
    """Whether too few cards of several lines would be in view, so that each gets one line."""
    return height < min(LEAST_ROWS, rows_of(count, columns)) * DENSE_ROWS


def one_line_columns(count: int, width: int, height: int) -> int:
    """Return the number of one-line cards side by side: the least that brings all into view."""
    most = max(1, min(MAX_COLUMNS, (width + 1) // (ONE_LINE_WIDTH + 1)))
    return min(most, rows_of(count, max(1, height)))


def _balanced(count: int, columns: int) -> int:
    """Return the least columns for the same number of rows: four stand two by two."""
    return max(min(2, columns), -(-count // max(1, rows_of(count, columns))))


def rows_of(count: int, columns: int) -> int:
    """Return the number of rows of so many cards."""
    return -(-count // columns)


class Stage(Horizontal):
    """The cards, in the order of coming on stage; reactions rise beside them."""

    def __init__(self) -> None:
        super().__init__(id="stage")
        self._cards: dict[str, SpeakerCard] = {}
        self._heading = StageHeading()
        self._empty = EmptyStage()
        self._grid = VerticalScroll(id="cards", can_focus=False)
        self._river = River()
        self._all_in_sight = True
        self.columns = 2

    def compose(self) -> ComposeResult:
        """Yield the heading, which stays, and the cards, which scroll."""
        with Vertical():
            yield self._heading
            yield self._empty
            yield self._grid
        yield self._river

    def on_resize(self, event: events.Resize) -> None:
        """Arrange the cards in as many columns as fit."""
        self._arrange()

    def _arrange(self) -> None:
        height = self.size.height - 1
        count, width = len(self._cards), self._grid.size.width or self.size.width
        columns = columns_for(count, width, height)
        cramped = count > 0 and is_cramped(count, columns, height)
        if cramped:
            columns = one_line_columns(count, width, height)
        rows = rows_of(count, columns)
        self._all_in_sight = rows * (1 if cramped else DENSE_ROWS) <= height
        self._grid.set_class(rows * AIRY_ROWS - 1 <= height and not cramped, "-airy")
        self._grid.set_class(rows * CARD_ROWS - 1 > height, "-dense")
        self._grid.set_class(cramped, "-cramped")
        if columns != self.columns:
            self.columns = columns
            self._grid.styles.grid_size_columns = columns

    def sync(self, model: RoomModel, selected: str | None, now: float, wall: float) -> None:
        """Show the model: repaint only cards that changed, mount only new people."""
        view = model.view
        stage = view.stage if view else {}
        floating = tuple(sorted(model.floating(now).items(), key=lambda each: -each[1]))
        self._river.sync(dict(floating), now)
        self._sync_cards(stage)
        hidden = () if self._all_in_sight else stage.values()
        speaking = tuple(
            view.shown(each).full_name
            for each in hidden
            if view is not None and model.is_speaking(each.id, now)
        )
        self._heading.show(StageFacts(len(stage), floating, succession_line(view), speaking))
        self._empty.display = not stage
        waiting = AT_DOOR if model.is_at_door else "Entering the room …"
        self._empty.show("Nobody is on stage yet." if view else waiting)
        if view is None:
            return
        for id, speaker in stage.items():
            is_you = id == view.you
            level, turn_left = model.level(id, now), model.clock.turn_left(speaker, wall)
            self._cards[id].show_card(
                CardFacts(
                    speaker,
                    view.shown(speaker),
                    is_you,
                    is_you and model.microphone_open,
                    model.is_speaking(id, now),
                    stepped(level, LEVEL_STEP),
                    id == selected,
                    int(speaker.spoken),
                    turn_left,
                    id in model.false_levels,
                    model.adjustment_of(view.shown(speaker)),
                )
            )

    def _sync_cards(self, stage: dict[str, Speaker]) -> None:
        for id in [id for id in self._cards if id not in stage]:
            self._cards.pop(id).remove()
        new = {id: SpeakerCard() for id in stage if id not in self._cards}
        if new:
            self._cards |= new
            self._grid.mount(*new.values())
        self._arrange()

    def reveal(self, id: str) -> None:
        """Scroll to a person's card."""
        if id in self._cards:
            self._cards[id].scroll_visible(animate=False)
