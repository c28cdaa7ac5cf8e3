"""What every part of the screen is made of: a widget that repaints only when its facts change.

All text goes through :class:`textual.content.Content`, never through markup: names, headlines and
reasons are written by strangers.
"""

from __future__ import annotations

import time
from collections.abc import Hashable

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.selection import Selection
from textual.style import Style
from textual.widget import Widget

from ...model.room_model import TurnLeft
from ...words.measures import loudness

PLAIN = "$foreground"
QUIET = "$foreground 66%"
FAINT = "$foreground 30%"
LEAST_END = 8
"""Cells below which what stands at the end of a heading is left out."""
LEAST_NAME = 4
"""Cells that a name keeps beside what is said of somebody."""

TWICE = "doubleclick"
"""The name under which a text has the action of a second click."""

_SURE_FACES = {"❤️": "♥"}
_JOINER, _FLAGS = "\u200d", range(0x1F1E6, 0x1F200)


class Face(Widget):
    """Shows ``facts``, whatever they are to the subclass, and only repaints when they differ.

    A click on text that :func:`clickable` made does its action. What is only to be clicked sets
    ``ALLOW_SELECT`` to False; out of all others text can be copied.
    """

    auto_links = reactive(False)
    """What can be clicked looks like all other text."""
    facts: Hashable = None

    def show(self, facts: Hashable) -> bool:
        """Show these from now on; says whether that changed anything."""
        if facts == self.facts:
            return False
        self.facts = facts
        self.refresh(layout=self.styles.auto_dimensions)
        return True

    async def on_click(self, event: events.Click) -> None:
        """Do what a second click on the same text does, if it does anything else.

        The end of a drag over text is no click.
        """
        if self.text_selection is not None or (
            event.chain == 2 and await self.broker_event(TWICE, event)
        ):
            event.stop()
            event.prevent_default()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, without the blanks that fill its lines, and what ends it."""
        selected = super().get_selection(selection)
        if selected is None:
            return None
        text, end = selected
        return "\n".join(line.rstrip() for line in text.split("\n")), end

    @property
    def width(self) -> int:
        """Cells in a line."""
        return self.content_size.width

    @property
    def height(self) -> int:
        """Lines."""
        return self.content_size.height


def emoji_face(emoji: str) -> str:
    """An emoji in cells that every terminal agrees on: without selectors, tones and families."""
    if emoji in _SURE_FACES:
        return _SURE_FACES[emoji]
    first = emoji.partition(_JOINER)[0]
    return first[:2] if first and ord(first[0]) in _FLAGS else first[:1]


def clock(seconds: float) -> str:
    """A duration as a clock shows it: ``0:07``, ``2:40``, ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def turn_words(left: TurnLeft) -> str:
    """What is left of a turn: ``1:00 left``, then ``finish: 0:15``."""
    return f"finish: {clock(left.seconds)}" if left.over else f"{clock(left.seconds)} left"


def hour(wall: float) -> str:
    """The time of day, as this machine has it."""
    return time.strftime("%H:%M", time.localtime(wall))


def keys_line(*keys: tuple[str, str]) -> Content:
    """Keys and what they do, as every page names its own at its end."""
    return Content("  ").join(
        Content.assemble((key, "bold $accent"), (f" {words}", QUIET)) for key, words in keys
    )


def styled(text: str, style: str = "") -> Content:
    """Somebody's text as it is, in a style."""
    return Content.styled(text, style)


def clickable(text: Content, action: str, *parameters: object, twice: str | None = None) -> Content:
    """The text, and a click on it runs this action of the widget, the screen or the app, as
    Textual names actions; what in the text has an action of its own keeps it.

    ``twice`` is the action of a second click right after the first.
    """
    actions = {"@click": (action, parameters)}
    if twice is not None:
        actions[f"@{TWICE}"] = (twice, parameters)
    return text.stylize_before(Style.from_meta(actions))


def person_link(text: Content, id: str) -> Content:
    """The text, and a click on it picks this person; a second one opens their card."""
    return clickable(text, "screen.pick_person", id, twice="screen.open_card")


def named(name: str, rest: str, width: int, style: str = "") -> Content:
    """Somebody's name in so many cells, and the ``rest``, which is never cut: it tells people
    apart. Only of its words in brackets the last go where they would leave no name."""
    written = styled(name, style)
    least = min(LEAST_NAME, written.cell_length)
    tail, brackets, words = rest.partition(" (")
    first, comma, _ = words.partition(", ")
    shorter = [f"{tail} ({first})"] if comma else []
    fitting = (styled(each, style) for each in (rest, *shorter) if brackets)
    after = next((each for each in fitting if width - each.cell_length >= least), None)
    after = after or styled(tail, style)
    return written.truncate(max(2, width - after.cell_length), ellipsis=True) + after


def spread(left: Content, right: Content, width: int, gap: str = " ", style: str = "") -> Content:
    """A line with ``left`` cut to what ``right`` leaves of it; the gap is filled."""
    room = width - right.cell_length
    if room < 4:
        return left.truncate(max(0, width), ellipsis=True)
    left = left.truncate(room - 1, ellipsis=True)
    fill = room - left.cell_length
    between = f" {gap * (fill - 2)} " if gap != " " and fill > 2 else " " * fill
    return Content.assemble(left, (between, style), right)


def heading(title: str, count: str, width: int, right: Content | None = None) -> Content:
    """The line above a part of the screen: its name, how many, a rule, something at the end.

    The name is never cut for what stands at the end.
    """
    left = Content.assemble((title, f"bold {PLAIN}"), (f" {count}" if count else "", QUIET))
    room = width - left.cell_length - 1
    if right and room >= min(LEAST_END, right.cell_length):
        return spread(left, right.truncate(room, ellipsis=True), width, "─", FAINT)
    rule = "─" * max(0, width - left.cell_length - 1)
    return Content.assemble(left, " ", (rule, FAINT)).truncate(width)


def meter(level: int, width: int, style: str) -> Content:
    """A level as a bar; heavy for what is loud, light for the rest, so that it needs no colour."""
    filled = round(loudness(level) * width)
    return Content.assemble(("━" * filled, style), ("─" * (width - filled), FAINT))


def lines(*each: Content) -> Content:
    """One under the other."""
    return Content("\n").join(each)
