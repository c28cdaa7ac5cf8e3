"""Scenes of a community, written as a play: what is asked, and what follows.

    >> ann founds open              or `application`, `invitation`; `hidden open`
    >> ann rules be-kind listen     its rules are these lines
    >> ben joins                    agreeing to the rules as they are; `ben joins 3` to those
    >> ann accepts ben | declines ben | invites ben | withdraws ben | removes ben | hands-over ben
    >> ann makes ben moderator
    >> ben blocks ann
    >> ann bans ben                 `for 3 days`; `ann lifts ben`
    >> ben leaves | agrees 2 | describes hidden | adds standup | gives-up standup | closes
    >> SERVER forgets ben           `SERVER unites ben into cat`
    >> 3 days pass
    << member_joined ben            what happened
    << log: ban ben                 an entry of the log
    << told ben: banned             news
    << refused: not_allowed         or why nothing happened

After every event it is checked what holds at every moment, and after a play that its journal,
replayed, gives the state, and that the log is chained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from roomcli.errors import CommandRefused
from roomcli.protocol.commands import communities as cc
from roomcli.protocol.community import CommunityEntry
from roomcli.protocol.events import communities as ce
from roomcli.protocol.moderation_log import LogEntry, first_fault
from roomcli.protocol.people import Person
from server.communities import rules
from server.communities.rules import Community, CommunityBan, CommunityJournal, Deciding
from server.communities.rules import journal as j

BEGIN = 1_764_000_000.0
DAY = 86400.0
BY_PERSON: dict[str, type[Any]] = {
    "accepts": cc.AcceptApplication,
    "declines": cc.DeclineApplication,
    "invites": cc.InviteToCommunity,
    "withdraws": cc.WithdrawCommunityInvitation,
    "removes": cc.RemoveMember,
    "hands-over": cc.HandOverCommunity,
    "lifts": cc.LiftCommunityBan,
}
ENTRIES: tuple[CommunityEntry, ...] = ("open", "application", "invitation")


class Troupe:
    """A community with a clock that understands the lines of a play; ids are the people's names."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.state = rules.new_community("", "", BEGIN)
        self.strangers: set[str] = set()
        """Whom the server does not know."""
        self.taken: set[str] = set()
        self.blocks: set[tuple[str, str]] = set()
        self.origins: dict[str, str] = {}
        self.log: list[LogEntry] = []
        self._journal: list[bytes] = []
        self._begin = self.state
        self._entropy = 0

    def perform(self, script: str) -> None:
        """Play a script and check that each line has just what follows it."""
        expected = [line.strip() for line in script.strip().splitlines() if line.strip()]
        actual: list[str] = []
        for line in expected:
            if line.startswith(">>"):
                actual += [line, *self.speak(line.removeprefix(">> ").split())]
        assert actual == expected
        self.check_replay()

    def speak(self, words: Sequence[str]) -> list[str]:
        """Play one line; return the lines that tell what follows."""
        try:
            return self._speak(words)
        except CommandRefused as refused:
            return [f"<< refused: {refused.code}"]

    def _speak(self, words: Sequence[str]) -> list[str]:
        match words:
            case [number, "days", "pass"]:
                self.now += float(number) * DAY
                return []
            case ["SERVER", "forgets", person]:
                return self.happen(rules.forgotten(self.state, person, self.now, self.who))
            case ["SERVER", "unites", person, "into", into]:
                by = self.person(into)
                return self.happen(rules.united(self.state, person, by, self.now, self.who))
            case [actor, "blocks", other]:
                self.blocks.add((actor, other))
                return []
            case [actor, "founds", *how]:
                entry = next(each for each in ENTRIES if each in how)
                command = cc.FoundCommunity(name="Folk", entry=entry, hidden="hidden" in how)
                return self.found(self.person(actor), command)
            case [actor, *rest]:
                return self.ask(actor, self.command(rest))
        raise AssertionError(words)

    def found(self, founder: Person, command: cc.FoundCommunity) -> list[str]:
        """Found the community; return what happened."""
        self.state, events = rules.found(
            command, founder, self.now, taken=self.taken.__contains__, entropy=self.entropy()
        )
        self._begin = self.state
        return self.happen(events)

    def command(self, words: Sequence[str]) -> Deciding:
        """Return the command of a line."""
        id = self.state.id or "none"
        match words:
            case ["joins", *version]:
                read = int(version[0]) if version else self.state.rules_version
                return cc.JoinCommunity(community=id, rules=read, note="hello")
            case ["agrees", version]:
                return cc.AgreeToRules(community=id, rules=int(version))
            case ["rules", *lines]:
                return cc.DescribeCommunity(community=id, rules=tuple(lines))
            case ["describes", *how]:
                return cc.DescribeCommunity(
                    community=id,
                    hidden=("hidden" in how) if {"hidden", "found"} & set(how) else None,
                    entry=next((each for each in ENTRIES if each in how), None),
                    name=next((each[5:] for each in how if each.startswith("name=")), None),
                )
            case ["makes", person, ("owner" | "moderator" | "member") as role]:
                return cc.SetCommunityRole(community=id, person=person, role=role)
            case ["bans", person, *length]:
                seconds = int(length[1]) * int(DAY) if length else None
                return cc.BanFromCommunity(
                    community=id, person=person, seconds=seconds, reason="spam"
                )
            case ["leaves"]:
                return cc.LeaveCommunity(community=id)
            case ["adds", room]:
                return cc.AddCommunityRoom(community=id, room=room)
            case ["gives-up", room]:
                return cc.GiveUpCommunityRoom(community=id, room=room)
            case ["closes"]:
                return cc.CloseCommunity(community=id)
            case [verb, person]:
                command: Deciding = BY_PERSON[verb](community=id, person=person)
                return command
        raise AssertionError(f"not a line of a play: {' '.join(words)}")

    def ask(self, actor: str, command: Deciding) -> list[str]:
        """Let somebody give a command; return what happened. Raises CommandRefused."""
        return self.happen(
            rules.decide(
                self.state,
                self.person(actor),
                command,
                self.now,
                who=self.who,
                blocks=lambda person, other: (person, other) in self.blocks,
                taken=self.taken.__contains__,
                entropy=self.entropy(),
                origin=self.origins.get(actor, ""),
            )
        )

    def happen(self, events: list[CommunityJournal]) -> list[str]:
        """Let events happen; return the lines that tell of them."""
        lines = []
        for event in events:
            before, self.state = self.state, rules.evolve(self.state, event)
            self._journal.append(msgspec.msgpack.encode(event))
            lines.append(f"<< {written(event)}")
            if isinstance(event, j.CommunityLogged):
                self.log.append(event.entry)
            for people, news in rules.news_of(before, event, self.state, self.now, self.who):
                why = news.why if isinstance(news, ce.StandingChanged) else "application"
                lines += [f"<< told {person}: {why}" for person in people]
        check(self.state, self.now)
        return lines

    def who(self, id: str) -> Person | None:
        """Return somebody whom the server knows."""
        return None if id in self.strangers else self.person(id)

    def person(self, id: str) -> Person:
        """Return somebody by name."""
        return Person(id, id.capitalize(), key=id)

    def entropy(self) -> bytes:
        """Return bytes that no command had before."""
        self._entropy += 1
        return self._entropy.to_bytes(16, "big")

    def check_replay(self) -> None:
        """Check that the journal, replayed, gives the state, and that the log is chained."""
        state = self._begin
        for each in self._journal:
            state = rules.evolve(state, msgspec.msgpack.decode(each, type=CommunityJournal))
        assert state == self.state
        assert first_fault(self.log, rules.log_name(state.id), state.founded_at) is None
        assert [each.hash for each in self.log][-1:] == [state.log_head]


def written(event: CommunityJournal) -> str:
    """Write an event as a line of a play does."""
    if isinstance(event, j.CommunityLogged):
        target = [event.entry.target.id] if event.entry.target is not None else []
        return " ".join(["log:", event.entry.action, *target])
    words = [str(event.__struct_config__.tag)]
    words += [getattr(event, name) for name in ("person", "role") if hasattr(event, name)]
    return " ".join(words)


def check(state: Community, now: float) -> None:
    """Check what holds of a community at every moment."""
    lists = (state.members, state.applications, state.invitations, state.bans)
    everybody = [person for each in lists for person in each]
    assert len(everybody) == len(set(everybody)), "somebody is in two lists"
    assert state.closed or state.with_role("owner"), "nobody owns it"
    if state.closed:
        assert not everybody
        assert not state.rooms
    for person, ban in state.bans.items():
        assert isinstance(ban, CommunityBan)
        assert state.role_of(person) is None
        assert state.standing_of(person, now) in ("banned", "stranger")
