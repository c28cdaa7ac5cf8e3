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
from collections.abc import Iterator
from itertools import islice, zip_longest

from ..errors import ProtocolError

MAX_NAME = 40
MAX_HEADLINE = 80
MAX_REASON = 200
MAX_TOPIC = 100
MAX_HAND_TOPIC = 100
"""Of what somebody with a raised hand would like to speak about."""
MAX_MARKS = 2
"""Combining marks on one letter, of those that fit any letter."""
MAX_SCRIPT_MARKS = 4
"""Marks that belong to one script: a Burmese or Tibetan syllable has up to four, pointed Hebrew
three."""

TAIL_MARK = "\u00b7"
"""Stands between a name and the tail of a key, and so in no name: nobody makes up a tail."""

_ROOM_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*")
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_TEXT_STYLE, _EMOJI_STYLE, _KEYCAP = "\ufe0e", "\ufe0f", "\u20e3"
_INFORMATION = "\u2139"  # a letter by category, an emoji by use
_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
_MARKS = {"Mn", "Me"}
_FILLERS = {  # look like nothing at all
    *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc",
    "\U0001d159",
}
_GENERIC_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_IDEOGRAPH_VARIANTS = re.compile("[\ufe00-\ufe0d\U000e0100-\U000e01ef]")
_IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
_ARABIC = re.compile("[\u0600-\u08ff]")
_DOTS = re.compile(
    "[\u00b7\u0387\u1427\u16eb\u2022\u2027\u2218\u2219\u22c5\u25cf\u25e6\u2981"
    "\u2e30\u2e31\u2e33\u30fb\ua78f\uff65\U00010101]"
)
_DOTTED_NAME = re.compile("(?<=[\u3041-\u30ff\u4e00-\u9fff])\u30fb(?=[\u3041-\u30ff\u4e00-\u9fff])")
_VIRAMA = 9
_ROUNDS = 5


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
    for character, passes in _judged(normal):
        if not passes:
            raise ProtocolError(
                "bad_text", f"{what} holds U+{ord(character):04X}, which is not allowed there"
            )
    return normal


def checked_name(text: str) -> str:
    """A participant's name: as ``checked``, not empty, and without a dot as before a tail."""
    name = checked(text, MAX_NAME, "name")
    dot = _DOTS.search(_DOTTED_NAME.sub("", name))
    if dot is not None:
        why = "which is not allowed in names: the room writes it between a name and a key"
        raise ProtocolError("bad_text", f"name holds U+{ord(dot[0]):04X}, {why}")
    if not any(_category(character)[0] in "LNPS" for character in name):
        raise ProtocolError("bad_text", "name is empty")
    return name


def cleaned_name(text: str) -> str:
    """``text`` as a name that :func:`checked_name` takes, or empty; never raises."""
    return cleaned(_DOTS.sub(" ", cleaned(text, MAX_NAME)), MAX_NAME)


def is_text(text: str) -> bool:
    """Whether UTF-8 can write it. Bytes that were none reach Python as halves of characters, in
    arguments, names of files and the environment.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def trimmed(text: str) -> str:
    """``text`` without the blanks and invisible marks at its ends, which come along when pasted."""
    while text and _shows_nothing(text[0]):
        text = text[1:]
    while text and _shows_nothing(text[-1]) and not _fits(list(text[:-1]), text[-1], ""):
        text = text[:-1]
    return text


def _shows_nothing(character: str) -> bool:
    category = unicodedata.category(character)
    return character.isspace() or character in _FILLERS or category in ("Cf", "Zl", "Zp")


def cleaned(text: str, limit: int) -> str:
    """``text`` with everything left out that :func:`checked` would refuse; never raises."""
    kept = re.sub(r"\s+", " ", _ESCAPE.sub("", text))
    for _ in range(_ROUNDS):
        # What is left out or cut off may have carried its neighbours: look again until it holds.
        kept = _folded(kept)
        harmless = "".join(islice((each for each, passes in _judged(kept) if passes), limit))
        if harmless == kept:
            return kept
        kept = harmless
    # Made to never come to an end. Without joiners, selectors and marks nothing carries anything.
    plain = (each for each in _folded(kept) if each == " " or _stands_alone(each))
    return _folded("".join(islice(plain, limit)))


def _folded(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def _judged(text: str) -> Iterator[tuple[str, bool]]:
    """Each character, and whether it may stand after those before it that may, and before the
    next."""
    kept: list[str] = []
    for character, after in zip_longest(text, text[1:], fillvalue=""):
        passes = (character.isascii() and character.isprintable()) or _fits(kept, character, after)
        yield character, passes
        if passes:
            kept.append(character)


def _fits(kept: list[str], character: str, after: str) -> bool:
    before = kept[-1] if kept else ""
    if character == _ZWNJ:
        return _is_virama(before) or (_is_arabic(before) and _is_arabic(after))
    if character == _ZWJ:
        joins_emoji = (before == _EMOJI_STYLE or _is_emoji(before)) and _is_emoji(after)
        return _is_virama(before) or joins_emoji
    if character in (_TEXT_STYLE, _EMOJI_STYLE):
        if before.isascii():
            return before in tuple("0123456789#*") and after == _KEYCAP
        return before == _INFORMATION or _category(before)[0] in "SP"
    if _IDEOGRAPH_VARIANTS.match(character):
        return _IDEOGRAPH.match(before) is not None
    if _category(character) in _MARKS:
        return character not in _FILLERS and _is_borne(kept, character)
    return _stands_alone(character)


def _stands_alone(character: str) -> bool:
    category = _category(character)
    return not (character in _FILLERS or category in _FORBIDDEN or category in _MARKS)


def _is_borne(kept: list[str], mark: str) -> bool:
    """Whether the combining mark has a letter, and no more company than writing needs."""
    limit = MAX_MARKS if _GENERIC_MARKS.match(mark) else MAX_SCRIPT_MARKS
    for company, each in enumerate(reversed(kept[-limit - 1 :])):
        if _category(each) not in _MARKS:
            return each != " " and company < limit and mark != kept[-1]
    return False


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
