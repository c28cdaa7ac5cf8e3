"""The rules of a person's keys: which keys are one person, and what any of them may change.

Pure, as a room's rules are: ``decide`` judges a command and gives events, ``evolve`` gives the
state after an event, time comes in as an argument. Signatures are checked before: ``Sign`` says of
which key one was good. docs/identity.md tells what this is to hold against.
"""

from __future__ import annotations

from .commands import (
    AgreeRank,
    BanPerson,
    GiveUpRank,
    KeyringCommand,
    LiftBan,
    MeetKey,
    NotePast,
    Propose,
    ProveClaim,
    SetRank,
    Sign,
    WithdrawProposal,
)
from .decide import decide
from .evolve import evolve
from .journal import KeyringEvent, ended_keys
from .state import Keyring, KnownPerson
from .union import UnionPreview, preview_union

__all__ = [
    "AgreeRank",
    "BanPerson",
    "GiveUpRank",
    "Keyring",
    "KeyringCommand",
    "KeyringEvent",
    "KnownPerson",
    "LiftBan",
    "MeetKey",
    "NotePast",
    "Propose",
    "ProveClaim",
    "SetRank",
    "Sign",
    "UnionPreview",
    "WithdrawProposal",
    "decide",
    "ended_keys",
    "evolve",
    "preview_union",
]
