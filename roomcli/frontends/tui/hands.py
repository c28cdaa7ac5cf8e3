"""The hand queue: who asks to speak, in which place, and for how long already."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.content import Content

from ..room_model import RoomModel, waiting
from .face import QUIET, Face, PersonPicked, heading, lines, spread, styled


class HandFacts(NamedTuple):
    """One line of the queue."""

    id: str
    name: str
    headline: str
    waits: str
    is_you: bool
    selected: bool


class HandQueue(Face):
    """First come, first served; the first is the next."""

    def sync(self, model: RoomModel, selected: str | None, wall: float) -> None:
        """Show the model's queue."""
        view = model.view
        self.show(
            tuple(
                HandFacts(
                    hand.person.id,
                    hand.person.name,
                    hand.person.headline,
                    waiting(model.waited(hand, wall)),
                    hand.person.id == view.you,
                    hand.person.id == selected,
                )
                for hand in view.hands
            )
            if view
            else ()
        )

    def _queue(self) -> tuple[HandFacts, ...]:
        return self.facts if isinstance(self.facts, tuple) else ()

    def _window(self) -> tuple[int, int]:
        """First and last place shown: whoever is selected is among them."""
        queue, rows = self._queue(), max(1, self.height - 1)
        if len(queue) <= rows:
            return 0, len(queue)
        rows = max(1, rows - 1)
        picked = next((place for place, hand in enumerate(queue) if hand.selected), 0)
        first = max(0, min(picked - rows + 1, len(queue) - rows))
        return first, first + rows

    def render(self) -> Content:
        """Heading and a line for each that fits."""
        queue, width = self._queue(), self.width
        shown = [heading("Hands", str(len(queue) or ""), width)]
        if not queue:
            shown.append(styled("Nobody asks to speak.", QUIET))
        first, last = self._window()
        for place, hand in enumerate(queue[first:last], first + 1):
            shown.append(self._line(place, hand, width))
        if len(queue) > last - first:
            shown.append(styled(f"   {len(queue) - (last - first)} more", QUIET))
        return lines(*shown)

    def _line(self, place: int, hand: HandFacts, width: int) -> Content:
        mark = "▸" if hand.selected else " "
        name = f"{hand.name} (you)" if hand.is_you else hand.name
        style = "bold $warning" if hand.is_you else "bold"
        left = Content.assemble((f"{mark}{place} ", QUIET), (name, style))
        if hand.headline and width >= 44:
            left = Content.assemble(left, (f"  {hand.headline}", QUIET))
        line = spread(left, styled(hand.waits, QUIET), width)
        return line.stylize_before("on $panel") if hand.selected else line

    def on_click(self, event: events.Click) -> None:
        """Pick whoever is in the line."""
        offset = event.get_content_offset(self)
        first, last = self._window()
        if offset is not None and 0 < offset.y <= last - first:
            self.post_message(PersonPicked(self._queue()[first + offset.y - 1].id))
