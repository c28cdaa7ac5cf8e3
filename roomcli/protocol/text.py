"""Text from strangers: what a name, headline or reason may hold.

Letters of every script, digits, punctuation and emoji are welcome. What moves the cursor, hides or
reorders other text is not: control characters, escapes, bidirectional overrides, invisible
format characters, private use, and piles of combining marks. Joiners and variation selectors are
invisible too, but Persian, Hindi and composed emoji cannot be written without; they pass only
where they do something, so that two names that look the same are the same.
"""

from __future__ import annotations

import re
import unicodedata

from ..errors import ProtocolError

MAX_NAME = 40
MAX_HEADLINE = 80
MAX_REASON = 200
MAX_MARKS = 2
"""Combining marks on one letter, of those that fit any letter."""
MAX_SCRIPT_MARKS = 4
"""Marks that belong to one script: a Burmese or Tibetan syllable has up to four, pointed Hebrew
three."""

_ROOM_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*")
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_TEXT_STYLE, _EMOJI_STYLE, _KEYCAP = "\ufe0e", "\ufe0f", "\u20e3"
_INFORMATION = "\u2139"  # a letter by category, an emoji by use
_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
_FILLERS = {  # look like nothing at all
    *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc",
    "\U0001d159",
}
_GENERIC_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_IDEOGRAPH_VARIANTS = re.compile("[\ufe00-\ufe0d\U000e0100-\U000e01ef]")
_IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
_ARABIC = re.compile("[\u0600-\u08ff]")
_VIRAMA = 9


def is_room_name(text: str) -> bool:
    """Whether ``text`` can name a room: lower case letters, digits, hyphens, 64 at the most."""
    return _ROOM_NAME.fullmatch(text) is not None


def checked(text: str, limit: int, what: str) -> str:
    """``text`` in NFC, spaces of every width folded into one, if it is harmless and fits.

    Raises ProtocolError ``bad_text`` otherwise.
    """
    normal = _folded(text)
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
    if not any(_category(character)[0] in "LNPS" for character in name):
        raise ProtocolError("bad_text", "name is empty")
    return name


def cleaned(text: str, limit: int) -> str:
    """``text`` with everything left out that :func:`checked` would refuse; never raises."""
    kept = re.sub(r"\s+", " ", _ESCAPE.sub("", text))
    while True:
        # What is left out or cut off may have carried its neighbours: look again until it holds.
        kept = _folded(kept)
        harmless = "".join(
            character
            for position, character in enumerate(kept)
            if not _is_forbidden(kept, position)
        )[:limit]
        if harmless == kept:
            return kept
        kept = harmless


def _folded(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def _is_forbidden(text: str, position: int) -> bool:
    character = text[position]
    if character.isascii() and character.isprintable():
        return False
    before = text[position - 1] if position else ""
    after = text[position + 1 : position + 2]
    if character == _ZWNJ:
        return not (_is_virama(before) or (_is_arabic(before) and _is_arabic(after)))
    if character == _ZWJ:
        joins_emoji = (before == _EMOJI_STYLE or _is_emoji(before)) and _is_emoji(after)
        return not (_is_virama(before) or joins_emoji)
    if character in (_TEXT_STYLE, _EMOJI_STYLE):
        if before.isascii():
            return before not in tuple("0123456789#*") or after != _KEYCAP
        return before != _INFORMATION and _category(before)[0] not in "SP"
    if _IDEOGRAPH_VARIANTS.match(character):
        return not _IDEOGRAPH.match(before)
    category = _category(character)
    if character in _FILLERS or category in _FORBIDDEN:
        return True
    return category in ("Mn", "Me") and _is_one_too_many(text, position)


def _is_one_too_many(text: str, position: int) -> bool:
    """Whether the combining mark there has no letter, or more company than writing needs."""
    limit = MAX_MARKS if _GENERIC_MARKS.match(text[position]) else MAX_SCRIPT_MARKS
    start = position
    while start and position - start <= limit and _category(text[start - 1]) in ("Mn", "Me"):
        start -= 1
    bare = start == 0 or text[start - 1] == " "
    return bare or position - start >= limit or text[position] == text[position - 1]


def _category(character: str) -> str:
    category = unicodedata.category(character) if character else "Zs"
    # Python knows the emoji of its own year only; the block is theirs, now and later.
    if category == "Cn" and "\U0001f000" <= character <= "\U0001faff":
        return "So"
    return category


def _is_emoji(character: str) -> bool:
    return _category(character) in ("So", "Sk", "Sm") and not character.isascii()


def _is_virama(character: str) -> bool:
    return bool(character) and unicodedata.combining(character) == _VIRAMA


def _is_arabic(character: str) -> bool:
    return _category(character)[0] in "LM" and _ARABIC.match(character) is not None
