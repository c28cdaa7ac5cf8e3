"""What a reply shows of the message that it answers: who wrote it and its first words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ...protocol.chat import ChatMessage

QUOTED = 60
"""The most characters of a message that a reply to it repeats."""


def quote(number: int, messages: Mapping[int, ChatMessage]) -> str:
    """Return who wrote one of ``messages``, which are in order, and how it begins.

    If it is not among them, return what is known of it.
    """
    quoted = messages.get(number)
    if quoted is not None:
        return f"{quoted.full_name}: {first_words(quoted.text)}"
    if number < next(iter(messages), 0):
        return "an earlier message"
    return "a message that was taken out"


def first_words(text: str) -> str:
    """Return the beginning of a text, to the end of a word where that is possible."""
    if len(text) <= QUOTED:
        return text
    begun, blank, _ = text[:QUOTED].rpartition(" ")
    return f"{begun if blank else text[: QUOTED - 1]}…"
