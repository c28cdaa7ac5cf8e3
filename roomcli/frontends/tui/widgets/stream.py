"""The stream of chat messages and of what happens, the newest at the bottom."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message
from textual.selection import Selection

from ....protocol.chat import ChatMessage
from ....protocol.people import Role
from ...model.room_model import RoomModel
from ...words.happenings import Happening
from ...words.minutes import event_lines
from ...words.names import leaders
from ...words.quotes import quote
from ..hues import hue
from .face import QUIET, Face, clickable, heading, hour, lines, styled
from .stream_rows import INDENT, StreamRow, StreamRows

KEPT = 1000
"""Number of happenings that the stream remembers; the model remembers messages."""
TOGETHER = 10.0
"""Seconds within which a line that tells the newest of one thing takes the last one's place."""
READABLE = 3
"""Least lines, with the heading, in which new messages count as seen."""
WAY_IN = 60.0
"""Seconds for which is shown what was told on the way in."""


class OlderWanted(Message):
    """The user scrolled up to the oldest message that is here."""


Names = tuple[tuple[tuple[str, str, Role], ...], int]
"""Who leads, and how many times a person's name was shown differently."""


class Picked(NamedTuple):
    """What is picked while the user goes through the messages, and which of them have the words."""

    picked: int | None = None
    sought: str = ""
    hits: tuple[int, ...] = ()


class TalkFacts(NamedTuple):
    """The facts that decide whether the stream looks different; its lines are kept elsewhere."""

    chat: tuple[int, int, int, int | None]
    names: Names
    events: tuple[int, bool, bool]
    up: int
    reading: Picked
    unread: int
    keys: str
    active: bool


class TalkLines(Face):
    """Shows as many lines as fit; scrolling shows the earlier ones."""

    def __init__(self) -> None:
        super().__init__(id="talk-lines")
        self.hides_events = False
        self._happenings: deque[tuple[float, Happening]] = deque(maxlen=KEPT)
        self._count = 0
        self._came_in = float("-inf")
        self._messages: list[tuple[float, ChatMessage]] = []
        self._rows = StreamRows()
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
        if happening.place == "way in":
            self._came_in = wall
        self._happenings.append((wall, happening))
        self._count += 1

    def sync(
        self, model: RoomModel, reading: Picked, keys: str, wall: float, *, active: bool
    ) -> None:
        """Show the model's chat and what happened, as it is at the time ``wall``."""
        chat = model.chat
        numbers = (len(chat), min(chat, default=0), max(chat, default=0), model.new_from)
        names = leaders(model.view), model.renamings
        is_new = wall - self._came_in < WAY_IN
        told = (self._count, is_new, self.hides_events)
        facts = self.facts if isinstance(self.facts, TalkFacts) else None
        if facts is None or (facts.chat, facts.names, facts.events) != (numbers, names, told):
            stands = self._up > 0 or self.text_selection is not None
            anchor = next(islice(self._rows_up(), self._up, None), None) if stands else None
            if facts is None or facts.names != names:
                self._rows.forget()
            if facts is None or (facts.chat, facts.names) != (numbers, names):
                self._messages = [(model.clock.local_time(each.at), each) for each in chat.values()]
                self._rows.hues = {each.number: hue(model.author(each)) for each in chat.values()}
                self._rows.quotes = {
                    each.number: quote(each.reply_to, chat)
                    for each in chat.values()
                    if each.reply_to is not None
                }
                self._rows.meant = {each.number for each in chat.values() if model.mentioned(each)}
            self._rows.view, self._rows.new_from = model.view, model.new_from
            self._put_events(is_new)
            if anchor is not None:
                self._held = self._held or not self._up
                self._stand_still(anchor)
        self.show(TalkFacts(numbers, names, told, self._up, reading, model.unread, keys, active))

    def _put_events(self, is_new: bool) -> None:
        happened = [each for each in self._happenings if is_new or each[1].place != "way in"]
        told = event_lines(happened)
        self._rows.arrange(
            self._messages, [each for each in told if not (self.hides_events and each.is_small)]
        )

    def _stand_still(self, anchor: StreamRow) -> None:
        """Keep the lines in place when others change while the user reads further up or selects."""
        for place, row in enumerate(self._rows_up()):
            if row.key == anchor.key:
                self._up = place
                return
        self._up = min(self._up, max(0, len(list(self._rows_up())) - self.height + 1))

    @property
    def up(self) -> int:
        """Number of lines that the stream is scrolled back."""
        return self._up

    @property
    def is_readable(self) -> bool:
        """Whether there are lines enough to read what comes."""
        return self.height >= READABLE

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

    def _rows_up(self) -> Iterator[StreamRow]:
        """Yield every row from the newest upwards."""
        return self._rows.up(self.width)

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
                if row.number in facts.reading.hits:
                    line = mark_words(line, facts.reading.sought)
                if row.number == facts.reading.picked:
                    line = line.stylize_before("on $panel")
            shown.append(line)
            last = stamp
        return lines(*shown)

    def _heading(self, facts: TalkFacts) -> Content:
        if facts.reading.sought:
            right = styled(found_words(facts.reading), "$accent")
        elif self._up:
            right = styled("newer below ↓", "$accent")
        elif facts.unread:
            right = styled(f"● {facts.unread} new · {facts.keys}", "bold $accent")
        else:
            right = styled(facts.keys, QUIET)
        return heading("Talk", "", self.width, right, active=facts.active)

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
            if (span := selection.get_span(y)) is None or row.is_rule:
                continue
            start, end = span
            stamped = row.at is not None
            text = shown[start if stamped else max(start, INDENT) : None if end == -1 else end]
            blanks = row.text.plain[len(row.text.plain.rstrip(" ")) :]
            if row.begins or not entries:
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


def found_words(reading: Picked) -> str:
    """Return how many messages have what is sought, and which of them is picked."""
    hits = reading.hits
    if not hits:
        return "no message has that"
    if reading.picked not in hits:
        return f"{len(hits)} found"
    return f"{hits.index(reading.picked) + 1} of {len(hits)} found"


def mark_words(line: Content, sought: str) -> Content:
    """Return the line with the words that are sought standing out."""
    for word in sought.split():
        for found in re.finditer(re.escape(word), line.plain, re.IGNORECASE):
            line = line.stylize("reverse", *found.span())
    return line
