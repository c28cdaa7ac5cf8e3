"""Tests of the recovery key as it is written on paper and typed in again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.engine.own_signature import sign_with_own_key
from roomcli.engine.recovery_key import new_recovery_text, read_recovery_text
from roomcli.errors import ConfigError
from roomcli.protocol.ssh.keys import ed25519_key
from server.people.signatures import signer_of

TEXT = new_recovery_text()
KEY = read_recovery_text(TEXT).public


def test_it_is_two_lines_of_groups_and_another_one_each_time() -> None:
    group = "[A-Z2-7]{4}"
    line = f"{group}(-{group}){{6}}"
    assert re.fullmatch(f"{line}\n{line}", TEXT)
    assert new_recovery_text() != TEXT


@pytest.mark.parametrize(
    "typed",
    [
        TEXT.lower(),
        TEXT.replace("-", " "),
        TEXT.replace("-", "").replace("\n", ""),
        f"\n  {TEXT.replace(chr(10), '  ')}\t",
        TEXT.replace("O", "0").replace("I", "1"),
    ],
    ids=["small", "blanks", "one word", "one line", "digits"],
)
def test_how_it_is_typed_does_not_matter(typed: str) -> None:
    assert read_recovery_text(typed).public == KEY


@given(st.integers(0, 55), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_wrong_letter_is_noticed_and_not_repeated(place: int, letter: str) -> None:
    letters = TEXT.replace("-", "").replace("\n", "")
    wrong = letters[:place] + letter + letters[place + 1 :]
    if wrong == letters:
        return
    with pytest.raises(ConfigError) as refused:
        read_recovery_text(wrong)
    assert letters[:8] not in str(refused.value)


@pytest.mark.parametrize(
    "typed",
    ["", TEXT[:-1], f"{TEXT}A", TEXT.replace("-", "_"), "8" * 56],
    ids=["nothing", "short", "long", "other signs", "other digits"],
)
def test_what_has_another_form_is_told_in_one_line(typed: str) -> None:
    with pytest.raises(ConfigError, match="look again") as refused:
        read_recovery_text(typed)
    assert "\n" not in str(refused.value)
    assert TEXT[:9] not in str(refused.value)


def test_it_signs_as_every_key_does() -> None:
    signed = sign_with_own_key(read_recovery_text(TEXT), b"Ann and Bob are one.\n")
    assert signer_of(signed, b"Ann and Bob are one.\n") == ed25519_key(KEY)
