"""Tests that a client written from docs/protocol.md alone knocks, and gets around no rule.

Neither this module nor what it imports may import roomcli or server.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .client import Stranger, stranger
from .server import Address, come_home, does, enter, new_key, play, serving


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving(tmp_path_factory.mktemp("door")) as (rooms, _):
        yield rooms


async def refusal(who: Stranger, **wish: object) -> str:
    """Ask to enter the room, and return the code with which that is refused."""
    answer = await who.tell("enter_room", room=who.room, **wish)
    assert answer["event"] == "refused", answer
    return str(answer["code"])


def test_a_stranger_knocks_and_is_let_in_once(address: Address) -> None:
    async def scene() -> None:
        room = address("knock")
        async with stranger(room) as host, stranger(room) as guest:
            await enter(host, "Hedy", new_key(), intent="host")
            await does(host, "change_settings", knock=True)
            await come_home(guest, "Guglielmo")
            assert await refusal(guest) == "knock_needed"
            await does(guest, "knock", room=guest.room)
            (id,) = (await host.event("knocked"))["knockers"]
            assert host.view["knockers"][id]["person"]["name"] == "Guglielmo"
            # Who knocks was in no room yet, and the host may look at their card all the same.
            card = await host.ask("show_profile", "profile_shown", person=id)
            assert card["profile"]["name"] == "Guglielmo"
            await does(host, "answer_knock", id=id)
            answer = await guest.event("knock_answered")
            assert (answer["room"], answer["answer"]) == (guest.room, "let_in")
            assert host.view["knockers"] == {}
            await guest.enter_room()
            await guest.event("joined")
            assert guest.view["knockers"] == {}
            assert guest.view["settings"]["knock"]
            await does(guest, "leave_room")
            assert await refusal(guest) == "knock_needed"
            entries, _ = await host.log()
            assert [each["action"] for each in entries][-1] == "let_in"

    play(scene())


def test_a_stranger_who_is_turned_away_waits_longer_each_time(address: Address) -> None:
    async def scene() -> None:
        room, key = address("away"), new_key()
        async with stranger(room) as host:
            await enter(host, "Hedy", new_key(), intent="host")
            await does(host, "change_settings", knock=True)
            async with stranger(room) as guest:
                await come_home(guest, "Guglielmo", key)
                await does(guest, "knock", room=guest.room)
                (id,) = (await host.event("knocked"))["knockers"]
                await does(host, "answer_knock", id=id, let_in=False)
                answer = await guest.event("knock_answered")
                assert (answer["answer"], answer["retry_after"]) == ("refused", 600)
            async with stranger(room) as again:
                await come_home(again, "Another name", key)
                told = await again.tell("knock", room=again.room)
                assert told["code"] == "turned_away"
                assert 590 < told["retry_after"] <= 600

    play(scene())


def test_no_client_gets_around_the_rule_of_a_room(address: Address) -> None:
    async def scene() -> None:
        room = address("rule")
        async with stranger(room) as host, stranger(room) as guest, stranger(room) as inside:
            joined = await enter(host, "Hedy", new_key(), intent="host")
            mine = (await enter(inside, "Ida", new_key()))["ticket"]
            await does(host, "change_settings", claimed=["any"])
            made = await host.tell("make_room_invite", role="speaker")
            assert made["event"] == "done"
            invite = (await host.event("room_invite_made"))["invite"]
            await come_home(guest, "Hedy")
            for wish in (
                {},
                {"invite": invite},
                {"ticket": joined["ticket"]},
                {"ticket": mine},
                {"password": "any"},
                {"host_token": "any"},
                {"access": "open", "chat_after": 7},
            ):
                assert await refusal(guest, **wish) == "claim_needed"
            assert await refusal(guest, intent="host") == "room_taken"
            assert (await guest.tell("knock", room=guest.room))["code"] == "no_knocking"
            await does(inside, "chat", text="who is inside stays")
            told = await host.tell("change_settings", claimed=["anyone"])
            assert told["code"] == "bad_pattern"

    play(scene())
