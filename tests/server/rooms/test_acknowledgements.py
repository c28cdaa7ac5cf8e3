"""Tests of a server whose store cannot be written for a while, and of what people notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack
from roomcli.protocol.moderation_log import LogEntry, first_fault
from server.rooms import acknowledgements, tellings
from server.store.tables import database

from ...support.held_store import locked
from ...support.patience import PATIENCE, until
from ...support.serving import Client, RunningServer, Turned, peers_of, serving


def send_all(client: Client, *commands: c.RoomCommand) -> None:
    """Send commands, numbered from 101, without waiting between them."""
    for ref, command in enumerate(commands, 101):
        fields = {name: getattr(command, name) for name in command.__struct_fields__}
        client.send(type(command)(**(fields | {"ref": ref})))


async def answers(client: Client, count: int) -> dict[int, str]:
    """Return the answers to the next ``count`` commands: done, or the code of the refusal."""
    found: dict[int, str] = {}
    while len(found) < count:
        answer = await client.until(e.Done | e.Refused, lambda each: each.ref > 100)
        found[answer.ref] = answer.code if isinstance(answer, e.Refused) else "done"
    return found


async def log_of(client: Client) -> list[LogEntry]:
    """Read the whole log and check that it has no fault."""
    page = await client.question(c.ReadLog(after=0), e.LogPage)
    assert first_fault(list(page.entries), client.joined.room, page.opened_at) is None
    return list(page.entries)


async def written(server: RunningServer) -> None:
    """Wait until everything is on disk."""
    await server.store.flushed(until=trio.current_time() + 30)


def have_patience(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let everybody who waits for the disk give up after these seconds."""
    for each in (acknowledgements, tellings):
        monkeypatch.setattr(each, "PATIENCE", seconds)


async def test_what_was_done_holds_and_nobody_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_patience(monkeypatch, 0.5)
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        other = await server.client(name="Carla")
        await server.bring_on_stage(host, guest)
        with locked(tmp_path):
            send_all(
                host,
                c.Lock(),
                c.Silence(id=guest.id),
                c.Ban(id=guest.id, reason="shouts"),
                c.Chat(text="he is gone"),
                c.React(reaction="👏"),
                c.Remove(id=other.id),
            )
            # All is carried out before the first is answered.
            first = await host.until(e.Done | e.Refused)
            happened = [each for each in host.got if not isinstance(each, e.Done | e.Refused)]
            assert any(isinstance(each, e.ChatPosted) for each in happened)
            last = [(await each.until_out())[-1] for each in (guest, other)]
            assert [getattr(each, "reason", None) for each in last] == ["banned", "removed"]
            assert isinstance(first, e.Refused)
            assert (first.ref, first.code) == (101, "failed")
            assert "will be written" in first.text
            # What was to be written is not on disk; what only happened comes after it, in order.
            rest = await answers(host, 5)
            assert list(rest) == [102, 103, 104, 105, 106]
            assert rest == dict.fromkeys([102, 103, 104, 106], "failed") | {105: "done"}
            with pytest.raises(Turned) as turned:
                await server.client(key=guest.key, name="Ben again")
            assert turned.value.code == "banned"
            entries = await log_of(host)
            [trouble] = server.hub.troubles()
            assert "cannot be written: database is locked" in trouble
        assert isinstance(await host.ask(c.Unlock()), e.Done)
        log = await log_of(host)
        assert log[:-1] == entries
        await written(server)
        assert server.hub.troubles() == []
    async with serving(tmp_path) as server:
        back = await server.client(key=host.key, intent="host")
        assert (await log_of(back))[: len(log)] == log
        assert back.joined.chat[0].text == "he is gone"
        with pytest.raises(Turned) as turned:
            await server.client(key=guest.key, name="Ben")
        assert turned.value.code == "banned"


async def test_what_is_written_within_the_wait_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_patience(monkeypatch, PATIENCE)
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        with locked(tmp_path):
            send_all(host, c.Lock(), c.Chat(text="hello"))
            with trio.fail_after(PATIENCE):
                while server.store.trouble is None:
                    await trio.lowlevel.checkpoint()
        assert await answers(host, 2) == {101: "done", 102: "done"}


async def test_a_ban_that_waits_for_the_disk_holds_in_the_next_room_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_patience(monkeypatch, 0.1)
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        with locked(tmp_path):
            send_all(host, c.Ban(id=guest.id), c.EndRoom())
            assert (await host.until_out())[-1] == e.RoomLeft(
                reason="ended", text="the room is closed"
            )
            refused = [each for each in host.got if isinstance(each, e.Refused)]
            assert [(each.ref, each.code) for each in refused] == [(101, "failed"), (102, "failed")]
            again = await server.client(key=host.key, intent="host")
            with pytest.raises(Turned) as turned:
                await server.client(key=guest.key, name="Ben")
            assert turned.value.code == "banned"
        await written(server)
        assert len(await log_of(again)) == 1


async def test_a_ticket_is_good_while_the_store_cannot_be_written(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        with locked(tmp_path):
            guest = await server.client(name="Ben")
            await guest.go()
            back = await server.client(key=guest.key, ticket=guest.joined.ticket, name="Ben")
            assert back.joined.resumed
            send_all(host, c.Remove(id=back.id))
            await back.until_out()
            anew = await server.client(key=guest.key, ticket=back.joined.ticket, name="Ben")
            assert not anew.joined.resumed
        await written(server)


async def test_whoever_comes_back_waits_for_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(server.room(), intent="host", access="invite")
        invite = server.room(invite=host.joined.invite)
        guest = await server.client(invite, name="Ben")

        async def stuck(*_: object) -> None:
            await trio.sleep_forever()

        monkeypatch.setattr(server.store.writes, "_ask_once", stuck)
        for client, intent in ((host, "host"), (guest, "join")):
            await client.go()
            back = await server.client(
                key=client.key, ticket=client.joined.ticket, intent=intent, name="again"
            )
            assert back.joined.resumed
        await server.client(invite, name="Carla")
        await server.client(key=host.key, intent="host")  # by the owner's key alone


async def test_a_full_queue_refuses_what_can_wait_and_never_what_protects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_patience(monkeypatch, 0.1)
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        speakers = [await server.client(name=name) for name in ("Ben", "Carla", "Dan")]
        for speaker in speakers:
            await server.bring_on_stage(host, speaker)
        await written(server)
        with locked(tmp_path), monkeypatch.context() as patch:
            patch.setattr(database, "MAX_QUEUED", 1)
            send_all(host, c.Silence(id=speakers[0].id))
            assert await answers(host, 1) == {101: "failed"}
            assert server.store.is_full
            fills: list[c.RoomCommand] = [
                c.Chat(text="hello"),
                c.ChangeSettings(topic="Lighthouses"),
                c.Lock(),
                c.MakeRoomInvite(),
                c.SetPassword(password="open sesame"),
            ]
            send_all(host, *fills)
            assert set((await answers(host, len(fills))).values()) == {"server_full"}
            with pytest.raises(Turned) as turned:
                await server.client(server.room("another"), intent="host")
            assert turned.value.code == "server_full"

            before = server.store.waiting
            report: Any = c.Report(id=speakers[0].id, reason="spam")
            protects: list[c.RoomCommand] = [
                c.MoveToAudience(id=speakers[0].id),
                c.Remove(id=speakers[1].id),
                c.Ban(id=speakers[2].id),
                report,
            ]
            send_all(host, *protects)
            assert set((await answers(host, len(protects))).values()) == {"failed"}
            assert server.store.waiting > before
            assert server.store.is_overfull
            with pytest.raises(Turned) as turned:
                await server.client(name="a newcomer")
            assert turned.value.code == "server_full"
            page = await host.question(c.ReadLog(after=0), e.LogPage)
            send_all(host, c.EndRoom())
            assert await answers(host, 1) == {101: "failed"}
        await written(server)
        assert not server.store.is_full
        [kept] = await server.store.reports.page(open_only=True)
        whole = await server.store.reports.find(kept.id)
        assert whole is not None
        assert whole.evidence is None
        ended = await server.store.log.page("standup", page.opened_at, 0, 99)
        assert ended[: len(page.entries)] == list(page.entries)
        assert len(ended) == len(page.entries) + 1
        assert await server.store.rooms.names() == []


async def test_who_leaves_has_signs_of_life_while_their_last_answers_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_patience(monkeypatch, PATIENCE)
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        with locked(tmp_path):
            send_all(host, c.Lock(), c.LeaveRoom())
            room = server.hub.room("standup")
            assert room is not None
            with trio.fail_after(PATIENCE):
                while host.id in room.state.participants:
                    await trio.lowlevel.checkpoint()
            host.ack()
            answer = await host.until(Ack | e.RoomLeft)
        assert isinstance(answer, Ack)
        assert answer.visit == host.joined.visit
        assert isinstance((await host.until_out())[-1], e.RoomLeft)


async def test_what_is_not_kept_yet_acts_and_is_shown_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_patience(monkeypatch, PATIENCE)
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        troll, coming = await server.client(name="Troll"), await server.connected()
        await server.bring_on_stage(host, guest)
        room = server.hub.room("standup")
        assert room is not None
        for each in (host, guest, troll):
            each.ack()
            await each.until(Ack)
            each.got.clear()
        with locked(tmp_path):
            send_all(host, c.Silence(id=guest.id), c.Ban(id=troll.id), c.Chat(text="hello"))
            host.send(c.ReadLog(ref=201))
            host.send(c.AcceptHand(id="nobody", ref=202))
            await until(lambda: len(room.state.chat) == 1)
            assert troll.id not in peers_of(room)
            guest.speak(b"\xf8not heard")
            assert (await guest.until(e.Refused)).code == "silenced"
            coming.ask_in((await coming.until(e.Challenge)).nonce, name="Carla")
            await until(lambda: room.number_of_people == 3)
            for each in (host, guest, troll):
                each.ack()
                await each.until(Ack)
            told = [type(one) for each in (host, guest, troll) for one in each.got]
            assert not {*told} - {Ack, e.Refused}
            assert [each.is_inside for each in peers_of(room).values()] == [True, True, False]
        joined = await coming.until(e.Joined)
        assert joined.view.log == room.state.log_head
        last = (await troll.until_out())[-1]
        assert isinstance(last, e.RoomLeft)
        assert last.reason == "banned"
        assert await answers(host, 5) == dict.fromkeys((101, 102, 103, 201), "done") | {
            202: "no_such_person"
        }
        order = [type(each) for each in host.got if not isinstance(each, Ack | e.Done)]
        assert order == [
            *(e.ModerationLogged, e.Silenced, e.ModerationLogged, e.ChatPosted),
            *(e.LogPage, e.Refused),
        ]
