"""Carries out what people ask of communities, and tells whom it concerns."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol, get_args

import msgspec

from roomcli.errors import CommandRefused
from roomcli.protocol import events as e
from roomcli.protocol.commands import communities as cc
from roomcli.protocol.community import COMMUNITY_LOG_PAGE, COMMUNITY_PAGE
from roomcli.protocol.events import communities as ce
from roomcli.protocol.people import Person

from ..limits import ServerLimits
from ..people.origins import no_origin
from ..people.profiles.visible import find_shown
from ..rooms.shares import Shares, Thing, Whose, bytes_of
from ..store import Store
from . import rules
from .directory import CommunityDirectory, changed_people
from .rules import journal as j

Tell = Callable[[str, e.Event], None]
"""Sends news to all connections of a person, by id, if there are any."""


class CommunityRooms(Protocol):
    """The rooms of the server, as far as communities have to do with them."""

    def put_out_of_community(self, rooms: Iterable[str], person: Person, text: str) -> None:
        """Remove somebody who is banned from a community from these rooms, which belong to it."""

    def end_membership(
        self, rooms: Iterable[str], person: Person, text: str, *, removed: bool
    ) -> None:
        """Let somebody leave these rooms, as far as they are for members: they are none now."""

    def is_open_for_another(self, room: str, key: str) -> bool:
        """Whether a room of this name is open, and not that of the person with this key."""


class CommunityCalendar(Protocol):
    """What communities have planned."""

    def hide_from_others(self, community: str, people: Collection[str] | None, by: str) -> None:
        """Hide what is planned from those of these people who may not know of it any longer.

        None is everybody. ``by`` did it, and is told nothing of it.
        """


class CommunityDesk:
    """Carries out the commands about communities, for the asker of each.

    ``judge_giving_up`` raises CommandRefused while somebody may not give up what they own: a key
    of theirs was revoked, and that may still be undone. ``formerly`` gives those who were the same
    person as somebody with a key until lately, ``may_name_rooms`` says whether rooms may be opened
    by whoever shows a host token or none. ``origin_of`` marks the network from which somebody
    comes. What is written to logs is charged to ``shares``.
    """

    commands = get_args(cc.CommunityCommand)
    questions = (cc.ListCommunities, cc.ShowCommunity, cc.ListCommunityPeople, cc.ReadCommunityLog)

    def __init__(
        self,
        directory: CommunityDirectory,
        store: Store,
        rooms: CommunityRooms,
        planned: CommunityCalendar,
        now: Callable[[], float],
        shares: Shares,
        tell: Tell = lambda person, event: None,
        judge_giving_up: Callable[[Person], None] = lambda person: None,
        formerly: Callable[[str], Iterable[Person]] = lambda key: (),
        may_name_rooms: Callable[[str | None], bool] = lambda host_token: True,
        origin_of: Callable[[str], str] = no_origin,
        limits: ServerLimits | None = None,
    ) -> None:
        self._directory = directory
        self._store = store
        self._rooms = rooms
        self._planned = planned
        self._now = now
        self._shares = shares
        self._tell = tell
        self._judge_giving_up = judge_giving_up
        self._formerly = formerly
        self._may_name_rooms = may_name_rooms
        self._origin_of = origin_of
        self._limits = limits or ServerLimits()
        directory.elsewhere.hear(self._hold_elsewhere)

    async def carry_out(self, asker: Person, command: cc.CommunityCommand) -> Sequence[e.DeskEvent]:
        """Carry out a command, and return what answers it. Raises CommandRefused, StoreError."""
        match command:
            case cc.ListCommunities():
                return [self._cards(asker, command)]
            case cc.ShowCommunity(community=id):
                return [self._seen_by(id, asker)]
            case cc.ListCommunityPeople():
                return [self._people_page(asker, command)]
            case cc.ReadCommunityLog():
                return [await self._log_page(asker, command)]
            case cc.FoundCommunity():
                id = self._new(asker, command)
            case _:
                id = command.community
                if not self._changes(asker, command):
                    return []
        if isinstance(command, _SHOWING):
            return [self._seen_by(id, asker)]
        return []

    # Questions.

    def _cards(self, asker: Person, command: cc.ListCommunities) -> ce.CommunitiesListed:
        offset = command.offset
        if command.of == "discoverable":
            page, total = self._directory.discoverable(offset, asker.id)
        else:
            mine = self._directory.mine(asker.id)
            page, total = mine[offset : offset + COMMUNITY_PAGE], len(mine)
        cards = tuple(each.card() for each in page)
        return ce.CommunitiesListed(of=command.of, communities=cards, offset=offset, total=total)

    def _seen_by(self, id: str, asker: Person) -> ce.CommunityShown:
        seen = self._directory.visible(id, asker.id)
        if seen is None:
            raise rules.no_such_community()
        return ce.CommunityShown(community=seen.details(self._who))

    def _people_page(self, asker: Person, command: cc.ListCommunityPeople) -> ce.CommunityPeople:
        now, community = self._now(), self._directory.look_up(command.community)
        rules.judge(community, asker.id, command, now)
        seen = rules.visible_to(community, asker.id, now)
        assert seen is not None
        people, total = seen.people(command.of, command.offset, self._who)
        return ce.CommunityPeople(
            community=community.id,
            of=command.of,
            people=people,
            offset=command.offset,
            total=total,
        )

    async def _log_page(self, asker: Person, command: cc.ReadCommunityLog) -> ce.CommunityLog:
        community = self._directory.look_up(command.community)
        rules.judge(community, asker.id, command, self._now())
        name = rules.log_name(community.id)
        entries = await self._store.log.page(
            name, community.founded_at, command.after, COMMUNITY_LOG_PAGE + 1
        )
        return ce.CommunityLog(
            community=community.id,
            entries=tuple(entries[:COMMUNITY_LOG_PAGE]),
            chained_to=name,
            founded_at=community.founded_at,
            more=len(entries) > COMMUNITY_LOG_PAGE,
        )

    # Changes.

    def _new(self, asker: Person, command: cc.FoundCommunity) -> str:
        self._judge_room_for_more()
        owned = [each for each in self._directory.mine(asker.id) if each.you == "owner"]
        if len(owned) >= self._limits.communities.owned:
            text = f"you own {len(owned)} communities here: close one, or hand one over"
            raise CommandRefused("too_many_communities", text)
        community, events = rules.found(
            command,
            asker,
            self._now(),
            taken=self._directory.reads_like_another,
            entropy=secrets.token_bytes(rules.ENTROPY_BYTES),
        )
        self._charge(asker, command, events)
        self._happen(community, events, asker)
        return community.id

    def _changes(self, asker: Person, command: rules.Deciding) -> bool:
        """Carry a command out; return whether it changed anything."""
        community = self._directory.look_up(command.community)
        rules.judge(community, asker.id, command, self._now())
        match command:
            case cc.JoinCommunity():
                self._judge_joining(community, asker.id)
            case cc.InviteToCommunity(person=person):
                self._judge_inviting(community, person)
            case cc.AddCommunityRoom(room=room, host_token=token) if not community.hidden:
                self._judge_room(community, room, asker, token)
            case cc.HandOverCommunity() | cc.CloseCommunity():
                self._judge_giving_up(asker)
            case cc.LeaveCommunity() if community.rank_of(asker.id) > 0:
                self._judge_giving_up(asker)
            case cc.SetCommunityRole(person=person) if person == asker.id:
                self._judge_giving_up(asker)
        events = rules.decide(
            community,
            asker,
            command,
            self._now(),
            who=self._who,
            blocks=self._blocks,
            taken=lambda name: self._directory.reads_like_another(name, community.id),
            entropy=secrets.token_bytes(rules.ENTROPY_BYTES),
            origin=self._origin_of(asker.id),
        )
        for event in tuple(events):
            if isinstance(event, j.KeptOut):
                others = self._formerly(event.ban.notice.key)
                events += rules.banned_too(community, asker, event.ban, others, self._now())
        self._charge(asker, command, events)
        self._happen(community, events, asker)
        return bool(events)

    def _charge(
        self,
        asker: Person,
        command: cc.CommunityCommand,
        events: Iterable[rules.CommunityJournal],
    ) -> None:
        """Charge what is written to the log. Raises CommandRefused if that is too much.

        What protects a community goes on when nothing else may be written.
        """
        size = sum(bytes_of(each.entry) for each in events if isinstance(each, j.CommunityLogged))
        if not size:
            return
        protects = isinstance(command, _PROTECTING)
        whose, now = Whose(asker.key), self._now()
        thing: Thing = "protected" if protects else "written"
        self._shares.refuse_excess(thing, whose, now)
        self._shares.charge(thing, whose, 1 if protects else size, now)

    def _judge_room_for_more(self) -> None:
        if len(self._directory) >= self._limits.communities.open or self._store.is_full:
            text = "this server has no place for another community now"
            raise CommandRefused("server_full", text)

    def _judge_joining(self, community: rules.Community, me: str) -> None:
        # What others do, who invite or ban them, takes nobody's place in a community.
        if me in community.members or me in community.applications:
            return
        related = self._directory.related(me)
        own = sum(me in each.members or me in each.applications for each in related)
        if own >= self._limits.communities.joined:
            text = "you are in, or applied to, as many communities as one may be"
            raise CommandRefused("too_many_communities", text)

    def _judge_inviting(self, community: rules.Community, person: str) -> None:
        related = self._directory.related(person)
        if community.relation(person) is None and len(related) >= self._limits.communities.joined:
            text = "that person is in as many communities as one may be"
            raise CommandRefused("too_many_communities", text)

    def _judge_room(
        self, community: rules.Community, room: str, asker: Person, token: str | None
    ) -> None:
        if not self._may_name_rooms(token):
            # Else names would be kept from those who may open rooms, and hidden rooms be found.
            text = "a name for a room takes the host token of the server's admin here"
            raise CommandRefused("hosting_not_allowed", text)
        other = self._directory.community_of(room) not in ("", community.id)
        if other or self._rooms.is_open_for_another(room, asker.key):
            text = f"{room} is somebody else's room: pick another name"
            raise CommandRefused("room_taken", text)

    def export(self, person: Person) -> Iterable[e.ThingHeld]:
        """Yield what somebody is to each community, but bans from those that are hidden."""
        for community in self._directory.related(person.id):
            if rules.visible_to(community, person.id, self._now()) is not None:
                thing = {
                    "community": community.id,
                    "name": community.name,
                    "standing": msgspec.to_builtins(community.relation(person.id)),
                }
                yield e.ThingHeld(kind="community", thing=thing)

    def forget(self, person: Person) -> None:
        """Let somebody go from all communities, for good; bans stay, without their name."""
        for community in self._directory.related(person.id):
            events = rules.forgotten(community, person.id, self._now(), self._who)
            self._happen(community, events, by=person.id)

    def unite(self, one: Person, into: Person) -> None:
        """Let one person stand in all communities for both, who are one."""
        for community in self._directory.related(one.id):
            events = rules.united(community, one.id, into, self._now(), self._who)
            self._happen(community, events, one_person={one.id, into.id})

    def keep_out_too(self, person: Person, alone: Person) -> None:
        """Ban from where the first is banned the second too, who was one with them."""
        for community in self._directory.related(person.id):
            events = rules.split_off(community, person.id, alone, self._now())
            self._happen(community, events)

    def give_role(self, id: str, person: Person, rank: int) -> None:
        """Give somebody the rank in a community that was withheld when two persons became them."""
        community = self._directory.look_up(id)
        events = rules.raised(community, person, rank, self._now())
        self._happen(community, events)

    def _happen(
        self,
        community: rules.Community,
        events: Sequence[rules.CommunityJournal],
        asker: Person | None = None,
        *,
        by: str = "",
        one_person: Collection[str] = (),
    ) -> None:
        """Let events happen, save them as one transaction, and tell whom they concern.

        ``asker`` is who gave the command, ``by`` who did it without one. ``one_person`` are two who
        turn out to be one: what either may know, both may.
        """
        if not events:
            return
        now, known = self._now(), community
        with self._store.transaction():
            if asker is not None:
                self._store.people.save(asker, now)
                by = asker.id
            then = self._directory.apply(community, events)
            for event in events:
                before, community = community, rules.evolve(community, event)
                for people, news in rules.news_of(before, event, community, now, self._who):
                    for person in people:
                        self._tell(person, news)
                self._hold_in_rooms(before, event, then)
            gone = {each.person for each in events if isinstance(each, j.MemberGone | j.KeptOut)}
            gone -= then.members.keys()
            if then.members.keys() & one_person:
                gone -= {*one_person}
            hides = then.closed or (then.hidden and not known.hidden)
            if gone or hides:
                self._planned.hide_from_others(then.id, None if hides else gone, by)

    def _hold_in_rooms(
        self, before: rules.Community, event: rules.CommunityJournal, then: rules.Community
    ) -> None:
        """Let those leave the community's rooms who are banned, or members no longer."""
        match event:
            case j.KeptOut(person=person, ban=ban):
                who = self._who(person) or Person(person, "", key=ban.notice.key)
                self._rooms.put_out_of_community(before.rooms, who, ban.notice.reason)
            case j.MemberGone(person=person, removed=removed, reason=reason):
                if person in then.members:
                    return
                why = "a moderator put you out" if removed else "you left it"
                text = f"{why}: {reason}" if reason else why
                who = self._who(person) or Person(person, "")
                self._rooms.end_membership(before.rooms, who, text, removed=removed)

    def _hold_elsewhere(
        self, id: str, before: rules.Community | None, now: rules.Community | None
    ) -> None:
        """Hold in the rooms here what was decided about people on another server."""
        nobodys = rules.Community(id=id, name="")
        old, new = before or nobodys, now or nobodys
        for person in changed_people(old, new):
            relation = new.relation(person)
            if isinstance(relation, rules.CommunityBan) and relation.notice.holds(self._now()):
                who = self._who(person) or Person(person, "", key=relation.notice.key)
                self._rooms.put_out_of_community(new.rooms, who, relation.notice.reason)
            elif person in old.members and person not in new.members:
                who = self._who(person) or Person(person, "")
                text = "you are no member of it any more"
                self._rooms.end_membership(old.rooms, who, text, removed=False)

    def _blocks(self, person: str, other: str) -> bool:
        return other in self._store.ties.made_by(person, "blocks")

    def _who(self, id: str) -> Person | None:
        return find_shown(self._store, id)


_PROTECTING = (cc.RemoveMember, cc.BanFromCommunity, cc.DeclineApplication, cc.CloseCommunity)
"""Commands that protect a community, or take back what was kept."""
_SHOWING = (
    cc.FoundCommunity,
    cc.DescribeCommunity,
    cc.JoinCommunity,
    cc.AgreeToRules,
    cc.AddCommunityRoom,
    cc.GiveUpCommunityRoom,
)
"""Commands that are answered by what the community is now."""
