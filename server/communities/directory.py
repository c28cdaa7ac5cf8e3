"""All communities of a server, in memory, and how they are looked up and kept."""

from __future__ import annotations

import logging
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice

from msgspec.structs import replace

from roomcli.errors import StoreError
from roomcli.protocol.community import COMMUNITY_PAGE, CommunityRole
from roomcli.protocol.moderation_log import LogEntry

from ..changes import Changes
from ..people.skeleton import skeletons
from ..rooms.standing import Standing
from ..store import Store
from ..store.communities import StoredCommunity
from . import rules
from .rules import journal as j

log = logging.getLogger(__name__)


class CommunityDirectory:
    """The communities by id, by person, by room and by name. ``now`` is the server's clock.

    It is what rooms ask for standings (:class:`server.rooms.standing.Standings`), and the calendar
    for members (:class:`server.calendar.rules.Communities`).
    """

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self.changes: Changes[rules.Community] = Changes()
        """Tells of every community that is another one than before."""
        self.elsewhere: Changes[rules.Community] = Changes()
        """Tells of those that another server changed."""
        self._communities: dict[str, rules.Community] = {}
        self._of_person: dict[str, set[str]] = {}
        self._of_room: dict[str, str] = {}
        # Of those that everybody may find: in the order of names, and by what names read as.
        self._found: list[tuple[str, str]] = []
        self._alike: dict[str, set[str]] = {}

    async def restore(self) -> None:
        """Read all communities from the store; those whose log is damaged are left out.

        Raises StoreError if they cannot be read at all.
        """
        for stored in await self._store.communities.load():
            try:
                community = await self._restored(stored)
            except StoreError as error:
                facts = {"community": stored.community.id, "why": str(error)}
                log.error("community %(community)s is left out: %(why)s", facts)
                continue
            self._index(None, community)

    async def _restored(self, stored: StoredCommunity) -> rules.Community:
        kept = stored.community
        head = await self._store.log.head(rules.log_name(kept.id), kept.founded_at)
        return _whole(stored, head, rules.Community(id=kept.id, name=""))

    async def read_elsewhere(self, ids: Collection[str] | None) -> None:
        """Read communities again that other servers changed: these, or all. Raises StoreError."""
        while ids is None or ids:
            before = dict(self._communities)
            found = {}
            for stored in await self._store.communities.load_again(ids):
                id = stored.community.id
                community = await self._read_again(stored, before.get(id))
                if community is not None:
                    found[id] = community
            read, ids = found.keys() | before.keys() if ids is None else ids, []
            for id in read:
                was, now = before.get(id), found.get(id)
                if self._communities.get(id) is not was:
                    ids.append(id)  # it was changed here meanwhile, after what was read
                elif was != now:
                    self._index(was, now)
                    self.changes.announce(id, was, now)
                    self.elsewhere.announce(id, was, now)

    async def _read_again(
        self, stored: StoredCommunity, known: rules.Community | None
    ) -> rules.Community | None:
        kept = stored.community
        try:
            if known is None:
                return await self._restored(stored)
            head = await self._store.log.newest(rules.log_name(kept.id), kept.founded_at)
            return _whole(stored, head, known)
        except StoreError as error:
            if error.may_pass:
                raise
            facts = {"community": kept.id, "why": str(error)}
            log.error("community %(community)s is left as it was: %(why)s", facts)
            return known

    # Looking up.

    def __len__(self) -> int:
        return len(self._communities)

    def everything(self) -> tuple[rules.Community, ...]:
        """Return all communities, hidden ones too: what of them is told, ``visible`` says."""
        return tuple(self._communities.values())

    def look_up(self, id: str) -> rules.Community:
        """Return the whole of a community. Raises CommandRefused ``no_such_community``."""
        community = self._communities.get(id)
        if community is None:
            raise rules.no_such_community()
        return community

    def visible(self, id: str, viewer: str) -> rules.VisibleCommunity | None:
        """Return a community as somebody sees it; None where they may not know that it is there."""
        community = self._communities.get(id)
        return None if community is None else rules.visible_to(community, viewer, self._now())

    def discoverable(self, offset: int, viewer: str) -> tuple[list[rules.VisibleCommunity], int]:
        """Return a page of those that everybody may find, by name, and how many there are."""
        page = islice(self._found, offset, offset + COMMUNITY_PAGE)
        seen = (self.visible(id, viewer) for _, id in page)
        return [each for each in seen if each is not None], len(self._found)

    def mine(self, person: str) -> list[rules.VisibleCommunity]:
        """Return the communities that somebody is in, applied to, or is invited to, by name."""
        seen = (self.visible(id, person) for id in self._of_person.get(person, ()))
        mine = [
            each for each in seen if each is not None and each.you not in ("stranger", "banned")
        ]
        return sorted(mine, key=lambda each: (each.name.casefold(), each.id))

    def related(self, person: str) -> list[rules.Community]:
        """Return the communities to which somebody is anything, banned or not."""
        return [self._communities[id] for id in sorted(self._of_person.get(person, ()))]

    def owners_of(self, id: str) -> list[str]:
        """Return who owns a community; nobody owns one that is not there."""
        community = self._communities.get(id)
        return [] if community is None else community.with_role("owner")

    def reads_like_another(self, name: str, but: str = "") -> bool:
        """Whether a name reads like that of another community that everybody may find."""
        return any(self._alike.get(each, set()) - {but} for each in skeletons(name))

    # What rooms ask.

    def community_of(self, room: str) -> str:
        return self._of_room.get(room, "")

    def standing(self, community: str, person: str) -> Standing:
        found = self._communities.get(community)
        if found is None:
            return Standing()
        relation = found.relation(person)
        match relation:
            case rules.Membership(role=role):
                may_host = found.hosting == "members" or role != "member"
                return Standing(role=role, may_host=may_host)
            case rules.CommunityBan(notice=notice) if notice.holds(self._now()):
                return Standing(ban=notice)
        return Standing()

    def shown_name(self, community: str, person: str) -> str:
        seen = self.visible(community, person)
        return seen.name if seen is not None else ""

    # What the calendar asks.

    def role(self, person: str, community: str) -> CommunityRole | None:
        found = self._communities.get(community)
        return found.role_of(person) if found is not None else None

    def is_member(self, person: str, community: str) -> bool:
        return self.role(person, community) is not None

    def is_hidden(self, community: str) -> bool:
        return self.visible(community, rules.STRANGER) is None

    def communities_of(self, person: str) -> list[str]:
        return [each.id for each in self.related(person) if person in each.members]

    # What happens.

    def apply(
        self, community: rules.Community, events: Iterable[rules.CommunityJournal]
    ) -> rules.Community:
        """Advance a community, new or not, and queue what has to be kept; return it as it is now.

        The caller makes it one transaction.
        """
        before = community
        for event in events:
            community = rules.evolve(community, event)
            if isinstance(event, j.CommunityLogged):
                name = rules.log_name(before.id)
                self._store.log.append(name, before.founded_at, event.entry)
        self._keep(before, community)
        known = self._communities.get(before.id)
        now = None if community.closed else community
        self._index(known, now)
        self.changes.announce(before.id, known, now)
        return community

    def _keep(self, before: rules.Community, now: rules.Community) -> None:
        store = self._store.communities
        if now.closed:
            store.remove(now.id)
            return
        known = self._communities.get(now.id, _NOBODYS)
        rooms, names = set(now.rooms) - set(known.rooms), _forms(now) - _forms(known)
        store.reserve(now.id, sorted(rooms), sorted(names))
        if now.id not in self._communities or _is_of_all(before, now):
            store.save(rules.kept(now))
        for person in changed_people(before, now):
            relation = now.relation(person)
            if relation is None:
                store.forget_person(now.id, person)
            else:
                store.save_person(now.id, person, relation)

    def _index(self, before: rules.Community | None, now: rules.Community | None) -> None:
        """Look up the community as it is now, in place of how it was; None is not there."""
        id = (before or now or _NOBODYS).id
        if now is None:
            self._communities.pop(id, None)
        else:
            self._communities[id] = now
        old, new = before or _NOBODYS, now or _NOBODYS
        for person in changed_people(old, new):
            if new.relation(person) is not None:
                self._of_person.setdefault(person, set()).add(id)
                continue
            mine = self._of_person.get(person, set())
            mine.discard(id)
            if not mine:
                self._of_person.pop(person, None)
        if old.rooms != new.rooms:
            for room in old.rooms:
                if self._of_room.get(room) == id:  # else another has taken it meanwhile
                    del self._of_room[room]
            self._of_room.update(dict.fromkeys(new.rooms, id))
        was, is_now = _finding(before), _finding(now)
        if was != is_now:
            if was is not None:
                del self._found[bisect_left(self._found, was)]
                for form in _forms(old):
                    self._alike[form].discard(id)
                    if not self._alike[form]:
                        del self._alike[form]
            if is_now is not None:
                insort(self._found, is_now)
                for form in _forms(new):
                    self._alike.setdefault(form, set()).add(id)


_NOBODYS = rules.Community(id="", name="")


def _whole(
    stored: StoredCommunity, head: LogEntry | None, known: rules.Community
) -> rules.Community:
    """Return a community of what is kept of it; what is as it was ``known`` stays the same object.

    Raises StoreError.
    """
    if head is None:
        raise StoreError("its moderation log is missing")
    kept = stored.community
    people: dict[type[rules.Relation], dict[str, rules.Relation]] = {}
    for person, relation in stored.people.items():
        was = known.relation(person)
        same = was if was == relation and type(was) is type(relation) else relation
        people.setdefault(type(relation), {})[person] = same
    return replace(
        rules.Community(**{name: getattr(kept, name) for name in kept.__struct_fields__}),
        members=people.get(rules.Membership, {}),
        applications=people.get(rules.Application, {}),
        invitations=people.get(rules.PersonalInvitation, {}),
        bans=people.get(rules.CommunityBan, {}),
        log_head=head.hash,
        log_count=head.number,
    )


def changed_people(before: rules.Community, now: rules.Community) -> Iterator[str]:
    """Yield those who are something else to a community than before."""
    seen: set[str] = set()
    for name in ("members", "applications", "invitations", "bans"):
        old, new = getattr(before, name), getattr(now, name)
        if old is new:
            continue
        for person in (*old, *new):
            if person not in seen and old.get(person) is not new.get(person):
                seen.add(person)
                yield person


def _is_of_all(before: rules.Community, now: rules.Community) -> bool:
    """Whether a change is of the community as a whole: of two at once one has to be refused.

    Others are of one person: who joins is in nobody's way.
    """
    return (
        rules.kept(before) != rules.kept(now)
        or before.log_head != now.log_head
        or before.with_role("owner") != now.with_role("owner")
    )


def _forms(community: rules.Community) -> set[str]:
    """Return what the name of a community that everybody may find reads as."""
    return set() if _finding(community) is None else set(skeletons(community.name))


def _finding(community: rules.Community | None) -> tuple[str, str] | None:
    """Return under what everybody finds a community; None for one that they may not."""
    if community is None or community.hidden or community.closed:
        return None
    return community.name.casefold(), community.id
