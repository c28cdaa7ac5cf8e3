"""Reads the arguments of a typed command into the fields of its struct.

Pure. Each field is read by its type, in the order of the struct, so a new field of a command can be
typed in every frontend at once. If an optional field does not fit the text, the text is left to the
next field.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from ...protocol import commands as c
from ...protocol.adjustment import AdjustingCommand, SetVolume
from ...protocol.durations import parse_clock, parse_duration
from ...protocol.emoji import is_emoji
from ...protocol.entrance import PATTERN_FORMS, parse_pattern
from ...protocol.people import REACTIONS, Person
from ...protocol.playing import PlaySound, Seek
from ...protocol.sound import ChangeSound, SoundSettings
from ...protocol.tags import snake_case
from ..model.room_model import RoomModel
from .known_people import (
    Place,
    Unclear,
    Unknown,
    is_called,
    knockers_of,
    leading_person,
    people_of,
)
from .series import EXAMPLES, parse_series
from .usage import USAGE, typed

_PLAN = {name: name for name in c.PlanEvent.__struct_fields__ if name not in ("ref", "recurrence")}
_PLAN["repeats"] = "recurrence"
NAMED: dict[type[c.Command], dict[str, str]] = {
    c.ChangeProfile: {name: name for name in c.ChangeProfile.__struct_fields__ if name != "ref"},
    c.DescribeCommunity: {
        name: name
        for name in c.DescribeCommunity.__struct_fields__
        if name not in ("ref", "community")
    },
    c.FoundCommunity: {name: name for name in c.FoundCommunity.__struct_fields__ if name != "ref"},
    c.SetCommunityRole: {"role": "role"},
    c.ChangeSettings: {name: name for name in c.ChangeSettings.__struct_fields__ if name != "ref"},
    ChangeSound: {name: name for name in SoundSettings.__struct_fields__},
    c.PlanEvent: _PLAN,
    c.ChangeEvent: {typed: name for typed, name in _PLAN.items() if name != "community"}
    | {"once": "once", "notice": "notice"},
    c.CancelEvent: {"day": "day", "notice": "notice"},
    c.ListEvents: {"community": "community", "after": "after"},
    c.MakeRoomInvite: {"uses": "uses", "for": "seconds"},
}
"""Fields that must be typed as ``name=value``, by the typed name; other fields may be."""
_OF_ONE_WORD = re.compile(rf"(?<!\S)({'|'.join(NAMED[ChangeSound])}) +(?=[^\s=]+(?:\s|$))")
"""Matches the name of a setting of the sound with its value after a blank: ``echo off``."""
NOT_TYPED = ("ref", "lease", "at")
"""Fields that programs fill in."""
OF_WHO_LEFT = (c.Ban, c.LiftSilence, c.MoveToAudience, c.Remove, c.Report)
NOBODY = "none"
"""The word for a list with nothing in it."""
FIRST_IN_LINE = (c.AcceptHand, c.DeclineHand, c.AnswerKnock)
"""Commands that are about the next hand in the queue, or who waits longest at the door, if nobody
is named."""
_LOOKED_FOR: dict[type[c.Command], Place] = {
    c.AcceptHand: "hands",
    c.DeclineHand: "hands",
    c.InviteToStage: "audience",
}
BY_KEY: tuple[type[c.Command], ...] = get_args(AdjustingCommand)
"""Commands about somebody whom the user hears, who is known by their key."""
ONE_WORD = ("event", "day", "start")
"""Fields whose value has no blank in it."""
FOREVER = "forever"
_SWITCH = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
_SWITCHES = {"down": {"down": True, "up": False}, "let_in": {"yes": True, "no": False}}
"""The words of fields for which on and off are not the words."""
_PAIR = re.compile(r'(?<!\S)(\w+)=("[^"]*"|\S*)\s*')
_MOST_DIGITS = 16
_PERCENT = re.compile(r"(\d{1,4})\s*%?(?:\s+|$)")
_KEY = re.compile("[0-9a-f]{32}")
_PERSON_ID = re.compile("[0-9a-f]{16}")
"""The id of a person, as servers give it."""
_UNIT = "(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|months?|y|years?)"
_MEANT_AS_TIME = rf"(?i)[-+]?\d+(?:[.,:]\d+)*(?:\s*{_UNIT}(?:\s*\d+\s*{_UNIT}?)*(?!\w)|\s*$)"
"""Matches a mistyped time, which would otherwise be read as the reason of a ban for good. Compiled
when it is first needed, which is after the start."""

Read = tuple[object, str]
"""The value of a field, and the rest of the line."""


@dataclass(frozen=True)
class _Place:
    """A field to be read from the beginning of a text.

    ``alone``: nothing may follow; ``exact``: the beginning of a name is not enough.
    """

    command: type[c.Command]
    field: FieldInfo
    text: str
    alone: bool
    state: RoomModel
    exact: bool

    @property
    def word(self) -> str:
        """The first word of the text."""
        return self.text.partition(" ")[0]

    def taken(self, value: object) -> Read:
        """Return ``value`` as what the first word means, with the rest of the text."""
        return value, self.text.partition(" ")[2].lstrip(" ")


def fields_of(command: type[c.Command]) -> list[FieldInfo]:
    """Return the fields of a command that a user can type."""
    return [each for each in msgspec.structs.fields(command) if each.name not in NOT_TYPED]


def choices(field: FieldInfo) -> tuple[str, ...]:
    """Return the words that a field accepts; none if it takes something else than a fixed word."""
    kind = _bare_type(field.type)
    if kind is bool:
        return tuple(_SWITCHES.get(field.name, ("on", "off")))
    return get_args(kind) if get_origin(kind) is Literal else ()


def read_arguments(
    command: type[c.Command], text: str, state: RoomModel, *, exact: bool = False
) -> dict[str, object]:
    """Return the fields of a command that a typed text gives, by name. Raises Unclear.

    With ``exact``, the beginning of a name is not enough to name somebody.
    """
    values: dict[str, object] = {}
    fields = {each.name: each for each in fields_of(command)}
    if command is not c.SetPassword:
        if command is ChangeSound:
            text = _OF_ONE_WORD.sub(r"\1=", text)
        pairs, text = _pairs(command, text)
        given = {name: value.strip('"') for name, value in pairs}
        values = read_fields(command, given, state, exact=exact)
    only_named = NAMED.get(command, {}).values()
    places = [each for each in fields.values() if each.name not in {*only_named, *values}]
    for field in places:
        place = _Place(command, field, text, field is places[-1], state, exact)
        read = _read_field(place) if text else None
        if read is not None:
            values[field.name], text = read
    if text:
        raise Unclear(f"I do not understand {text}: {_typed(command)}")
    return values


def read_fields(
    command: type[c.Command], given: Mapping[str, object], state: RoomModel, *, exact: bool = False
) -> dict[str, object]:
    """Return the fields of a command from values by name. Raises Unclear.

    Texts are read as if they were typed; other values are taken as they are.
    """
    fields = {each.name: each for each in fields_of(command)}
    values: dict[str, object] = {}
    for name, value in given.items():
        field = fields.get(name)
        if field is not None:
            read = isinstance(value, str) and (value or _bare_type(field.type) is not str)
            values[name] = _whole_value(command, field, str(value), state, exact) if read else value
    return values


def lacking(command: type[c.Command], fields: Mapping[str, object]) -> str:
    """Return a line on what is still missing from a command; empty if nothing is."""
    missing = [each for each in fields_of(command) if each.required and each.name not in fields]
    if not missing:
        return ""
    what = "whom" if missing[0].name in ("id", "key") else "what"
    return f"Say {what}: {typed(snake_case(command.__name__))}"


def first_in_line(command: type[c.Command], state: RoomModel) -> str:
    """Return the id of the person who is next. Raises Unclear."""
    if command is c.AnswerKnock:
        if state.view is None or not state.view.knockers:
            raise Unclear("Nobody knocks", "no_such_person")
        return next(iter(state.view.knockers))
    if state.view is None or not state.view.hands:
        raise Unclear("No hand is up", "no_hand")
    return state.view.hands[0].id


def _pairs(command: type[c.Command], text: str) -> tuple[list[tuple[str, str]], str]:
    """Return the ``name=value`` words in a text, by the names of the fields, and its rest."""
    only_named = NAMED.get(command, {})
    names = {each.name: each.name for each in fields_of(command)} | only_named
    pairs: list[tuple[str, str]] = []

    def taken(found: re.Match[str]) -> str:
        if found[1] in names:
            pairs.append((names[found[1]], found[2]))
            return ""
        if only_named:
            raise Unclear(f"There is no {found[1]}: there are {', '.join(only_named)}")
        return found[0]

    return pairs, _PAIR.sub(taken, text).strip()


def _typed(command: type[c.Command]) -> str:
    name = snake_case(command.__name__)
    return typed(name) if USAGE[name].arguments else f"/{name} stands alone"


def _whole_value(
    command: type[c.Command], field: FieldInfo, text: str, state: RoomModel, exact: bool
) -> object:
    read = _read_field(_Place(command, field, text, True, state, exact))
    if read is None or read[1]:
        words = choices(field)
        fits = f"one of {', '.join(words)}" if words else "a number, or a time such as 2m"
        raise Unclear(f"{field.name} is {fits}")
    return read[0]


def _read_field(place: _Place) -> Read | None:
    """Return the value of a field at the beginning of a text, or None if the text does not fit."""
    special = _SPECIAL.get((place.command, place.field.name))
    if special is not None:
        return special(place)
    kind = _bare_type(place.field.type)
    if place.field.name in ("community", "room"):
        return place.taken(place.word)
    if place.field.name == "id":
        return _person(place)
    if place.field.name == "person":
        return _anybody(place)
    if place.field.name in ONE_WORD:
        return place.taken(place.word)
    if get_origin(kind) is tuple:
        return _several(place), ""
    if kind is bool:
        switches = _SWITCH | _SWITCHES.get(place.field.name, {})
        switch = switches.get(place.word.casefold())
        return None if switch is None else place.taken(switch)
    if get_origin(kind) is Literal:
        word = place.word.casefold()
        return place.taken(word) if word in get_args(kind) else None
    if kind is int:
        if place.field.name.endswith("seconds"):
            return _time(place)
        is_number = place.word.isdecimal() and len(place.word) <= _MOST_DIGITS
        return place.taken(int(place.word)) if is_number else None
    return place.text, ""


def _person(place: _Place) -> Read:
    departed = place.command in OF_WHO_LEFT
    first = _LOOKED_FOR.get(place.command, "stage")
    silenced = place.command is c.LiftSilence
    people = people_of(place.state, departed=departed, first=first, silenced=silenced)
    person, rest = leading_person(place.text, people, whole=place.alone, exact=place.exact)
    return person.id, rest


def _anybody(place: _Place) -> Read:
    """Return the id of a person, who need not be here: then they are named by it."""
    if _PERSON_ID.fullmatch(place.word):
        return place.taken(place.word)
    people = people_of(place.state, departed=True)
    found, rest = leading_person(place.text, people, whole=place.alone, exact=place.exact)
    return found.person.id, rest


def _several(place: _Place) -> tuple[str, ...]:
    """Return texts that are typed in one: lines with a bar between them, or else words."""
    if place.field.name in ("about", "agenda", "rules"):
        return tuple(filter(None, (each.strip() for each in place.text.split("|"))))
    return tuple(place.text.split())


def _time(place: _Place) -> Read | None:
    """Read a time. A bare number means seconds, unless it could be the first word of a reason."""
    if place.word.isdecimal() and not place.alone:
        return None
    seconds = parse_duration(place.word)
    return None if seconds is None else place.taken(seconds)


def _time_of_ban(place: _Place) -> Read | None:
    if place.word.casefold() == FOREVER:
        return place.taken(None)
    read = _time(place)
    if read is None and (found := re.match(_MEANT_AS_TIME, place.text)):
        raise Unclear(f"{found[0]} is no time: say 90s, 30m, 2h, 7d or {FOREVER}")
    return read


def _banned_key(place: _Place) -> Read:
    """Return the key of a banned person, found by name, by key, or by the beginning of one."""
    wanted = place.text.strip('"').casefold()
    bans = place.state.lists.bans
    fits = [each for each in bans if is_called(Person(each.key, each.name, key=each.key), wanted)]
    if not fits and wanted and not place.exact:
        fits = [each for each in bans if each.key.startswith(wanted)]
        fits = fits or [each for each in bans if each.name.casefold().startswith(wanted)]
    if len(fits) > 1:
        told = ", ".join(f"{each.name} ({each.key})" for each in fits)
        raise Unclear(f"Several bans fit {place.text}: {told}", "several_people")
    if fits:
        return fits[0].key, ""
    if _KEY.fullmatch(wanted):
        return wanted, ""
    text = f"No ban of {place.text} is known: /list_bans tells who is banned"
    raise Unknown(text, "bans")


def _heard_person(place: _Place) -> Read:
    """Return the key of somebody whom the user hears, or heard before they left."""
    if _KEY.fullmatch(place.word):
        return place.taken(place.word)
    people = people_of(place.state, departed=True)
    found, rest = leading_person(place.text, people, whole=place.alone, exact=place.exact)
    if place.state.view is not None and found.person.id == place.state.view.me:
        raise Unclear("That is you: this is about how you hear others")
    if not found.person.key:
        raise Unclear(f"The key of {found.person.full_name} is not known here")
    return found.person.key, rest


def _percent(place: _Place) -> Read | None:
    found = _PERCENT.match(place.text)
    return (int(found[1]), place.text[found.end() :]) if found is not None else None


def _link(place: _Place) -> Read:
    """Return the id of an invite, found by its id or the beginning of it."""
    ids = [each.id for each in place.state.lists.room_invites]
    fits = [place.word] if place.word in ids else [id for id in ids if id.startswith(place.word)]
    if place.exact and len(fits) != 1:
        raise Unknown(f"No invite {place.word} is known", "invites")
    return place.taken(fits[0] if len(fits) == 1 else place.word)


def _claims(place: _Place) -> Read:
    """Return the claims that are asked for, each as one types it."""
    claims = _listed(place.text.casefold())
    for each in claims:
        if parse_pattern(each) is None:
            raise Unclear(f"{each} is no claim: say {PATTERN_FORMS}")
    return claims, ""


def _allowed(place: _Place) -> Read:
    """Return people by their ids: each is known here by name, or named by id or key."""
    people = people_of(place.state, departed=True)
    ids = []
    for each in _listed(place.text):
        try:
            named, _ = leading_person(each, people, whole=True, exact=place.exact)
            ids.append(named.person.id)
        except Unclear:
            if not (_KEY.fullmatch(each) or _PERSON_ID.fullmatch(each)):
                raise
            ids.append(each)
    return tuple(ids), ""


def _listed(text: str) -> tuple[str, ...]:
    parts = (each.strip().strip('"') for each in text.split(","))
    return tuple(each for each in parts if each and each != NOBODY)


def _knocker(place: _Place) -> Read | None:
    """Return the id of somebody who waits at the door; none if the text is the answer alone."""
    if place.text.casefold() in _SWITCH:
        return None
    people = knockers_of(place.state)
    person, rest = leading_person(place.text, people, whole=place.alone, exact=place.exact)
    return person.id, rest


def _emoji(place: _Place) -> Read:
    if not is_emoji(place.word):
        raise Unclear(f"{place.word} is no emoji: {' '.join(REACTIONS)} or any other single one")
    return place.taken(place.word)


def _series(place: _Place) -> Read:
    rule = parse_series(place.text)
    if rule is None:
        raise Unclear(f"{place.text} is no series: it is {EXAMPLES}")
    return rule, ""


def _bare_type(kind: Any) -> Any:
    """Return the type of a field without ``None`` and without its limits."""
    if get_origin(kind) is Annotated:
        return _bare_type(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return next(_bare_type(each) for each in get_args(kind) if each is not NoneType)
    return kind


def _word(place: _Place) -> Read:
    """Return one word: more fields follow."""
    return place.taken(place.word)


def _file(place: _Place) -> Read:
    """Return a whole path: the engine may have another folder than who types."""
    return os.path.abspath(os.path.expanduser(place.text.strip('"'))), ""


def _position(place: _Place) -> Read | None:
    seconds = parse_clock(place.word)
    return None if seconds is None else place.taken(float(seconds))


def _step(place: _Place) -> Read | None:
    """Read a step forth or back, which has its sign."""
    sign = {"+": 1.0, "-": -1.0}.get(place.word[:1])
    seconds = parse_clock(place.word[1:])
    return None if sign is None or seconds is None else place.taken(sign * seconds)


_SPECIAL: dict[tuple[type[c.Command], str], Callable[[_Place], Read | None]] = {
    (c.Ban, "seconds"): _time_of_ban,
    (c.BanFromCommunity, "seconds"): _time_of_ban,
    (c.Unban, "key"): _banned_key,
    (c.RevokeRoomInvite, "id"): _link,
    (c.React, "reaction"): _emoji,
    (c.ChangeSettings, "claimed"): _claims,
    (c.ChangeSettings, "allowed"): _allowed,
    (c.AnswerKnock, "id"): _knocker,
    (c.ClaimForge, "user"): _word,
    **{(each, "key"): _heard_person for each in BY_KEY},
    (SetVolume, "percent"): _percent,
    (c.PlanEvent, "recurrence"): _series,
    (c.ChangeEvent, "recurrence"): _series,
    (PlaySound, "file"): _file,
    (Seek, "to"): _position,
    (Seek, "by"): _step,
}
