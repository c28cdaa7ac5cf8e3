"""Why the keyring says no: a stable code and a line for a person."""

from __future__ import annotations

from typing import Literal

from roomcli.errors import CommandRefused

RefusalCode = Literal[
    "no_such_key",
    "no_such_statement",
    "other_server",
    "stale_statement",
    "not_a_signer",
    "key_revoked",
    "recovery_key",
    "already_joined",
    "has_past",
    "too_many_keys",
    "keys_disputed",
    "person_banned",
    "not_first_key",
    "not_undoable",
    "only_key",
    "naming_key",
    "has_left",
    "facts_changed",
]
REFUSALS: dict[RefusalCode, str] = {
    "no_such_key": "this person has no such key",
    "no_such_statement": "this was signed before, or was never asked for: begin anew",
    "other_server": "this was signed for another server",
    "stale_statement": "this was signed too late: begin anew, it is good for ten minutes",
    "not_a_signer": "this statement needs no signature of that key",
    "key_revoked": "this key is revoked",
    "recovery_key": "a recovery key only brings a person's keys in order: use another key",
    "already_joined": "this key is yours already",
    "has_past": "that key is somebody whom this server knows: unite the two persons instead",
    "too_many_keys": "you have had too many keys lately",
    "keys_disputed": "a key of yours was revoked lately: settle that first, or wait for 72 h",
    "person_banned": "who is banned keeps the keys that they have",
    "not_first_key": "only your recovery key may do this or, without one, your oldest key",
    "not_undoable": "only an older key or the recovery key can undo this, within 72 h",
    "only_key": "this is your only key",
    "naming_key": "this key is the one by which you are known here: split off the other one",
    "has_left": "a key that left a person does not come back to them",
    "facts_changed": "what was shown to you has changed meanwhile: look at it again",
}


def refusal(code: RefusalCode, retry_after: float | None = None) -> CommandRefused:
    """Return the error to raise."""
    return CommandRefused(code, REFUSALS[code], retry_after=retry_after)


def locked_out() -> CommandRefused:
    """Return the error to raise for whoever comes by a key that is revoked."""
    return CommandRefused(
        "key_revoked",
        "this machine's key is revoked: an older key of yours or the recovery key undoes that "
        "within 72 h (roomcli profile keys undo), and a new one can join "
        "(roomcli profile import --new-key)",
    )
