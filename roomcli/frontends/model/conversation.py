"""The room's chat as one user has it: the newest messages, and how many are unread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from ...protocol import events as e
from ...protocol.chat import CHAT_KEPT, CHAT_ON_JOINING, ChatMessage, mentions
from ...protocol.people import Person


@dataclass
class Conversation:
    """The newest chat messages by number, in order.

    ``more`` says whether the server has older messages; ``renamings`` counts how many times a
    person's name was shown differently. Messages from before the user joined are not unread.
    """

    messages: dict[int, ChatMessage] = field(default_factory=dict)
    unread: int = 0
    more: bool = False
    renamings: int = 0

    def begin(self, joined: e.Joined, *, again: bool) -> None:
        """Add the messages that joining brought; after a lost connection, new ones are unread."""
        if not again:
            self.messages.clear()
            self.more = len(joined.chat) >= CHAT_ON_JOINING
        else:
            new = [each for each in joined.chat if each.number not in self.messages]
            self.unread += sum(each.person.id != joined.you for each in new)
        self._merge(joined.chat)

    def posted(self, message: ChatMessage, *, own: bool) -> None:
        """Add a message that somebody has just written."""
        self.unread += not own
        self._merge([message])

    def removed(self, number: int) -> ChatMessage | None:
        """Remove a message; return it, or None if it was not here."""
        return self.messages.pop(number, None)

    def renamed(self, person: Person) -> None:
        """Show a person's new name in the messages that they wrote before, too."""
        self.renamings += 1
        for number, each in self.messages.items():
            if each.person.id == person.id:
                self.messages[number] = replace(each, person=person)

    def add_page(self, page: e.ChatPage) -> None:
        """Add a page of older messages."""
        self.more = page.more
        self._merge(page.messages)

    def _merge(self, messages: Iterable[ChatMessage]) -> None:
        merged = {**self.messages, **{each.number: each for each in messages}}
        newest = sorted(merged)[-CHAT_KEPT:]
        if len(newest) < len(merged):
            self.more = False  # older messages could be read, but would not be kept
        self.messages = {number: merged[number] for number in newest}


def speaks_to(message: ChatMessage, name: str, tail: str = "") -> bool:
    """Whether a message mentions somebody of this name, by the whole name or its first word."""
    names = {name, name.partition(" ")[0]}
    return any(name and mentions(message.text, name, tail) for name in names)
