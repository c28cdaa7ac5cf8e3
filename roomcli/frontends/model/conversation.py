"""The room's chat as one user has it: the newest messages, and how many are unread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    ``new_from`` is the number from which on messages came while the user last did not look, until
    they write themselves.
    """

    messages: dict[int, ChatMessage] = field(default_factory=dict)
    unread: int = 0
    more: bool = False
    renamings: int = 0
    new_from: int | None = None
    _looks: bool = True
    _seen: int = 0
    _authors: dict[str, Person] = field(default_factory=dict)

    def begin(self, joined: e.Joined, *, again: bool, me_before: str = "") -> None:
        """Add the messages that joining brought; after a lost connection, new ones are unread.

        ``me_before`` is the person's id until then, if they were in the room.
        """
        if not again:
            self.messages.clear()
            self.new_from = None
            self._seen = max((each.number for each in joined.chat), default=0)
            self.more = len(joined.chat) >= CHAT_ON_JOINING
        else:
            new = [each for each in joined.chat if each.number not in self.messages]
            self.unread += sum(each.person != joined.view.me for each in new)
            self._know_again(joined, me_before)
        self._merge(joined.chat, joined.view.people | joined.people)

    def posted(self, message: ChatMessage, people: Mapping[str, Person], *, own: bool) -> None:
        """Add a message that somebody has just written; its author is among ``people``."""
        self.unread += not own
        if own:
            self.new_from = None
        self._merge([message], people)

    def note_sight(self, looks: bool) -> None:
        """Note whether the user sees the newest messages now; those in sight count as read."""
        if looks:
            if self.unread and not self._looks:
                self.new_from = self._seen + 1
            self._seen, self.unread = max(self.messages, default=0), 0
        self._looks = looks

    def removed(self, number: int) -> ChatMessage | None:
        """Remove a message; return it, or None if it was not here."""
        return self.messages.pop(number, None)

    def renamed(self, person: Person) -> None:
        """Show what tells a person from another, in messages that they wrote before, too."""
        self.renamings += 1
        if person.id in self._authors:
            self._authors[person.id] = person
        self.messages = {number: each.renewed(person) for number, each in self.messages.items()}

    def _know_again(self, joined: e.Joined, me_before: str) -> None:
        """Give messages from before the ids that their authors have now, known by their keys.

        Servers that share no data, to one of which a room may have moved, have ids of their own.
        """
        people = joined.view.people | joined.people
        ids = {each.key: each.id for each in people.values() if each.key}
        now = {id: ids.get(each.key, id) for id, each in self._authors.items()}
        now[me_before] = joined.view.me
        self._authors = {now[id]: each for id, each in self._authors.items()}
        self.messages = {
            number: replace(each, person=now.get(each.person, each.person))
            for number, each in self.messages.items()
        }

    def author(self, message: ChatMessage) -> Person:
        """Return who wrote a message, as they are called now."""
        unknown = Person(message.person, message.name, tail=message.tail)
        return self._authors.get(message.person, unknown)

    def add_page(self, page: e.ChatPage) -> None:
        """Add a page of older messages."""
        self.more = page.more
        self._merge(page.messages, page.people)

    def _merge(self, messages: Iterable[ChatMessage], people: Mapping[str, Person]) -> None:
        merged = {**self.messages, **{each.number: each for each in messages}}
        newest = sorted(merged)[-CHAT_KEPT:]
        if len(newest) < len(merged):
            self.more = False  # older messages could be read, but would not be kept
        self.messages = {number: merged[number] for number in newest}
        known = {**self._authors, **people}
        wrote = {each.person for each in self.messages.values()}
        self._authors = {id: known[id] for id in wrote if id in known}


def speaks_to(message: ChatMessage, name: str, tail: str = "") -> bool:
    """Whether a message mentions somebody of this name, by the whole name or its first word."""
    if "@" not in message.text:  # as most: a room's whole chat is asked at each message
        return False
    names = {name, name.partition(" ")[0]}
    return any(name and mentions(message.text, name, tail) for name in names)


def matching(messages: Iterable[ChatMessage], sought: str) -> tuple[int, ...]:
    """Return the numbers of the messages that have every word of ``sought``, in text or name.

    Parts of words count, in any case.
    """
    words = sought.casefold().split()
    if not words:
        return ()
    return tuple(
        each.number
        for each in messages
        if all(word in f"{each.full_name} {each.text}".casefold() for word in words)
    )
