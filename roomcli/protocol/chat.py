"""Chat: a message as everybody sees it, and the links and mentions in it."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from .people import Person
from .text import TAIL_MARK
from .times import Seconds

MAX_CHAT = 500
"""The longest message, in code points."""
CHAT_ON_JOINING = 50
"""The most messages that ``joined`` brings, the newest ones."""
CHAT_KEPT = 500
"""The number of messages that a room remembers."""

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")


QuotedNumber = Annotated[int, Meta(ge=1, lt=2**53)] | None
"""The number of a message that another one answers, or None."""


class ChatMessage(Struct, frozen=True, kw_only=True):
    """A chat message; ``number`` counts a room's messages from 1, ``at`` is seconds since 1970.

    ``person`` is the id of who wrote it. ``name`` is what they were called then; it stays when they
    come back with another name. ``tail`` is what tells this name from the same name of another
    person, as with :class:`~roomcli.protocol.people.Person`. ``reply_to`` is the number of the
    message that it answers, which may be gone by now.
    """

    number: Annotated[int, Meta(ge=1, lt=2**53)]
    person: str
    name: str
    tail: str = ""
    text: str
    at: Seconds
    reply_to: QuotedNumber = None

    @property
    def full_name(self) -> str:
        """The name of who wrote it, with the tail if there is one."""
        return f"{self.name}{TAIL_MARK}{self.tail}" if self.tail else self.name

    def renewed(self, person: Person) -> ChatMessage:
        """Return the message as it is shown after its author is shown differently.

        A tail is for the name under which it was said: another name changes nothing.
        """
        if (self.person, self.name) != (person.id, person.name) or self.tail == person.tail:
            return self
        return replace(self, tail=person.tail)


class LinkSpan(Struct, frozen=True):
    """A web address in a text: its start and end there, in code points, and its URL."""

    start: int
    end: int
    url: str


def links(text: str) -> list[LinkSpan]:
    """Return the web addresses in a message; no other scheme is ever made clickable."""
    return [LinkSpan(*found.span(), found[0]) for found in _LINK.finditer(text)]


def mentions(text: str, name: str, tail: str = "") -> bool:
    """Whether the message mentions somebody of this name: ``@Ann``, in any case.

    A mention with a tail, as ``@Ann·b7e1``, means only the person with that ``tail``.
    """
    pattern = rf"(?<!\w)@{re.escape(name)}(?:{TAIL_MARK}(\w+)|(?!\w))"
    found = re.finditer(pattern, text, re.IGNORECASE)
    return any(each[1] is None or each[1].casefold() == tail for each in found)
