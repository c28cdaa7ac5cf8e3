"""Tests that names in the scripts of the world pass, and tricks on a screen do not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.errors import ProtocolError
from roomcli.protocol import text
from roomcli.protocol.text import (
    MAX_NAME,
    checked,
    checked_name,
    cleaned,
    cleaned_name,
    is_room_name,
)

ZWNJ, ZWJ, EMOJI_STYLE = "\u200c", "\u200d", "\ufe0f"
FAMILY = ZWJ.join("👨👩👧👦")
NAMES = {
    "latin": "Zoë O\u2019Neill-Łukasz",
    "arabic": "محمد الأحمد",
    "arabic with vowels": "مُحَمَّد",
    "persian": f"علی{ZWNJ}رضا",
    "hebrew": "דוד לוי",
    "pointed hebrew": "שָּׁלוֹם",
    "thai": "น้ำผึ้ง ใจดี",
    "hindi": "अमित कुमार",
    "hindi conjunct": f"क्{ZWJ}ष",
    "nukta and vowels": "फ़ुँ",
    "sinhala": f"ශ්{ZWJ}රී",
    "malayalam": f"അവന്{ZWJ}",
    "tamil": "தமிழ்",
    "burmese": "မြို့သို့",
    "tibetan": "བསྒྲུབས",
    "khmer": "ខ្មែរ",
    "vietnamese": "Nguyễn Thị Ngọc",
    "yoruba": "Ọlá Adébáyọ̀",
    "japanese": "山田 太郎",
    "japanese variant": "葛\U000e0100城",
    "korean": "김민준",
    "chinese": "李小龙",
    "greek": "Γιώργος",
    "cyrillic": "Дмитрий Ёлкин",
    "georgian": "გიორგი",
    "amharic": "አበበ",
    "digits": "R2-D2",
    "family": f"{FAMILY} Weber",
    "flag": "🇩🇪 Anna",
    "skin tone": "👍🏽",
    "profession": f"🧑🏽{ZWJ}💻",
    "rainbow": f"🏳{EMOJI_STYLE}{ZWJ}🌈",
    "heart on fire": f"❤{EMOJI_STYLE}{ZWJ}🔥",
    "detective": f"🕵🏽{ZWJ}♀{EMOJI_STYLE}",
    "keycap": f"1{EMOJI_STYLE}\u20e3",
    "information": f"\u2139{EMOJI_STYLE}",
    "trade mark": f"™{EMOJI_STYLE}",
    "text style": "☺\ufe0e",
    "emoji newer than the tables": "\U0001faff",
}
HOSTILE = {
    "colour": "\x1b[31mred",
    "clear": "a\x1b[2J",
    "title": "\x1b]0;owned\x07",
    "eight bit escape": "a\x9b31m",
    "bell": "a\x07",
    "null": "a\x00b",
    "line": "a\nb",
    "line at the end": "a\n",
    "return": "\ra",
    "tab": "a\tb",
    "delete": "a\x7f",
    "next line": "a\x85b",
    "line separator": "a\u2028b",
    "override": "a\u202eb",
    "embedding": "\u202ba",
    "isolate": "\u2067a\u2069",
    "marks of direction": "a\u200f",
    "zero width": "a\u200bb",
    "byte order": "\ufeffa",
    "soft hyphen": "a\u00adb",
    "word joiner": "a\u2060b",
    "joined letters": f"a{ZWJ}b",
    "joiner at the end": f"alice{ZWJ}",
    "joiner at the start": f"{ZWJ}a",
    "joiner after an emoji": f"👍{ZWJ}",
    "two joiners": f"👨{ZWJ}{ZWJ}👩",
    "disjoined latin": f"a{ZWNJ}b",
    "disjoiner at the end": f"علی{ZWNJ}",
    "emoji style on a letter": f"a{EMOJI_STYLE}",
    "emoji styles": f"❤{EMOJI_STYLE}{EMOJI_STYLE}",
    "emoji style on a digit": f"Bob1{EMOJI_STYLE}",
    "variant of a letter": "a\ufe01",
    "variant without anything": "\U000e0100a",
    "tags": "🏴\U000e0067\U000e0062\U000e007f",
    "private": "a\ue000",
    "unassigned": "a\u0378",
    "no character": "a\ufdd0",
    "surrogate": "a\ud800",
    "zalgo": "Z\u0335\u0321\u0353\u0301algo",
    "three marks": "x\u0301\u0302\u0303",
    "rings": "a\u20dd\u20dd",
    "thai tower": "ก" + "็" * 3,
    "burmese tower": "မ" + "ုိုို",
    "mark without a letter": "\u0301a",
    "mark on a space": "a \u0301b",
    "grapheme joiner": "a\u034fb",
    "hangul filler": "\u3164",
    "half width filler": "\uffa0",
    "braille blank": "\u2800",
    "khmer vowel of no width": "ក\u17b4",
    "object": "\ufffc",
}
EMPTY = ["", " ", "   ", "\u3000", "\u00a0\u2003", "\u200b\u200b", f"{ZWJ}{ZWNJ}"]
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=[]), max_size=60) | st.text(
    # What the rules are about, much more often than chance would have it.
    st.sampled_from(
        "a1 é\u00e9\u0301\u0323\u0302क्षि\u094dعשָּׁ👍👩🏽🇩❤♀™\u2139\u20e3"
        "\u200c\u200d\ufe0e\ufe0f\ufe01\x1b[]m\x07\x9b"
        "\u202e\u2066\u3000\u00a0\n\t\ud800\u3164葛\U000e0100\U000e0067가각\ufb1d\U0001d15e"
    ),
    max_size=60,
)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_of_the_world_are_welcome(name: str, form: str) -> None:
    written = unicodedata.normalize("NFD" if form == "NFD" else "NFC", name)
    assert checked_name(written) == unicodedata.normalize("NFC", name)
    assert cleaned(written, MAX_NAME) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_tricks_are_refused(name: str) -> None:
    with pytest.raises(ProtocolError) as error:
        checked_name(name)
    assert error.value.code == "bad_text"
    assert str(error.value).isprintable()


@pytest.mark.parametrize("name", EMPTY, ids=ascii)
def test_a_name_must_show_something(name: str) -> None:
    with pytest.raises(ProtocolError) as error:
        checked_name(name)
    assert error.value.code == "bad_text"


@pytest.mark.parametrize("dot", "\u00b7\u0387\u1427\u2022\u2027\u2219\u22c5\u25cf\u30fb\uff65")
def test_no_name_holds_the_dot_before_a_tail(dot: str) -> None:
    name = f"Hanna{dot}b7e1"
    with pytest.raises(ProtocolError, match="between a name and a key"):
        checked_name(name)
    assert checked(name, MAX_NAME, "headline")
    assert checked_name(cleaned_name(name)) == "Hanna b7e1"


def test_the_dot_between_katakana_is_none_of_these() -> None:
    name = "マイケル・ジャクソン"
    assert checked_name(name) == name


@given(st.text())
def test_a_cleaned_name_is_a_name_or_nothing(text: str) -> None:
    name = cleaned_name(text)
    assert not any(map(str.isalnum, name)) or checked_name(name) == name


def test_spaces_of_every_width_become_one() -> None:
    assert checked_name("  山田\u3000\u00a0 太郎\u2003") == "山田 太郎"


def test_length_counts_what_is_left() -> None:
    assert checked_name("  " + "e\u0301" * MAX_NAME) == "é" * MAX_NAME
    with pytest.raises(ProtocolError, match="longer than 40"):
        checked_name("a" * (MAX_NAME + 1))
    assert checked("", 10, "headline") == ""


@given(ANY_TEXT, st.integers(0, 60))
def test_cleaned_text_is_always_allowed(said: str, limit: int) -> None:
    result = cleaned(said, limit)
    assert checked(result, limit, "text") == result
    assert cleaned(result, limit) == result


@given(ANY_TEXT)
def test_checking_is_idempotent_and_cleaning_keeps_what_is_allowed(said: str) -> None:
    try:
        result = checked(said, 200, "text")
    except ProtocolError:
        return
    assert checked(result, 200, "text") == result
    assert cleaned(said, 200) == result
    assert unicodedata.is_normalized("NFC", result)


def test_cleaning_takes_whole_escapes_and_keeps_the_words() -> None:
    assert cleaned("\x1b[1;31mred\x1b[0m \x1b]0;title\x07text\x9b2J", 40) == "red text"
    assert cleaned("one\r\n\ttwo\u202e", 40) == "one two"
    assert cleaned(f"{FAMILY}", 2) == "👨"


def test_cleaning_long_text_takes_no_long_time() -> None:
    # Each of these once more than linear is a way to stop a server with one message.
    for piece in ("\x1b[", "\x1b]", "\x1b[1", f"👩{ZWJ}", "a\u0301", "क्\u200c", "\u0301"):
        assert len(cleaned(piece * 50_000, 40)) <= 40


@pytest.mark.parametrize(
    "piece",
    # What carries is itself carried, so that each look would take away one character.
    [f"\u094d{ZWNJ}", f"{ZWJ}\u094d", f"👩{ZWJ}", f"{ZWJ}👩", f"ع{ZWNJ}", "\u0301\u0323",
     "a\u0301\u0302\u0303",
     "1\ufe0f", "❤\ufe0f\ufe0f", "\u0378\u0301", "\x1b[1", " \u0301"],
    ids=ascii,
)  # fmt: skip
def test_no_text_costs_more_than_its_length(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    category = text._category

    def counted(character: str) -> str:
        nonlocal steps
        steps += 1
        return category(character)

    monkeypatch.setattr(text, "_category", counted)
    # As long as the longest text of a message.
    said = piece * (4096 // len(piece.encode()))
    assert cleaned(said, len(said)) is not None
    assert steps <= 50 * len(said)


@given(ANY_TEXT, st.integers(0, 60), st.integers(0, 2))
def test_what_never_comes_to_an_end_is_allowed_too(said: str, limit: int, rounds: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_ROUNDS", rounds)
        result = cleaned(said, limit)
    assert checked(result, limit, "text") == result


@pytest.mark.parametrize("name", ["a", "0", "standup", "book-club", "a-", "a" * 64])
def test_what_names_a_room(name: str) -> None:
    assert is_room_name(name)


@pytest.mark.parametrize(
    "name", ["", "-a", "A", "a b", "a/b", "..", "a.b", "a_b", "é", "a\n", "a" * 65, "٣"]
)
def test_what_names_no_room(name: str) -> None:
    assert not is_room_name(name)
