"""What does not fit into a command, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ...protocol.calendar import LocalDate, LocalTime, PlannedRoom, ZoneName
from ...protocol.commands.entering import RoomName
from ...protocol.entrance import PatternText
from ...protocol.people import Key

_A_ROOM = "has to be a room's name, like standup"
_FORMS: tuple[tuple[Any, str], ...] = (
    (LocalTime, "has to be a day and a time that there are, like 2027-03-02T18:30"),
    (LocalDate, "has to be a day that there is, like 2027-03-02"),
    (ZoneName, "has to be a time zone, like Europe/Paris or UTC"),
    (PlannedRoom, _A_ROOM),
    (RoomName, _A_ROOM),
    (PatternText, "has to be what is to be proven, like anyone@acme.example"),
    (Key, "has to be 32 of the digits 0-9 and a-f"),
)
_BY_PATTERN = {each.__metadata__[0].pattern: words for each, words in _FORMS}
_WHERE = re.compile(r"at `\$\.(\w+)")
_FORM = re.compile(r"^Expected `str` matching regex (.*?)(?: - at `\$.*)?$")
_LIMIT = re.compile(r"^Expected `(str|array|int)` (?:of length )?(<=|>=) (\d+)")


def misfit_words(error: msgspec.ValidationError, labels: Mapping[str, str] | None = None) -> str:
    """Return in one line what is wrong with which field; ``labels`` names fields for people."""
    text = str(error)
    where = _WHERE.search(text)
    name = where[1] if where is not None else ""
    label = (labels or {}).get(name, name.replace("_", " ")) or "something"
    return f"{label.lower()} {_wrong(text)}"


def _wrong(text: str) -> str:
    if (form := _FORM.match(text)) is not None:
        forms = (words for pattern, words in _BY_PATTERN.items() if repr(pattern) == form[1])
        return next(forms, "is written in another way")
    if (limit := _LIMIT.match(text)) is None:
        return "does not fit"
    kind, sign, number = limit[1], limit[2], int(limit[3])
    if kind == "int":
        return f"can be {number} at {'most' if sign == '<=' else 'least'}"
    if number == 1 and sign == ">=":
        return "must not be empty"
    unit = "letters" if kind == "str" else "entries"
    return f"can have {number:,} {unit} at {'most' if sign == '<=' else 'least'}"
