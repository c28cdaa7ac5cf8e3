"""Errands about a person's keys: statements, which keys sign before the server believes them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from ..errors import CommandRefused, UsageError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.durations import rounded_up
from ..protocol.statements import Purpose, Statement, statement_text
from .errand import ServerErrand, print_warning
from .signers import Signer, local_names, own_signer

MIN_WORD = 4
"""Digits of a fingerprint by which a key is named at least."""
_ADVICE = {
    "has_past": "`roomcli profile unite`",
    "keys_disputed": "`roomcli profile keys undo` settles it on a machine with an older key, or "
    "anywhere `roomcli profile keys undo FINGERPRINT --recovery`, with all digits of the key that "
    "was revoked",
    "naming_key": "split off another one, or begin anew there under another key",
    "not_first_key": "sign by that one: --recovery, or --by KEY",
}
"""What to do about a refusal, where the server's words do not say it."""


class KeyErrand(ServerErrand):
    """A person's keys on one server, as this machine sees them."""

    def __init__(self, options: argparse.Namespace) -> None:
        from ..engine.keys import personal_key

        super().__init__(options)
        self._connects_by = personal_key()
        self.own = own_signer(self._connects_by)
        self.names = local_names(self.own.fingerprint)

    def ask_server(self, *commands: c.DeskCommand) -> list[e.DeskEvent]:
        """Have the server carry out commands, and return the answers."""
        from ..engine.errand import run_errand

        who = (self._person_name, self._settings.headline or "")
        try:
            return run_errand(
                self.address, *who, *commands, key=lambda: self._connects_by, warn=print_warning
            )
        except CommandRefused as error:
            if advice := _ADVICE.get(error.code):
                wait = error.retry_after
                over = f" (in {rounded_up(wait)} it is over)" if wait else ""
                error.args = (f"{error}{over}; {advice}",)
            raise

    def come_as_stranger(self) -> None:
        """Connect by a key made for this alone: this machine's is refused."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from ..engine.keys import PersonalKey

        self._connects_by = PersonalKey(Ed25519PrivateKey.generate())

    def come_as_oneself(self) -> None:
        """Connect by this machine's key again."""
        from ..engine.keys import personal_key

        self._connects_by = personal_key()

    def key_list(self) -> e.KeyList:
        """Return the person's keys, and what waits for their signatures."""
        (listed,) = self.ask_server(c.ListKeys())
        assert isinstance(listed, e.KeyList)
        return listed

    def propose(self, purpose: Purpose, key: str, by: str) -> Statement:
        """Have the server make a statement, and check that it says what was asked for.

        Raises CommandRefused.
        """
        server = self.address.authority.lower()
        (made,) = self.ask_server(
            c.ProposeStatement(purpose=purpose, key=key, by=by, server=server)
        )
        assert isinstance(made, e.StatementMade)
        return self.checked(made.statement, purpose, key, by)

    def checked(self, statement: Statement, purpose: Purpose, key: str, by: str) -> Statement:
        """Return a statement that says just this, on the server that was dialled.

        Raises CommandRefused: a server gets no signature over anything else.
        """
        said = (statement.purpose, statement.key, statement.by, statement.server)
        if said != (purpose, key, by, self.address.authority.lower()):
            raise CommandRefused(
                "bad_statement", "the server asks for a signature over something else: none is made"
            )
        return statement

    def hand_in(self, statement: Statement, *signers: Signer) -> None:
        """Sign a statement by each of these keys, and hand the signatures in."""
        text = statement_text(statement)
        signed = [
            c.SignStatement(nonce=statement.nonce, signature=each.sign(text)) for each in signers
        ]
        self.ask_server(*signed)

    def found(self, word: str, keys: Iterable[str]) -> str:
        """Return the one of these keys that a word names: a name, or a fingerprint's beginning.

        Raises UsageError.
        """
        each_once = list(dict.fromkeys(keys))
        named = [
            key
            for key in each_once
            if self.names.get(key) == word
            or (len(word) >= MIN_WORD and key.startswith(word.lower()))
        ]
        if len(named) != 1:
            which = "several keys are" if named else "no key of yours is"
            raise UsageError(f"{which} named {word}: `roomcli profile keys` lists them")
        return named[0]
