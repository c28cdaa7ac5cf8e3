"""Golden messages of what is proven about people."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge, OfferedIssuer, OwnClaim

from .people import ADA

CLAIM = OwnClaim(
    id="0123456789abcdef",
    badge=Badge(
        kind="sign_on",
        subject="sso.acme.example",
        proven_at=1.7e9,
        checked_at=1.75e9,
        until=1.8e9,
        domain="acme.example",
        account_since=1.6e9,
        by_device=True,
    ),
    key=ADA.key,
)

COMMANDS: list[c.Command] = [
    c.ListClaims(ref=20),
    c.ClaimForge(forge="github", user="ada"),
    c.ClaimForge(forge="gitlab", user="ada", host="git.acme.example:8443", ref=21),
    c.ClaimDomain(domain="acme.example", ref=22),
    c.ClaimMail(address="ada@acme.example", ref=23),
    c.ConfirmMail(code="12345678", attempt="0" * 32, ref=24),
    c.ClaimSignOn(issuer="https://sso.acme.example", port=50123, ref=25),
    c.FinishSignOn(attempt="1" * 32, sent_state="a state", code="a code", ref=26),
    c.ClaimByDevice(issuer="https://sso.acme.example", ref=27),
    c.HideClaim(claim="0123456789abcdef", ref=29),
    c.ShowClaim(claim="0123456789abcdef", ref=30),
    c.WithdrawClaim(claim="0123456789abcdef", ref=28),
]

EVENTS: list[e.Event] = [
    e.ClaimsListed(ref=20),
    e.ClaimsListed(
        claims=(CLAIM, replace(CLAIM, stands=False)),
        companies=("acme.example",),
        issuers=(
            OfferedIssuer(issuer="https://sso.acme.example", name="Acme"),
            OfferedIssuer(issuer="https://sso.other.example", name="Other", by_device=True),
        ),
        ref=20,
    ),
    e.MailCodeSent(address="ada@acme.example", attempt="0" * 32, until=1.8e9, ref=23),
    e.SignOnBegun(
        issuer="https://sso.acme.example",
        attempt="1" * 32,
        sent_state="a state",
        url="https://sso.acme.example/authorize?state=a+state",
        until=1.8e9,
        names_issuer=True,
        ref=25,
    ),
    e.DeviceCodeReady(
        issuer="https://sso.acme.example",
        user_code="WDJB-MJHT",
        url="https://sso.acme.example/link",
        until=1.8e9,
    ),
    e.ClaimMade(claim=CLAIM),
    e.ClaimRefused(
        kind="domain", subject="acme.example", code="not_listed", text="it lists none of your keys"
    ),
    e.ClaimChanged(claim=replace(CLAIM, hidden=True)),
    e.ClaimEnded(claim=CLAIM, why="gone"),
]
