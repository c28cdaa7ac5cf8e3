"""The hand queue: who asks to speak on what, at which place and why, and how long they wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content

from ....protocol.durations import elapsed
from ....protocol.settings import RoomSettings
from ...model.room_model import RoomModel
from ...words.floor_words import hand_reason
from ...words.names import written_in_parts
from ..hues import hue
from .face import (
    QUIET,
    Face,
    clickable,
    fitting,
    heading,
    lines,
    named,
    person_link,
    spread,
    styled,
)

NOBODY = "Nobody asks"
LINE_FROM, REASON_FROM = 40, 72
"""Least cells of a line that shows the hand's topic, and of one that shows the reason, too."""


class HandFacts(NamedTuple):
    """One hand in the queue; ``says`` is the topic of the hand, else the person's headline."""

    id: str
    name: str
    marks: str
    style: str
    says: str
    has_line: bool
    reason: str
    waits: str
    selected: bool


class QueueFacts(NamedTuple):
    """The queue and how it works."""

    hands: tuple[HandFacts, ...] = ()
    mode: str = ""
    empty: str = ""
    door: str = ""
    active: bool = False


class HandQueue(Face):
    """Shows the queue, the next hand first; the picked person has a second line."""

    def sync(
        self, model: RoomModel, selected: str | None, wall: float, key: str, *, active: bool
    ) -> None:
        """Show the model's queue; ``key`` is the key that raises a hand."""
        view = model.view
        if view is None:
            self.show(QueueFacts())
            return
        hands = tuple(
            HandFacts(
                hand.id,
                *written_in_parts(view.shown(hand), view),
                hue(view.shown(hand)),
                hand.topic or view.shown(hand).headline,
                bool(hand.topic),
                hand_reason(hand, view.settings.order, model.clock.waited(hand, wall)),
                elapsed(model.clock.waited(hand, wall)),
                hand.id == selected,
            )
            for hand in view.hands
        )
        asks = view.settings.hands == "on" and view.role == "listener"
        empty = f"Nobody asks to speak · {key} asks" if asks else "Nobody asks to speak"
        names = ", ".join(each.person.full_name for each in view.knockers.values())
        door = f"⌂ At the door: {names}" if names else ""
        self.show(QueueFacts(hands, queue_mode(view.settings), empty, door, active))

    @property
    def lines_needed(self) -> int:
        """Number of lines that show the whole queue, its heading included."""
        queue = self._queue()
        picked = any(hand.selected for hand in queue.hands) and self.width < REASON_FROM
        return 1 + bool(queue.door) + max(1, len(queue.hands)) + picked

    def _queue(self) -> QueueFacts:
        return self.facts if isinstance(self.facts, QueueFacts) else QueueFacts()

    def render(self) -> Content:
        """Return the heading and a line for each hand that fits; the picked one is always shown."""
        queue, width, height = self._queue(), self.width, max(1, self.height - 1)
        mode = styled(queue.mode, QUIET) if queue.mode else None
        number = str(len(queue.hands) or "")
        shown = [heading("Hands", number, width, mode, active=queue.active)]
        if queue.door and height > 1:
            door = styled(queue.door, "bold $warning").truncate(width, ellipsis=True)
            shown.append(clickable(door, "screen.open_knocker"))
            height -= 1
        if not queue.hands:
            return lines(*shown, styled(fitting(queue.empty, NOBODY, width=width), QUIET))
        rows = list(self._lines(queue))
        picked = next((row for row, (_, hand) in enumerate(rows) if hand.selected), 0)
        if len(rows) > height:
            height = max(1, height - 1)
            first = max(0, min(picked, picked - height + 2, len(rows) - height))
            rows = rows[first : first + height]
            more = len(queue.hands) - len({hand.id for _, hand in rows})
            return lines(*shown, *_linked(rows), styled(f"   {more} more", QUIET))
        return lines(*shown, *_linked(rows))

    def _lines(self, queue: QueueFacts) -> Iterator[tuple[Content, HandFacts]]:
        for place, hand in enumerate(queue.hands, 1):
            yield self._line(place, hand), hand
            if hand.selected and self.width < REASON_FROM:
                says = f"{hand.says} · " if hand.says and self.width < LINE_FROM else ""
                below = styled(f"   {says}{hand.reason}", QUIET)
                below = below.truncate(self.width, ellipsis=True, pad=True)
                yield below.stylize_before("on $panel"), hand

    def _line(self, place: int, hand: HandFacts) -> Content:
        mark = "▸" if hand.selected else " "
        right = hand.waits
        if hand.reason and self.width >= REASON_FROM:
            right = f"{hand.reason} · {hand.waits}"
        before, end = styled(f"{mark}{place} ", QUIET), styled(right, QUIET)
        room = self.width - before.cell_length - end.cell_length - 1
        has_says = bool(hand.says) and self.width >= LINE_FROM
        # Text that is cut ends with one more dot, which must not take a cell of the name.
        left = before + named(hand.name, hand.marks, room - has_says, f"bold {hand.style}")
        if has_says:
            says = f"“{hand.says}”" if hand.has_line else hand.says
            left = Content.assemble(left, (f"  {says}", "" if hand.has_line else QUIET))
        line = spread(left, end, self.width)
        return line.stylize_before("on $panel") if hand.selected else line


def _linked(rows: list[tuple[Content, HandFacts]]) -> Iterator[Content]:
    return (person_link(row, hand.id) for row, hand in rows)


def queue_mode(settings: RoomSettings) -> str:
    """Return how hands work here, in words; empty if they work the usual way."""
    if settings.hands == "off":
        return "no new hands"
    if settings.hands == "invited":
        return "by invitation only"
    return "least spoken first" if settings.order == "fair" else ""
