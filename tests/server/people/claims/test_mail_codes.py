"""Tests of the codes that are sent by mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.errors import CommandRefused
from server.people.claims import mail_codes
from server.people.claims.mail_address import MailAddress
from server.people.claims.mail_codes import (
    CODE_SECONDS,
    ENTROPY_BYTES,
    HOUR,
    PER_NETWORK,
    TRIES,
    MailCodes,
    MailedCode,
)

NOW = 1_764_000_000.0
ADDRESS = MailAddress("ann", "acme.example")
KEY = "a" * 32


class CodesPlay:
    """Codes, and a person who asks for them."""

    def __init__(self) -> None:
        self.codes = MailCodes(b"secret")
        self.now = NOW
        self._count = 0

    def issue(
        self, person: str = "ann", address: MailAddress = ADDRESS, *networks: str
    ) -> MailedCode:
        """Send a code."""
        self._count += 1
        entropy = self._count.to_bytes(16, "big") + (self._count * 7919).to_bytes(16, "big")
        return self.codes.issue(person, KEY, address, networks, self.now, entropy)

    def redeem(self, sent: MailedCode, code: str = "", person: str = "ann", key: str = KEY) -> str:
        """Return what a code proves, or why it does not."""
        try:
            found, by = self.codes.redeem(person, {key}, sent.attempt, code or sent.code, self.now)
        except CommandRefused as error:
            return error.code
        assert by == KEY
        return found.spec


@pytest.fixture
def play() -> CodesPlay:
    """Nobody has asked for a code."""
    return CodesPlay()


def wait_of(play: CodesPlay, *details: object) -> float | None:
    """Return for how long no code is sent."""
    with pytest.raises(CommandRefused) as error:
        play.issue(*details)  # type: ignore[arg-type]
    assert error.value.code == "too_many_mails"
    return error.value.retry_after


def test_a_code_proves_the_address_once(play: CodesPlay) -> None:
    sent = play.issue()
    assert len(sent.code) == 8
    assert sent.code.isdecimal()
    assert sent.until == NOW + CODE_SECONDS == NOW + 600
    assert play.redeem(sent) == "ann@acme.example"
    assert play.redeem(sent) == "no_such_code"


def test_a_code_may_be_typed_in_two_groups(play: CodesPlay) -> None:
    sent = play.issue()
    assert play.redeem(sent, f"{sent.code[:4]} {sent.code[4:]}") == "ann@acme.example"


def test_a_code_is_one_persons_one_keys_and_one_attempts(play: CodesPlay) -> None:
    sent = play.issue()
    assert play.redeem(sent, person="eve") == "no_such_code"
    assert play.redeem(sent, key="b" * 32) == "no_such_code"
    assert play.redeem(MailedCode("f" * 32, sent.code, sent.until)) == "no_such_code"
    other = play.issue("bob", MailAddress("bob", "acme.example"))
    assert play.redeem(sent, other.code) == "wrong_code"
    assert play.redeem(sent) == "ann@acme.example"


def test_five_wrong_codes_end_it(play: CodesPlay) -> None:
    sent = play.issue()
    wrong = str((int(sent.code) + 1) % 10**8).zfill(8)
    assert [play.redeem(sent, wrong) for _ in range(TRIES)] == ["wrong_code"] * 5
    assert play.redeem(sent) == "no_such_code"


def test_a_code_is_good_for_ten_minutes(play: CodesPlay) -> None:
    sent = play.issue()
    play.now += CODE_SECONDS
    assert play.redeem(sent) == "no_such_code"
    sent = play.issue()
    play.now += CODE_SECONDS - 1
    assert play.redeem(sent) == "ann@acme.example"


def test_a_new_code_takes_the_place_of_the_one_before(play: CodesPlay) -> None:
    first, second = play.issue(), play.issue()
    assert play.redeem(first) == "no_such_code"
    assert play.redeem(second) == "ann@acme.example"


def test_a_person_is_sent_three_in_an_hour(play: CodesPlay) -> None:
    for number in range(3):
        play.issue("ann", MailAddress(f"ann{number}", "acme.example"))
        play.now += 60
    assert wait_of(play, "ann", MailAddress("other", "acme.example")) == HOUR - 180
    play.now += HOUR - 181
    assert wait_of(play) == 1
    play.now += 1
    play.issue()


def test_a_box_is_sent_three_in_an_hour_whoever_asks(play: CodesPlay) -> None:
    for person, local in (("ann", "ann"), ("eve", "ANN"), ("bob", "ann+x")):
        play.issue(person, MailAddress(local, "acme.example"))
    assert wait_of(play, "dan") == HOUR


def test_a_network_is_sent_twenty_in_an_hour(play: CodesPlay) -> None:
    for number in range(PER_NETWORK):
        play.issue(f"p{number}", MailAddress(f"p{number}", "acme.example"), "10.0.0.1")
    assert wait_of(play, "q", MailAddress("q", "acme.example"), "10.0.0.1") == HOUR
    play.issue("q", MailAddress("q", "acme.example"), "10.0.0.2")


def test_what_is_refused_does_not_count(play: CodesPlay) -> None:
    for number in range(3):
        play.issue("ann", MailAddress(f"ann{number}", "acme.example"))
    for _ in range(10):
        wait_of(play, "ann", MailAddress("bob", "acme.example"))
    play.issue("bob", MailAddress("bob", "acme.example"))


def test_no_code_is_kept_as_it_is(play: CodesPlay) -> None:
    sent = play.issue()
    assert sent.code not in repr(vars(play.codes)) + repr(
        list(vars(play.codes)["_waiting"].values())
    )


def test_somebody_who_is_forgotten_has_no_code(play: CodesPlay) -> None:
    sent = play.issue()
    play.codes.forget_person("ann")
    assert play.redeem(sent) == "no_such_code"


@given(st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES), st.text(max_size=10))
def test_only_the_code_itself_is_right(entropy: bytes, typed: str) -> None:
    codes = MailCodes(b"secret")
    sent = codes.issue("ann", KEY, ADDRESS, (), NOW, entropy)
    try:
        codes.redeem("ann", {KEY}, sent.attempt, typed, NOW)
    except CommandRefused:
        return
    assert typed.replace(" ", "").replace("-", "") == sent.code


def test_who_has_waited_long_enough_is_forgotten_when_many_ask(
    play: CodesPlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.issue("ann")
    play.now += HOUR + 1
    for number in range(3):
        play.issue(f"p{number}", MailAddress("eve", "acme.example"))
    with pytest.raises(CommandRefused):  # ann's own mails are long ago, eve's box has had enough
        play.issue("ann", MailAddress("eve", "acme.example"))
    monkeypatch.setattr(mail_codes, "MAX_HOLDERS", 1)
    assert play.issue("ben")
