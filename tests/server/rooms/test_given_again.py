"""Tests of commands that are given again after a lost connection: each is done once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.rooms.rules.answered import KEEP_ANSWER, MOST_OF_OTHERS, KeptAnswer

from ...support.cluster_people import read_texts
from ...support.serving import Client, RunningServer, serving

REF = 2**52 + 1


async def enter(server: RunningServer, **fields: Any) -> Client:
    """Return somebody whose client gives commands again."""
    return await server.client(lasting_refs=True, **fields)


async def come_back(server: RunningServer, who: Client, **fields: Any) -> Client:
    """Return somebody who takes their seat by another connection, the answers of one unread."""
    fields = {"lasting_refs": True, "ticket": who.joined.ticket} | fields
    return await server.client(key=who.key, **fields)


async def told(client: Client, command: c.RoomCommand) -> e.Done | e.Refused:
    """Give a command that has its ref, and return the answer."""
    client.send(command)
    answer: e.Done | e.Refused = await client.until(
        e.Done | e.Refused, lambda answer: answer.ref == command.ref
    )
    return answer


async def texts_after(witness: Client) -> list[str]:
    """Return what a witness has read in the chat, once everything is there."""
    await witness.do(c.Chat(text="that is all"))
    return read_texts(witness)[:-1]


async def test_a_line_whose_answer_is_lost_stands_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, ben = await enter(server, intent="host"), await enter(server, name="Ben")
        ben.send(c.Chat(text="hello", ref=REF))
        await host.until(e.ChatPosted)  # carried out, and Ben hears of it nothing
        ben = await come_back(server, ben, name="Ben")
        assert await told(ben, c.Chat(text="hello", ref=REF)) == e.Done(ref=REF)
        assert await told(ben, c.Chat(text="and more", ref=REF + 1)) == e.Done(ref=REF + 1)
        assert await texts_after(host) == ["hello", "and more"]


@pytest.mark.parametrize("lasting_refs", [True, False])
async def test_numbers_count_from_connection_to_connection_only_for_who_says_so(
    tmp_path: Path, lasting_refs: bool
) -> None:
    async with serving(tmp_path) as server:
        host = await enter(server, intent="host")
        ben = await server.client(name="Ben", lasting_refs=lasting_refs)
        assert (ben.joined.remembers is not None) == lasting_refs
        await told(ben, c.Chat(text="first", ref=1))
        ben = await come_back(server, ben, name="Ben", lasting_refs=lasting_refs)
        await told(ben, c.Chat(text="second", ref=1))
        texts = ["first"] if lasting_refs else ["first", "second"]
        assert await texts_after(host) == texts


async def test_a_number_is_one_persons_own_and_for_a_while(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await enter(server, intent="host")
        ben, eve = await enter(server, name="Ben"), await enter(server, name="Eve")
        for who in (ben, eve):
            await told(who, c.Chat(text="hello", ref=REF))
        await told(ben, c.RaiseHand(ref=REF))  # another command is none that is given again
        await host.until(e.HandRaised)
        server.pass_time(KEEP_ANSWER + 1)
        await told(ben, c.Chat(text="hello", ref=REF))
        assert await texts_after(host) == ["hello", "hello", "hello"]


async def test_a_room_says_how_far_back_it_knows_what_it_did(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await enter(server, intent="host")
        host = await come_back(server, host)
        assert host.joined.remembers == KEEP_ANSWER, "nothing was done before it was opened"
        ben = await enter(server, name="Ben")
    async with serving(tmp_path) as server:
        ben = await come_back(server, ben, name="Ben")
        assert ben.joined.remembers is not None
        assert ben.joined.remembers < KEEP_ANSWER / 2
        server.pass_time(KEEP_ANSWER)
        ben = await come_back(server, ben, name="Ben")
        assert ben.joined.remembers == KEEP_ANSWER


async def test_another_room_of_the_same_name_remembers_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await enter(server, intent="host")
        host.send(c.EndRoom(ref=REF))
        await host.until(e.RoomLeft)
        again = await come_back(server, host, intent="host")
        assert (again.joined.resumed, again.joined.remembers) == (False, 0.0)


async def test_of_somebody_who_became_a_moderator_no_more_is_known_than_of_others(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        host, ben = await enter(server, intent="host"), await enter(server, name="Ben")
        await told(ben, c.Chat(text="hello", ref=REF))
        room = server.hub.room("standup")
        assert room is not None
        for number in range(MOST_OF_OTHERS):
            room.given_again.note_answer(KeptAnswer(f"troll {number}", number, "chat"), 0)
        host = await come_back(server, host, intent="host")
        assert host.joined.remembers == KEEP_ANSWER
        await host.do(c.MakeCohost(id=ben.id))
        ben = await come_back(server, ben, name="Ben")
        assert ben.view.role == "cohost"
        assert ben.joined.remembers is not None
        assert ben.joined.remembers < KEEP_ANSWER / 2
        server.pass_time(KEEP_ANSWER)
        ben = await come_back(server, ben, name="Ben")
        assert ben.joined.remembers == KEEP_ANSWER


async def test_a_refused_command_is_judged_anew(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, ben = await enter(server, intent="host"), await enter(server, name="Ben")
        await host.do(c.ChangeSettings(chat=False))
        refused = await told(ben, c.Chat(text="hello", ref=REF))
        assert isinstance(refused, e.Refused)
        await host.do(c.ChangeSettings(chat=True))
        assert await told(ben, c.Chat(text="hello", ref=REF)) == e.Done(ref=REF)


async def test_what_was_done_is_no_more_haste(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, ben = await enter(server, intent="host"), await enter(server, name="Ben")
        chats = [c.Chat(text=f"{number}", ref=REF + number) for number in range(8)]
        for each in chats:
            await told(ben, each)
        ben = await come_back(server, ben, name="Ben")
        for each in chats:
            assert isinstance(await told(ben, each), e.Done)
        assert await texts_after(host) == [each.text for each in chats]


async def test_an_invite_is_given_again_to_moderators_alone(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, ben = await enter(server, intent="host"), await enter(server, name="Ben")
        await server.bring_on_stage(host, ben)
        await host.do(c.MakeCohost(id=ben.id))
        wish = c.MakeRoomInvite(role="speaker", ref=REF)
        await ben.until(e.RoleChanged)
        ben.send(wish)
        made = await ben.until(e.RoomInviteMade)
        ben = await come_back(server, ben, name="Ben")
        ben.send(wish)
        assert await ben.until(e.RoomInviteMade) == made, "the same one"
        await ben.until(e.Done)
        await host.do(c.MoveToAudience(id=ben.id))
        await ben.until(e.StageLeft)
        refused = await told(ben, wish)
        assert isinstance(refused, e.Refused)
        assert refused.code == "not_allowed"
        await host.do(c.MakeCohost(id=ben.id), c.RevokeRoomInvite())
        before = len(ben.got)
        assert isinstance(await told(ben, wish), e.Done)
        assert not any(isinstance(each, e.RoomInviteMade) for each in ben.got[before:])


async def test_who_is_banned_gives_nothing_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, ben = await enter(server, intent="host"), await enter(server, name="Ben")
        await told(ben, c.Chat(text="hello", ref=REF))
        await host.do(c.Ban(id=ben.id))
        await ben.until(e.RoomLeft)
        refused = await told(ben, c.Chat(text="hello", ref=REF))
        assert isinstance(refused, e.Refused)
        assert refused.code == "not_in_room"


async def test_a_report_is_filed_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, ben = await enter(server, intent="host"), await enter(server, name="Ben")
        report = c.Report(id=host.id, note="rude", ref=REF)
        await told(ben, report)
        again = await come_back(server, ben, name="Ben")
        assert isinstance(await told(again, report), e.Done)
        # Also where nobody remembers: whoever files it again has the same id for it.
        room = server.hub.room("standup")
        assert room is not None
        await room.report(again.id, report)
        assert len(await server.store.reports.page(open_only=True)) == 1


async def test_what_is_worth_nothing_later_takes_no_memory(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await enter(server, intent="host")
        for number, command in enumerate((c.Unmute, c.Mute, c.ListPeople), REF):
            await told(host, command(ref=number))
        room = server.hub.room("standup")
        assert room is not None
        assert room.given_again.all() == ()
