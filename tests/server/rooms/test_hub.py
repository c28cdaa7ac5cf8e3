"""Tests of open hosting: what a person, network or room may fill, and what is never refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.errors import CommandRefused, ConnectionLost
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Role
from server.limits import DAY, HostingLimits, ShareLimits
from server.rooms import shares
from server.rooms.shares import Portion

from ...support.serving import Client, RunningServer, Turned, serving
from .test_shares import NET, small

TOPIC = "\N{FACE WITH TEARS OF JOY}" * 100


def refusals(server: RunningServer) -> list[str]:
    """Return a list that collects what the admin is told from now on."""
    told: list[str] = []
    server.hub.news.tell = lambda code, text: told.append(text)  # type: ignore[method-assign]
    return told


async def seated(server: RunningServer, host: Client, name: str, role: Role = "speaker") -> Client:
    """Bring somebody new on stage."""
    guest = await server.client(host.address, name=name, invite=host.joined.invite)
    await host.do(c.InviteToStage(id=guest.id))
    await guest.do(c.AcceptStageInvitation())
    if role == "cohost":
        await host.do(c.MakeCohost(id=guest.id))
    return guest


async def code(client: Client, command: c.RoomCommand) -> str:
    """Send a command and return ``done`` or the code of the refusal."""
    answer = await client.ask(command)
    return answer.code if isinstance(answer, e.Refused) else "done"


async def use_up(client: Client) -> None:
    """Change the topic until nothing more may be written."""
    for number in range(1000):
        if await code(client, c.ChangeSettings(topic=f"{number} {TOPIC}"[:100])) != "done":
            return
    pytest.fail("it never ended")


# Rooms.


async def test_a_process_with_any_number_of_keys_opens_no_more_rooms_than_its_share(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        told = refusals(server)
        opened, codes = 0, set()
        for number in range(60):
            try:
                await server.client(server.room(f"room{number}"), intent="host")
                opened += 1
            except Turned as turned:
                codes.add((turned.code, bool(turned.refused.retry_after)))
        assert ShareLimits().rooms_per_address.at_once <= opened < 45
        assert codes == {("share_used_up", True)}
        assert told == ["the network 127.0.0.1 has used up its share of rooms to open"]
        await server.client(server.room("room0"))  # who only joins is none of them
        server.pass_time(60.0)
        await server.client(server.room("later"), intent="host")


async def test_a_key_has_so_many_rooms_at_the_same_time(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    async with serving(tmp_path) as server:
        hosts = []
        for number in range(HostingLimits().per_person):
            server.pass_time(60.0)
            hosts.append(await server.client(server.room(f"r{number}"), key, intent="host"))
        server.pass_time(60.0)
        with pytest.raises(Turned) as turned:
            await server.client(server.room("more"), key, intent="host")
        assert turned.value.code == "too_many_rooms"
        await server.client(server.room("r3"), key, intent="host")  # their own, again
        await hosts[0].do(c.EndRoom())
        await hosts[0].until_out()
        await server.client(server.room("more"), key, intent="host")


async def test_a_network_has_so_many_rooms_at_the_same_time(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        hub = running.hub
        hub.limits.rooms = HostingLimits(per_address=2)
        for number in range(2):
            hub.judge_opening(f"key{number}", NET)
            hub.open(f"near{number}", "open", f"key{number}", [], NET)
            hub.open(f"here{number}", "open", f"other{number}", [], "127.0.0.1")
        with pytest.raises(CommandRefused, match="from your network"):
            hub.judge_opening("key3", NET)
        hub.judge_opening("key3", "192.0.2.2")
        hub.judge_opening("key3", "127.0.0.1")  # where all are who come by a proxy
        assert hub.end_room("near0")
        with pytest.raises(CommandRefused):
            hub.judge_opening("key3", NET)  # until it is gone
        while hub.room("near0") is not None:
            await running.exchange(b"GET /healthz HTTP/1.0\r\n\r\n")
        hub.judge_opening("key3", NET)


async def test_a_room_counts_where_its_host_comes_back_from(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        running.hub.limits.rooms = HostingLimits(per_address=1)
        host = await running.client(intent="host")
        running.hub.shares.is_everybody = lambda network: False
        running.hub._networks.clear()  # as after a restart
        running.hub.judge_opening("key", "127.0.0.1")
        await running.client(key=host.key, intent="host")
        with pytest.raises(CommandRefused, match="from your network"):
            running.hub.judge_opening("key", "127.0.0.1")


# The log and the chat.


@pytest.mark.parametrize("holder", ["key", "network", "room"])
async def test_a_used_up_share_refuses_what_fills_and_nothing_that_protects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: str
) -> None:
    small(monkeypatch, "written", **{holder: Portion(8_000, 1)})
    monkeypatch.setattr(shares, "EVERYBODY", 1)
    async with serving(tmp_path) as server:
        told = refusals(server)
        host = await server.client(intent="host")
        ben = await seated(server, host, "Ben", "cohost")
        cho, dan = [await seated(server, host, name) for name in ("Cho", "Dan")]
        await host.do(c.Chat(text="welcome"), c.Silence(id=dan.id))
        await ben.do(c.Chat(text="hello"))
        await use_up(host)
        filling: tuple[c.RoomCommand, ...] = (
            c.ChangeSettings(topic="again"),
            c.Lock(),
            c.MakeRoomInvite(),
            c.SetPassword(password="sesame"),
            c.MakeCohost(id=cho.id),
            c.AskToUnmute(id=dan.id),
            *([c.Chat(text="more")] if holder != "room" else []),
        )
        for command in filling:
            answer = await host.ask(command)
            assert isinstance(answer, e.Refused), command
            assert answer.code == "share_used_up"
            assert answer.retry_after
        # What changes nothing, and what is not written down, goes on.
        await host.do(c.Unlock(), c.Unmute(), c.React(reaction="👍"), c.Mute())
        # Another moderator's share is their own.
        expected = "done" if holder == "key" else "share_used_up"
        assert await code(ben, c.Lock()) == expected
        # What protects is carried out, and logged.
        before = host.view.log
        protecting = (
            c.Silence(id=cho.id, reason="r"),
            c.RemoveMessage(number=2),
            c.MoveToAudience(id=cho.id),
            c.MoveToAudience(id=ben.id),
            c.Remove(id=dan.id),
            c.Ban(id=cho.id, seconds=3600),
        )
        await host.do(*protecting)
        # Banning again who is out already protects nobody.
        assert await code(host, c.Ban(id=cho.id, seconds=7200)) == "share_used_up"
        assert host.view.log != before
        page = await host.question(c.ReadLog(after=0), e.LogPage)
        while page.more:
            page = await host.question(c.ReadLog(after=page.entries[-1].number), e.LogPage)
        assert [entry.action for entry in page.entries[-len(protecting) :]] == [
            "silence",
            "remove_message",
            "move_to_audience",
            "move_to_audience",
            "remove",
            "ban",
        ]
        whose = {"key": f"the key {host.view.people[host.view.me].key}"}.get(
            holder, f"the {holder} "
        )
        assert any(text.startswith(whose) for text in told)
        await host.do(c.EndRoom())


async def test_what_protects_does_not_wait_for_the_rest(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        for number in range(80):  # without waiting for answers, which a busy machine gives slowly
            host.send(c.Unlock(ref=number) if number % 2 else c.Lock(ref=number))
        await host.until(e.Refused, lambda answer: answer.code == "rate_limited")
        await host.do(c.Remove(id=guest.id), c.EndRoom())


async def test_a_share_of_the_log_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, "written", key=Portion(2_000, DAY))
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await use_up(host)
        answer = await host.ask(c.Lock())
        assert isinstance(answer, e.Refused)
        assert answer.retry_after
        server.pass_time(answer.retry_after + 1)
        await host.do(c.Lock())


async def test_who_may_not_learns_that_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, "written", key=Portion(1_000, 1))
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        guest = await server.client(name="Ben")
        for _ in range(8):
            await code(guest, c.Chat(text=TOPIC))
        assert await code(guest, c.Chat(text="more")) in ("share_used_up", "rate_limited")
        assert await code(guest, c.Lock()) == "not_allowed"
        assert await code(guest, c.Report(id=guest.id)) == "not_allowed"


async def test_turns_that_end_again_and_again_fill_the_log_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server logs that a turn is over, so nobody is brought on stage for it without end."""
    small(monkeypatch, "written", room=Portion(3_000, 1))
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await host.do(c.ChangeSettings(floor_seconds=1))
        for _ in range(15):
            answer = await code(host, c.InviteToStage(id=guest.id))
            if answer != "done":
                break
            await guest.do(c.AcceptStageInvitation())
            server.pass_time(60.0)
            await host.do(c.Mute())  # time is looked at with what happens next
            await guest.until(e.StageLeft)
        assert answer == "share_used_up"
        await guest.do(c.RaiseHand())
        assert await code(host, c.AcceptHand(id=guest.id)) == "share_used_up"


async def test_what_moderators_do_about_people_goes_on_slowly_beyond_a_thousand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, "protected", key=Portion(2, DAY / 2))
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guests = [await server.client(name=f"Guest {number}") for number in range(3)]
        await host.do(*(c.Remove(id=guest.id) for guest in guests[:2]))
        answer = await host.ask(c.Remove(id=guests[2].id))
        assert isinstance(answer, e.Refused)
        assert answer.code == "share_used_up"
        assert answer.retry_after == pytest.approx(2.0, abs=1.0)
        server.pass_time(2.5)
        await host.do(c.Remove(id=guests[2].id), c.Lock())


async def test_who_takes_a_name_that_is_free_has_a_share_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, "written", room=Portion(2_000, 1))
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await use_up(host)
        await host.do(c.EndRoom())
        await host.until_out()
        other = await server.client(intent="host", name="Ben")
        await other.do(c.Lock())


# Reports.


async def test_false_reports_take_nothing_from_real_ones(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        troll, ben = await server.client(name="Troll"), await server.client(name="Ben")
        told = refusals(server)
        for _ in range(5):  # their rate comes back, and their share does not
            await troll.do(c.Report(id=host.id, reason="spam"))
            server.hub.allowances._buckets.clear()
        await ben.do(c.Report(id=troll.id, reason="harassment", note="real"))
        reports = [
            await server.store.reports.find(each.id)
            for each in await server.store.reports.page(True)
        ]
        kept = [each.reporter.name for each in reports if each is not None and each.evidence]
        most = ShareLimits().reports_per_person.at_once
        assert sorted(kept) == ["Ben", *["Troll"] * int(most)]
        assert await server.store.reports.count_open() == (6, 5 - most)
        assert all(each is not None and each.reason for each in reports), "the text is kept"
        key = next(each.reporter.key for each in reports if each and each.reporter.name == "Troll")
        assert f"the key {key} has used up its share of reports with voice and chat" in told


@pytest.mark.parametrize("holder", ["network", "room"])
async def test_evidence_is_counted_by_network_and_room_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: str
) -> None:
    small(monkeypatch, "evidence", **{holder: Portion(2, 1)})
    monkeypatch.setattr(shares, "EVERYBODY", 1)
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        for number in range(3):
            guest = await server.client(name=f"Guest {number}")
            await guest.do(c.Report(id=host.id))
        other = await server.client(server.room("retro"), intent="host")
        guest = await server.client(server.room("retro"), name="Ben")
        await guest.do(c.Report(id=other.id))
        bare = [each.without_evidence for each in await server.store.reports.page(True)]
        assert sum(bare) == (1 if holder == "room" else 2)


async def test_a_room_that_another_server_may_have_by_now_is_not_opened(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        server.hub.may_start = lambda name: False
        with pytest.raises(Turned) as turned:
            await server.client(intent="host")
        assert turned.value.code == "try_later"
        server.hub.may_start = lambda name: True
        host = await server.client(intent="host")
        room = server.hub.room("standup")
        assert room is not None
        await server.store.flushed()
        await server.hub.open_handed("standup", was_left=True)
        assert server.hub.room("standup") is room, "who is in it would be lost"
        await host.do(c.Chat(text="hello"))
        await server.hub.give_up(room, "it goes on elsewhere")
        server.hub.may_start = lambda name: False
        with pytest.raises(ConnectionLost):
            await server.hub.open_handed("standup", was_left=True)
        assert server.hub.open_rooms() == ()
