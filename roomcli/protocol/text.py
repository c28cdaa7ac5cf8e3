"""Text from strangers: what a name, headline or reason may hold.

Letters of every script, digits, punctuation and emoji are welcome. What moves the cursor, hides or
reorders other text is not: control characters, escapes, bidirectional overrides, invisible
format characters, private use, and more than two combining marks on one letter.
"""

from __future__ import annotations

import re
import unicodedata

from ..errors import ProtocolError

MAX_NAME = 40
MAX_HEADLINE = 80
MAX_REASON = 200
MAX_MARKS = 2

_ROOM_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_JOINERS = {"\u200d", "\ufe0f"}  # what composed emoji are made with
_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_FILLERS = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}  # look like nothing at all


def is_room_name(text: str) -> bool:
    """Whether ``text`` can name a room: lower case letters, digits, hyphens, 64 at the most."""
    return _ROOM_NAME.fullmatch(text) is not None


def checked(text: str, limit: int, what: str) -> str:
    """``text`` in NFC, spaces folded, if it is harmless and not too long.

    Raises ProtocolError ``bad_text`` otherwise.
    """
    normal = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    normal = re.sub(" {2,}", " ", normal)
    if len(normal) > limit:
        raise ProtocolError("bad_text", f"{what} is longer than {limit} characters")
    for position, character in enumerate(normal):
        if _is_forbidden(normal, position):
            raise ProtocolError(
                "bad_text", f"{what} holds U+{ord(character):04X}, which is not allowed there"
            )
    return normal


def checked_name(text: str) -> str:
    """A participant's name: as ``checked``, and not empty."""
    name = checked(text, MAX_NAME, "name")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise ProtocolError("bad_text", "name is empty")
    return name


def cleaned(text: str, limit: int) -> str:
    """``text`` with everything left out that :func:`checked` would refuse; never raises."""
    normal = unicodedata.normalize("NFC", text)
    normal = re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?)", "", normal)
    kept = ""
    for character in re.sub(r"\s+", " ", normal).strip():
        if not _is_forbidden(kept + character, len(kept)):
            kept += character
    return unicodedata.normalize("NFC", kept[:limit]).strip()


def _is_forbidden(text: str, position: int) -> bool:
    character = text[position]
    if character.isascii() and character.isprintable():
        return False
    if character in _FILLERS:
        return True
    if character in _JOINERS:
        return position == 0 or text[position - 1] in _JOINERS - {"\ufe0f"}
    category = unicodedata.category(character)
    if category in _FORBIDDEN or (category == "Zs" and character != " "):
        return True
    if category in ("Mn", "Me"):
        before = text[max(0, position - MAX_MARKS) : position]
        marks = sum(unicodedata.category(each) in ("Mn", "Me") for each in before)
        return position == 0 or marks >= MAX_MARKS
    return False
