"""Tests of what holds whatever people, thieves and moderators do with keys, in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.errors import CommandRefused
from roomcli.protocol.statements import Statement
from server.people.keyring import KeyringCommand, KeyringEvent, Sign, decide
from server.people.keyring import journal as j
from server.people.keyring.refusals import REFUSALS
from server.people.keyring.state import (
    COVERED_SECONDS,
    SERVER,
    UNDO_SECONDS,
    KeyBan,
    KeyRecord,
    KnownPerson,
    Past,
)

from .play import PURPOSES, KeyringPlay, key_of

NAMES = ["a", "b", "c", "d", "e", "paper"]
START = ["a comes", "join b by a", "c comes", "join d by c"]
PLACES = ["SERVER", "standup"]

names, places = st.sampled_from(NAMES), st.sampled_from(PLACES)


def line(*words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Make lines of words."""
    return st.tuples(*words).map(" ".join)


just, purposes = st.just, st.sampled_from(PURPOSES)
statements = line(purposes, names, just("by"), names)
lines = st.one_of(
    statements,
    line(just("join"), st.sampled_from(["e", "f", "g"]), just("by"), names),
    line(st.sampled_from(["split", "revoke"]), names),
    line(just("revoke"), names, just("by"), names),
    line(just("unite"), st.sampled_from(["a", "c"]), just("by"), st.sampled_from(["a", "c"])),
    line(names, just("comes")),
    line(just("propose"), statements),
    line(just("sign"), names),
    line(st.sampled_from(["1", "30", "71.9", "73", "1500"]), just("hours pass")),
    line(just("ban"), names, just("from"), places),
    line(just("ban"), names, just("from"), places, just("for 2 days")),
    line(just("lift"), st.sampled_from("12")),
    line(just("rank"), names, just("in standup"), st.sampled_from("0123")),
    line(st.sampled_from(["agree", "give up"]), names, just("in standup")),
    line(just("silence"), names, just("in standup")),
    line(names, just("blocks"), names),
    line(just("prove github by"), names),
)
scripts = st.lists(lines, min_size=8, max_size=30)


def act(play: KeyringPlay, line: str) -> list[str]:
    """Play a line; whatever is refused, is refused by a code that is known."""
    if line.startswith("sign") and play.statement is None:
        return []
    told = play.speak(line.split())
    for each in told:
        assert not each.startswith("<< refused") or each.split()[-1] in REFUSALS
    return told


@settings(max_examples=100)
@given(scripts)
def test_every_key_is_one_persons_and_the_journal_tells_all(script: list[str]) -> None:
    play = KeyringPlay()
    for each in (*START, *script):
        act(play, each)
    play.replay()


def own_keys(person: KnownPerson) -> set[str]:
    """Return the keys of a person, revoked ones too, but for those that left."""
    return {each.id for each in person.keys if each.left_at is None}


class PastWatch(KeyringPlay):
    """A play that looks whether anybody gains by what they do with their keys."""

    def happen(self, command: KeyringCommand) -> list[str]:
        """Compare what is held of whoever has become one, and of who has split off."""
        before = self.state.persons
        told = super().happen(command)
        if isinstance(command, Sign):
            for id, person in self.state.persons.items():
                parts = [each for each in before.values() if own_keys(person) & own_keys(each)]
                for part in parts:
                    self._compare(id, person.past, part.past)
        return told

    def _compare(self, id: str, now: Past, before: Past) -> None:
        assert now.silences >= before.silences
        assert now.reports >= before.reports
        own = self.state.persons[id]
        assert all(own.record_of(each) is not None for each in before.blocked_by - now.blocked_by)
        for place, rank in now.ranks.items():
            assert rank <= before.ranks.get(place, 0) or before == Past()


@settings(max_examples=100)
@given(scripts)
def test_nobody_gains_a_rank_or_loses_a_silence_by_their_keys(script: list[str]) -> None:
    play = PastWatch()
    for each in (*START, *script):
        act(play, each)


class BanWatch(KeyringPlay):
    """A play that knows by itself whom each ban is about: all keys that were theirs in 90 days."""

    def __init__(self) -> None:
        super().__init__()
        self.about: dict[str, tuple[KeyBan, set[str]]] = {}
        self._parted: list[tuple[float, str, str]] = []

    def happened(self, events: list[KeyringEvent]) -> None:
        """Follow which keys are, or were, together with one that is banned."""
        for event in events:
            self._follow(event)
        for ban, about in self.about.values():
            if ban.id not in self.state.bans or not ban.holds(self.now):
                continue
            for key in about:
                shut = not self.state.may_sign_in(key)
                assert shut or self.state.is_banned(key, ban.place, self.now)
                assert shut or self.state.is_banned(key, "standup", self.now)

    def _follow(self, event: KeyringEvent) -> None:
        match event:
            case j.PersonBanned(ban=ban):
                self.about[ban.id] = (ban, self._all_of(next(iter(ban.keys), "")))
            case j.BanLifted(id=id):
                del self.about[id]
            case j.KeySplitOff(person=person, key=key, at=at):
                self._parted.append((at, person, key))
                assert not self._held({key})
            case j.KeyJoined(key=key, introduced_by=by):
                self._together({key, by})
            case j.PersonsUnited(person=person, into=into):
                self._parted += [(at, into, key) for at, of, key in self._parted if of == person]
                self._together({person, into})
            case j.KeyRevoked(key=key):
                assert SERVER not in {ban.place for ban in self._held({key})}

    def _own_of(self, key: str) -> set[str]:
        person = self.state.person_of(key)
        return {key} if person is None else own_keys(person)

    def _all_of(self, key: str) -> set[str]:
        person = self.state.person_of(key)
        if person is None:
            return {key}
        mine = own_keys(person)
        begin = self.now - COVERED_SECONDS
        return mine | {key for at, of, key in self._parted if of == person.id and at > begin}

    def _held(self, keys: set[str]) -> list[KeyBan]:
        return [ban for ban, about in self.about.values() if about & keys and ban.holds(self.now)]

    def _together(self, keys: set[str]) -> None:
        assert SERVER not in {ban.place for ban in self._held(keys)}
        for ban, about in self.about.values():
            if about & keys and ban.holds(self.now):
                about |= set().union(*(self._own_of(key) for key in keys))


@settings(max_examples=150)
@given(scripts)
def test_nothing_gives_a_banned_person_a_way_in(script: list[str]) -> None:
    play = BanWatch()
    for each in (*START, *script):
        act(play, each)


@settings(max_examples=60)
@given(st.lists(lines, max_size=20), st.lists(lines, max_size=20), st.data())
def test_a_statement_that_is_used_stale_replaced_or_another_servers_changes_nothing(
    here: list[str], there: list[str], data: st.DataObject
) -> None:
    play, other = KeyringPlay(), KeyringPlay("other.example")
    seen: list[Statement] = []
    for script, each in ((here, play), (there, other)):
        for words in (*START, *script):
            act(each, words)
            if each.statement is not None:
                seen.append(each.statement)
    play.now += data.draw(st.sampled_from([0.0, 599.0, 600.0]))
    waiting = [each.statement for each in play.state.proposals.values()]
    for statement in seen:
        is_good = statement in waiting and play.now < statement.at + 600
        for name in NAMES:
            if is_good:
                continue
            with pytest.raises(CommandRefused) as refused:
                decide(play.state, Sign(statement=statement, signer=key_of(name)), play.now, b"")
            told = {"other_server", "no_such_statement", "stale_statement"}
            assert refused.value.code in told


class Theft:
    """Ann has some keys, of which one is stolen; the thief makes others, and is a person besides.

    Ann has ``reserve``, an older key or the one on paper, and looks after her keys in less than
    72 hours.
    """

    def __init__(self, brought_in_by: list[int], stolen: int, reserve: int) -> None:
        self.play = KeyringPlay()
        self.own = [f"own{number}" for number in range(len(brought_in_by) + 1)]
        self._act("own0 comes")
        if reserve < 0:
            self._act("recovery paper by own0")
        for number, by in enumerate(brought_in_by, start=1):
            self._act(f"join own{number} by own{by}")
        self.stolen = self.own[stolen]
        self.reserve = "paper" if reserve < 0 else self.own[reserve]
        self._act("thief comes")
        self._act("rank thief in cellar 1")
        self._act(f"rank {self.stolen} in standup 4")
        self._ranks = self._person().past.ranks

    def _act(self, line: str) -> list[str]:
        return act(self.play, line)

    def _person(self) -> KnownPerson:
        return self.play.person(self.reserve)

    def steal(self, purpose: str, key: str, by: str) -> None:
        """Let the thief try something with the keys in their hands."""
        hands = {self.stolen, *THIEFS}
        needed = {by} if purpose in ("revoke", "undo", "split") else {key, by}
        if needed <= hands:
            self._act(f"{purpose} {key} by {by}")

    def look_after(self) -> None:
        """Let Ann undo what was done, and put out the keys that she does not know."""
        mine = [each for each in self.own if each != self.stolen]
        first = [self.reserve] if self.reserve in mine else []
        for each in [*first, *mine, *mine]:
            if self._record(each).is_cut(self.play.now):
                self._act(f"undo {each} by {self.reserve}")
        for name in map(self.play.name, [each.id for each in self._person().keys]):
            if name not in mine and self._record(name).in_force:
                told = self._act(f"revoke {name} by {self.reserve}")
                assert told[0].startswith("<< key_revoked")

    def check_all_is_well(self) -> None:
        """Check that Ann has all her keys but the stolen one, that the thief has none, no less."""
        mine = {each for each in self.own if each != self.stolen}
        speaking = {self.play.name(each.id) for each in self._person().keys if each.in_force}
        assert speaking == mine
        assert self._person().speaks(key_of(self.reserve))
        assert self._person().past.ranks == self._ranks

    def _record(self, name: str) -> KeyRecord:
        record = self._person().record_of(key_of(name))
        assert record is not None
        return record


THIEFS = ["thief", "t0", "t1", "t2"]
moves = st.tuples(
    purposes,
    st.sampled_from(["stolen", *THIEFS, "own0", "own1", "own2"]),
    st.sampled_from(["stolen", *THIEFS]),
)
rounds = st.lists(st.lists(st.one_of(moves, st.sampled_from([1, 20])), max_size=12), max_size=4)


@settings(max_examples=200)
@given(st.lists(st.integers(0, 4), max_size=4), rounds, st.booleans(), st.data())
def test_a_thief_of_one_key_locks_nobody_out_who_has_an_older_key_or_one_on_paper(
    brought_in_by: list[int],
    attacks: list[list[tuple[str, str, str] | int]],
    on_paper: bool,
    data: st.DataObject,
) -> None:
    brought_in_by = [min(by, number) for number, by in enumerate(brought_in_by)]
    number = len(brought_in_by)
    if number == 0 and not on_paper:
        return
    stolen = data.draw(st.integers(0 if on_paper else 1, number))
    reserve = -1 if on_paper else data.draw(st.integers(0, stolen - 1))
    theft = Theft(brought_in_by, stolen, reserve)
    for attack in attacks:
        begin = theft.play.now
        for each in attack:
            if isinstance(each, int):
                theft.play.now = min(begin + UNDO_SECONDS - 3600, theft.play.now + each * 3600)
                continue
            purpose, key, by = (theft.stolen if word == "stolen" else word for word in each)
            if key in (*theft.own, *THIEFS):
                theft.steal(purpose, key, by)
        theft.look_after()
        theft.check_all_is_well()
    theft.look_after()
    theft.play.now += UNDO_SECONDS
    told = act(theft.play, f"join new by {theft.reserve}")
    assert told == [f"<< key_joined new by {theft.reserve}"]


def test_the_thief_of_the_property_can_do_something() -> None:
    """Test the test itself: there are plays in which Ann is shut out meanwhile."""
    theft = Theft([0, 1], stolen=1, reserve=0)
    for move in (("join", "t0", "own1"), ("revoke", "own0", "t0"), ("revoke", "own2", "own1")):
        theft.steal(*move)
    assert not theft.play.state.may_sign_in(key_of("own0"))
    with pytest.raises(AssertionError):
        theft.check_all_is_well()
    theft.look_after()
    theft.check_all_is_well()
    for name in ("t0", "own1"):
        assert not theft.play.state.may_sign_in(key_of(name))
