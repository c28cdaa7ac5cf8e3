"""A server's people, communities and events, put into its store without a connection."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol.calendar import Recurrence
from roomcli.protocol.commands.communities import FoundCommunity
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile
from server.calendar.rules import CalendarEvent, Plan, evolve
from server.calendar.rules.journal import EventAnswered, EventPlanned
from server.calendar.rules.times import format_local, local_time
from server.communities import rules
from server.communities.directory import CommunityDirectory
from server.communities.rules import journal as j
from server.store import Store
from server.store.sqlite import open_store

FIRST = (
    "Anna", "Ben", "Cleo", "Dana", "Emre", "Fatima", "Goran", "Hana", "Ivan", "José", "Kai", "Lea",
    "Mina", "Noor", "Olga", "Petra", "Quinn", "Rosa", "Søren", "Tomás", "Uma", "Vera", "Wen", "Zoë",
)  # fmt: skip
LAST = (
    "Abe", "Berg", "Costa", "Diaz", "Ek", "Fischer", "García", "Hansen", "Ito", "Jansen", "Kaya",
    "López", "Müller", "Novák", "Okafor", "Petrov", "Rossi", "Sato", "Tanaka", "Varga", "Weiß",
)  # fmt: skip
TOPICS = (
    "accessibility", "analytics", "audio", "bees", "compilers", "databases", "design", "energy",
    "farming", "gardens", "hardware", "history", "kernels", "languages", "music", "networks",
    "optics", "physics", "robots", "security", "terminals", "typography", "water", "weather",
)  # fmt: skip
AT_ONCE = 250
"""Things that are saved before the disk is waited for."""
MEMBERS = 40
ANSWERS = 5
FOLLOWED = 150
FOLLOWED_COMMUNITIES = 5
DAY = 86400.0


@dataclass(frozen=True)
class WorldSize:
    """How much there is; ``known`` people have keys with which they can sign in."""

    people: int
    communities: int
    events: int
    known: int
    rooms: int

    def tenth(self) -> WorldSize:
        """Return a tenth of it, with as many who look at it."""
        people = max(self.people // 10, self.known + FOLLOWED // 10)
        communities = max(self.communities // 10, self.rooms)
        return WorldSize(people, communities, max(self.events // 10, 1), self.known, self.rooms)


def key_of(number: int) -> Ed25519PrivateKey:
    """Return the key of one of the known people."""
    return Ed25519PrivateKey.from_private_bytes(sha256(b"home %d" % number).digest())


def room_of(number: int) -> str:
    """Return the room of one of the first communities, whose owner is the person of its number."""
    return f"hall-{number}"


async def fill(folder: Path, size: WorldSize, now: float) -> None:
    """Put a world of this size into the store of a server."""
    chance = random.Random(9)
    async with open_store(folder) as store:
        people = [_person(number, size, chance) for number in range(size.people)]
        communities = CommunityDirectory(store, lambda: now)
        for saved in (
            _save_people(store, people, chance, now),
            _save_communities(communities, people, size, chance, now),
            _save_events(store, people, communities, size, chance, now),
            _save_ties(store, people, communities, size, chance, now),
        ):
            for number, _ in enumerate(saved):
                if number % AT_ONCE == 0:
                    await store.flushed(until=float("inf"))
        await store.flushed(until=float("inf"))


def _person(number: int, size: WorldSize, chance: random.Random) -> Person:
    known = number < size.known
    key = fingerprint(key_of(number).public_key().public_bytes_raw()) if known else ""
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    headline = f"{chance.choice(TOPICS)} and {chance.choice(TOPICS)}"
    return Person(f"{number:016x}", name, headline, key or f"{number:032x}")


def _save_people(
    store: Store, people: list[Person], chance: random.Random, now: float
) -> Iterator[None]:
    for each in people:
        with store.transaction():
            store.people.save(each, now)
            company = f"{chance.choice(LAST)} & Co"
            profile = Profile(name=each.name, headline=each.headline, company=company)
            store.profiles.save(each.id, profile)
        yield


def _save_communities(
    communities: CommunityDirectory,
    people: list[Person],
    size: WorldSize,
    chance: random.Random,
    now: float,
) -> Iterator[None]:
    for number in range(size.communities):
        topics = chance.sample(TOPICS, 3)
        about = (f"We meet for {topics[1]}, {topics[2]} and what comes with it.",)
        hidden = number >= size.rooms and chance.random() < 0.1
        summary = f"All about {topics[0]}"
        wish = FoundCommunity(
            name=f"Guild {number} of {topics[0]}", summary=summary, about=about, hidden=hidden
        )
        owner = people[number % size.known]
        community, events = rules.found(
            wish, owner, now, taken=lambda name: False, entropy=chance.randbytes(16)
        )
        described = rules.evolve(rules.evolve(community, events[0]), events[1])
        rooms = (room_of(number),) if number < size.rooms else ()
        kept = rules.kept(described)
        events.append(j.CommunityDescribed(now=_with_rooms(kept, rooms)))
        members = chance.sample(people, min(MEMBERS, len(people)))
        events += [
            j.MemberJoined(person=each.id, at=now, role="member", agreed=0)
            for each in members
            if each.id != owner.id
        ]
        communities.apply(community, events)
        yield


def _with_rooms(kept: rules.KeptCommunity, rooms: tuple[str, ...]) -> rules.KeptCommunity:
    fields = {name: getattr(kept, name) for name in kept.__struct_fields__}
    return rules.KeptCommunity(**{**fields, "rooms": rooms})


def _save_events(
    store: Store,
    people: list[Person],
    communities: CommunityDirectory,
    size: WorldSize,
    chance: random.Random,
    now: float,
) -> Iterator[None]:
    groups = communities.everything()
    for number in range(size.events):
        owner, kind = chance.choice(people), chance.random()
        start = local_time(now + chance.uniform(0.01, 30.0) * DAY, "Europe/Paris")
        plan = Plan(
            title=f"{chance.choice(TOPICS).capitalize()} evening {number}",
            start=format_local(start),
            zone="Europe/Paris",
            recurrence=Recurrence(every="week") if kind < 0.3 else None,
            visibility="private" if kind > 0.95 else "community" if kind > 0.85 else "public",
            community=chance.choice(groups).id if kind > 0.5 and kind <= 0.95 else "",
            capacity=50,
            organisers=(owner.id,),
            invited=tuple(each.id for each in chance.sample(people, 3)),
        )
        id = f"{number:016x}"
        event: CalendarEvent | None = evolve(
            None, EventPlanned(id=id, by=owner.id, at=now, plan=plan)
        )
        for each in chance.sample(people, ANSWERS):
            event = evolve(event, EventAnswered(id=id, by=each.id, at=now, day="", reply="yes"))
        assert event is not None
        store.calendar.save(None, event)
        yield


def _save_ties(
    store: Store,
    people: list[Person],
    communities: CommunityDirectory,
    size: WorldSize,
    chance: random.Random,
    now: float,
) -> Iterator[None]:
    groups = communities.everything()
    for each in people[: size.known]:
        with store.transaction():
            for other in chance.sample(people, min(FOLLOWED, len(people))):
                if other.id != each.id:
                    store.ties.tie(each.id, "follows", other.id, now)
            for group in chance.sample(groups, min(FOLLOWED_COMMUNITIES, len(groups))):
                store.ties.tie(each.id, "community", group.id, now)
        yield
