"""Checks text from strangers: what a name, headline or reason may hold.

Letters of every script, digits, punctuation and emoji are welcome. Text that moves the cursor, or
hides or reorders other text, is not: control characters, escapes, bidirectional overrides,
invisible format characters, private use, and piles of combining marks. Joiners and variation
selectors are invisible too, but Persian, Hindi and composed emoji cannot be written without them;
they pass only where they have an effect, so that two names that look the same are the same.
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
MAX_LINK = 200
MAX_TOPIC = 100
MAX_HAND_TOPIC = 100
"""Characters of the topic that a person with a raised hand would like to speak about."""
MAX_MARKS = 2
"""Combining marks on one letter, of those that fit any letter."""
MAX_SCRIPT_MARKS = 4
"""Marks of one script on one letter: a Burmese or Tibetan syllable has up to four, pointed Hebrew
three."""

TAIL_MARK = "\u00b7"
"""The dot between a name and the tail of a key. No name may hold it, so that nobody can fake a
tail."""

ROOM_NAME = r"^[a-z0-9][a-z0-9-]{0,63}\Z"
"""The pattern of names of rooms."""
_LINK = re.compile(
    r"https://(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])?(?::\d{1,5})?"
    r"(?:[/?#][^\s\"<>\\^`{|}]*)?"
)
"""No user in it, which would hide the host; no address; no character that ends a link in a text."""
_ROOM_NAME = re.compile(ROOM_NAME)
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
_GENERIC_MARKS = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_IDEOGRAPH_VARIANTS = re.compile("[\ufe00-\ufe0d\U000e0100-\U000e01ef]")
_IDEOGRAPH = "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]"
_ARABIC = re.compile("[\u0600-\u08ff]")
_DOTS = re.compile(
    "[\u00b7\u0387\u1427\u16eb\u2022\u2027\u2218\u2219\u22c5\u25cf\u25e6\u2981"
    "\u2e30\u2e31\u2e33\u30fb\ua78f\uff65\U00010101]"
)
CHECK_MARK = "\u2713"
"""Stands after the name of somebody of whom something is proven. No name or headline may hold it,
nor what looks like it, so that nobody can fake a badge."""
_CHECK_MARKS = re.compile("[\u221a\u237b\u2611\u2705\u2713\u2714\U00010102\U0001f5f8\U0001f5f9]")
_DOTTED_NAME = "(?<=[\u3041-\u30ff\u4e00-\u9fff])\u30fb(?=[\u3041-\u30ff\u4e00-\u9fff])"
_VIRAMA = 9
_ROUNDS = 5


def is_room_name(text: str) -> bool:
    """Whether ``text`` can name a room: lower case letters, digits, hyphens, at most 64."""
    return _ROOM_NAME.search(text) is not None


def checked(text: str, limit: int, what: str) -> str:
    """Return ``text`` in NFC, with spaces of any width folded into one, if it is harmless and fits.

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
    """Return a participant's name as ``checked``, not empty and without a dot as before a tail.

    It holds no check mark, either. Raises ProtocolError ``bad_text`` otherwise.
    """
    name = _without_badge(checked(text, MAX_NAME, "name"), "name")
    # Most names are of letters alone, and the pattern takes a while to compile.
    dot = None if name.isascii() else _DOTS.search(re.sub(_DOTTED_NAME, "", name))
    if dot is not None:
        why = "which is not allowed in names: the room writes it between a name and a key"
        raise ProtocolError("bad_text", f"name holds U+{ord(dot[0]):04X}, {why}")
    if not any(_category(character)[0] in "LNPS" for character in name):
        raise ProtocolError("bad_text", "name is empty")
    return name


def cleaned_name(text: str) -> str:
    """Return ``text`` as a name that :func:`checked_name` takes, or empty; never raises."""
    return cleaned(_CHECK_MARKS.sub(" ", _DOTS.sub(" ", cleaned(text, MAX_NAME))), MAX_NAME)


def checked_headline(text: str) -> str:
    """Return a headline as ``checked``, without a check mark. Raises ProtocolError ``bad_text``."""
    return _without_badge(checked(text, MAX_HEADLINE, "headline"), "headline")


def cleaned_headline(text: str) -> str:
    """Return ``text`` as a headline that :func:`checked_headline` takes; never raises."""
    return cleaned(_CHECK_MARKS.sub(" ", cleaned(text, MAX_HEADLINE)), MAX_HEADLINE)


def _without_badge(text: str, what: str) -> str:
    mark = _CHECK_MARKS.search(text)
    if mark is not None:
        why = "which is not allowed there: the room writes it where something is proven"
        raise ProtocolError("bad_text", f"{what} holds U+{ord(mark[0]):04X}, {why}")
    return text


def checked_link(text: str) -> str:
    """Return a link as ``checked``, to a host by its name and by https alone.

    Raises ProtocolError ``bad_text`` otherwise.
    """
    link = checked(text, MAX_LINK, "link")
    if _LINK.fullmatch(link) is None:
        raise ProtocolError("bad_text", "a link begins with https:// and the name of a host")
    return link


def is_text(text: str) -> bool:
    """Whether UTF-8 can encode ``text``.

    In arguments, file names and the environment, bytes that are not UTF-8 reach Python as
    surrogates, which UTF-8 cannot encode.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def trimmed(text: str) -> str:
    """Return ``text`` without blanks and invisible marks at its ends, which come with a paste."""
    while text and _shows_nothing(text[0]):
        text = text[1:]
    while text and _shows_nothing(text[-1]) and not _fits(list(text[:-1]), text[-1], ""):
        text = text[:-1]
    return text


def _shows_nothing(character: str) -> bool:
    category = unicodedata.category(character)
    return character.isspace() or character in _FILLERS or category in ("Cf", "Zl", "Zp")


def cleaned(text: str, limit: int) -> str:
    """Return ``text`` without everything that :func:`checked` would refuse; never raises."""
    kept = re.sub(r"\s+", " ", _ESCAPE.sub("", text))
    for _ in range(_ROUNDS):
        # A removed character may have carried its neighbours: look again until nothing changes.
        kept = _folded(kept)
        harmless = "".join(islice((each for each, passes in _judged(kept) if passes), limit))
        if harmless == kept:
            return kept
        kept = harmless
    # The text was made to never settle. Without joiners, selectors and marks it does.
    plain = (each for each in _folded(kept) if each == " " or _stands_alone(each))
    return _folded("".join(islice(plain, limit)))


def _folded(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def _judged(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each character, and whether it may stand there.

    That depends on the accepted characters before it and on the next character.
    """
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
        return re.match(_IDEOGRAPH, before) is not None
    if _category(character) in _MARKS:
        return character not in _FILLERS and _is_borne(kept, character)
    return _stands_alone(character)


def _stands_alone(character: str) -> bool:
    category = _category(character)
    return not (character in _FILLERS or category in _FORBIDDEN or category in _MARKS)


def _is_borne(kept: list[str], mark: str) -> bool:
    """Whether the combining mark has a letter, and no more marks beside it than writing needs."""
    limit = MAX_MARKS if re.match(_GENERIC_MARKS, mark) else MAX_SCRIPT_MARKS
    for company, each in enumerate(reversed(kept[-limit - 1 :])):
        if _category(each) not in _MARKS:
            return each != " " and company < limit and mark != kept[-1]
    return False


def _category(character: str) -> str:
    category = unicodedata.category(character) if character else "Zs"
    # Python knows only the emoji of its own year; but the whole block is for emoji.
    if category == "Cn" and "\U0001f000" <= character <= "\U0001faff":
        return "So"
    return category


def _is_emoji(character: str) -> bool:
    return _category(character) in ("So", "Sk", "Sm") and not character.isascii()


def _is_virama(character: str) -> bool:
    return bool(character) and unicodedata.combining(character) == _VIRAMA


def _is_arabic(character: str) -> bool:
    return _category(character)[0] in "LM" and _ARABIC.match(character) is not None
