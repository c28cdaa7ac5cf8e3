"""``roomcli profile unite``: two persons of a server turn out to be one."""

from __future__ import annotations

import argparse
import re
import sys
import time
from typing import Any

from ..errors import CommandRefused, UsageError
from ..frontends.words.key_words import statement_words, union_lines
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.keys import AwaitedStatement
from ..protocol.statements import STATEMENT_SECONDS
from .key_errand import KeyErrand
from .signers import Signer, named_ssh_key, own_signer, typed_recovery_key

LOOK_SECONDS = 2.0
"""How often to look whether the other person has signed."""
_FINGERPRINT = re.compile("[0-9a-f]{32}")


def add_verb(verbs: Any) -> None:
    """Add ``unite`` to the words after ``profile``."""
    what = "become one with another person who is you; both sign what they are shown"
    verb = verbs.add_parser("unite", help=what, description=f"{what.capitalize()}.")
    verb.add_argument(
        "key",
        nargs="?",
        metavar="KEY",
        help="the first key of the other person, whose keys become younger than yours; alone, "
        "sign what waits, or say which key to name on the other machine",
    )
    verb.add_argument("--yes", action="store_true", help="do not ask")
    verb.add_argument("--by", metavar="SSH_KEY", help="your oldest key, if this machine's is not")
    verb.add_argument("--server", metavar="URL", help="not the configured or the local one")
    verb.set_defaults(act=_unite)


def first_key(listed: e.KeyList) -> str:
    """Return the key that unites: the recovery key, else the oldest that is left."""
    left = (each.key for each in listed.keys if each.state in ("in_force", "cut"))
    return listed.recovery or next(left, listed.known_by)


def _unite(options: argparse.Namespace) -> None:
    errand = KeyErrand(options)
    listed = errand.key_list()
    if options.key is not None:
        key = options.key.lower()
        if not _FINGERPRINT.fullmatch(key):
            raise UsageError("name all 32 digits: `roomcli profile unite` there says which")
        errand.propose("unite", key, first_key(listed))
        print("now there, within 10 minutes: roomcli profile unite", file=sys.stderr, flush=True)
        _agree(errand, options, listed, _signed_by_other(errand, key))
        return
    waiting = [each for each in listed.waiting if each.statement.purpose == "unite"]
    if waiting:
        _agree(errand, options, listed, waiting[-1])
        return
    print("nothing waits for you; where the other person is, who is to stay, say:")
    print(f"  roomcli profile unite {first_key(listed)}")


def _signed_by_other(errand: KeyErrand, key: str) -> AwaitedStatement:
    """Wait until the other person has signed, and return what one's own key signs then."""
    end = time.monotonic() + STATEMENT_SECONDS
    while time.monotonic() < end:
        for each in errand.key_list().waiting:
            if each.statement.key == key and key in each.signed_by:
                return each
        time.sleep(LOOK_SECONDS)
    raise CommandRefused("stale_statement", "the other person has not signed in time: begin anew")


def _agree(
    errand: KeyErrand, options: argparse.Namespace, listed: e.KeyList, awaited: AwaitedStatement
) -> None:
    """Show what two persons would be as one, and sign it if the user wants that."""
    statement, facts = awaited.statement, awaited.facts
    errand.checked(statement, "unite", statement.key, statement.by)
    mine = frozenset({each.key for each in listed.keys} | {first_key(listed)})
    if facts is None and statement.key in mine:
        raise CommandRefused("facts_changed", "what you would be as one has changed: begin anew")
    if facts is None:
        raise UsageError("the other person has to sign first: roomcli profile unite, there")
    if facts.digest != statement.facts:
        raise CommandRefused("facts_changed", "the server shows something else than is signed")
    print(statement_words(statement, errand.names), file=sys.stderr)
    for line in union_lines(facts, mine, errand.names):
        print(line, file=sys.stderr)
    if not options.yes:
        if not sys.stdin.isatty():
            errand.ask_server(c.WithdrawStatement())
            raise UsageError("you are asked whether that is right: --yes says so")
        print("Type yes to be one person: ", end="", file=sys.stderr, flush=True)
        if input().strip().casefold() != "yes":
            errand.ask_server(c.WithdrawStatement())
            print("nothing is changed")
            return
    signer = _signer_of(errand, options, statement.key if statement.key in mine else statement.by)
    errand.hand_in(statement, signer)
    if {signer.fingerprint, *awaited.signed_by} >= statement.signers:
        print(f"you are one person now, known by {errand.key_list().known_by}")
    else:
        print("signed; the other person is asked now")


def _signer_of(errand: KeyErrand, options: argparse.Namespace, key: str) -> Signer:
    """Return the key that has to sign, which may be kept elsewhere. Raises UsageError."""
    if errand.own.fingerprint == key:
        return errand.own
    signer = (
        named_ssh_key(options.by)
        if options.by
        else own_signer(typed_recovery_key(), "your recovery key")
    )
    if signer.fingerprint != key:
        raise UsageError(f"only {key} may sign this: your recovery key or, without one, the oldest")
    return signer
