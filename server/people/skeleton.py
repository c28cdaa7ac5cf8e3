"""How names look, so that nobody can pass for somebody else by a name that reads the same.

Pure. The rules follow Unicode's confusables (UTS #39) and go further where a hasty reader sees no
difference either: case, accents, spaces, punctuation, invisible characters, and letters in rings
and squares. Two names that have a skeleton in common read the same. One skeleton is by the look of
the letters, where capital I is small l. One is by case alone, since some letters look like two
different letters of another script as capital and as small one (a Greek nu like N and v). In one,
signs that pass for letters are read as such.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from confusable_homoglyphs.confusables import confusables_data

from roomcli.protocol.people import MODERATORS, ROLE_WORDS

_DIRECTION_MARK = "\u200e"
"""The mark that the library puts around letters that are written from right to left."""
_DECORATIONS = (1, *range(10, 37), *range(200, 241))
"""Combining classes of marks that may be left out: strokes through letters, points (Hebrew,
Arabic), and accents. Marks of other classes change what is read."""
_SELECTORS = re.compile(
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001f3fb-\U0001f3ff\u20e3\u0640\u01c3]"
)
_FRAMED = re.compile(
    r"(?:NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|LATIN LETTER SMALL CAPITAL) ([A-Z])"
)
_FLAG_LETTER = re.compile(r"REGIONAL INDICATOR SYMBOL LETTER ([A-Z])")
_OPENING = ("Ps", "Pi")
_NO_WORD = re.compile("[^\\w\\s\u2010-\u2015-]")
_ALSO = {"π": "n", "ᴎ": "n", "Я": "r"}
"""Letters that look alike but are not in Unicode's table: Cyrillic п is n in italics, and the
mirrored N and R (И, Я) pass for N and R."""
_CACHED = 4096


@lru_cache(_CACHED)
def skeletons(name: str) -> tuple[str, ...]:
    """Return one or more forms of how a name reads; names with one in common read the same."""
    text = unicodedata.normalize("NFKD", name)
    seen = _bare(text)
    letters = "".join(filter(_is_letter, seen))
    taken_for_letters = "".join(filter(_passes_for_letter, map(_flag_letter, seen)))
    # Before marks are left out: of some, like the iota below a Greek letter, case makes letters.
    small = "".join(filter(_is_letter, _bare(text.casefold()))).casefold()
    folded = "".join(map(_prototype, small)).casefold()
    read = (_looks(letters), _bare(folded), _looks(taken_for_letters))
    return tuple(filter(None, dict.fromkeys(read))) or (seen or "".join(text.split()),)


def wears_badge(name: str) -> bool:
    """Whether a name has a frontend's mark in brackets: host, co-host, you."""
    text = unicodedata.normalize("NFKC", name)
    for place, character in enumerate(text):
        if unicodedata.category(character) in _OPENING or character == "<":
            inside = _NO_WORD.split(text[place + 1 :])[0]
            if inside and skeletons(inside)[0] in _BADGES:
                return True
    return False


@lru_cache(_CACHED)
def _look(letter: str) -> str:
    """Return what a letter, or else its capital, looks like; in lower case, with l for i."""
    seen = _bare(_prototype(letter))
    if not seen.isascii():
        capital = "".join(map(_prototype, letter.upper()))
        seen = capital if capital.isascii() else seen
    return "".join(map(_prototype, seen.casefold())).replace("i", "l")


@lru_cache(_CACHED)
def _is_letter(character: str) -> bool:
    """Whether a character is a letter or digit, or a mark that matters for how one is read."""
    category = unicodedata.category(character)
    if category == "Lm":  # many are strokes rather than letters
        return unicodedata.category(_prototype(character)[0])[0] in "LN"
    return category[0] in "LN" or category in ("Mn", "Mc")


@lru_cache(_CACHED)
def _passes_for_letter(character: str) -> bool:
    """Whether a character is a letter or digit, or a sign that is taken for one."""
    return _is_letter(character) or unicodedata.category(_prototype(character)[0])[0] in "LN"


@lru_cache(_CACHED)
def _is_unseen(character: str) -> bool:
    """Whether a reader does not see a character, or sees no difference in the name by it."""
    category = unicodedata.category(character)
    decorates = unicodedata.combining(character) in _DECORATIONS or category == "Me"
    return category[0] in "ZC" or decorates or _SELECTORS.match(character) is not None


def _looks(letters: str) -> str:
    return _bare("".join(map(_look, letters)))


def _bare(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not _is_unseen(each))


def _flag_letter(character: str) -> str:
    found = _FLAG_LETTER.fullmatch(unicodedata.name(character, ""))
    return found[1] if found else character


@lru_cache(_CACHED)
def _prototype(character: str) -> str:
    """Return the character that Unicode's table has for all that look like this one.

    The library has the table's lines in both directions. A prototype has many neighbours; a
    character that looks like it has only the prototype. Of a pair that nothing else looks like,
    either will do.
    """
    framed = _FRAMED.fullmatch(unicodedata.name(character, ""))
    if framed:
        return framed[1].lower()
    if unicodedata.combining(character):
        return character
    looks_like = _CONFUSABLES.get(character, [])
    if len(looks_like) != 1:
        return _ALSO.get(character, character)
    (other,) = looks_like
    if len(other) == 1 and len(_CONFUSABLES[other]) == 1:
        other = min(character, other)
    return _ALSO.get(other, other)


def _table(lines: dict[str, list[dict[str, str]]]) -> dict[str, list[str]]:
    return {
        text.strip(_DIRECTION_MARK): [each["c"].strip(_DIRECTION_MARK) for each in looks_like]
        for text, looks_like in lines.items()
    }


_CONFUSABLES = _table(confusables_data)
_WORN = (*(ROLE_WORDS[role] for role in MODERATORS), "you", "verified", "unverified")
_BADGES = {skeletons(word)[0] for word in _WORN}
