"""Sentences that the plain room says when it is asked: who is here, the queue, lists, help.

Pure. Made for a screen reader: no symbols, no columns, one thing a line. Names and reasons are
other people's text.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from ...protocol import events as e
from ...protocol.chat import ChatMessage
from ...protocol.durations import elapsed, remaining
from ...protocol.health import Stats
from ...protocol.moderation_log import LogEntry
from ...protocol.people import ROLE_WORDS, Hand, Person, RoomInvite, Speaker
from ...protocol.view import RoomView
from ..grammar.search import following_offset
from ..grammar.usage import USAGE, is_for, typed
from ..model.room_model import RoomModel
from ..words.adjustment_words import adjustment_words
from ..words.badge_words import labels_of, proven_words
from ..words.floor_words import hand_reason, succession_line
from ..words.log_words import entry_line
from ..words.names import LOOKALIKE, author, written
from ..words.quality_words import quality_facts, report_line

LOCAL = {
    "/help [COMMAND]": "this list, or how a command is typed",
    "/who": "who speaks now, who is here, and what happens if the host drops",
    "/quiet": "do not say who comes and goes; the same again says it",
    "/hands": "the queue of raised hands, each place with its reason",
    "/log [FILE]": "the moderation log, here or into a file",
    "/bans": "who is banned",
    "/invites": "which invites are good",
}
"""Commands that the plain room answers itself, and shorter names of others."""
OWN_NAMES = [how.split()[0] for how in LOCAL]


def speaking_line(state: RoomModel, now: float) -> str:
    """Return who is heard at this moment; ``now`` is monotonic."""
    view = state.view
    stage = view.stage.values() if view is not None else ()
    heard = [speaker for speaker in stage if state.is_speaking(speaker.id, now)]
    names = [
        "you" if speaker.id == view.you else written(view.shown(speaker), view)
        for speaker in heard
        if view is not None
    ]
    return f"Speaking now: {', '.join(names)}" if names else "Nobody is speaking now"


def who_lines(state: RoomModel, wall: float) -> Iterator[str]:
    """Yield lines about the stage, the queue and the audience."""
    view = state.view
    if view is None:
        yield "You are not in the room yet"
        return
    if state.is_cut_off:
        yield "The connection is lost: this is how the room was"
    if view.settings.topic:
        yield f"The topic: {view.settings.topic}"
    for speaker in view.stage.values():
        yield f"On stage: {_speaker(speaker, state, wall)}"
    yield from hand_lines(state, wall, empty="")
    yield f"In the audience: {view.audience}"
    if line := succession_line(view):
        yield _sentence(line)


def hand_lines(state: RoomModel, wall: float, *, empty: str = "No hand is up") -> Iterator[str]:
    """Yield the queue: each hand's place, name, topic, and why it is at that place."""
    hands = state.view.hands if state.view else ()
    for place, hand in enumerate(hands, 1):
        yield f"Hand {place}: {_hand(hand, state, wall)}"
    if not hands and empty:
        yield empty


def quality_lines(stats: Stats, state: RoomModel) -> Iterator[str]:
    """Yield how well voice goes, and at the end all figures in one line for a report."""
    yield "How well voice went in the last minute:"
    for label, words in quality_facts(stats, state.hearers, state.view):
        yield f"{_sentence(label)}: {words}"
    yield f"For a report: {report_line(stats)}"


def chat_line(message: ChatMessage, state: RoomModel) -> str:
    """Return a chat message as a line, with the number by which it can be removed."""
    own = state.view is not None and message.person == state.view.me
    name = "you" if own else written(author(message), state.view)
    reply = f", in reply to {message.reply_to}" if message.reply_to is not None else ""
    return f"Message {message.number}, {name}{reply}: {message.text}"


def log_line(entry: LogEntry, view: RoomView) -> str:
    """Return a moderation log entry as a line."""
    return f"Entry {entry.number}, {_when(entry.at)}: {entry_line(entry, view)}"


def ban_lines(page: e.BanList) -> Iterator[str]:
    """Yield who is banned, by whom, for how long and why."""
    for ban in page.bans:
        length = "for good" if ban.until is None else f"until {_when(ban.until)}"
        by = f", by {ban.by}" if ban.by else ""
        reason = f": {ban.reason}" if ban.reason else ""
        yield f"{ban.name} is banned {length}{by}{reason}. Key {ban.key}"
    if not page.bans:
        yield "Nobody is banned"
    if read := following_offset(page):
        yield f"And {page.total - read} more, from before: /list_bans {read}"


def invite_lines(links: tuple[RoomInvite, ...]) -> Iterator[str]:
    """Yield the invites that are valid, one a line."""
    for link in links:
        limited = f"{link.uses} times, used {link.used} times"
        uses = "any number of times" if link.uses is None else limited
        by = f", made by {link.by}" if link.by else ""
        yield (
            f"Invite {link.id}: as {ROLE_WORDS[link.role]}, {uses},"
            f" until {_when(link.expires_at)}{by}"
        )
    if not links:
        yield "No invite is good"


def invite_line(made: e.RoomInviteMade, line: str | None) -> str:
    """Return a line on a fresh invite; ``line`` is the command that joins with it."""
    name = f"Invite {made.id}" if made.id else "A fresh invite"
    return f"{name}, good until {_when(made.expires_at)}: {line or made.invite}"


def people_line(page: e.PeoplePage, view: RoomView | None) -> str:
    """Return a page of the audience, or of the people who left, as a line."""
    names = ", ".join(_listed(person, view) for person in page.listed.values()) or "nobody"
    more = ""
    if read := following_offset(page):
        of = "left " if page.of == "left" else ""
        more = f", and {page.total - read} more: /list_people {of}{read}"
    return f"{'Left' if page.of == 'left' else 'Audience'}: {names}{more}"


def _listed(person: Person, view: RoomView | None) -> str:
    labels = labels_of(person)
    return written(person, view) + (f" (verified: {labels})" if labels else "")


def help_lines(state: RoomModel, asked: str = "") -> Iterator[str]:
    """Yield what the user may do here, or how the command ``asked`` is typed."""
    name = asked.removeprefix("/")
    if name in USAGE:
        yield f"{typed(name)}: {USAGE[name].help}"
        return
    yield "A line without a slash is written to everybody in the chat"
    group = ""
    for name, usage in USAGE.items():
        if not is_for(name, state.role):
            continue
        if usage.group != group:
            group = usage.group
            yield f"{group}:"
        yield f"{typed(name)}: {usage.help}"
    yield "Here:"
    yield from (f"{how}: {why}" for how, why in LOCAL.items())


def _speaker(speaker: Speaker, state: RoomModel, wall: float) -> str:
    view = state.view
    person = view.shown(speaker) if view is not None else Person("", "Somebody")
    states = ["silenced" if speaker.silenced else "muted" if speaker.muted else "open"]
    states += [] if speaker.connected else ["reconnecting"]
    states += [words] if (words := adjustment_words(state.adjustment_of(person))) else []
    states += [f"spoke {elapsed(speaker.spoken)}"] if speaker.spoken >= 1 else []
    left = state.clock.turn_left(speaker, wall)
    if left is not None:
        rest = remaining(left.seconds)
        states.append(f"{rest} to finish" if left.over else f"{rest} left of the turn")
    you = " (you)" if view is not None and speaker.id == view.you else ""
    lookalike = f" ({LOOKALIKE})" if person.lookalike else ""
    headline = f", {person.headline}" if person.headline else ""
    proven = proven_words(person, wall)
    verified = f" (verified: {proven})" if proven else lookalike
    name = f"{person.full_name}{verified}{you}"
    return f"{name}, {ROLE_WORDS[speaker.role]}{headline}: {', '.join(states)}"


def _hand(hand: Hand, state: RoomModel, wall: float) -> str:
    line = f": {hand.topic}" if hand.topic else ""
    who, order = "Somebody", "fifo"
    if state.view is not None:
        who, order = written(state.view.shown(hand), state.view), state.view.settings.order
    return f"{who}, {hand_reason(hand, order, state.clock.waited(hand, wall))}{line}"


def _when(at: float) -> str:
    return time.strftime("%d %B %Y %H:%M", time.localtime(at))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
