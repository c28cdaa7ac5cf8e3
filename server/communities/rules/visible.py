"""What somebody may know of a community. Every way out asks here: lists, pages, search, news."""

from __future__ import annotations

from itertools import islice

from roomcli.protocol.community import (
    COMMUNITY_PEOPLE_PAGE,
    CommunityCard,
    CommunityDetails,
    CommunityPerson,
    PeopleList,
)
from roomcli.protocol.people import Person

from .record import Who, named
from .state import (
    Application,
    Community,
    CommunityBan,
    Membership,
    PersonalInvitation,
    Relation,
)

STRANGER = ""
"""The viewer of pages and feeds, who is nobody."""


class VisibleCommunity:
    """A community as one viewer sees it at one moment."""

    def __init__(self, community: Community, viewer: str, now: float) -> None:
        self._community = community
        self._viewer = viewer
        self._now = now
        self.you = community.standing_of(viewer, now)
        self._is_member = viewer in community.members
        self._moderates = self.you in ("owner", "moderator")

    @property
    def id(self) -> str:
        """The community's id."""
        return self._community.id

    @property
    def name(self) -> str:
        """How the community is called."""
        return self._community.name

    def card(self) -> CommunityCard:
        """Return what a list shows of the community."""
        community = self._community
        return CommunityCard(
            id=community.id,
            name=community.name,
            summary=community.summary,
            entry=community.entry,
            hidden=community.hidden,
            members=len(community.members),
            you=self.you,
        )

    def details(self, who: Who) -> CommunityDetails:
        """Return the whole of what the viewer may know, people aside."""
        community, me = self._community, self._community.relation(self._viewer)
        owners = community.with_role("owner")
        # With more owners than one, nobody follows when one goes.
        heir = community.successor() if self._is_member and len(owners) == 1 else None
        return CommunityDetails(
            id=community.id,
            name=community.name,
            summary=community.summary,
            entry=community.entry,
            hidden=community.hidden,
            members=len(community.members),
            you=self.you,
            about=community.about,
            rules=community.rules,
            rules_version=community.rules_version,
            agreed=me.agreed if isinstance(me, Membership | Application) else 0,
            founded_at=community.founded_at,
            hosting=community.hosting,
            owners=tuple(named(who, each) for each in owners),
            moderators=tuple(named(who, each) for each in community.with_role("moderator")),
            rooms=community.rooms if self._is_member else (),
            successor=named(who, heir) if heir is not None else None,
            applications=len(community.applications) if self._moderates else 0,
            ban=me.notice if isinstance(me, CommunityBan) and me.notice.holds(self._now) else None,
        )

    def people(
        self, of: PeopleList, offset: int, who: Who
    ) -> tuple[tuple[CommunityPerson, ...], int]:
        """Return a page of a list of people, and how many are in it; nothing without the right."""
        if not (self._moderates or (of == "members" and self._is_member)):
            return (), 0
        everybody: dict[str, Relation] = {**getattr(self._community, of)}
        if of in ("invitations", "bans"):
            everybody = {id: each for id, each in everybody.items() if self._still(each)}
        page = islice(everybody.items(), offset, offset + COMMUNITY_PEOPLE_PAGE)
        return tuple(_in_list(named(who, id), each) for id, each in page), len(everybody)

    def _still(self, relation: Relation) -> bool:
        match relation:
            case PersonalInvitation():
                return relation.is_good(self._now)
            case CommunityBan():
                return relation.notice.holds(self._now)
        return True


def visible_to(community: Community, viewer: str, now: float) -> VisibleCommunity | None:
    """Return the community as somebody sees it; None for who may not know that it is there.

    A hidden one is seen by its members, by who is invited, and by who applied while it was not
    hidden. To everybody else, whoever is banned included, it is not there.
    """
    if community.closed:
        return None
    if community.hidden and community.standing_of(viewer, now) in ("stranger", "banned"):
        return None
    return VisibleCommunity(community, viewer, now)


def _in_list(person: Person, relation: Relation) -> CommunityPerson:
    match relation:
        case Membership(at=at, role=role):
            return CommunityPerson(person=person, at=at, role=role)
        case Application(at=at, note=note):
            return CommunityPerson(person=person, at=at, note=note)
        case PersonalInvitation(at=at, by=by):
            return CommunityPerson(person=person, at=at, by=by)
        case CommunityBan(notice=notice):
            return CommunityPerson(
                person=person,
                at=notice.at,
                note=notice.reason,
                until=notice.until,
                by=notice.by,
            )
