"""Tests of names that read the same, and of names that do not."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roomcli.errors import ProtocolError
from roomcli.protocol.text import MAX_NAME, checked_name
from server.people.skeleton import skeletons, wears_badge

SAME = [
    ("Hanna", "hanna"),
    ("Hanna", "HANNA"),
    ("Hanna", "  Hanna "),
    ("Anna Maria", "AnnaMaria"),
    ("Anna Maria", "Anna\u2003\u00a0Maria"),
    ("Hanna", "Hanna."),
    ("Hanna", "_Hanna_"),
    ("Hanna", "Hanna\u02c8"),  # a letter that is only a stroke
    ("O'Brien", "O\u2019Brien"),
    ("Jean-Luc", "Jean\u2013Luc"),
    ("Hanna", "\u2605 Hanna"),
    ("Hanna", "Hanna 🎉"),
    ("Ann 👍", "Ann 👍🏽"),
    ("Ann \u2764", "Ann \u2764\ufe0f"),
    # letters of other scripts, and of this one in other shapes
    ("Hanna", "H\u0430nna"),
    ("Hanna", "\u0397anna"),
    ("Hanna", "\u043danna"),
    ("Hanna", "\u041d\u0410NN\u0410"),
    ("Mia", "\u041c\u0406\u0410"),
    ("Bob", "\u0412\u043e\u042c"),
    ("Anna", "\u0410\u043f\u043f\u0430"),
    ("Hanna", "\u13bb\uff41nna"),
    ("Hanna", "\uff28\uff21\uff2e\uff2e\uff21"),
    ("Hanna", "\U0001d407\U0001d41a\U0001d427\U0001d427\U0001d41a"),
    ("Hanna", "\u24bd\u24d0\u24dd\u24dd\u24d0"),
    ("Hanna", "\U0001f177\U0001f170\U0001f17d\U0001f17d\U0001f170"),
    ("Hanna", "\U0001f1ed\U0001f1e6\U0001f1f3\U0001f1f3\U0001f1e6"),
    ("Hanna", "\U0001f1edanna"),
    ("Hanna", "Hanna 🇩🇪"),
    ("Hanna", "Hanna|"),
    ("Hanna", "Hanna\u01c3"),
    ("Hanna", "\u0397\u03b1\u03b7\u03b7\u03b1"),
    ("Hanna", "HA\u0418\u0418A"),
    ("Carla", "CA\u042fLA"),
    ("Hanna", "\u029c\u1d00\u0274\u0274\u1d00"),
    ("Fiona", "\ufb01ona"),
    # letters and digits, and letters that run into each other
    ("Bill", "Bi11"),
    ("Bill", "BiII"),
    ("bill", "BiII"),
    ("Bill", "Bi||"),
    ("Olga", "0lga"),
    ("Arnold", "Amold"),
    ("Mia", "rnia"),
    # several at once
    ("Hanna Bill", "\u043danna BiII"),
    # accents, and the marks that a script may leave out
    ("Hanna", "H\u1ea1nna"),
    ("Andr\u00e9", "Andre"),
    ("S\u00f8ren", "Soren"),
    ("\u0130lker", "Ilker"),
    ("Stra\u00dfe", "STRASSE"),
    ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd"),
    ("\u0645\u062d\u0645\u062f", "\u0645\u062d\u0645\u0651\u062f"),
    ("\u0645\u062d\u0645\u062f", "\u0645\u062d\u0640\u0645\u062f"),
    ("\u0915\u094d\u0937", "\u0915\u094d\u200d\u0937"),
    # case alone, where capital and small letter look like two different ones of another script
    ("\u039d\u03b9\u03ba\u03bf\u03c2", "\u039d\u0399\u039a\u039f\u03a3"),
    ("\u0418\u0432\u0430\u043d", "\u0418\u0412\u0410\u041d"),
    # nothing but signs
    ("...", "\u2026"),
    ("👨‍👩‍👧", "👨👩👧"),
    ("🐍", "🐍\ufe0f"),
]
OTHERS = [
    ("Ann", "Anna"),
    ("Bob", "Rob"),
    ("Mark", "Marc"),
    ("Tim", "Tom"),
    ("Dana", "Dava"),
    ("Max 3", "Max 8"),
    ("Ann 1", "Ann 2"),
    ("🐍", "🐧"),
    ("\u0418\u0432\u0430\u043d", "\u0418\u0440\u0438\u043d\u0430"),
    ("\u304c\u304d", "\u304b\u304d"),  # a voiced and an unvoiced kana
    ("\u3071\u3071", "\u306f\u306f"),
    ("\u0915\u093f", "\u0915\u0941"),  # Devanagari vowels
    ("\u0e44\u0e01", "\u0e44\u0e01\u0e48"),  # Thai tones
    ("\u674e", "\u5b63"),
    ("\uae40", "\uc774"),
]


def alike(one: str, other: str) -> bool:
    return not set(skeletons(one)).isdisjoint(skeletons(other))


@pytest.mark.parametrize(("name", "double"), SAME)
def test_names_that_read_the_same(name: str, double: str) -> None:
    assert alike(name, double)


@pytest.mark.parametrize(("name", "other"), OTHERS)
def test_names_that_do_not(name: str, other: str) -> None:
    assert not alike(name, other)


def test_every_letter_and_digit_but_those_that_pass_for_another_is_itself() -> None:
    plain = "abcdefghjkmnopqrstuvwxyz23456789"
    assert len({skeletons(each) for each in plain}) == len(plain)


def accepted(text: str) -> bool:
    try:
        checked_name(text)
    except ProtocolError:
        return False
    return True


names = st.text(max_size=MAX_NAME).filter(accepted)


@given(names)
@example("\u1f80\u03c1\u03c7\u1fc3")
def test_every_name_reads_as_something_and_as_itself_in_any_case(name: str) -> None:
    assert 1 <= len(skeletons(name)) <= 3
    assert all(skeletons(name))
    assert alike(name, name.casefold())
    assert alike(name, name.upper())
    assert alike(name, f"  {name} ")


def test_a_greek_letter_with_an_iota_below_reads_as_without_it() -> None:
    assert alike("\u1fb3\u03bd\u03bd\u03b1", "\u03b1\u03bd\u03bd\u03b1")


@pytest.mark.parametrize(
    "name",
    [
        "Hanna (host)",
        "Hanna (HOST, you)",
        "Hanna [co-host]",
        "(cohost) Hanna",
        "Hanna \uff08\uff48\u043est\uff09",
        "Hanna \u300chost\u300d",
        "Hanna <host",
        "Hanna ( y\u043eu )",
    ],
)
def test_a_name_may_not_wear_what_the_room_writes_beside_it(name: str) -> None:
    assert wears_badge(name)


@pytest.mark.parametrize(
    "name", ["Hanna (Berlin)", "Host", "Jo Host", "Ann (hosting)", "Al (young)"]
)
def test_a_name_may_say_other_things_in_brackets(name: str) -> None:
    assert not wears_badge(name)
