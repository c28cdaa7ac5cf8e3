"""``roomcli profile claim``: prove who you are, so that others see it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from ..errors import UsageError
from ..frontends.words.badge_words import badge_words, claim_line, own_claim_words
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.badges import ForgeKind, OwnClaim
from .errand import ServerErrand, print_warning
from .filling import filled_command
from .parser import Parser, WordParser

if TYPE_CHECKING:
    from ..engine.errand import Errand

_AS_LISTED = "as `roomcli profile claims` tells it"


def add_verbs(verbs: Any) -> None:
    """Add ``claim``, ``claims`` and ``withdraw`` to the words after ``profile``."""
    claim = verbs.add_parser("claim", help="prove who you are", description="Prove who you are.")
    kinds = claim.add_subparsers(metavar="KIND", required=True, parser_class=WordParser)
    verb = _verb(kinds, "forge", "an account that lists a key of yours", _claim_forge)
    verb.add_argument("forge", choices=get_args(ForgeKind))
    verb.add_argument("user", metavar="USER")
    verb.add_argument("--host", default="", metavar="HOST", help="if it is not the best known one")
    verb = _verb(kinds, "domain", "a domain that lists a key of yours", _claim_domain)
    verb.add_argument("domain", metavar="DOMAIN", help="acme.example, or did:web:acme.example")
    verb = _verb(kinds, "mail", "your address at a company, by a code", _claim_mail)
    verb.add_argument("address", metavar="ADDRESS")
    verb = _verb(kinds, "sso", "your account at an organisation", _sign_on)
    verb.add_argument("issuer", nargs="?", metavar="URL", help="needed if the server has several")
    verb.add_argument(
        "--device", action="store_true", help="by a code that you type on another device"
    )
    verb = _verb(verbs, "claims", "what is proven of you, and what can be here", _list_claims)
    verb.add_argument("--json", action="store_true", help="one JSON object")
    inner = verb.add_subparsers(metavar="VERB", parser_class=WordParser)
    for name, what, act in (
        (
            "hide",
            "show it to nobody; it still opens the door of a room that asks for it",
            _hide_claim,
        ),
        ("show", "show it to everybody again", _show_claim),
    ):
        verb = _verb(inner, name, what, act, server=argparse.SUPPRESS)
        verb.add_argument("claim", metavar="CLAIM", help=_AS_LISTED)
    verb = _verb(verbs, "withdraw", "take back what is proven", _withdraw)
    verb.add_argument("claim", metavar="CLAIM", help=_AS_LISTED)


def _verb(
    verbs: Any,
    name: str,
    what: str,
    act: Callable[[argparse.Namespace], None],
    server: str | None = None,
) -> Parser:
    """Add a verb; ``server`` is argparse.SUPPRESS within another that has the option too."""
    verb: Parser = verbs.add_parser(name, help=what, description=f"{what.capitalize()}.")
    verb.add_argument(
        "--server",
        metavar="URL",
        default=server,
        help="on this server, not the configured or the local one",
    )
    verb.set_defaults(act=act)
    return verb


class ClaimErrand(ServerErrand):
    """The server where something is claimed, and who claims it."""

    @property
    def _place(self) -> tuple[Address, str, str]:
        return self.address, self._person_name, self._settings.headline or ""

    def prove(self, command: c.ClaimCommand) -> OwnClaim:
        """Claim something, and wait until it is proven."""
        import trio

        from ..engine.claiming import prove
        from ..engine.errand import stay_at
        from ..engine.keys import personal_key

        async def stay(errand: Errand) -> OwnClaim:
            return await prove(errand, command, _show_device)

        return trio.run(partial(stay_at, *self._place, personal_key(), stay, print_warning))

    def prove_by_browser(self, issuer: str) -> OwnClaim:
        """Sign on with an issuer by a browser here."""
        import trio

        from ..engine.claiming import sign_on
        from ..engine.keys import personal_key

        key = personal_key()
        wish = (*self._place, key, issuer)
        return trio.run(partial(sign_on, *wish, _open_browser, print_warning))

    def claims(self) -> e.ClaimsListed:
        """Return one's own claims, and what can be claimed."""
        (listed,) = self.ask_server(c.ListClaims())
        assert isinstance(listed, e.ClaimsListed)
        return listed


def _claim_forge(options: argparse.Namespace) -> None:
    command = {"forge": options.forge, "user": options.user, "host": options.host}
    _say_proven(ClaimErrand(options).prove(filled_command(c.ClaimForge, command)))


def _claim_domain(options: argparse.Namespace) -> None:
    command = filled_command(c.ClaimDomain, {"domain": options.domain})
    _say_proven(ClaimErrand(options).prove(command))


def _claim_mail(options: argparse.Namespace) -> None:
    errand = ClaimErrand(options)
    (sent,) = errand.ask_server(filled_command(c.ClaimMail, {"address": options.address}))
    assert isinstance(sent, e.MailCodeSent)
    print(f"a code goes to {sent.address}, good for 10 minutes; type it here: ", end="", flush=True)
    code = sys.stdin.readline().strip()
    if not code:
        raise UsageError("no code was typed: nothing is proven")
    confirm = filled_command(c.ConfirmMail, {"code": code, "attempt": sent.attempt})
    _say_proven(errand.prove(confirm))


def _sign_on(options: argparse.Namespace) -> None:
    errand = ClaimErrand(options)
    issuer = options.issuer or _only_issuer(errand.claims())
    if options.device:
        claim = errand.prove(filled_command(c.ClaimByDevice, {"issuer": issuer}))
    else:
        claim = errand.prove_by_browser(issuer)
    _say_proven(claim)


def _only_issuer(listed: e.ClaimsListed) -> str:
    if len(listed.issuers) == 1:
        return listed.issuers[0].issuer
    if not listed.issuers:
        raise UsageError("this server has no issuer to sign on with: its admin can name one")
    urls = ", ".join(each.issuer for each in listed.issuers)
    raise UsageError(f"say which issuer: {urls}")


def _list_claims(options: argparse.Namespace) -> None:
    listed, now = ClaimErrand(options).claims(), time.time()
    if options.json:
        print(json.dumps(msgspec.to_builtins(listed)))
        return
    for each in listed.claims:
        print(f"{each.id}  {own_claim_words(each, now)}")
    if not listed.claims:
        print("nothing is proven of you")
    if listed.companies:
        print(f"mail can be proven at: {', '.join(listed.companies)}")
    for issuer in listed.issuers:
        print(f"sign on with {issuer.name}: roomcli profile claim sso {issuer.issuer}")


def _hide_claim(options: argparse.Namespace) -> None:
    ClaimErrand(options).ask_server(filled_command(c.HideClaim, {"claim": options.claim}))
    print("nobody sees it now; rooms that ask for it still let you in")


def _show_claim(options: argparse.Namespace) -> None:
    ClaimErrand(options).ask_server(filled_command(c.ShowClaim, {"claim": options.claim}))
    print("everybody sees it now")


def _withdraw(options: argparse.Namespace) -> None:
    ClaimErrand(options).ask_server(filled_command(c.WithdrawClaim, {"claim": options.claim}))
    print("it is taken back")


def _say_proven(claim: OwnClaim) -> None:
    print(f"proven: {badge_words(claim.badge, time.time())}")


def _show_device(event: e.DeskEvent) -> None:
    if isinstance(event, e.DeviceCodeReady):
        print(claim_line(event, time.time()), flush=True)


def _open_browser(event: e.DeskEvent) -> None:
    """Show the address, and open it where there is a browser."""
    import webbrowser

    if isinstance(event, e.SignOnBegun):
        print(f"sign on here: {event.url}", flush=True)
        if sys.stdout.isatty():
            webbrowser.open(event.url)
