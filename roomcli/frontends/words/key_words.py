"""A person's keys in words: which there are, what happened to one, what two persons would be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from ...protocol import events as e
from ...protocol.keys import OwnKey
from ...protocol.statements import Statement, UnionFacts

Names = Mapping[str, str]
"""What the user calls keys, by their fingerprints: nobody else knows that."""

_PURPOSES = {
    "join": "{key} becomes a key of the person of {by}",
    "unite": "the person of {key} becomes one with that of {by}, which stays the older one",
    "revoke": "{key} is refused from now on, by the word of {by}",
    "undo": "the revocation of {key} was wrong, by the word of {by}",
    "split": "{key} becomes a person of its own",
    "recovery": "{key} becomes the recovery key, by the word of {by}",
}


def key_lines(listed: e.KeyList, names: Names) -> Iterator[str]:
    """Yield a person's keys from the oldest on, and what waits for signatures."""
    if listed.recovery:
        names = {**names, listed.recovery: "the recovery key"}
    yield f"others know you by the key {listed.known_by}"
    for each in listed.keys:
        yield f"{written_key(each.key, names)}: {_state(each, names)}"
    if listed.recovery:
        yield f"{written_key(listed.recovery, names)}: older than all others"
    else:
        yield "no recovery key: `roomcli profile keys --recovery` makes one"
    if listed.disputed_until is not None:
        until = day_and_time(listed.disputed_until)
        yield f"until {until} no key joins, and you can give nothing up: a revocation can be undone"
    for waiting in listed.waiting:
        yield f"waits for signatures: {statement_words(waiting.statement, names)}"


def statement_words(statement: Statement, names: Names) -> str:
    """Return what a statement says, with the whole of both fingerprints."""
    key, by = (written_key(each, names) for each in (statement.key, statement.by))
    return _PURPOSES[statement.purpose].format(key=key, by=by)


def written_key(key: str, names: Names) -> str:
    """Return a key as it is shown to the user."""
    name = names.get(key)
    return f"{key} ({name})" if name else key


def union_lines(facts: UnionFacts, mine: frozenset[str], names: Names) -> Iterator[str]:
    """Yield what two persons would be as one; ``mine`` are the keys of the user."""
    yield "as one person you would have these keys, from the oldest on:"
    for key in facts.keys:
        yield f"  {written_key(key, names)}{'' if key in mine else ', of the other person'}"
    for places, words in ((facts.bans, "banned from"), (facts.silences, "silenced in")):
        if places:
            yield f"{words} {', '.join(map(place_words, places))}"
    for place in sorted(facts.ranks):
        yield f"your role in {place_words(place)} is the lower one of both"
    for place in sorted(facts.withheld):
        yield f"your role in {place_words(place)} waits until a host there, or the admin, agrees"


def place_words(place: str) -> str:
    """Return a place of a server in words: ``room/standup@1764118000`` is the room standup."""
    kind, _, name = place.partition("/")
    return f"{kind} {name.partition('@')[0]}" if name else "the whole server"


def key_news(event: e.KeysChanged) -> str:
    """Return what happened to a key of the user's."""
    key = event.key
    match event.what:
        case "joined":
            return f"A key joined yours: {key}. If that was not you: roomcli profile keys revoke"
        case "revoked" if event.undo_until is not None:
            until = day_and_time(event.undo_until)
            return (
                f"A key of yours was revoked: {key}. An older key or your recovery key can undo "
                f"it until {until}: roomcli profile keys undo"
            )
        case "revoked":
            return f"A key of yours was revoked for good: {key}"
        case "undone":
            return f"A key of yours is back: {key}"
        case "split":
            return f"A key of yours is a person of its own now: {key}"
        case "recovery":
            return f"You have a recovery key now: {key}"
        case "united":
            return f"You are one person now with the one who was known by {key}"


def day_and_time(at: float) -> str:
    """Return a time of a server's as the clock here tells it."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
    except (OverflowError, ValueError, OSError):  # beyond what the platform can format
        return "some time"


def _state(key: OwnKey, names: Names) -> str:
    since = f"since {day_and_time(key.joined_at)}" if key.joined_at else "the first"
    if key.introduced_by:
        since += f", brought in by {names.get(key.introduced_by, key.introduced_by)}"
    ended = day_and_time(key.ended_at or 0.0)
    by = f" by {names.get(key.ended_by, key.ended_by)}" if key.ended_by else ""
    match key.state:
        case "in_force":
            return since
        case "cut":
            until = day_and_time(key.undo_until or 0.0)
            return f"revoked {ended}{by}; that can be undone until {until}"
        case "revoked":
            return f"revoked for good {ended}{by}"
        case "left":
            return f"a person of its own since {ended}"
