"""Golden messages of people: profiles, and whom somebody follows or blocks."""

from __future__ import annotations

from msgspec.structs import asdict

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.profile import Profile

from .claims import CLAIM
from .people import ADA, BOB, EVE

PROFILE = Profile(
    name="Ada",
    headline="Engines",
    company="Analytical Engines & Co",
    location="London",
    pronouns="she/her",
    bio="Notes on the engine.",
    links=("https://ada.example/notes", "https://xn--bcher-kva.example"),
    page="public",
)

COMMANDS: list[c.Command] = [
    c.ShowProfile(),
    c.ShowProfile(person=BOB.id, ref=12),
    c.ChangeProfile(),
    c.ChangeProfile(**asdict(PROFILE), ref=13),
    c.ExportProfile(ref=14),
    c.DeleteProfile(ref=15),
    c.Follow(person=BOB.id, ref=16),
    c.Unfollow(person=BOB.id),
    c.FollowCommunity(community="c1"),
    c.UnfollowCommunity(community="c1"),
    c.Block(person=EVE.id),
    c.Unblock(person=EVE.id),
    c.ListTies(),
    c.ListTies(of="blocked", offset=100, ref=17),
]

EVENTS: list[e.Event] = [
    e.ProfileShown(person=BOB, profile=Profile(name="Bob"), ref=12),
    e.ProfileShown(person=ADA, profile=PROFILE, followed=True, blocked=True, badges=(CLAIM.badge,)),
    e.TiesPage(people=(BOB,), total=1),
    e.TiesPage(of="communities", communities=("c1",), offset=100, total=101, ref=17),
    e.BlockedChanged(people=(EVE.id,)),
    e.ProfileChanged(profile=PROFILE),
    e.ProfileChanged(),
    e.ThingHeld(kind="profile", thing=asdict(Profile(name="Ada", headline="Engines")), ref=14),
]
