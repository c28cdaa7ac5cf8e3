"""Commands for reactions and chat."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..chat import QuotedNumber
from .base import Command, ShortText

ChatText = Annotated[str, Meta(min_length=1, max_length=1000)]
MessageNumber = Annotated[int, Meta(ge=0, lt=2**53)]


class React(Command, frozen=True, kw_only=True):
    """Show an emoji: one of the fixed reactions, or any other single one."""

    reaction: Annotated[str, Meta(max_length=16)]


class Chat(Command, frozen=True, kw_only=True):
    """Write to everybody in the room; ``reply_to`` is the number of the message that it answers."""

    text: ChatText
    reply_to: QuotedNumber = None


class RemoveMessage(Command, frozen=True, kw_only=True):
    """Remove a message from the chat: one's own, or as a moderator anybody's."""

    number: MessageNumber
    reason: ShortText = ""


class ReadChat(Command, frozen=True, kw_only=True):
    """Ask for messages older than number ``before``; answered by ``chat_page``."""

    before: MessageNumber


TalkCommand = React | Chat | RemoveMessage | ReadChat
"""Every command of reactions and chat."""
