"""The stage: a card for everyone who may speak, which shows whether they are heard."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from ....protocol.people import Speaker
from ....protocol.view import RoomView
from ...model.room_model import RoomModel
from ...words.floor_words import succession_line
from ...words.measures import stepped
from .face import QUIET, Face, emoji_face, heading, styled
from .floor_plan import FULL, ONE_LINE, CardShape, card_shape
from .river import River
from .speaker_card import CardFacts, SpeakerCard

LEVEL_STEP = 4
"""Decibels in one step of a meter: ten cells cannot show each, and repaints are fewer."""
MOST_WIDTH = 96
"""Most cells of a card: a longer line is hard to follow."""
SHOWN_REACTIONS = 8
AT_DOOR = "The hosts see your card, and answer."


class StageFacts(NamedTuple):
    """How many are on stage, which reactions float, and who leads if the host drops.

    ``speaking`` names those who speak if not everybody on stage is in view.
    """

    people: int = 0
    reactions: tuple[tuple[str, int], ...] = ()
    succession: str = ""
    speaking: tuple[str, ...] = ()
    active: bool = False


class StageHeading(Face):
    """The heading of the stage, with the most urgent of its facts; always in view."""

    def render(self) -> Content:
        """Return how many are on stage and, at the right, who speaks or takes over."""
        facts = self.facts if isinstance(self.facts, StageFacts) else StageFacts()
        count, reactions, succession, speaking, active = facts
        right = styled(succession, QUIET) if succession else None
        if speaking:
            right = styled(f"● {', '.join(speaking)}", "bold $success")
        elif reactions:
            right = Content("  ").join(
                styled(f"{emoji_face(reaction)} {number}", "bold $warning")
                for reaction, number in reactions[:SHOWN_REACTIONS]
            )
        return heading("Stage", str(count or ""), self.width, right, active=active)


class EmptyStage(Face):
    """What the stage shows while nobody is on it."""

    def render(self) -> Content:
        """Return why nobody is shown."""
        return styled(str(self.facts or ""), QUIET)


class Stage(Horizontal):
    """The cards, in the order of coming on stage; reactions rise beside them."""

    def __init__(self) -> None:
        super().__init__(id="stage")
        self._cards: dict[str, SpeakerCard] = {}
        self._heading = StageHeading()
        self._empty = EmptyStage()
        self._grid = VerticalScroll(id="cards", can_focus=False)
        self._column = Vertical(self._heading, self._empty, self._grid)
        self._river = River()
        self._all_in_sight = True
        self._shape = CardShape(0, 0, 0)

    def compose(self) -> ComposeResult:
        """Yield the column of the heading, which stays, and the cards, which scroll."""
        yield self._column
        yield self._river

    def on_resize(self, event: events.Resize) -> None:
        """Arrange the cards in as many columns as fit."""
        self._arrange()

    @property
    def columns(self) -> int:
        """The number of cards side by side."""
        return max(1, self._shape.columns)

    def _arrange(self) -> None:
        height = self.size.height - 1
        # Not the width of the grid: the shape of before has made it as narrow as it had columns.
        count, width = len(self._cards), self._column.size.width or self.size.width
        shape = card_shape(count, width, height)
        self._all_in_sight = shape.height(count) <= height
        if shape != self._shape:
            self._shape, styles = shape, self._grid.styles
            styles.grid_size_columns = shape.columns
            styles.grid_rows = str(shape.lines)
            styles.grid_gutter_horizontal = shape.gap
            styles.max_width = shape.columns * (MOST_WIDTH + 1)
            self._grid.set_class(shape.lines == ONE_LINE, "-one-line")

    def sync(
        self, model: RoomModel, selected: str | None, now: float, wall: float, *, active: bool
    ) -> None:
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
        self._heading.show(
            StageFacts(len(stage), floating, succession_line(view), speaking, active)
        )
        self._empty.display = not stage
        waiting = AT_DOOR if model.is_at_door else "Entering the room …"
        self._empty.show("Nobody is on stage yet." if view else waiting)
        if view is None:
            return
        for id, card in self._cards.items():
            card.show_card(self._card_facts(model, view, stage[id], id == selected, now, wall))

    def _card_facts(
        self,
        model: RoomModel,
        view: RoomView,
        speaker: Speaker,
        selected: bool,
        now: float,
        wall: float,
    ) -> CardFacts:
        id, person = speaker.id, view.shown(speaker)
        recent = model.recent_levels(id, now) if self._shape.lines >= FULL else ()
        return CardFacts(
            speaker,
            person,
            id == view.you,
            id == view.you and model.microphone_open,
            model.is_speaking(id, now),
            stepped(model.level(id, now), LEVEL_STEP),
            selected,
            int(speaker.spoken),
            model.clock.turn_left(speaker, wall),
            view.settings.floor_seconds,
            id in model.false_levels,
            model.adjustment_of(person),
            tuple(stepped(level, LEVEL_STEP) for level in recent),
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
