"""Tests of badges in words: never more than what was proven."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.frontends.words.badge_words import (
    badge_words,
    claim_line,
    labels_of,
    proven_words,
    since_words,
)
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge, BadgeKind, OwnClaim, leading_badges
from roomcli.protocol.people import Person

NOW = 1_764_000_000.0
DAY = 86400.0


def badge(kind: BadgeKind, subject: str, days: float, **more: object) -> Badge:
    """Return a badge that was checked so many days ago."""
    at = NOW - days * DAY
    return Badge(
        kind=kind,
        subject=subject,
        proven_at=at - DAY,
        checked_at=at,
        until=NOW + DAY,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (badge("mail", "acme.example", 3), "mail at acme.example, 3 days ago"),
        (badge("mail", "acme.example", 0.5), "mail at acme.example, today"),
        (badge("mail", "acme.example", 1), "mail at acme.example, 1 day ago"),
        (badge("mail", "acme.example", 45), "mail at acme.example, 45 days ago"),
        (badge("mail", "acme.example", 80), "mail at acme.example, 2 months ago"),
        (badge("forge", "github.com/ann", 0), "account ann at github.com, checked today"),
        (
            badge("forge", "meta.sr.ht/~ann", 5),
            "account ~ann at meta.sr.ht, last checked 5 days ago",
        ),
        (badge("domain", "acme.example", 1.5), "domain acme.example, checked 1 day ago"),
        (badge("sign_on", "sso.acme.example", 2), "signed on at sso.acme.example, 2 days ago"),
        (
            badge("sign_on", "sso.acme.example", 2, domain="acme.example", by_device=True),
            "signed on by a code typed elsewhere at sso.acme.example, with mail at acme.example,"
            " 2 days ago",
        ),
    ],
)
def test_a_badge_says_what_was_proven_and_when(shown: Badge, words: str) -> None:
    assert badge_words(shown, NOW) == words


def test_a_person_is_shown_with_the_badges_that_say_most() -> None:
    company, by_device = (
        badge("mail", "acme.example", 1, domain="acme.example"),
        badge("sign_on", "sso.b.example", 2, domain="b.example", by_device=True),
    )
    forge, domain = badge("forge", "github.com/ann", 0), badge("domain", "ann.example", 0)
    long = badge("domain", "a" * 60 + ".example", 0)
    assert leading_badges((forge, long, domain, by_device, company)) == (company, by_device)
    assert leading_badges((forge, domain)) == (domain, forge)
    ann = Person("a", "Ann", badges=(company, by_device))
    assert labels_of(ann) == "acme.example, b.example, by a code"
    assert proven_words(ann, NOW).startswith("mail at acme.example, 1 day ago; signed on by a code")


def test_the_age_of_an_account_says_by_whose_word_it_is() -> None:
    told = badge("forge", "github.com/ann", 0, account_since=NOW - 800 * DAY)
    assert since_words(told, NOW) == "account made 2 years ago"
    assert since_words(badge("forge", "gitlab.com/ann", 9), NOW) == "first proven here 10 days ago"


def test_what_comes_of_a_claim_is_one_line() -> None:
    claim = OwnClaim(id="1", badge=badge("mail", "acme.example", 0), key="k")
    lines = [
        claim_line(event, NOW)
        for event in (
            e.ClaimMade(claim=claim),
            e.ClaimEnded(claim=claim, why="gone"),
            e.ClaimChanged(claim=replace(claim, hidden=True)),
            e.ClaimChanged(claim=claim),
            e.ClaimRefused(kind="domain", subject="acme.example", code="x", text="it lists no key"),
            e.MailCodeSent(address="ann@acme.example", attempt="a", until=NOW + 600),
            e.ClaimsListed(),
            e.ClaimsListed(claims=(claim,)),
        )
    ]
    assert lines == [
        "Proven: mail at acme.example, today",
        "No longer proven: mail at acme.example, it is so no longer",
        "Shown to nobody: mail at acme.example; rooms that ask for it still let you in",
        "Shown to everybody: mail at acme.example",
        "Not proven: acme.example: it lists no key",
        "A code goes to ann@acme.example, good for 10 min: say it with /confirm_mail CODE",
        "Nothing is proven of you",
        "Proven of you: 1: mail at acme.example, today",
    ]


def test_a_code_for_another_device_comes_with_a_warning() -> None:
    ready = e.DeviceCodeReady(
        issuer="https://sso", user_code="WDJB", url="https://sso/link", until=NOW + 600
    )
    assert "only if you asked for it yourself" in claim_line(ready, NOW)
