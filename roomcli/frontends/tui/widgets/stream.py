"""The stream of chat messages and of what happens, the newest at the bottom."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message
from textual.selection import Selection
from textual.style import Style

from ....protocol.chat import ChatMessage, links
from ....protocol.people import Role
from ....protocol.view import RoomView
from ...model.room_model import RoomModel
from ...words.happenings import Happening
from ...words.names import author, leaders, marks
from ..hues import hue
from .face import QUIET, Face, clickable, heading, hour, lines, styled

KEPT = 200
"""Number of happenings that the stream remembers; the model remembers messages."""
TOGETHER = 10.0
"""Seconds within which a line that tells the newest of one thing takes the last one's place."""
INDENT = 7
LEAST_TEXT = 12
_WEIGHTS = {"loud": "bold", "plain": QUIET, "quiet": "$dim"}


class OlderWanted(Message):
    """The user scrolled up to the oldest message that is here."""


Names = tuple[tuple[tuple[str, str, Role], ...], int]
"""Who leads, and how many times a person's name was shown differently."""


class TalkFacts(NamedTuple):
    """The facts that decide whether the stream looks different; its lines are kept elsewhere."""

    chat: tuple[int, int, int]
    names: Names
    happenings: int
    up: int
    reading: bool
    picked: int | None
    unread: int
    keys: str


class StreamRow(NamedTuple):
    """A line of the screen, and the number of its message; ``at`` only where an entry begins."""

    text: Content
    number: int | None
    at: float | None


class TalkLines(Face):
    """Shows as many lines as fit; scrolling shows the earlier ones."""

    def __init__(self) -> None:
        super().__init__(id="talk-lines")
        self._happenings: deque[tuple[float, Happening]] = deque(maxlen=KEPT)
        self._count = 0
        self._messages: list[tuple[float, ChatMessage]] = []
        self._view: RoomView | None = None
        self._meant: set[int] = set()
        self._hues: dict[int, str] = {}
        self._wrapped: dict[object, list[Content]] = {}
        self._wrapped_for = 0
        self._up = 0
        self._held = False
        self._shown: list[StreamRow] = []
        self._blank = 0

    def append(self, happening: Happening, wall: float) -> None:
        """Add a happening; a line that repeats the last one is left out.

        One that is about the same thing takes the last one's place, so that ten steps of a volume
        are one line; not while the user reads further up or selects, where lines stand still.
        """
        if self._happenings:
            at, last = self._happenings[-1]
            if last == happening:
                return
            stands_still = self._up or self.text_selection is not None
            if last.about == happening.about != "" and wall - at < TOGETHER and not stands_still:
                self._happenings.pop()
        self._happenings.append((wall, happening))
        self._count += 1

    def sync(self, model: RoomModel, reading: bool, picked: int | None, keys: str) -> None:
        """Show the model's chat and what happened."""
        chat = model.chat
        numbers = (len(chat), min(chat, default=0), max(chat, default=0))
        names = leaders(model.view), model.renamings
        facts, self._view = self.facts, model.view
        if isinstance(facts, TalkFacts) and facts.names != names:
            self._wrapped.clear()
        if not isinstance(facts, TalkFacts) or (facts.chat, facts.names) != (numbers, names):
            self._messages = [(model.clock.local_time(each.at), each) for each in chat.values()]
            self._hues = {each.number: hue(model.author(each)) for each in chat.values()}
            self._meant = {each.number for each in chat.values() if model.mentioned(each)}
        if isinstance(facts, TalkFacts) and (self._up or self.text_selection is not None):
            self._held = self._held or not self._up
            self._stand_still(facts.chat[2], facts.happenings)
        self.show(
            TalkFacts(numbers, names, self._count, self._up, reading, picked, model.unread, keys)
        )

    def _stand_still(self, last: int, happenings: int) -> None:
        """Keep the lines in place when new ones come while the user reads further up or selects."""
        new = [self._said(each) for _, each in self._messages if each.number > last]
        new += [
            self._happened(at, each)
            for at, each in list(self._happenings)[-(self._count - happenings) :]
            if self._count > happenings
        ]
        self._up += sum(len(each) for each in new)

    @property
    def up(self) -> int:
        """Number of lines that the stream is scrolled back."""
        return self._up

    def scroll(self, by: int) -> None:
        """Scroll up or down; above the oldest line, ask for older ones."""
        before, self._up = self._up, max(0, self._up + by)
        rows = max(1, self.height - 1)
        if by > 0 and len(list(islice(self._rows_up(), self._up + rows))) < self._up + rows:
            self._up = before if by == 1 else max(0, len(list(self._rows_up())) - rows)
            self.post_message(OlderWanted())
        if self._up != before and isinstance(self.facts, TalkFacts):
            self._held = False
            if self.text_selection is not None:
                self.screen.clear_selection()
            self.show(self.facts._replace(up=self._up))

    def reveal(self, number: int | None) -> None:
        """Scroll until a message is in view; None is the newest."""
        if number is None:
            self.scroll(-self._up)
            return
        rows, place = max(1, self.height - 1), [0, 0]
        for index, row in enumerate(self._rows_up(), 1):
            if row.number == number:
                place = [place[0] or index, index]
        if place[1] > self._up + rows:
            self.scroll(place[1] - self._up - rows)
        elif place[0] and place[0] <= self._up:
            self.scroll(place[0] - 1 - self._up)

    def _entries(self) -> list[tuple[float, ChatMessage | Happening]]:
        both: list[tuple[float, ChatMessage | Happening]] = [*self._messages, *self._happenings]
        both.sort(key=lambda entry: entry[0])
        return both

    def _rows_up(self) -> Iterator[StreamRow]:
        """Yield every line from the newest upwards."""
        if self._wrapped_for != self.width:
            self._wrapped_for = self.width
            self._wrapped.clear()
        for at, entry in reversed(self._entries()):
            if isinstance(entry, ChatMessage):
                texts, number = self._said(entry), entry.number
            else:
                texts, number = self._happened(at, entry), None
            for line in range(len(texts) - 1, -1, -1):
                yield StreamRow(texts[line], number, at if line == 0 else None)

    def _said(self, message: ChatMessage) -> list[Content]:
        if message.number not in self._wrapped:
            said_by = marks(author(message), self._view)
            style, meant = self._hues.get(message.number, ""), message.number in self._meant
            text = message_text(message, said_by, style, meant=meant)
            self._wrapped[message.number] = self._wrap(text)
        return self._wrapped[message.number]

    def _happened(self, at: float, happening: Happening) -> list[Content]:
        key = (at, happening)
        if key not in self._wrapped:
            self._wrapped[key] = self._wrap(styled(happening.text, _WEIGHTS[happening.weight]))
        return self._wrapped[key]

    def _wrap(self, text: Content) -> list[Content]:
        """Return the lines of a text; those broken at blanks keep the blanks, for copying."""
        wrapped, rest = text.wrap(max(LEAST_TEXT, self.width - INDENT)) or [Content()], text.plain
        for place, line in enumerate(wrapped[:-1]):
            rest = rest[len(line.plain) :]
            blanks = rest[: len(rest) - len(rest.lstrip(" "))]
            wrapped[place], rest = line + blanks, rest[len(blanks) :]
        return wrapped

    def render(self) -> Content:
        """Return the heading and the lines in view."""
        facts = self.facts
        if not isinstance(facts, TalkFacts):
            return heading("Talk", "", self.width)
        rows = max(0, self.height - 1)
        self._shown = list(islice(self._rows_up(), self._up, self._up + rows))[::-1]
        self._blank = rows - len(self._shown)
        shown, last = [self._heading(facts), *[Content()] * self._blank], ""
        for row in self._shown:
            stamp = hour(row.at) if row.at is not None else last
            line = styled(f"{stamp if stamp != last else '':<{INDENT}}", QUIET) + row.text.rstrip()
            line = line.truncate(self.width, ellipsis=True, pad=True)
            if row.number is not None:
                line = clickable(line, "screen.pick_message", row.number)
                if row.number == facts.picked:
                    line = line.stylize_before("on $panel")
            shown.append(line)
            last = stamp
        return lines(*shown)

    def _heading(self, facts: TalkFacts) -> Content:
        if self._up:
            right = styled("newer below ↓", "$accent")
        elif facts.unread:
            right = styled(f"● {facts.unread} new · {facts.keys}", "bold $accent")
        else:
            right = styled(facts.keys, QUIET)
        return heading("Talk", "", self.width, right)

    def selection_updated(self, selection: Selection | None) -> None:
        """Go back to the newest line when the selection that held the stream is cleared."""
        super().selection_updated(selection)
        if selection is None and self._held:
            self._held = False
            self.scroll(-self._up)

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """Return the selected entries, each in one line, however they are wrapped here."""
        rows, entries = self.render().plain.split("\n")[1 + self._blank :], list[str]()
        for y, (row, shown) in enumerate(zip(self._shown, rows, strict=True), 1 + self._blank):
            if (span := selection.get_span(y)) is None:
                continue
            start, end = span
            begins = row.at is not None
            text = shown[start if begins else max(start, INDENT) : None if end == -1 else end]
            blanks = row.text.plain[len(row.text.plain.rstrip(" ")) :]
            if begins or not entries:
                entries.append("")
            entries[-1] += text.rstrip() + blanks
        return "\n".join(entry.strip() for entry in entries), "\n"

    def on_resize(self, event: events.Resize) -> None:
        """Scroll less far back if the new height shows the lines anyway."""
        if self.text_selection is not None:
            self.screen.clear_selection()
        if self._up:
            self._up = min(self._up, max(0, len(list(self._rows_up())) - self.height + 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll to older lines."""
        event.stop()
        self.scroll(2)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll to newer lines."""
        event.stop()
        self.scroll(-2)


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
