"""The rows of the stream: messages and what happened, wrapped for a width, from the newest upwards.

What was wrapped once is kept: a stream of thousands of rows costs no more than those in view.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content
from textual.style import Style

from ....protocol.chat import ChatMessage, links
from ....protocol.view import RoomView
from ...words.minutes import EventLine
from ...words.names import author, marks
from .face import clickable, styled

INDENT = 7
"""Cells of a row that are reserved for the time."""
LEAST_TEXT = 12


NEW = "── new since you looked "


class StreamRow(NamedTuple):
    """A line of the screen, and the number of its message; ``at`` only where an entry begins.

    ``begins`` if a copy has it in a line of its own. ``key`` is the same as long as the row is
    there.
    """

    text: Content
    number: int | None
    at: float | None
    begins: bool
    key: tuple[float, int]

    @property
    def is_rule(self) -> bool:
        """Whether it only divides others."""
        return self.key[1] < 0


class StreamRows:
    """The entries of the stream in order, and their rows. ``meant`` are messages for the user.

    ``hues`` has the style of the name above each message, ``quotes`` what a reply answers.
    A line stands above the first message from ``new_from`` on.
    """

    def __init__(self) -> None:
        self.view: RoomView | None = None
        self.meant: set[int] = set()
        self.hues: dict[int, str] = {}
        self.quotes: dict[int, str] = {}
        self.new_from: int | None = None
        self._entries: list[tuple[float, ChatMessage | EventLine]] = []
        self._wrapped: dict[object, list[Content]] = {}
        self._wrapped_for = 0

    def forget(self) -> None:
        """Wrap all texts anew: names are written differently."""
        self._wrapped.clear()

    def arrange(self, messages: list[tuple[float, ChatMessage]], events: list[EventLine]) -> None:
        """Have these messages, each with its local time, and these lines of what happened."""
        self._entries = [*messages, *((each.at, each) for each in events)]
        self._entries.sort(key=lambda entry: entry[0])

    def up(self, width: int) -> Iterator[StreamRow]:
        """Yield every row from the newest upwards."""
        if self._wrapped_for != width:
            self._wrapped_for = width
            self._wrapped.clear()
        first_new = self._first_new()
        for at, entry in reversed(self._entries):
            number = entry.number if isinstance(entry, ChatMessage) else None
            texts = self._texts(entry)
            said = 1 if number in self.quotes else 0
            for line in range(len(texts) - 1, -1, -1):
                stamp = at if line == 0 else None
                yield StreamRow(texts[line], number, stamp, line <= said, (number or at, line))
            if number is not None and number == first_new:
                yield StreamRow(self._rule(), None, None, True, (number, -1))

    def _first_new(self) -> int | None:
        if self.new_from is None:
            return None
        said = (each.number for _, each in self._entries if isinstance(each, ChatMessage))
        return min((number for number in said if number >= self.new_from), default=None)

    def _rule(self) -> Content:
        """Return the line above what came while the user did not look."""
        width = max(LEAST_TEXT, self._wrapped_for - INDENT)
        return styled(NEW.ljust(width, "─")[:width], "$accent")

    def _texts(self, entry: ChatMessage | EventLine) -> list[Content]:
        if isinstance(entry, EventLine):
            key: object = entry
            quoted = ""
        else:
            quoted = self.quotes.get(entry.number, "")
            key = (entry.number, quoted)
        if key not in self._wrapped:
            self._wrapped[key] = [*self._quote(quoted), *self._wrap(self._text(entry))]
        return self._wrapped[key]

    def _quote(self, quoted: str) -> list[Content]:
        """Return the one line of what a reply answers, if it is a reply."""
        width = max(LEAST_TEXT, self._wrapped_for - INDENT)
        return [styled(f"╭ {quoted}", "$dim").truncate(width, ellipsis=True)] if quoted else []

    def _text(self, entry: ChatMessage | EventLine) -> Content:
        if isinstance(entry, EventLine):
            return styled(entry.text, "bold" if entry.is_loud else "$dim")
        said_by = marks(author(entry), self.view)
        style, meant = self.hues.get(entry.number, ""), entry.number in self.meant
        return message_text(entry, said_by, style, meant=meant)

    def _wrap(self, text: Content) -> list[Content]:
        """Return the lines of a text; those broken at blanks keep the blanks, for copying."""
        width = max(LEAST_TEXT, self._wrapped_for - INDENT)
        wrapped, rest = text.wrap(width) or [Content()], text.plain
        for place, line in enumerate(wrapped[:-1]):
            rest = rest[len(line.plain) :]
            blanks = rest[: len(rest) - len(rest.lstrip(" "))]
            wrapped[place], rest = line + blanks, rest[len(blanks) :]
        return wrapped


def message_text(message: ChatMessage, said_by: str, style: str, *, meant: bool) -> Content:
    """Return a message to show: who wrote it, with the marks of their name, and its text.

    ``style`` is that of the name.
    Links stand out, and so does the whole text if it is ``meant`` for the user.
    """
    text = Content(message.text)
    for link in links(message.text):
        linked = text[link.start : link.end].stylize(Style(underline=True, link=link.url))
        linked = clickable(linked, "screen.follow_link", link.url)
        text = text[: link.start] + linked + text[link.end :]
    if meant:
        text = text.stylize_before("bold $warning")
    mark = ("▌", "bold $warning") if meant else ""
    return Content.assemble(
        mark, (message.full_name, f"bold {style}"), (said_by, "$accent"), "  ", text
    )
