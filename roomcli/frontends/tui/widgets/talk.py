"""The talk: the stream, a line to write in, and going through the messages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from ....protocol import commands as c
from ....protocol.chat import ChatMessage, links
from ....protocol.durations import in_full
from ....protocol.people import Person, Role
from ...grammar.completions import completions
from ...grammar.search import NameSearch
from ...grammar.slash import parse
from ...grammar.usage import USAGE, is_for, typed
from ...model.conversation import matching
from ...model.room_model import RoomModel
from ...words.quotes import quote
from ..links import open_link
from ..room_client import OpenPage, RoomClient, client_of
from .composer import Composer, ComposerHint
from .search_line import SearchLine
from .stream import OlderWanted, Picked, TalkLines

FITS = 4
"""Most commands that are named while the first letters of one are typed."""


class TalkChanged(Message):
    """Tells the screen that something else is picked or sought."""


class Talk(Vertical):
    """The talk; arrows go through the messages while reading, keys go to the line while writing.

    ``hint`` is the line at the end of the screen that says how to go on with the typed text.
    """

    def __init__(self) -> None:
        super().__init__(id="talk")
        self.reading = False
        self.picked: int | None = None
        self.sought = ""
        self.replying: int | None = None
        self.lines = TalkLines()
        self.search = SearchLine()
        self.composer = Composer()
        self.hint = ComposerHint()
        self._asked_before: int | None = None
        self._wrong = ""

    @cached_property
    def client(self) -> RoomClient:
        """The visit, which has the model and the engine."""
        return client_of(self)

    @property
    def writing(self) -> bool:
        """Whether keys go into the line to write in."""
        return self.composer.is_open

    @property
    def in_use(self) -> bool:
        """Whether the user reads back or writes: keys are for the talk."""
        return self.reading or self.writing

    @property
    def typing(self) -> bool:
        """Whether keys go into a line, that to write in or that to search in."""
        return self.writing or self.search.is_open

    def compose(self) -> ComposeResult:
        """Yield the stream, and the lines below it."""
        yield self.lines
        yield self.composer
        yield self.search

    def on_mount(self) -> None:
        """Have the composer complete what the room knows."""
        self.composer.offers_for = lambda line: completions(line, self.client.model)

    def sync(self, model: RoomModel, wall: float, *, in_sight: bool) -> None:
        """Show the model; ``in_sight`` if the user sees the newest messages."""
        key = self.client.keymap.shown
        shut = f"{key('write')} writes to everybody, {key('command')} is for commands"
        self.composer.placeholder = "" if self.writing else shut
        model.note_sight(in_sight and self.lines.up == 0)
        if self.picked not in model.chat:
            self.picked = None
        if self.sought and model.more_chat:
            self._ask_older()
        keys = "" if self.reading or self.writing else f"{key('read_chat')} scrolls back"
        picked, active = Picked(self.picked, self.sought, self._hits()), self.in_use
        self.lines.sync(model, picked, keys, wall, active=active)
        self._show_hint()

    def reply(self) -> None:
        """Open the line to write an answer to the picked message."""
        if self.picked is not None:
            self.replying = self.picked
            self.compose_message()

    def on_composer_shut(self) -> None:
        """Answer nothing any more."""
        self.replying = None

    def compose_message(self, beginning: str = "") -> None:
        """Open the line to write in, with ``beginning`` in it."""
        self.search.shut(kept=bool(self.sought))
        self._wrong = ""
        self.composer.open(beginning)
        self._show_hint()

    def browse(self, reading: bool) -> None:
        """Start or stop going through the messages."""
        self.reading, self.picked, self.sought = reading, None, ""
        if reading:
            self.step(-1)
        else:
            self.lines.reveal(None)

    def step(self, step: int) -> None:
        """Pick the message above or below; above the oldest, ask for older ones.

        While something is sought, only messages that have it are picked.
        """
        chat = self.client.model.chat
        if self.sought:
            self.picked = next_message(self._hits(), self.picked, step) or self.picked
            self.lines.reveal(self.picked)
            return
        if step < 0 and self.picked is not None and self.picked == min(chat, default=None):
            self._ask_older()
        self.picked = next_message(chat, self.picked, step)
        self.lines.reveal(self.picked)

    def open_search(self) -> None:
        """Open the line to type what is sought."""
        self.reading = True
        self.search.begin_search()
        self._show_hint()

    def end_search(self) -> None:
        """Go on reading at the picked message, with nothing sought."""
        self.sought = ""

    def _hits(self) -> tuple[int, ...]:
        return matching(self.client.model.chat.values(), self.sought)

    def on_search_line_stepped(self, event: SearchLine.Stepped) -> None:
        """Go to the hit above or below while typing."""
        event.stop()
        self.step(event.step)
        self.post_message(TalkChanged())

    def on_search_line_search_shut(self, event: SearchLine.SearchShut) -> None:
        """End the search if nothing is sought any more."""
        event.stop()
        if not event.kept:
            self.end_search()
        self.post_message(TalkChanged())

    def copy_picked(self) -> None:
        """Copy the text of the picked message."""
        self._copy(self._picked_message.text if self._picked_message else "")

    def copy_link(self) -> None:
        """Copy the first link of the picked message."""
        message = self._picked_message
        found = links(message.text) if message else []
        self._copy(found[0].url if found else "")

    def _copy(self, text: str) -> None:
        if text:
            self.app.copy_to_clipboard(text)
            self.notify("Sent to the terminal's clipboard", markup=False)

    @property
    def _picked_message(self) -> ChatMessage | None:
        return self.client.model.chat.get(self.picked or 0)

    def pick(self, number: int) -> None:
        """Pick the message with this number."""
        self.reading, self.picked = True, number

    @property
    def picked_person(self) -> Person | None:
        """The author of the picked message, or None."""
        message = self._picked_message
        return self.client.model.author(message) if message else None

    def remove_picked(self) -> None:
        """Remove the picked message, if it is the user's own or the user is a moderator."""
        model, message = self.client.model, self._picked_message
        if message is not None and may_remove(model, message):
            self.client.send(c.RemoveMessage(number=message.number))
        elif message is not None:
            self.notify("Only moderators delete other people's messages", markup=False)

    def reading_hints(self) -> tuple[str, ...] | None:
        """Return what may be done to the picked message; None while not reading."""
        if not self.reading:
            return None
        message = self._picked_message
        if message is None:
            return ()
        on_links = ("open_link", "copy_link") if links(message.text) else ()
        acts = ("reply", "copy_message", *on_links)
        return (*acts, "remove_message") if may_remove(self.client.model, message) else acts

    def open_link(self) -> None:
        """Open the first link of the picked message."""
        message = self._picked_message
        found = links(message.text) if message else []
        if found:
            self.follow(found[0].url)

    def follow(self, url: str) -> None:
        """Open a web address, or copy it."""
        open_link(self.app, url)

    def on_older_wanted(self, message: OlderWanted) -> None:
        """Ask for older messages when the stream is scrolled up to the oldest one here."""
        self._ask_older()

    def _ask_older(self) -> None:
        model = self.client.model
        oldest = min(model.chat, default=None)
        if oldest is not None and model.more_chat and oldest != self._asked_before:
            self._asked_before = oldest
            self.client.send(c.ReadChat(before=oldest))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show how the typed text can go on, or what has the sought words, the newest first."""
        event.stop()
        if event.input is self.search:
            if self.search.is_open:
                self.sought = event.value.strip()
                self.picked = next_message(self._hits(), None, -1)
                self.lines.reveal(self.picked)
                self.post_message(TalkChanged())
            return
        self._wrong = ""
        self._show_hint()

    def on_composer_said(self, event: Composer.Said) -> None:
        """Send the line, or show what is wrong with it and leave it in place."""
        event.stop()
        if event.text in ("/help", "/?"):
            self.composer.shut()
            self.post_message(OpenPage("help"))
            return
        text, model = event.text, self.client.model
        search = NameSearch(lambda exact: parse(text, model, exact=exact))
        self.client.lookups.begin(search, lambda parsed: self._do(text, parsed))

    def _do(self, text: str, parsed: c.Command | str) -> None:
        if isinstance(parsed, str):
            self.composer.take_back(text)
            self.call_after_refresh(self._complain, parsed)
        elif isinstance(parsed, c.Chat):
            self.lines.reveal(None)
            answered, self.replying = parsed.reply_to or self.replying, None
            self.client.send(replace(parsed, reply_to=answered))
        else:
            self.composer.shut()
            self.client.obey(parsed)

    def _to_whom(self, model: RoomModel) -> str:
        if self.replying is None:
            return chat_rule(model)
        return f"In reply to {quote(self.replying, model.chat)}"

    def _complain(self, wrong: str) -> None:
        self._wrong = wrong
        self._show_hint()

    def _show_hint(self) -> None:
        if self.search.is_open:
            keys = [("↑↓", "next"), ("Enter", "goes through them"), ("Esc", "back")]
            self.hint.show_text("Search in Talk", wrong=False, keys=tuple(keys))
        if not self.writing:
            return
        line, model, key = self.composer.value, self.client.model, self.client.keymap.shown
        microphone = (key("microphone_anywhere"), "mutes" if model.microphone_open else "unmutes")
        keys = [("Enter", "sends"), ("Esc", "back"), ("Tab", "completes")]
        if model.role != "listener" and not model.is_cut_off:
            keys.insert(2, microphone)
        text = how_it_goes_on(line, model.role) if line.startswith("/") else self._to_whom(model)
        self.hint.show_text(self._wrong or text, wrong=bool(self._wrong), keys=tuple(keys))


def chat_rule(model: RoomModel) -> str:
    """Return what the user should know before writing."""
    view = model.view
    if view is None or view.is_moderator:
        return "To everybody"
    if not view.settings.chat:
        return "The chat is closed"
    slow = view.settings.slow_seconds
    return f"To everybody, once in {in_full(slow)}" if slow else "To everybody"


def may_remove(model: RoomModel, message: ChatMessage) -> bool:
    """Whether the user may remove a message."""
    view = model.view
    return view is not None and (view.is_moderator or message.person == view.me)


def how_it_goes_on(line: str, role: Role) -> str:
    """Return how the command in a line is used; while its name is typed, the commands that fit."""
    name, _, _ = line[1:].partition(" ")
    if usage := USAGE.get(name):
        return f"{typed(name)}  {usage.help}"
    fits = [each for each in USAGE if each.startswith(name) and is_for(each, role)]
    return "  ".join(f"/{each}" for each in fits[:FITS]) or f"There is no /{name}"


def next_message(messages: Iterable[int], picked: int | None, step: int) -> int | None:
    """Return the message above or below the picked one.

    The newest is the first to be picked; None is below it.
    """
    numbers = sorted(messages)
    if not numbers or (picked is None and step > 0):
        return None
    if picked is None or picked not in numbers:
        return numbers[-1]
    place = numbers.index(picked) + step
    return numbers[max(0, place)] if place < len(numbers) else None
