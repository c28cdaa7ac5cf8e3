"""Tests of what a change makes of a profile."""

from __future__ import annotations

from typing import Any

import pytest

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.profile import Profile
from server.people.profiles.rules import changed

ANN = Profile(name="Ann", company="Hives & Co", links=("https://ann.example",))


def test_what_is_not_named_stays_and_what_is_empty_goes() -> None:
    after = changed(ANN, c.ChangeProfile(company="", bio="Keeps  bees. "))
    assert after == Profile(name="Ann", bio="Keeps bees.", links=ANN.links)
    assert changed(ANN, c.ChangeProfile(links=())).links == ()
    assert changed(ANN, c.ChangeProfile()) == ANN


@pytest.mark.parametrize(
    "field",
    [{"headline": "x" * 80}, {"company": "x" * 60}, {"pronouns": "x" * 30}, {"bio": "é" * 500}],
)
def test_a_text_may_be_as_long_as_the_protocol_says_and_no_longer(field: dict[str, str]) -> None:
    ((name, text),) = field.items()
    assert getattr(changed(ANN, c.ChangeProfile(**field)), name) == text  # type: ignore[arg-type]
    assert refusal_of(**{name: text + "x"}) == "bad_text"


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "Ann (host)"},
        {"name": "Ann\u00b7b7e1"},
        {"bio": "a\nb"},
        {"page": "private"},
        {"company": "\x1b[31mred"},
        {"location": "\u202eolso"},
        {"pronouns": "she\u200bher"},
        {"links": ("http://ann.example",)},
        {"links": ("https://ann.example", "javascript:alert(1)")},
        {"links": ("https://user@ann.example",)},
        {"links": ("https://ann.example@evil.example/",)},
        {"links": ("https://localhost/x",)},
        {"links": ("https://127.0.0.1/",)},
        {"links": ("https://[::1]/",)},
        {"links": ("https://ann.example/a b",)},
        {"links": ("https://ann.example/\"><script>",)},
        {"links": ("https://ann.example\\@evil.example",)},
        {"links": ("https://" + "a" * 190 + ".example",)},
    ],
    ids=str,
)  # fmt: skip
def test_what_may_not_be_shown_is_refused(change: dict[str, Any]) -> None:
    assert refusal_of(**change) == "bad_text"


@pytest.mark.parametrize(
    "link",
    [
        "https://ann.example",
        "https://ann.example:8443/a/b?c=d&e=f#g",
        "https://xn--bcher-kva.example/ö",
        "https://bücher.example/~ann",
        "https://ann.example?x=1",
    ],
)
def test_a_link_leads_by_https_to_a_host_with_a_name(link: str) -> None:
    assert changed(ANN, c.ChangeProfile(links=(link, link))).links == (link,)


def refusal_of(**change: Any) -> str:
    with pytest.raises(CommandRefused) as refused:
        changed(ANN, c.ChangeProfile(**change))
    return refused.value.code


@pytest.mark.parametrize(
    "change",
    [
        c.ChangeProfile(name="Ann \u2714"),
        c.ChangeProfile(name="Ann (verified)"),
        c.ChangeProfile(name="\u2705Ann"),
        c.ChangeProfile(headline="\u2611 acme.example"),
    ],
)
def test_no_name_or_headline_passes_for_a_badge(change: c.ChangeProfile) -> None:
    with pytest.raises(CommandRefused) as refused:
        changed(Profile(name="Ann"), change)
    assert refused.value.code == "bad_text"
