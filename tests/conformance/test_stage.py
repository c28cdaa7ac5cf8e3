"""Tests that a client written from docs/protocol.md alone can take part in a whole evening.

Neither this module nor what it imports may import roomcli or server.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .client import Stranger, fingerprint, raw_key, stranger
from .room import hashed
from .server import Address, come_on_stage, does, enter, new_key, play, serving
from .voice import DISCONTINUITY, FRAME, START, StrangerUplink


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving(tmp_path_factory.mktemp("stage")) as (rooms, _):
        yield rooms


async def refused(
    address: str, code: str, key: Ed25519PrivateKey | None = None, **wish: object
) -> dict[str, object]:
    """Ask to enter a room that refuses with ``code``, and return the refusal."""
    async with stranger(address) as who:
        await who.hello(key or new_key(), "Mallory")
        await who.enter_room(**wish)
        told = await who.event("refused", command="enter_room")
        assert told["code"] == code
        assert (await who.tell("mute"))["code"] == "not_in_room", "the connection goes on"
        return told


def queue(who: Stranger) -> list[str]:
    return [who.person(hand)["name"] for hand in who.view["hands"]]


def test_chat_is_there_for_who_comes_and_who_comes_back(address: Address) -> None:
    async def scene() -> None:
        key = new_key()
        async with stranger(address("chat")) as host:
            assert (await enter(host, "Hedy", new_key(), intent="host"))["chat"] == []
            async with stranger(address("chat")) as guest:
                ticket = (await enter(guest, "Guglielmo", key))["ticket"]
                for text in ("one", "two @Hedy", "  drei  ä "):
                    await does(guest, "chat", text=text)
                assert [each["text"] for each in guest.chat] == ["one", "two @Hedy", "drei ä"]
                await does(guest, "remove_message", number=1)
                assert (await guest.tell("chat", text="a\u202eb"))["code"] == "bad_text"
                last = guest.chat[-1]["number"]
                guest.socket.transport.abort()
            await does(host, "chat", text="@Guglielmo come back")
            async with stranger(address("chat")) as again:
                joined = await enter(again, "Guglielmo", key, ticket=ticket, chat_after=last)
                assert [each["text"] for each in joined["chat"]] == ["@Guglielmo come back"]
                await does(again, "read_chat", before=joined["chat"][0]["number"])
                page = await again.event("chat_page")
                assert [each["number"] for each in page["messages"]] == [2, 3]
                assert not page["more"]
                assert [*page["messages"], *joined["chat"]] == host.chat
            await does(host, "change_settings", chat=False)
            async with stranger(address("chat")) as late:
                assert (await enter(late, "Late", new_key()))["chat"] == host.chat
                assert (await late.tell("chat", text="and I?"))["code"] == "chat_off"

    play(scene())


def test_who_comes_under_the_host_s_name_is_told_apart_from_then_on(address: Address) -> None:
    async def scene() -> None:
        keys = new_key(), new_key()
        rooms = address("names")
        async with stranger(rooms) as first, stranger(rooms) as double, stranger(rooms) as other:
            host = await enter(first, "Hedy", keys[0], intent="host")
            await enter(other, "Guglielmo", new_key())
            await does(first, "make_cohost", id=other.you)
            await first.tell("leave_room")
            await other.event("participant_left", id=host["you"])
            await enter(double, "HEDY", keys[1])
            await does(double, "chat", text="it is me")
            await other.event("chat_posted")
            assert other.chat[-1]["tail"] == ""
            await does(double, "raise_hand")
            async with stranger(rooms) as again:
                await enter(again, "Hedy", keys[0], intent="host")
                assert again.person(again.seat)["tail"] == ""
                tail = fingerprint(raw_key(keys[1]))[-4:]
                await other.event("person_changed")
                assert [other.person(hand)["tail"] for hand in other.view["hands"]] == [tail]
                assert other.chat[-1]["tail"] == tail
                assert other.view["hands"] == again.view["hands"]

    play(scene())


def test_a_fair_queue_puts_first_who_has_spoken_least(address: Address) -> None:
    async def scene() -> None:
        room = address("fair")
        async with stranger(room) as host, stranger(room) as talker, stranger(room) as other:
            await enter(host, "Hedy", new_key(), intent="host")
            await enter(talker, "Talker", new_key())
            await enter(other, "Other", new_key())
            await come_on_stage(host, talker)
            await does(talker, "unmute")
            for number in count():
                if other.view["stage"][talker.you]["spoken"] >= 1:
                    break
                flags = 0 if number else START | DISCONTINUITY
                await talker.speak(StrangerUplink(number, number * FRAME, flags, 20, b"\xf8ab"))
            await does(talker, "leave_stage")
            await does(talker, "raise_hand", topic="once more")
            await does(other, "raise_hand", topic="on the brakes")
            await host.event("hand_raised", topic="on the brakes")
            assert queue(host) == ["Talker", "Other"]
            await does(host, "change_settings", order="fair")
            assert queue(host) == ["Other", "Talker"]
            await does(talker, "raise_hand", topic="really")
            async with stranger(room) as late:
                view = (await enter(late, "Late", new_key()))["view"]
                for who in (host, talker, other):
                    assert who.view["hands"] == view["hands"]
                    assert who.view["settings"] == view["settings"]
                assert [hand["topic"] for hand in view["hands"]] == ["on the brakes", "really"]
            await does(host, "change_settings", hands="invited")
            await host.event("hands_lowered", by=host.me)
            assert queue(host) == []
            assert (await other.tell("raise_hand"))["code"] == "hands_off"

    play(scene())


def test_a_turn_has_an_end_that_is_told_and_can_be_put_off(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("turns")) as host, stranger(address("turns")) as guest:
            await enter(host, "Hedy", new_key(), intent="host")
            await enter(guest, "Guglielmo", new_key())
            await does(host, "change_settings", floor_seconds=1)
            assert host.seat["turn_ends_at"] is None
            await come_on_stage(host, guest)
            ends_at = guest.seat["turn_ends_at"]
            assert (await guest.event("turn_ending", id=guest.you))["ends_at"] == ends_at
            await does(host, "give_time", id=guest.you)
            assert (await guest.event("turn_set", id=guest.you))["ends_at"] == ends_at + 60
            assert guest.seat["turn_ends_at"] == ends_at + 60
            await does(host, "make_cohost", id=guest.you)
            await guest.event("role_changed", id=guest.you, role="cohost")
            assert guest.seat["turn_ends_at"] is None

    play(scene())


def test_a_banned_key_stays_out_under_every_name(address: Address) -> None:
    async def scene() -> None:
        key, room = new_key(), address("ban")
        async with stranger(room) as host:
            await enter(host, "Hedy", new_key(), intent="host")
            async with stranger(room) as guest:
                await enter(guest, "Troublemaker", key)
                await does(guest, "leave_room")
                await guest.event("room_left", reason="left")
            await does(host, "list_people", of="left")
            (left,) = (await host.event("people_page", of="left"))["seats"]
            await does(host, "ban", id=left, seconds=3600, reason="shouting")
            told = await refused(room, "banned", key)
            assert 3500 < told["retry_after"] <= 3600  # type: ignore[operator]
            await does(host, "list_bans")
            (ban,) = (await host.event("ban_list"))["bans"]
            assert (ban["key"], ban["name"]) == (fingerprint(raw_key(key)), "Troublemaker")
            assert (ban["reason"], ban["by"]) == ("shouting", "Hedy")
            await does(host, "unban", key=ban["key"])
            async with stranger(room) as again:
                await enter(again, "Troublemaker", key)
                await does(host, "ban", id=again.you)
                assert (await again.event("room_left"))["reason"] == "banned"

    play(scene())


def test_the_log_says_what_everybody_was_told(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("log")) as host, stranger(address("log")) as guest:
            await enter(host, "Hedy", new_key(), intent="host")
            await enter(guest, "Guglielmo", new_key())
            await does(host, "lock")
            await come_on_stage(host, guest)
            reason = 'he said "no" \\ and: [é 👋🏽]'
            await does(host, "silence", id=guest.you, reason=reason)
            await does(host, "ask_to_unmute", id=guest.you)
            await does(host, "move_to_audience", id=guest.you)
            await guest.event("stage_left", reason="moved", by=host.me)
            entries, opened_at = await guest.log()
            # The guest came after the first entry, and has seen all the others.
            assert guest.witness.told == [each["hash"] for each in entries]
            guest.witness.reads(entries, "log", opened_at)
            host.witness.reads(entries, "log", opened_at)
            assert [each["action"] for each in entries] == [
                "open_room", "lock", "silence", "lift_silence", "move_to_audience",
            ]  # fmt: skip
            assert entries[2]["reason"] == reason
            assert entries[2]["target"]["id"] == guest.me
            assert entries[0]["previous"] == hashed(
                "roomcli moderation log v1", "log", f"{opened_at:.3f}"
            )
            await does(guest, "read_log", after=3)
            page = await guest.event("log_page")
            assert [each["number"] for each in page["entries"]] == [4, 5]

    play(scene())


def test_an_invite_brings_its_role_to_as_many_as_it_is_for(address: Address) -> None:
    async def scene() -> None:
        room, key = address("invites"), new_key()
        async with stranger(room) as host:
            everybodys = (await enter(host, "Hedy", new_key(), intent="host", access="invite"))[
                "invite"
            ]
            await refused(room, "no_such_room")
            await does(host, "make_room_invite", role="speaker", uses=1)
            made = await host.event("room_invite_made")
            for _ in range(2):
                async with stranger(room) as guest:
                    await enter(guest, "Guglielmo", key, invite=made["invite"])
                    assert guest.seat["role"] == "speaker"
                    assert guest.seat["muted"]
                    await does(guest, "leave_room")
                    await guest.event("room_left", reason="left")
            await refused(room, "bad_invite", invite=made["invite"])
            await refused(room, "no_such_room", invite=made["invite"][:-1])
            await does(host, "list_room_invites")
            told = {each["id"]: each for each in (await host.event("room_invite_list"))["invites"]}
            assert (told[made["id"]]["used"], told[made["id"]]["uses"]) == (1, 1)
            async with stranger(room) as guest:
                joined = await enter(guest, "Late", new_key(), invite=everybodys)
                assert joined["invite"] is None
                assert guest.you not in guest.view["stage"]
            await does(host, "revoke_room_invite")
            await refused(room, "bad_invite", invite=everybodys)

    play(scene())


def test_a_password_is_asked_for_and_guesses_keep_out_nobody(address: Address) -> None:
    async def scene() -> None:
        room, key = address("secret"), new_key()
        async with stranger(room) as host:
            await enter(host, "Hedy", new_key(), intent="host")
            await does(host, "set_password", password="sesam öffne dich")
            await host.event("password_changed", wanted=True)
            await refused(room, "password_needed")
            async with stranger(room) as guest:
                joined = await enter(guest, "G", key, password="sesam öffne dich")
                assert joined["view"]["password"]
                ticket = joined["ticket"]
            for _ in range(11):  # the last of them has to wait for its turn
                await refused(room, "wrong_password", password="?")
            async with stranger(room) as guest:
                assert (await enter(guest, "G", key, ticket=ticket, password="?"))["resumed"]
            async with stranger(room) as guest:
                await enter(guest, "Late", new_key(), password="sesam öffne dich")

    play(scene())


def test_a_report_is_between_the_reporter_and_the_admins(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("report")) as host, stranger(address("report")) as guest:
            joined = await enter(host, "Hedy", new_key(), intent="host")
            assert joined["keeps"]
            await enter(guest, "Guglielmo", new_key())
            for reason in ("hate", "spam", "other"):
                await does(guest, "report", id=host.you, reason=reason, note="again")
            told = await guest.tell("report", id=host.you)
            assert told["code"] == "rate_limited"
            assert 0 < told["retry_after"] <= 60
            await does(guest, "chat", text="last")
            await host.event("chat_posted")
            assert "report" not in str(host.events[2:])
            assert (await host.tell("report", id=host.you))["code"] == "not_allowed"

    play(scene())


def test_who_is_on_air_is_told_who_hears_and_nobody_else_is(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("hears")) as host, stranger(address("hears")) as guest:
            await enter(host, "Hedy", new_key(), intent="host")
            guest.delay = 65535
            await enter(guest, "Guglielmo", new_key())
            assert "ack_delay" in guest.events[0]["features"]
            await does(host, "unmute")
            told = await host.event("heard_by", hearing=0)
            (trouble,) = told["trouble"]
            assert (trouble["id"], trouble["why"]) == (guest.you, "deaf")
            assert told["people"][trouble["person"]]["name"] == "Guglielmo"
            guest.delay = 120
            told = await host.event("heard_by", hearing=1, listeners=1, trouble=[])
            assert told["worst_ms"] >= 120
            assert not any(each["event"] == "heard_by" for each in guest.events)

    play(scene())
