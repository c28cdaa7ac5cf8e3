"""Tests of following and blocking, over real connections."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.people.ties import desk
from server.people.ties.follows import follows_that_count

from ....support.serving import Client, RunningServer, serving


async def room(server: RunningServer) -> tuple[Client, Client]:
    """Return the host of a room and a listener, who have profiles by these names."""
    ann = await server.client(intent="host", name="Ann")
    return ann, await server.client(name="Ben")


async def listed(client: Client, of: str = "following", offset: int = 0) -> e.TiesPage:
    asked = c.ListTies(of=of, offset=offset)  # type: ignore[arg-type]
    page: e.TiesPage = await client.question(asked, e.TiesPage)
    return page


async def test_whom_one_follows_is_listed_and_nobody_else_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann, ben = await room(server)
        await ben.do(c.Follow(person=ann.view.me), c.Follow(person=ann.view.me))
        await ben.do(c.FollowCommunity(community="maybe-hidden"))
        await ann.do(c.ChangeProfile(name="Anna"))
        page = await listed(ben)
        assert [(each.id, each.name) for each in page.people] == [(ann.view.me, "Anna")]
        assert (await listed(ben, "communities")).communities == ("maybe-hidden",)
        shown = await ben.question(c.ShowProfile(person=ann.view.me), e.ProfileShown)
        assert (shown.followed, shown.blocked) == (True, False)
        assert not any(isinstance(each, e.TiesPage | e.BlockedChanged) for each in ann.got)
        await ben.do(c.Unfollow(person=ann.view.me), c.UnfollowCommunity(community="maybe-hidden"))
        assert (await listed(ben)).total == (await listed(ben, "communities")).total == 0


async def test_a_block_is_told_to_all_connections_of_the_blocker_alone(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann, ben = await room(server)
        await ben.do(c.Follow(person=ann.view.me), c.Block(person=ann.view.me))
        assert e.BlockedChanged(people=(ann.view.me,)) in ben.got
        assert (await listed(ben)).total == 0, "who is blocked is followed no longer"
        again = await server.connected(key=ben.key)
        assert (await again.say_hello()).blocked == (ann.view.me,)
        refused = await ben.ask(c.Follow(person=ann.view.me))
        assert isinstance(refused, e.Refused)
        assert refused.code == "blocked_by_you"
        await ann.do(c.ShowProfile(person=ben.view.me))
        assert not any(isinstance(each, e.BlockedChanged) for each in ann.got)
        shown = next(each for each in ann.got if isinstance(each, e.ProfileShown))
        assert (shown.followed, shown.blocked) == (False, False)
        await ben.do(c.Unblock(person=ann.view.me))
        assert ben.got.count(e.BlockedChanged()) == 1


async def test_whoever_is_blocked_follows_in_vain_and_cannot_tell(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann, ben = await room(server)
        ties = server.store.ties
        await ann.do(c.Follow(person=ben.view.me))
        await ben.do(c.Block(person=ann.view.me))
        for command in (None, c.Follow(person=ben.view.me)):
            if command is not None:
                await ann.do(command)
            assert [each.id for each in (await listed(ann)).people] == [ben.view.me]
            assert follows_that_count(ties, ann.view.me) == {}
        shown = await ann.question(c.ShowProfile(person=ben.view.me), e.ProfileShown)
        assert shown.followed
        await ben.do(c.Unblock(person=ann.view.me))
        assert follows_that_count(ties, ann.view.me).keys() == {ben.view.me}


async def test_stage_invitations_of_who_is_blocked_come_to_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann, ben = await room(server)
        cid = await server.client(name="Cid")
        await ben.do(c.Block(person=ann.view.me))
        for guest in (cid, ben):
            await ann.do(c.InviteToStage(id=guest.id))
        refused = await ben.ask(c.AcceptStageInvitation())
        assert isinstance(refused, e.Refused)
        assert refused.code == "no_stage_invitation"
        assert not any(isinstance(each, e.InvitedToStage) for each in ben.got)
        assert ann.view.stage_invitations.keys() == {cid.id, ben.id}, "it looks like every other"
        await ben.do(c.LeaveRoom())
        settled = await ann.until(e.StageInvitationSettled)
        assert (settled.id, settled.answer) == (ben.id, "void")


async def test_invitations_to_communities_and_events_by_who_is_blocked_are_in_vain(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        ann, ben = await room(server)
        bens = ben.view.me
        await ben.do(c.ChangeProfile(name="Ben"), c.Block(person=ann.view.me))
        asked = c.FoundCommunity(name="Bee Folk", hidden=True, entry="invitation")
        id = (await ann.question(asked, e.CommunityShown)).community.id
        await ann.do(c.InviteToCommunity(community=id, person=bens))
        invited = c.ListCommunityPeople(community=id, of="invitations")
        page: e.CommunityPeople = await ann.question(invited, e.CommunityPeople)
        assert [each.person.id for each in page.people] == [bens]
        plan = c.PlanEvent(
            title="Talk",
            start="2027-05-01T18:00",
            zone="UTC",
            visibility="private",
            organisers=(bens,),
        )
        shown: e.EventShown = await ann.question(plan, e.EventShown)
        assert shown.shown.asked == (bens,)
        for command, code in (
            (c.ShowCommunity(community=id), "no_such_community"),
            (c.JoinCommunity(community=id), "no_such_community"),
            (c.ShowEvent(event=shown.shown.id), "no_such_event"),
        ):
            refused = await ben.ask(command)
            assert isinstance(refused, e.Refused)
            assert refused.code == code
        assert not any(isinstance(each, e.StandingChanged | e.EventNews) for each in ben.got)


async def test_ties_outlive_the_server_and_go_with_all_that_is_held(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann, ben = await room(server)
        await ben.do(c.Block(person=ann.view.me), c.FollowCommunity(community="c1"))
        await ann.do(c.FollowCommunity(community="c2"))
        annas = ann.view.me
    async with serving(tmp_path) as server:
        ben = await server.connected(key=ben.key)
        assert (await ben.say_hello()).blocked == (annas,)
        await ben.do(c.ExportProfile())
        held = [each.thing for each in ben.got if isinstance(each, e.ThingHeld)]
        ties = {(each["tie"], each["to"]) for each in held if "tie" in each}
        assert ties == {("blocks", annas), ("community", "c1")}
        await ben.do(c.DeleteProfile())
        assert e.BlockedChanged() in ben.got
        assert (await listed(ben, "blocked")).total == 0
        ann = await server.connected(key=ann.key)
        await ann.say_hello()
        assert (await listed(ann, "communities")).communities == ("c2",)


async def test_refusals_and_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MAX_TIES", 3)
    monkeypatch.setattr(desk, "TIES_PER_PAGE", 2)
    async with serving(tmp_path) as server:
        ann, _ = await room(server)
        for command in (c.Follow(person=ann.view.me), c.Block(person="nobody")):
            refused = await ann.ask(command)
            assert isinstance(refused, e.Refused)
            assert refused.code == "no_such_person"
        await ann.do(*(c.FollowCommunity(community=f"c{each}") for each in range(3)))
        refused = await ann.ask(c.FollowCommunity(community="c3"))
        assert isinstance(refused, e.Refused)
        assert refused.code == "too_many_ties"
        monkeypatch.setattr(desk, "MAX_TIES_IN_ALL", 3)
        ben = await server.client(name="Ben")
        refused = await ben.ask(c.FollowCommunity(community="c0"))
        assert isinstance(refused, e.Refused)
        assert refused.code == "server_full"
        await ben.do(c.Block(person=ann.view.me))  # that protects somebody
        await ann.do(c.FollowCommunity(community="c0"), c.Unfollow(person="nobody"))
        first, second = await listed(ann, "communities"), await listed(ann, "communities", 2)
        assert (first.communities, first.total) == (("c2", "c1"), 3)
        assert second.communities == ("c0",)
