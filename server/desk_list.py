"""Which desks a server has: a family of commands that need no room is one more line here."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from roomcli.protocol import codec
from roomcli.protocol import events as e
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile

from .calendar.desk import CalendarDesk, open_calendar
from .calendar.holder import CalendarHolder
from .clock import Clock
from .communities.desk import CommunityDesk
from .communities.directory import CommunityDirectory
from .communities.holdings import CommunityHolder
from .desks import Desk, Desks
from .finding.composing import HomeComposer
from .finding.desk import FindingDesk
from .finding.home_news import HomeNews
from .introductions import Introductions
from .known import KeptAcquaintance
from .people.claims.configuration import ClaimsConfiguration
from .people.claims.desk import ClaimsDesk
from .people.claims.holder import ClaimHolder
from .people.key_desk import KeyDesk
from .people.origins import Origins
from .people.profiles.desk import ProfileDesk
from .people.profiles.visible import as_in_profile
from .people.ties.desk import TiesDesk
from .people.ties.holder import TieHolder
from .rooms.door_desk import DoorDesk
from .rooms.hub import Hub
from .store import Followers, Store


class OpenedDesks(NamedTuple):
    """All desks together, and those that other parts of the server know too."""

    all: Desks
    communities: CommunityDirectory
    claims: ClaimsDesk
    calendar: CalendarDesk
    followers: Followers


async def open_desks(
    hub: Hub,
    store: Store,
    clock: Clock,
    configuration: ClaimsConfiguration | None = None,
    *,
    open_hosting: bool,
) -> OpenedDesks:
    """Return all desks, each with its state. Raises StoreError if one cannot be read.

    Rooms are told from now on what the desks know of people. ``configuration`` is what the admin
    says about claims; with ``open_hosting`` everybody may open rooms, and plan what everybody may
    see.
    """
    directory = CommunityDirectory(store, clock.now)
    await directory.restore()
    hub.standings = directory
    reach, personal_news = hub.connected.reach, store.personal_news

    def tell(person: str, news: e.Event) -> None:
        reach(person, news)
        if personal_news is not None:
            personal_news.carry(person, codec.encode(news))

    def tell_introduced(person: str, news: e.Event) -> None:
        tell(person, introductions.introduce(news))

    def tell_of_badges(person: Person) -> None:
        hub.renew_badges(person)
        introductions.note_person(person.id)
        home_news.note_profile(person.id, None, None)

    origins = Origins(partial(_limited_networks, hub))
    calendar = await open_calendar(
        store, clock, directory, tell, reach, origins.mark_of, open_hosting=open_hosting
    )
    hub.planned = calendar
    communities = CommunityDesk(
        *(directory, store, hub, calendar, clock.now, hub.shares, tell_introduced),
        judge_giving_up=lambda person: hub.identities.judge_giving_up(person.key),
        formerly=hub.identities.formerly,
        may_name_rooms=lambda token: open_hosting or hub.is_host_token(token),
        origin_of=origins.mark_of,
        limits=hub.limits,
    )
    hub.identities.add_holder(CommunityHolder(directory, communities, store))
    claims = ClaimsDesk(
        *(store, clock.now, configuration or ClaimsConfiguration(), hub.background),
        tell,
        keys_of=partial(_keys_in_force, hub),
        signed_in=partial(_signed_in, hub),
        networks_of=partial(_limited_networks, hub),
        tell_admin=hub.news.tell,
        changed=tell_of_badges,
        limits=hub.limits,
    )
    hub.identities.add_holder(ClaimHolder(claims.book, claims.end_begun))
    hub.identities.add_holder(TieHolder(store))
    hub.acquaintance = KeptAcquaintance(store, claims.book)
    # After communities: of two who are one, what they may know of as one is known by then.
    hub.identities.add_holder(CalendarHolder(calendar.planned, calendar.feeds, store, clock.now))
    composer = HomeComposer(hub, store, directory, calendar)
    finding = FindingDesk(composer, hub, store, directory, calendar)
    await finding.read_all()
    introductions = Introductions(store, claims.badges_of, directory, calendar.planned)
    for person in claims.book.everybody():
        introductions.note_person(person)
    store.profiles.changes.hear(lambda person, before, now: introductions.note_person(person))

    async def home_of(person: str) -> e.HomeShown:
        return introductions.introduce(await composer.home_of(person))

    home_news = HomeNews(home_of, hub, store, directory)
    store.ties.changes.hear(home_news.note_tie)
    store.profiles.changes.hear(home_news.note_profile)
    store.profiles.elsewhere.hear(partial(_rename, hub, store))
    directory.changes.hear(home_news.note_community)
    calendar.planned.changes.hear(home_news.note_planned)
    desks: list[Desk] = [
        # These tell what they see changed in the store, whichever server did that.
        ProfileDesk(store, clock.now, reach, claims.badges_of),
        TiesDesk(store, clock.now, reach),
        communities,
        claims,
        calendar,
        DoorDesk(hub),
        KeyDesk(hub.identities, hub.sign_ins, store, clock, hub.background, reach),
        finding,
    ]
    claims.start()
    all_desks = Desks(desks, store, home_news, introductions)
    followers = Followers(
        communities=directory.read_elsewhere,
        calendar_events=lambda ids: calendar.planned.read_elsewhere(ids, clock.now()),
        choices=calendar.feeds.read_elsewhere,
        news=hub.connected.reach_encoded,
    )
    return OpenedDesks(all_desks, directory, claims, calendar, followers)


def _rename(
    hub: Hub, store: Store, person: str, before: Profile | None, now: Profile | None
) -> None:
    """Show somebody in the rooms here by the profile that they changed on another server."""
    known = store.people.find(person)
    if known is not None:
        hub.rename(as_in_profile(known, before), as_in_profile(known, now))


def _limited_networks(hub: Hub, person: str) -> list[str]:
    """Return from where a person is connected, but for networks that stand for everybody."""
    networks = hub.connected.networks_of(person)
    return [each for each in networks if not hub.shares.is_everybody(each)]


def _keys_in_force(hub: Hub, person: Person) -> list[str]:
    """Return the keys that speak for a person, the oldest first."""
    return [each.id for each in hub.identities.keys_of(person.key).keys if each.in_force]


def _signed_in(hub: Hub, person: str) -> set[str]:
    """Return the keys by which a person is connected."""
    return {each.key for each in hub.sign_ins.of_person(person)}
