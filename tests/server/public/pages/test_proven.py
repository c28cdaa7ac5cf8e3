"""Tests that a page says of a badge exactly what was proven."""

from __future__ import annotations

from typing import Any

import pytest

from roomcli.protocol.badges import Badge
from server.public.pages.proven import proven

from .samples import NOW


@pytest.mark.parametrize(
    ("fields", "shown", "text"),
    [
        (
            {"kind": "forge", "subject": "git.acme.example/ann"},
            "git.acme.example/ann",
            "lists a key of theirs",
        ),
        ({"kind": "domain", "subject": "ann.example"}, "ann.example", "lists a key of theirs"),
        ({"kind": "domain", "subject": "no host"}, None, "no host lists a key of theirs"),
        ({"kind": "mail", "subject": "acme.example"}, None, "reads mail at acme.example"),
        (
            {"kind": "sign_on", "subject": "sso.acme.example", "domain": "acme.example"},
            None,
            "signed on at sso.acme.example, with mail at acme.example",
        ),
        (
            {"kind": "sign_on", "subject": "sso.acme.example", "by_device": True},
            None,
            "signed on at sso.acme.example, by a code that was typed elsewhere",
        ),
    ],
)
def test_no_more_is_said_than_was_proven(
    fields: dict[str, Any], shown: str | None, text: str
) -> None:
    badge = Badge(proven_at=NOW - 9, checked_at=NOW, until=NOW + 9, **fields)
    claim = proven(badge)
    assert (claim.link.text if claim.link else None, claim.text) == (shown, text)
    assert claim.checked_at == NOW
