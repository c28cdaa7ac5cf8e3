"""The room's chat as one person has it: the newest messages, and how many came unread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from ...protocol import events as e
from ...protocol.chat import CHAT_KEPT, CHAT_ON_JOINING, ChatMessage, mentions
from ...protocol.people import Person


@dataclass
class Conversation:
    """Messages by number, in order; ``more`` says whether the server has older ones, ``renamings``
    how many times somebody was written in another way.

    What stood there before one came is not unread.
    """

    messages: dict[int, ChatMessage] = field(default_factory=dict)
    unread: int = 0
    more: bool = False
    renamings: int = 0

    def begin(self, joined: e.Joined, *, again: bool) -> None:
        """Take in what joining brought; after a lost connection it is news."""
        if not again:
            self.messages.clear()
            self.more = len(joined.chat) >= CHAT_ON_JOINING
        else:
            new = [each for each in joined.chat if each.number not in self.messages]
            self.unread += sum(each.person.id != joined.you for each in new)
        self._merge(joined.chat)

    def posted(self, message: ChatMessage, *, own: bool) -> None:
        """Somebody wrote."""
        self.unread += not own
        self._merge([message])

    def removed(self, number: int) -> ChatMessage | None:
        """A message is gone; it, if it was here."""
        return self.messages.pop(number, None)

    def renamed(self, person: Person) -> None:
        """Somebody is written in another way, in what they wrote before too."""
        self.renamings += 1
        for number, each in self.messages.items():
            if each.person.id == person.id:
                self.messages[number] = replace(each, person=person)

    def page(self, page: e.ChatPage) -> None:
        """Older messages came."""
        self.more = page.more
        self._merge(page.messages)

    def _merge(self, messages: Iterable[ChatMessage]) -> None:
        merged = {**self.messages, **{each.number: each for each in messages}}
        newest = sorted(merged)[-CHAT_KEPT:]
        if len(newest) < len(merged):
            self.more = False  # what is older could be read, but not kept
        self.messages = {number: merged[number] for number in newest}


def speaks_to(message: ChatMessage, name: str, tail: str = "") -> bool:
    """Whether a message mentions somebody of this name, by all of it or by its first word."""
    names = {name, name.partition(" ")[0]}
    return any(name and mentions(message.text, name, tail) for name in names)
