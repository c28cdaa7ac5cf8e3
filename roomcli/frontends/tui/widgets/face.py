"""The base of every part of the screen: a widget that repaints only when its facts change.

All text goes through :class:`textual.content.Content`, never through markup: names, headlines and
reasons are written by strangers.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Hashable

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.selection import Selection
from textual.style import Style
from textual.widget import Widget

from ....protocol.durations import clock
from ...model.room_clock import TurnLeft
from ...words.measures import loudness
from .dragging import Dragging

PLAIN = "$foreground"
QUIET = "$foreground 66%"
FAINT = "$foreground 30%"
ACTIVE = "bold $accent"
LEAST_END = 8
"""Least number of cells for the text at the end of a heading; with less it is left out."""
LEAST_RULE = 2
"""Cells of the rule in a heading that has a text at its end: it says where the arrows move."""
LEAST_NAME = 4
"""Number of cells that a name keeps beside the words after it."""

TWICE = "doubleclick"
"""The name under which a text keeps the action of a double click."""

_SURE_FACES = {"❤️": "♥"}
_JOINER, _FLAGS = "\u200d", range(0x1F1E6, 0x1F200)


class Face(Dragging, Widget):
    """Shows ``facts``, of any type the subclass uses, and repaints only when they differ.

    A click on text made by :func:`clickable` runs its action. A widget that is only to be clicked
    sets ``ALLOW_SELECT`` to False; from all others text can be copied.
    """

    auto_links = reactive(False)
    """Off: text that can be clicked looks like all other text."""
    facts: Hashable = None

    def show(self, facts: Hashable) -> bool:
        """Show these facts from now on; return whether they changed."""
        if facts == self.facts:
            return False
        self.facts = facts
        self.refresh(layout=self.styles.auto_dimensions)
        return True

    async def on_click(self, event: events.Click) -> None:
        """Do the action of a double click on the text, if it has one.

        The end of a drag over text is not a click.
        """
        if self.is_selecting(event) or (event.chain == 2 and await self.broker_event(TWICE, event)):
            event.stop()
            event.prevent_default()

    def is_selecting(self, click: events.Click) -> bool:
        """Whether a click is there to select text, and for nothing else."""
        return self.text_selection is not None or (self.allow_select and self.ends_drag(click))

    @property
    def text_selection(self) -> Selection | None:
        """The text selected in this widget; None also once the screen is being taken down."""
        return super().text_selection if self.is_attached else None

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, without the blanks that fill its lines, and what ends it."""
        selected = super().get_selection(selection)
        if selected is None:
            return None
        text, end = selected
        return "\n".join(line.rstrip() for line in text.split("\n")), end

    @property
    def width(self) -> int:
        """Number of cells in a line."""
        return self.content_size.width

    @property
    def height(self) -> int:
        """Number of lines that there is room for."""
        return self.content_size.height


def emoji_face(emoji: str) -> str:
    """Return an emoji as wide on every terminal: without selectors, tones and families."""
    if emoji in _SURE_FACES:
        return _SURE_FACES[emoji]
    first = emoji.partition(_JOINER)[0]
    return first[:2] if first and ord(first[0]) in _FLAGS else first[:1]


def turn_words(left: TurnLeft) -> str:
    """Return what is left of a turn: ``1:00 left``, then ``finish: 0:15``."""
    return f"finish: {clock(left.seconds)}" if left.over else f"{clock(left.seconds)} left"


def hour(wall: float) -> str:
    """Return the time of day on this machine."""
    return time.strftime("%H:%M", time.localtime(wall))


def keys_line(*keys: tuple[str, str]) -> Content:
    """Return keys and what they do in one line, as pages have it at the end."""
    return Content("  ").join(
        Content.assemble((key, "bold $accent"), (f" {words}", QUIET)) for key, words in keys
    )


def styled(text: str, style: str = "") -> Content:
    """Return a text in a style, without reading it as markup."""
    return Content.styled(text, style)


def clickable(text: Content, action: str, *parameters: object, twice: str | None = None) -> Content:
    """Return the text so that a click on it runs an action of the widget, the screen or the app.

    Actions are named as Textual names them. Parts of the text with an action of their own keep it.
    ``twice`` is the action of a double click.
    """
    return text.stylize_before(_action_style(action, parameters, twice))


@functools.lru_cache(maxsize=1024)
def _action_style(action: str, parameters: tuple[object, ...], twice: str | None) -> Style:
    # One object for each: what Textual has computed of it is kept from frame to frame.
    actions = {"@click": (action, parameters)}
    if twice is not None:
        actions[f"@{TWICE}"] = (twice, parameters)
    return Style.from_meta(actions)


def person_link(text: Content, id: str) -> Content:
    """Return the text so that a click picks this person and a double click opens their card."""
    return clickable(text, "screen.pick_person", id, twice="screen.open_card")


def named(name: str, rest: str, width: int, style: str = "") -> Content:
    """Return a name with its ``rest`` in ``width`` cells; only the name is cut.

    The ``rest`` tells people apart. Only the last of its words in brackets are left out, if no
    space would be left for the name.
    """
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
    """Return a line of ``left``, cut to the space beside ``right``, and ``right``; fill the gap."""
    room = width - right.cell_length
    if room < 4:
        return left.truncate(max(0, width), ellipsis=True)
    left = left.truncate(room - 1, ellipsis=True)
    fill = room - left.cell_length
    between = f" {gap * (fill - 2)} " if gap != " " and fill > 2 else " " * fill
    return Content.assemble(left, (between, style), right)


def fitting(words: str, shorter: str, *, width: int) -> str:
    """Return the words, or shorter ones where they have no space."""
    return words if cell_len(words) <= width else shorter


def heading(
    title: str, count: str, width: int, right: Content | None = None, *, active: bool = False
) -> Content:
    """Return the line above a part of the screen: its name, a number, a rule, and ``right``.

    The name is never cut to make space for ``right``. The rule is heavy above the part that is
    ``active``, where the arrows move.
    """
    style, sign, rule_style = (ACTIVE, "━", "$accent") if active else (f"bold {PLAIN}", "─", FAINT)
    left = Content.assemble((title, style), (f" {count}" if count else "", QUIET))
    room = width - left.cell_length - LEAST_RULE - 2
    if right and room >= min(LEAST_END, right.cell_length):
        return spread(left, right.truncate(room, ellipsis=True), width, sign, rule_style)
    rule = sign * max(0, width - left.cell_length - 1)
    return Content.assemble(left, " ", (rule, rule_style)).truncate(width)


def meter(level: int, width: int, style: str) -> Content:
    """Return a level as a bar: heavy up to the level, light after it, readable without colour."""
    filled = round(loudness(level) * width)
    return Content.assemble(("━" * filled, style), ("─" * (width - filled), FAINT))


def lines(*each: Content) -> Content:
    """Join lines, one below the other."""
    return Content("\n").join(each)
