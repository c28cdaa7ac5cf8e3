"""``roomcli profile keys`` and ``import``: which keys are yours, on which machines."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable
from typing import Any

import msgspec

from ..errors import CommandRefused, ConfigError, UsageError
from ..frontends.words.key_words import day_and_time, key_lines, statement_words, written_key
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.keys import OwnKey
from ..protocol.statements import Statement
from .key_errand import KeyErrand
from .parser import WordParser
from .signers import Signer, agent_signers, named_ssh_key, own_signer, typed_recovery_key

_SSH_KEY = "an SSH key: a file, or a key of your agent by its comment or fingerprint"
_RECOVERY_USE = """\
This is your recovery key. It is shown this once: write it down, and keep it away from this machine.
It signs in nowhere. Who has it decides about all your keys:
  roomcli profile import --recovery     makes you yourself on a new machine
  roomcli profile keys undo --recovery  undoes a revocation by somebody who stole a key, within 72 h
  roomcli profile keys revoke KEY --recovery  revokes a key for good, whoever has it
"""


def add_verbs(verbs: Any) -> None:
    """Add ``keys`` and ``import`` to the words after ``profile``."""
    what = "your keys: since when, which are revoked, what waits for signatures"
    keys = verbs.add_parser("keys", help=what, description=f"{what.capitalize()}.")
    keys.add_argument("--json", action="store_true", help="one JSON object")
    keys.add_argument(
        "--recovery", action="store_true", help="make a recovery key, to be kept on paper"
    )
    keys.add_argument("--by", metavar="SSH_KEY", help=f"sign by {_SSH_KEY}")
    _on_server(keys, default=None)
    keys.set_defaults(act=_list_or_make_recovery)
    inner = keys.add_subparsers(metavar="VERB", parser_class=WordParser)
    verb = _key_verb(inner, "add", "let an SSH key vouch for you", _let_vouch)
    verb.add_argument("which", nargs="?", metavar="SSH_KEY", help=f"{_SSH_KEY}; alone, the only")
    verb = _key_verb(inner, "revoke", "refuse a key from now on", _revoke)
    verb.add_argument("key", metavar="KEY", help="a fingerprint or its beginning, or a name")
    verb.add_argument("--yes", action="store_true", help="do not ask")
    _signing(verb)
    verb = _key_verb(inner, "undo", "undo that a key of yours was revoked", _undo)
    verb.add_argument("key", nargs="?", metavar="KEY", help="alone, the only one, or this machine")
    _signing(verb)
    verb = _key_verb(inner, "split", "make a key a person of its own, for good", _split_off)
    verb.add_argument(
        "key", nargs="?", metavar="SSH_KEY", help=f"{_SSH_KEY}; alone, this machine's"
    )
    verb.add_argument("--yes", action="store_true", help="do not ask")
    what = "be yourself on this machine, by an SSH key of yours or your recovery key"
    verb = verbs.add_parser("import", help=what, description=f"{what.capitalize()}.")
    verb.add_argument("which", nargs="?", metavar="SSH_KEY", help=f"{_SSH_KEY}; alone, any of it")
    verb.add_argument("--recovery", action="store_true", help="by the recovery key, which is asked")
    verb.add_argument(
        "--new-key", action="store_true", help="put this machine's key aside, which is revoked"
    )
    _on_server(verb, default=None)
    verb.set_defaults(act=_import)


def _key_verb(
    verbs: Any, name: str, what: str, act: Callable[[argparse.Namespace], None]
) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(
        name, help=what, description=f"{what.capitalize()}."
    )
    _on_server(verb, default=argparse.SUPPRESS)  # else it would undo what `keys` was given
    verb.set_defaults(act=act)
    return verb


def _on_server(parser: argparse.ArgumentParser, *, default: str | None) -> None:
    parser.add_argument(
        "--server",
        metavar="URL",
        default=default,
        help="on this server, not the configured or the local one",
    )


def _signing(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--recovery",
        action="store_true",
        default=argparse.SUPPRESS,
        help="sign by the recovery key, which is asked for, not by this machine's key",
    )
    verb.add_argument(
        "--by", metavar="SSH_KEY", default=argparse.SUPPRESS, help=f"sign by {_SSH_KEY}"
    )


def _list_or_make_recovery(options: argparse.Namespace) -> None:
    errand = KeyErrand(options)
    if options.recovery:
        _make_recovery_key(errand, options)
        return
    listed = errand.key_list()
    if options.json:
        print(json.dumps({**msgspec.to_builtins(listed), "names": errand.names}))
        return
    for line in key_lines(listed, errand.names):
        print(line)


def _let_vouch(options: argparse.Namespace) -> None:
    errand = KeyErrand(options)
    signer = named_ssh_key(options.which) if options.which else _only_new(errand.key_list())
    statement = errand.propose("join", signer.fingerprint, errand.own.fingerprint)
    _sign_shown(errand, statement, errand.own, signer)
    print(f"{signer.fingerprint} ({signer.name}) is a key of yours now")


def _only_new(listed: e.KeyList) -> Signer:
    """Return the only key of the agent that is not the person's yet. Raises UsageError."""
    known = {each.key for each in listed.keys}
    try:
        held = agent_signers()
    except ConfigError as error:
        raise ConfigError(f"{error}; or name a file, like ~/.ssh/id_ed25519") from None
    new = [each for each in held if each.fingerprint not in known]
    if len(new) == 1:
        return new[0]
    if new:
        names = ", ".join(f"{each.name} ({each.fingerprint[:12]})" for each in new)
        raise UsageError(f"say which key of your agent: {names}")
    why = "all keys of your agent are yours already" if held else "your agent holds no key"
    raise UsageError(f"{why}: name a file, like ~/.ssh/id_ed25519")


def _revoke(options: argparse.Namespace) -> None:
    errand = KeyErrand(options)
    listed = errand.key_list()
    key = errand.found(options.key, [each.key for each in listed.keys])
    signer = _signer(errand, options)
    for_good = signer.fingerprint in (key, listed.recovery)
    what = f"revoke {written_key(key, errand.names)}{' for good' if for_good else ''}"
    if not _is_sure(options, what):
        print("nothing is revoked")
        return
    _sign_shown(errand, errand.propose("revoke", key, signer.fingerprint), signer)
    print(f"{written_key(key, errand.names)} is revoked{' for good' if for_good else ''}")
    if not for_good:
        found = next((each for each in errand.key_list().keys if each.key == key), None)
        if found is not None and found.undo_until is not None:
            print(f"until {day_and_time(found.undo_until)} `roomcli profile keys undo` undoes it")


def _is_sure(options: argparse.Namespace, what: str) -> bool:
    """Ask whether that is to be done, unless the options say so. Raises UsageError."""
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(f"this will {what}: --yes says so")
    print(f"Type yes to {what}: ", end="", file=sys.stderr, flush=True)
    return input().strip().casefold() == "yes"


def _split_off(options: argparse.Namespace) -> None:
    errand = KeyErrand(options)
    signer = named_ssh_key(options.key) if options.key else errand.own
    key = written_key(signer.fingerprint, errand.names)
    statement = errand.propose("split", signer.fingerprint, signer.fingerprint)
    if not _is_sure(options, f"make {key} a person of its own, which is never undone"):
        errand.ask_server(c.WithdrawStatement())
        print("nothing is changed")
        return
    _sign_shown(errand, statement, signer)
    print(f"{key} is a person of its own now, without your roles, rooms and what was proven")


def _undo(options: argparse.Namespace) -> None:
    errand = KeyErrand(options)
    signer = _signer(errand, options)
    cut: list[OwnKey] = []
    try:
        cut = [each for each in errand.key_list().keys if each.state == "cut"]
    except CommandRefused as error:
        if error.code != "key_revoked" or signer is errand.own:
            raise
        errand.come_as_stranger()
    if options.key and cut:
        key = errand.found(options.key, [each.key for each in cut])
    elif options.key:
        key = options.key
    elif len(cut) > 1:
        keys = ", ".join(written_key(each.key, errand.names) for each in cut)
        raise UsageError(f"say which of {keys}")
    else:
        key = cut[0].key if cut else errand.own.fingerprint
    _sign_shown(errand, errand.propose("undo", key, signer.fingerprint), signer)
    print(f"{written_key(key, errand.names)} is a key of yours again")
    errand.come_as_oneself()
    with contextlib.suppress(CommandRefused):  # it was another machine's key
        for each in errand.key_list().keys:
            if each.state == "cut" and each.ended_by == signer.fingerprint and each not in cut:
                name = written_key(each.key, errand.names)
                print(f"{name} fell: it revoked that one, or has to do with the one that did")


def _make_recovery_key(errand: KeyErrand, options: argparse.Namespace) -> None:
    from ..engine.recovery_key import new_recovery_text, read_recovery_text

    before = errand.key_list().recovery
    if before is not None:
        by = own_signer(typed_recovery_key("the recovery key until now"), "the one until now")
    else:
        by = named_ssh_key(options.by) if options.by else errand.own
    text = new_recovery_text()
    new = own_signer(read_recovery_text(text), "the new recovery key")
    statement = errand.propose("recovery", new.fingerprint, by.fingerprint)
    print(_RECOVERY_USE, file=sys.stderr)
    print(text, flush=True)
    if sys.stdin.isatty():
        last = text.rpartition("-")[2]
        print("\nType its last four letters when you have it on paper: ", end="", file=sys.stderr)
        sys.stderr.flush()
        if input().strip().upper() != last:
            errand.ask_server(c.WithdrawStatement())
            print("these are others: nothing is changed, that key is worth nothing")
            return
    _sign_shown(errand, statement, by, new)
    print(f"your recovery key is in force: {new.fingerprint}", file=sys.stderr)


def _import(options: argparse.Namespace) -> None:
    if options.new_key:
        from ..engine.keys import put_aside

        print(f"the key of this machine until now is in {put_aside()}", file=sys.stderr)
    errand = KeyErrand(options)
    if options.recovery:
        vouching = [own_signer(typed_recovery_key(), "your recovery key")]
    else:
        vouching = [named_ssh_key(options.which)] if options.which else agent_signers()
    if not vouching:
        raise UsageError("your agent holds no key: name a file, or --recovery")
    for signer in vouching:
        try:
            statement = errand.propose("join", errand.own.fingerprint, signer.fingerprint)
        except CommandRefused as error:
            if error.code == "no_such_key" and signer is not vouching[-1]:
                continue  # another key of the agent may be known there
            if error.code == "no_such_key":
                error.args = ("nobody is known there by that key: add it where you are known",)
            raise
        _sign_shown(errand, statement, errand.own, signer)
        print(f"you are who you were, by {signer.name}: on {errand.address.server}")
        return


def _signer(errand: KeyErrand, options: argparse.Namespace) -> Signer:
    """Return the key that signs: the one of the options, else this machine's."""
    if options.recovery:
        return own_signer(typed_recovery_key(), "your recovery key")
    return named_ssh_key(options.by) if options.by else errand.own


def _sign_shown(errand: KeyErrand, statement: Statement, *signers: Signer) -> None:
    """Show what is signed, and sign it."""
    names = {**{each.fingerprint: each.name for each in signers}, **errand.names}
    print(f"signed is: {statement_words(statement, names)}", file=sys.stderr, flush=True)
    for each in signers:
        if each.needs_touch:
            print(f"touch your security key: {each.name}", file=sys.stderr, flush=True)
    errand.hand_in(statement, *signers)
