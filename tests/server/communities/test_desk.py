"""Tests of what people ask of communities: answers, news, limits, and what strangers learn."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import msgspec
import pytest

from roomcli.errors import CommandRefused
from roomcli.protocol.commands import communities as cc
from roomcli.protocol.community import CommunityPerson
from roomcli.protocol.events import communities as ce
from roomcli.protocol.moderation_log import LogEntry, first_fault
from server.communities.holdings import CommunityHolder
from server.limits import CommunityLimits
from server.people.keyring.state import KnownPerson, Past

from .hall import Hall, person


async def test_somebody_finds_a_community_reads_its_rules_and_joins() -> None:
    hall = Hall()
    id = await hall.found("ann", name="Trio Folk", summary="Async", rules=("be kind",))
    (listed,) = await hall.ask("ben", cc.ListCommunities(of="discoverable"))
    (card,) = listed.communities
    assert (card.name, card.members, card.you, listed.total) == ("Trio Folk", 1, "stranger", 1)
    seen = await hall.show("ben", id)
    assert (seen.rules, seen.rules_version, seen.rooms) == (("be kind",), 1, ())
    assert [each.name for each in seen.owners] == ["Ann"]
    assert await hall.code("ben", cc.JoinCommunity(community=id)) == "rules_changed"
    (shown,) = await hall.ask("ben", cc.JoinCommunity(community=id, rules=1))
    assert (shown.community.you, shown.community.agreed) == ("member", 1)
    assert shown.community.successor.name == "Ben"
    (mine,) = await hall.ask("ben", cc.ListCommunities())
    assert [(each.id, each.you) for each in mine.communities] == [(id, "member")]
    (page,) = await hall.ask("ben", cc.ListCommunityPeople(community=id))
    assert [(each.person.name, each.role) for each in page.people] == [
        ("Ann", "owner"),
        ("Ben", "member"),
    ]


async def test_moderators_are_told_of_applications_and_applicants_of_the_answer() -> None:
    hall = Hall()
    id = await hall.found("ann", entry="application")
    await hall.ask("ben", cc.JoinCommunity(community=id, note="hello"))
    ((whom, news),) = hall.told
    assert isinstance(news, ce.ApplicationMade)
    assert (whom, news.person.name, news.note, news.waiting) == ("ann", "Ben", "hello", 1)
    (page,) = await hall.ask("ann", cc.ListCommunityPeople(community=id, of="applications"))
    assert [(each.person.name, each.note) for each in page.people] == [("Ben", "hello")]
    for name in ("ben", "eve"):
        asked = cc.ListCommunityPeople(community=id, of="applications")
        assert await hall.code(name, asked) == "not_allowed"
    await hall.ask("ann", cc.AcceptApplication(community=id, person="ben"))
    assert hall.heard("ben") == ["accepted"]


async def test_a_ban_puts_out_of_all_rooms_at_once_and_ends() -> None:
    hall = Hall()
    hall.meet("eve")
    id = await hall.found("ann")
    for room in ("standup", "retro"):
        await hall.ask("ann", cc.AddCommunityRoom(community=id, room=room))
    await hall.ask("eve", cc.JoinCommunity(community=id))
    assert hall.directory.community_of("retro") == id
    assert hall.directory.standing(id, "eve").role == "member"
    ban = cc.BanFromCommunity(community=id, person="eve", seconds=3600, reason="spam")
    await hall.ask("ann", ban)
    assert hall.put_outs == [(("standup", "retro"), "eve", "spam")]
    standing = hall.directory.standing(id, "eve")
    assert standing.role is None
    assert standing.ban is not None
    assert (standing.ban.reason, standing.ban.until) == ("spam", hall.now + 3600)
    (page,) = await hall.ask("ann", cc.ListCommunityPeople(community=id, of="bans"))
    assert page.people == (
        CommunityPerson(
            person=page.people[0].person,
            at=hall.now,
            note="spam",
            until=hall.now + 3600,
            by="Ann",
        ),
    )
    seen = await hall.show("eve", id)
    assert seen.ban is not None
    hall.now += 3600
    assert hall.directory.standing(id, "eve").ban is None
    await hall.ask("eve", cc.JoinCommunity(community=id))
    assert hall.heard("eve") == ["banned"]


async def test_members_read_the_log_which_is_chained() -> None:
    hall = Hall()
    id = await hall.found("ann")
    await hall.ask("ben", cc.JoinCommunity(community=id))
    for number in range(60):
        await hall.ask("ann", cc.DescribeCommunity(community=id, summary=f"number {number}"))
    entries: list[LogEntry] = []
    more = True
    while more:
        asked = cc.ReadCommunityLog(community=id, after=len(entries))
        (page,) = await hall.ask("ben", asked)
        entries += page.entries
        more = page.more
    assert len(entries) == 61
    assert first_fault(entries, page.chained_to, page.founded_at) is None
    assert await hall.code("eve", cc.ReadCommunityLog(community=id)) == "not_allowed"


async def test_a_room_of_somebody_else_or_of_another_community_is_not_theirs() -> None:
    hall = Hall()
    one, other = await hall.found("ann"), await hall.found("ben")
    await hall.ask("ann", cc.AddCommunityRoom(community=one, room="standup"))
    hall.open_rooms = {"retro": "somebody's key"}
    for room in ("standup", "retro"):
        asked = cc.AddCommunityRoom(community=other, room=room)
        assert await hall.code("ben", asked) == "room_taken"
    await hall.ask("ann", cc.GiveUpCommunityRoom(community=one, room="standup"))
    assert hall.directory.community_of("standup") == ""
    await hall.ask("ben", cc.AddCommunityRoom(community=other, room="standup"))
    assert hall.directory.community_of("standup") == other
    await hall.ask("ben", cc.CloseCommunity(community=other))
    assert hall.directory.community_of("standup") == ""


async def test_whom_a_community_lets_opens_its_rooms() -> None:
    hall = Hall()
    id = await hall.found("ann")
    await hall.ask("ben", cc.JoinCommunity(community=id))
    assert [hall.directory.standing(id, each).may_host for each in ("ann", "ben", "eve")] == [
        True,
        False,
        False,
    ]
    await hall.ask("ann", cc.DescribeCommunity(community=id, hosting="members"))
    assert hall.directory.standing(id, "ben").may_host
    assert not hall.directory.standing(id, "eve").may_host


async def test_names_that_read_like_another_are_taken_unless_that_one_is_hidden() -> None:
    hall = Hall()
    id = await hall.found("ann", name="Trio Folk")
    alike = cc.FoundCommunity(name="TRI0 F\u043elk")
    assert await hall.code("ben", alike) == "name_taken"
    await hall.ask("ann", cc.DescribeCommunity(community=id, hidden=True))
    await hall.ask("ben", alike)
    assert await hall.code("ann", cc.DescribeCommunity(community=id, hidden=False)) == "name_taken"
    await hall.ask("ann", cc.DescribeCommunity(community=id, hidden=False, name="Jazz"))
    (listed,) = await hall.ask("eve", cc.ListCommunities(of="discoverable"))
    assert [each.name for each in listed.communities] == ["Jazz", "TRI0 F\u043elk"]


async def test_there_are_limits_on_what_one_person_founds_and_joins() -> None:
    hall = Hall()
    hall.meet("eve")
    ids = [await hall.found("ann", name=f"Folk of {word}") for word in ("jazz", "rock", "pop")]
    hall.limits.communities = CommunityLimits(owned=3, joined=1)
    assert await hall.code("ann", cc.FoundCommunity(name="Blues")) == "too_many_communities"
    await hall.ask("eve", cc.JoinCommunity(community=ids[0]))
    assert await hall.code("eve", cc.JoinCommunity(community=ids[1])) == "too_many_communities"
    asked = cc.InviteToCommunity(community=ids[1], person="eve")
    assert await hall.code("ann", asked) == "too_many_communities"
    hall.limits.communities = CommunityLimits(open=3)
    assert await hall.code("ben", cc.FoundCommunity(name="Blues")) == "server_full"


async def test_what_others_do_takes_nobodys_place_in_communities() -> None:
    hall = Hall()
    hall.meet("eve")
    hall.limits.communities = CommunityLimits(joined=2)
    trap, cage = await hall.found("ann"), await hall.found("ben")
    await hall.ask("ann", cc.InviteToCommunity(community=trap, person="eve"))
    await hall.ask("ben", cc.BanFromCommunity(community=cage, person="eve"))
    for founder in ("cat", "dan"):
        own = await hall.found(founder)
        assert await hall.code("eve", cc.JoinCommunity(community=own)) == "done"
    assert await hall.code("eve", cc.JoinCommunity(community=trap)) == "too_many_communities"


async def test_a_ban_is_about_those_too_who_were_that_person_until_lately() -> None:
    hall = Hall()
    hall.meet("eve", "eva", "evi")
    id = await hall.found("ann")
    for name in ("ben", "eve", "eva", "evi"):
        await hall.ask(name, cc.JoinCommunity(community=id))
    for name in ("ben", "evi"):
        made = cc.SetCommunityRole(community=id, person=name, role="moderator")
        await hall.ask("ann", made)
    hall.formerly = {"eve": ("eva", "evi")}
    await hall.ask("ben", cc.BanFromCommunity(community=id, person="eve", reason="spam"))
    for name, role, is_banned in (
        ("eve", None, True),
        ("eva", None, True),
        ("evi", "moderator", False),
    ):
        standing = hall.directory.standing(id, name)
        assert (standing.role, standing.ban is not None) == (role, is_banned)
    assert [who for _, who, _ in hall.put_outs] == ["eve", "eva"]


async def test_while_a_key_is_disputed_nobody_gives_up_what_they_own() -> None:
    hall = Hall()
    id = await hall.found("ann")
    await hall.ask("ben", cc.JoinCommunity(community=id))
    hall.disputed = {"ann", "ben"}
    for command in (
        cc.LeaveCommunity(community=id),
        cc.CloseCommunity(community=id),
        cc.HandOverCommunity(community=id, person="ben"),
        cc.SetCommunityRole(community=id, person="ann", role="member"),
    ):
        assert await hall.code("ann", command) == "keys_disputed"
    raised = cc.SetCommunityRole(community=id, person="ben", role="moderator")
    assert await hall.code("ann", raised) == "done"
    lowered = cc.SetCommunityRole(community=id, person="ben", role="member")
    assert await hall.code("ann", lowered) == "done", "that is moderation"
    assert await hall.code("ben", cc.LeaveCommunity(community=id)) == "done"


async def test_who_is_forgotten_is_nowhere_and_their_community_has_an_owner() -> None:
    hall = Hall()
    mine, other = await hall.found("ann"), await hall.found("ben")
    await hall.ask("ben", cc.JoinCommunity(community=mine))
    await hall.ask("ann", cc.JoinCommunity(community=other))
    hall.desk.forget(person("ann"))
    assert hall.directory.related("ann") == []
    assert (await hall.show("ben", mine)).you == "owner"
    assert hall.heard("ben") == ["succession"]
    hall.desk.forget(person("ben"))
    assert len(hall.directory) == 0


async def test_two_persons_who_are_one_stand_for_both() -> None:
    hall = Hall()
    hall.meet("cat")
    id = await hall.found("ann")
    await hall.ask("ben", cc.JoinCommunity(community=id))
    await hall.ask("ann", cc.AddCommunityRoom(community=id, room="standup"))
    await hall.ask("ann", cc.BanFromCommunity(community=id, person="cat", reason="spam"))
    hall.put_outs.clear()
    hall.desk.unite(person("cat"), person("ben"))
    assert hall.directory.standing(id, "ben").ban is not None
    assert hall.directory.related("cat") == []
    assert hall.put_outs == [(("standup",), "ben", "spam")]


QUESTIONS: list[Callable[[str], cc.CommunityCommand]] = [
    lambda id: cc.ListCommunities(),
    lambda id: cc.ListCommunities(of="discoverable"),
    lambda id: cc.ShowCommunity(community=id),
    lambda id: cc.JoinCommunity(community=id),
    lambda id: cc.LeaveCommunity(community=id),
    lambda id: cc.AgreeToRules(community=id, rules=0),
    lambda id: cc.ListCommunityPeople(community=id),
    lambda id: cc.ListCommunityPeople(community=id, of="bans"),
    lambda id: cc.ReadCommunityLog(community=id),
    lambda id: cc.DescribeCommunity(community=id, name="Other"),
    lambda id: cc.AcceptApplication(community=id, person="ann"),
    lambda id: cc.BanFromCommunity(community=id, person="ann"),
    lambda id: cc.InviteToCommunity(community=id, person="eve"),
    lambda id: cc.AddCommunityRoom(community=id, room="secret-room"),
    lambda id: cc.CloseCommunity(community=id),
    lambda id: cc.FoundCommunity(name="Secret Folk"),
    lambda id: cc.ListCommunities(of="discoverable"),
    lambda id: cc.ListCommunities(),
]


async def answers(name: str, hall: Hall, id: str) -> list[object]:
    """Return all that somebody learns who asks everything."""
    learned: list[object] = []
    for question in QUESTIONS:
        try:
            learned += [msgspec.to_builtins(each) for each in await hall.ask(name, question(id))]
        except CommandRefused as refused:
            learned.append((refused.code, str(refused), refused.retry_after))
    learned += [hall.directory.community_of("secret-room"), hall.directory.shown_name(id, name)]
    learned += [msgspec.to_builtins(event) for whom, event in hall.told if whom == name]
    return learned


@pytest.mark.parametrize("name", ["eve", "banned"])
async def test_nothing_of_a_hidden_community_differs_for_a_stranger_from_its_not_being_there(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned, id = [], "5ec2e7" * 2
    for is_there in (True, False):
        hall = Hall()
        hall.meet("ann", "eve", "banned")
        monkeypatch.setattr(secrets, "token_bytes", lambda size: b"\x05" * size)
        await hall.found("ben", name="Jazz")
        monkeypatch.setattr(secrets, "token_bytes", lambda size: b"\x06" * size)
        if is_there:
            id = await hall.found("ann", name="Secret Folk", hidden=True, rules=("hush",))
            await hall.ask("ann", cc.AddCommunityRoom(community=id, room="secret-room"))
            await hall.ask("ann", cc.BanFromCommunity(community=id, person="banned"))
            await hall.ask("ann", cc.DescribeCommunity(community=id, entry="application"))
        with monkeypatch.context() as the_same:
            the_same.setattr(secrets, "token_bytes", lambda size: b"\x07" * size)
            learned.append(await answers(name, hall, id))
    assert learned[0] == learned[1]
    assert tuple({each[0] for each in learned[0] if type(each) is tuple}) == ("no_such_community",)


async def test_what_is_held_of_a_person_follows_their_keys() -> None:
    hall = Hall()
    ann, ben, cat = person("ann"), person("ben"), person("cat")
    hall.meet("ann", "ben", "cat")
    ids = {each.key: each.id for each in (ann, ben, cat)}
    hall.store.people.id_of = ids.__getitem__  # type: ignore[method-assign, assignment]
    id, other = await hall.found("ann"), await hall.found("cat")
    for name in ("ben", "cat"):
        await hall.ask(name, cc.JoinCommunity(community=id))
    raised = cc.SetCommunityRole(community=id, person="ben", role="moderator")
    await hall.ask("ann", raised)
    holder = CommunityHolder(hall.directory, hall.desk, hall.store)
    holdings = await holder.look_up(KnownPerson(id=ben.key, keys=()))
    assert holdings.past.ranks == {f"community/{id}": 1}
    holdings.move(ben, cat, Past())
    assert hall.directory.role("cat", id) == "member", "the lower of two roles"
    holder.agree(cat, f"community/{id}", 1)
    holder.agree(cat, "room/standup@1", 2)
    assert hall.directory.role("cat", id) == "moderator"
    await hall.ask("cat", cc.BanFromCommunity(community=other, person="ben"))
    (await holder.look_up(KnownPerson(id=ben.key, keys=()))).copy(ben, ann)
    assert hall.directory.standing(other, "ann").ban is not None
