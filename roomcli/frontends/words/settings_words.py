"""The settings of a room in words. Pure."""

from __future__ import annotations

from collections.abc import Callable

from ...protocol.durations import in_full
from ...protocol.entrance import claims_words
from ...protocol.settings import RoomSettings
from ...protocol.text import cleaned

MAX_LINES, MAX_ASKED = 6, 600
"""What is shown of a server's words on whom a room lets in: so many lines of so many characters."""
BY_INVITE = "by invite"
NOT_LISTED = "rooms by invite are not listed: join them by their line"

_WORDS: dict[str, Callable[[RoomSettings], str]] = {
    "topic": lambda each: f"the topic is {each.topic}" if each.topic else "there is no topic",
    "hands": lambda each: {
        "on": "everybody may raise a hand",
        "off": "nobody may raise a hand now",
        "invited": "people come on stage by invitation only",
    }[each.hands],
    "order": lambda each: {
        "fifo": "first come, first served in the queue",
        "fair": "who has spoken least comes first in the queue",
    }[each.order],
    "floor_seconds": lambda each: (
        f"a turn lasts {in_full(each.floor_seconds)}" if each.floor_seconds else "turns have no end"
    ),
    "chat": lambda each: "the chat is open" if each.chat else "the chat is closed",
    "slow_seconds": lambda each: (
        f"one chat message each {in_full(each.slow_seconds)}"
        if each.slow_seconds
        else "chat messages as often as one likes"
    ),
    "capacity": lambda each: f"room for {each.capacity} people",
    "listed": lambda each: "the room is listed" if each.listed else "the room is not listed",
    "low_delay": lambda each: (
        "voices may come with less delay while the room is small"
        if each.low_delay
        else "voices come with the usual delay, also while the room is small"
    ),
    "guests": lambda each: {
        "on": "guests come in",
        "listen": "guests only listen",
        "off": "no guests come in",
    }[each.guests],
    "members": lambda each: (
        "only members of the room's community come in"
        if each.members
        else "who comes in need be no member"
    ),
    "claimed": lambda each: (
        f"only people with {claims_words(each.claimed)} come in"
        if each.claimed
        else "no claim is asked for"
    ),
    "by_device": lambda each: (
        "sign-on by a code typed elsewhere counts"
        if each.by_device
        else "sign-on by a code typed elsewhere does not count"
    ),
    "allowed": lambda each: (
        f"{len(each.allowed)} on the list come in anyway"
        if each.allowed
        else "nobody is on the list"
    ),
    "knock": lambda each: "others may knock" if each.knock else "nobody knocks",
    "max_bitrate": lambda each: f"each voice may use {each.max_bitrate} kb/s",
}


def door_words(*, access: object, password: object, locked: object, asks: object = ()) -> list[str]:
    """Return what may keep somebody out of a room, as every list of rooms says it; none if nothing.

    ``asks`` are the server's own lines on whom it lets in. A value that is not known, as a
    stranger's server may send it, adds no words.
    """
    return [
        words
        for words, holds in (
            (BY_INVITE, access == "invite"),
            ("wants a password", password is True),
            ("locked", locked is True),
        )
        if holds
    ] + asked_words(asks)


def asked_words(asks: object) -> list[str]:
    """Return a server's own lines on whom a room lets in, as they may be shown."""
    lines = asks if isinstance(asks, list | tuple) else ()
    told = [cleaned(each, MAX_ASKED) for each in lines[:MAX_LINES] if isinstance(each, str)]
    return [each for each in told if each]


def changes(before: RoomSettings, after: RoomSettings) -> list[str]:
    """Return each setting that differs, in words."""
    return [
        words(after)
        for name, words in _WORDS.items()
        if getattr(before, name) != getattr(after, name)
    ]


def settings_lines(settings: RoomSettings) -> list[str]:
    """Return every setting in words after its name: ``order: …``."""
    return [f"{name}: {words(settings)}" for name, words in _WORDS.items()]
