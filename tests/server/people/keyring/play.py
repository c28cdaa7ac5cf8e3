"""Scenes of people and their keys, written as a play: what is asked, and what follows.

    >> laptop comes                  the server sees a key, for the first time or again
    >> join phone by laptop          a statement is proposed, and signed by all who have to
    >> propose join phone by laptop  only proposed; `sign phone` adds one signature to it
    >> ban laptop from SERVER for 3 days     or `from standup`; `lift 1` lifts the first one
    >> rank laptop in standup 3      `give up laptop in standup`, `agree laptop in standup`
    >> silence laptop in standup | report 7 about laptop | cat blocks laptop
    >> prove github by laptop
    >> 72 hours pass                 or days, minutes
    << key_joined phone by laptop    what happened
    << refused: keys_disputed        or why nothing did

A key is named by a word. After every event it is checked what holds at every moment for whose keys
are whose, and after a play that its journal, replayed, gives the state.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomcli.errors import CommandRefused
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.statements import Purpose, Statement
from server.people.keyring import (
    AgreeRank,
    BanPerson,
    GiveUpRank,
    Keyring,
    KeyringCommand,
    KeyringEvent,
    LiftBan,
    MeetKey,
    NotePast,
    Propose,
    ProveClaim,
    SetRank,
    Sign,
    decide,
    evolve,
)
from server.people.keyring.state import KnownPerson

HOUSE = "rooms.example:7443"
BEGIN = 1_764_000_000.0
HOURS = {"minutes": 1 / 60, "hours": 1.0, "days": 24.0}
PURPOSES: tuple[Purpose, ...] = ("join", "unite", "revoke", "undo", "split", "recovery")
QUIET = {"statement_proposed", "statement_signed", "proposal_ended"}
"""What is told only where a line is about it."""


def key_of(name: str) -> str:
    """Return the fingerprint of the key that a word names."""
    return fingerprint(name.encode())


class KeyringPlay:
    """A keyring with a clock that understands the lines of a play."""

    def __init__(self, server: str = HOUSE) -> None:
        self.state = Keyring(server=server)
        self.now = BEGIN
        self.statement: Statement | None = None
        self._journal: list[bytes] = []
        self._names: dict[str, str] = {}
        self._nonces = 0

    def perform(self, script: str) -> None:
        """Play a script and check that each line has just what follows it."""
        expected = [line.strip() for line in script.strip().splitlines() if line.strip()]
        actual: list[str] = []
        for line in expected:
            if line.startswith(">>"):
                actual += [line, *self.speak(line.removeprefix(">> ").split())]
        assert actual == expected
        self.replay()

    def speak(self, words: Sequence[str]) -> list[str]:
        """Play one line; return the lines that tell what follows."""
        try:
            return self._speak(words)
        except CommandRefused as refused:
            return [f"<< refused: {refused.code}"]

    def _speak(self, words: Sequence[str]) -> list[str]:
        match words:
            case [number, ("minutes" | "hours" | "days") as unit, "pass"]:
                self.now += float(number) * HOURS[unit] * 3600
                return []
            case ["propose", purpose, key, *rest]:
                self.happen(self.proposal(purpose, key, rest[1] if rest else key))
                return []
            case ["sign", signer]:
                assert self.statement is not None
                told = self.happen(Sign(statement=self.statement, signer=self.key(signer)))
                return [f"<< {each}" for each in told if each != "proposal_ended"]
            case [purpose, key, *rest] if purpose in PURPOSES:
                return self._carried_out(purpose, key, rest[1] if rest else key)
            case _:
                told = self.happen(self.command(words))
                return [f"<< {each}" for each in told]

    def _carried_out(self, purpose: str, key: str, by: str) -> list[str]:
        self.happen(self.proposal(purpose, key, by))
        assert self.statement is not None
        told: list[str] = []
        for signer in sorted(self.statement.signers):
            told += self.happen(Sign(statement=self.statement, signer=signer))
        return [f"<< {each}" for each in told if each.split()[0] not in QUIET]

    def proposal(self, purpose: str, key: str, by: str, asker: str = "a connection") -> Propose:
        """Return the command that proposes a statement."""
        meant = next(each for each in PURPOSES if each == purpose)
        return Propose(asker=asker, purpose=meant, key=self.key(key), by=self.key(by))

    def command(self, words: Sequence[str]) -> KeyringCommand:
        """Return the command of a line that is no statement."""
        match words:
            case [key, "comes"]:
                return MeetKey(key=self.key(key))
            case ["ban", key, "from", place, *rest]:
                days = float(rest[1]) if rest else None
                return BanPerson(
                    id=str(len(self.state.bans) + 1),
                    key=self.key(key),
                    place="" if place == "SERVER" else place,
                    until=None if days is None else self.now + days * 86400,
                )
            case ["lift", id]:
                return LiftBan(id=id)
            case ["rank", key, "in", place, rank]:
                return SetRank(key=self.key(key), place=place, rank=int(rank))
            case ["give", "up", key, "in", place]:
                return GiveUpRank(key=self.key(key), place=place)
            case ["agree", key, "in", place]:
                return AgreeRank(key=self.key(key), place=place)
            case ["silence", key, "in", *places]:
                return NotePast(key=self.key(key), silences=frozenset(places))
            case ["report", *numbers, "about", key]:
                return NotePast(key=self.key(key), reports=frozenset(numbers))
            case [key, "blocks", other]:
                return NotePast(key=self.key(other), blocked_by=frozenset({self.key(key)}))
            case ["prove", claim, "by", key]:
                return ProveClaim(key=self.key(key), claim=claim)
        raise AssertionError(f"not a line of a play: {' '.join(words)}")

    def happen(self, command: KeyringCommand) -> list[str]:
        """Carry a command out; return what happened, by name."""
        self._nonces += 1
        events = decide(self.state, command, self.now, self._nonces.to_bytes(48, "little"))
        for event in events:
            self.state = evolve(self.state, event)
            self._journal.append(msgspec.msgpack.encode(event))
        if isinstance(command, Propose):
            self.statement = self.state.proposals[command.asker].statement
        check_holders(self.state)
        self.happened(events)
        return [self.written(each) for each in events]

    def happened(self, events: list[KeyringEvent]) -> None:
        """Look at what happened, where a test wants to."""

    def written(self, event: KeyringEvent) -> str:
        """Write an event as a line of a play does."""
        fields = msgspec.structs.asdict(event)
        words = [str(event.__struct_config__.tag)]
        if "key" in fields:
            words.append(self.name(fields["key"]))
        elif "signer" in fields:
            words.append(self.name(fields["signer"]))
        elif "into" in fields:
            words += [self.name(fields["person"]), "into", self.name(fields["into"])]
        by = fields.get("by") or fields.get("introduced_by")
        if by and by != fields.get("key") and "into" not in fields:
            words += ["by", self.name(by)]
        if fields.get("fallen"):
            words += ["fallen", *map(self.name, fields["fallen"])]
        if fields.get("for_good"):
            words.append("for_good")
        return " ".join(words)

    def key(self, name: str) -> str:
        """Return a key by its name, which is remembered."""
        self._names[key_of(name)] = name
        return key_of(name)

    def name(self, key: str) -> str:
        """Return the name of a key."""
        return self._names.get(key, key)

    def person(self, name: str) -> KnownPerson:
        """Return the person whose key has this name."""
        found = self.state.person_of(self.key(name))
        assert found is not None
        return found

    def keys(self, name: str) -> list[str]:
        """Return the keys that are in force of the person with a key, from the oldest on."""
        return [self.name(each.id) for each in self.person(name).keys if each.in_force]

    def replay(self) -> None:
        """Check that the journal, replayed, gives the state."""
        state = Keyring(server=self.state.server)
        for written in self._journal:
            state = evolve(state, msgspec.msgpack.decode(written, type=KeyringEvent))
        assert state == self.state
        check_holders(self.state)


def check_holders(state: Keyring) -> None:
    """Check that every key that counts is one person's, and that everybody's keys have an order."""
    held: set[str] = set()
    for id, person in state.persons.items():
        assert id == person.id
        order = [each.id for each in person.keys]
        assert len(set(order)) == len(order)
        assert person.recovery not in order
        mine = {each.id for each in person.keys if each.left_at is None}
        mine |= {person.recovery} - {""}
        assert not mine & held
        held |= mine
        assert all(state.holders[each] == id for each in mine)
        for each in person.keys:
            above = each.introduced_by
            if above in order:
                assert order.index(above) < order.index(each.id)
    assert set(state.holders.values()) <= state.persons.keys()
