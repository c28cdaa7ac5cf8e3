"""Tests of forms, cards and lists over the room: what is filled in is sent to the server."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from roomcli.frontends.tui.screens.settings import SettingsScreen
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.adjustment import MuteForMe, SetVolume, SuppressNoise, UnmuteForMe
from roomcli.protocol.moderation_log import LogEntry, first_fault
from roomcli.protocol.people import Role

from ....support.fake_cast import ANN
from ....support.fake_room import OPENED_AT, TROLL, YOU, FakeRoom, make_view
from ....support.tui_seat import seat


@pytest.mark.parametrize(
    ("role", "keys", "command"),
    [
        ("host", ("B",), c.Ban(id="ben1", seconds=3600)),
        ("host", ("B", "left"), c.Ban(id="ben1", seconds=600)),
        (
            "host",
            ("B", "right", "right", "tab", *"spam"),
            c.Ban(id="ben1", seconds=None, reason="spam"),
        ),
        ("host", ("x", *"b B"), c.Remove(id="ben1", reason="b B")),
        (
            "listener",
            ("r", "right", "right", "down", *"ads"),
            c.Report(id="ben1", reason="spam", note="ads"),
        ),
    ],
)
def test_a_form_is_sent_as_filled_in(role: Role, keys: tuple[str, ...], command: c.Command) -> None:
    async def scenario() -> None:
        async with seat(role) as you:
            you.room.pick("ben1")
            await you.presses(*keys)
            await you.confirms()
            await you.sends(command)

    asyncio.run(scenario())


def test_a_report_says_what_goes_where_and_that_it_arrived() -> None:
    async def scenario() -> None:
        async with seat() as you:
            you.room.pick("ann1")
            await you.presses("r")
            await you.sees("the last minute")
            await you.sees("admins of this server")
            await you.presses("escape")
            await you.misses("admins of this server")
            assert you.engine.sent == []
            await you.presses("r")
            await you.confirms()
            await you.sees("Reported to the server's admins")

    asyncio.run(scenario())


def test_a_card_tells_and_does() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            you.room.pick("fay1")
            await you.presses("enter")
            for text in ("Staff engineer, Tern", "0:40", "place 1", "“How do you test", "key "):
                await you.sees(text)
            you.engine.say(e.HandLowered(id="fay1"))
            await you.sees("Invite Fay Nakamura on stage")
            await you.presses("enter")
            await you.sends(c.InviteToStage(id="fay1"))
            await you.misses("Invite Fay Nakamura")
            you.engine.sent.clear()
            you.room.pick("cho1")
            await you.presses("enter", "O")
            await you.sees("Hand the room over to Cho Min-seo?")
            await you.presses("O")
            await you.sends(c.HandOver(id="cho1"))
        async with seat("cohost") as you:
            you.room.pick("ann1")
            await you.presses("enter")
            await you.sees("Report Ann Lindqvist")
            assert not you.shows("Silence Ann"), "nobody acts against a host"
        async with seat() as you:
            await you.pilot.double_click("SpeakerCard")
            await you.sees("Report Ann Lindqvist")

    asyncio.run(scenario())


def test_the_card_says_and_changes_how_one_hears_somebody() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            you.room.pick("ann1")
            await you.presses("enter")
            await you.sees("volume   < 100 % >")
            await you.presses("left", "less_than_sign")
            await you.sees("< 80 % >")
            await you.presses("right", "z")
            await you.sees("< 90 % >  muted for you")
            await you.sees("Hear Ann Lindqvist again")
            await you.presses("z", "f")
            await you.sees("< 90 % >  noise suppressed for you")
            column, row = you.place("% >")
            await you.pilot.click(offset=(column + len("% "), row))
            await you.sees("< 100 % >  noise suppressed for you")
            await you.presses("escape")
            await you.sees("≈ Ann Lindqvist")
            you.room.pick(YOU)
            await you.presses("enter")
            await you.sees("Robin Keller")
            await you.misses("volume")

    asyncio.run(scenario())


def test_keys_change_how_one_hears_the_picked_person() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("z")
            assert you.engine.sent == [], "nobody is picked"
            you.room.pick("ann1")
            await you.presses("greater_than_sign")
            await you.sends(SetVolume(key=ANN.key, percent=110))
            await you.sees("↑ Ann Lindqvist")
            await you.presses("z")
            await you.sends(SetVolume(key=ANN.key, percent=110), MuteForMe(key=ANN.key))
            await you.sees("⊘ Ann Lindqvist")
            await you.sees("Ann Lindqvist (host) is muted for you")
            you.engine.sent.clear()
            await you.presses("z", "f")
            await you.sends(UnmuteForMe(key=ANN.key), SuppressNoise(key=ANN.key))
            you.room.pick(YOU)
            you.engine.sent.clear()
            await you.presses("z", "less_than_sign", "f")
            assert you.engine.sent == [], "nobody hears themselves"

    asyncio.run(scenario())


def test_who_left_can_be_banned_and_let_in_again() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("p", "tab")
            await you.sees("Troy Troll")
            await you.presses("B")
            await you.confirms()
            await you.until(lambda: c.Ban(id="tro1", seconds=3600) in you.sent)
            await you.presses("tab")
            await you.sees("by Robin Keller")
            await you.presses("u")
            await you.until(lambda: c.Unban(key=TROLL.key) in you.sent)
            await you.sees("nobody is banned")
        async with seat() as you:
            await you.presses("p", "tab", "tab")
            await you.sees("Troy Troll")
            assert not you.shows("Banned"), "a list for moderators"
            await you.presses("B", "r")
            await you.confirms()
            await you.until(lambda: c.Report(id="tro1", reason="harassment") in you.sent)

    asyncio.run(scenario())


def test_settings_send_only_what_was_changed() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("S", *[*["backspace"] * 3, *"Brakes"], "down", "right", "right")
            await you.presses("down", "down", "right", "right")
            await you.presses(*["down"] * 7, "right", "down", *"sesame")
            assert you.engine.sent == []
            await you.presses("enter")
            await you.sends(
                c.ChangeSettings(topic="Brakes", hands="invited", floor_seconds=120),
                c.Lock(),
                c.SetPassword(password="sesame"),
            )
            await you.sees("by invitation only")
            await you.sees("locked")
            await you.presses("S", "enter")
            await you.until(lambda: not isinstance(you.app.screen, SettingsScreen))
            assert len(you.engine.sent) == 3
            await you.presses("S", *["down"] * 9, *["backspace"] * 5, "enter")
            await you.sees("capacity: 1 to 1000000 people")

    asyncio.run(scenario())


def test_whom_the_room_lets_in_is_set_on_the_page_of_settings() -> None:
    async def scenario() -> None:
        async with seat("host", (120, 40)) as you:
            await you.presses("S", *["down"] * 12, "right", "down", "right", "down")
            await you.presses(*"anyone@acme")
            await you.presses("enter")
            await you.sees("anyone@acme is no claim")
            await you.presses(*".example,any")
            await you.presses("down")
            await you.presses(*"Ben")
            await you.presses("down", "right", "down", "right", "enter")
            await you.sends(
                c.ChangeSettings(
                    guests="listen",
                    members=True,
                    claimed=("anyone@acme.example", "any"),
                    allowed=("BEN1",),
                    by_device=False,
                    knock=True,
                )
            )

    asyncio.run(scenario())


def test_what_is_set_is_in_sight_on_a_small_screen() -> None:
    async def scenario() -> None:
        view = make_view("host")
        longest = replace(view.settings, floor_seconds=600, slow_seconds=60)
        room = FakeRoom(replace(view, settings=longest))
        async with seat("host", (40, 12), room=room) as you:
            await you.presses("S")
            await you.sees("[10 min]")
            await you.sees("[1 min]")
            await you.presses("down", "down", "down", *["left"] * 5)
            await you.sees("[no end]")

    asyncio.run(scenario())


@pytest.mark.parametrize("role", ["host", "listener"])
def test_arrows_reach_all_of_a_page_on_a_small_screen(role: Role) -> None:
    async def scenario() -> None:
        async with seat(role, (40, 12)) as you:
            await you.presses("S")
            await you.sees("Topic")
            if role == "host":
                await you.presses(*["down"] * 11, *"sesame", "enter")
                await you.sends(c.SetPassword(password="sesame"))
            else:
                await you.presses(*["down"] * 30)
                await you.sees("Moderation log")

    asyncio.run(scenario())


def test_settings_are_read_by_everybody() -> None:
    async def scenario() -> None:
        view = make_view()
        settings = replace(view.settings, floor_seconds=90, order="fair")
        async with seat(size=(80, 30), room=FakeRoom(replace(view, settings=settings))) as you:
            await you.presses("S")
            for text in ("least spoken first", "1 min", "If Ann Lindqvist drops", "This server"):
                await you.sees(text)
            await you.presses("down", "right", "enter")
            await you.misses("This server keeps the last")
            assert you.engine.sent == []

    asyncio.run(scenario())


def test_invites_are_made_and_revoked() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("L", "n", "right", "right", "down", "right", "down", "left")
            await you.sees("[co-host]")
            await you.presses("enter")
            made = c.MakeRoomInvite(role="cohost", uses=1, seconds=24 * 3600)
            await you.until(lambda: made in you.sent)
            await you.sees("#invite=fresh-invite")
            await you.sees("0 of 1 came by it")
            await you.presses("x")
            await you.until(lambda: c.RevokeRoomInvite(id="i1") in you.sent)
            await you.misses("came by it")
        async with seat() as you:
            await you.presses("L", "n", "x")
            await you.sees("Whoever runs this line")
            assert you.engine.sent == []

    asyncio.run(scenario())


def test_the_log_is_read_and_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def scenario() -> None:
        async with seat("host") as you:
            you.engine.send(c.Silence(id="ben1", reason="noise"))
            await you.presses("M")
            await you.sees("You silenced Ben Okafor (co-host): noise")
            await you.sees("every entry follows")
            you.engine.send(c.Remove(id="ben1"))
            await you.sees("You removed Ben Okafor (co-host)")
            await you.presses("e")
            await you.until(lambda: list(tmp_path.glob("standup-log-*.jsonl")))
            monkeypatch.chdir("/proc")
            await you.presses("e")
            await you.sees("Cannot write")

    asyncio.run(scenario())
    (copy,) = tmp_path.glob("standup-log-*.jsonl")
    head, *entries = copy.read_text("utf-8").splitlines()
    assert msgspec.json.decode(head)["room"] == "standup"
    read = [msgspec.json.decode(entry, type=LogEntry) for entry in entries]
    assert [entry.action for entry in read] == ["silence", "remove"]
    assert first_fault(read, "standup", OPENED_AT) is None


def test_any_emoji_is_a_reaction() -> None:
    async def scenario() -> None:
        async with seat() as you:
            await you.presses("e", "right", "down", "enter")
            await you.sends(c.React(reaction="😊"))
            await you.presses("e", *["down"] * 4, *"no", "enter")
            await you.sees("that is not one emoji")
            await you.presses("backspace", "backspace", "🦉", "enter")
            await you.until(lambda: c.React(reaction="🦉") in you.sent)
            await you.pilot.pause()
            await you.presses("e")
            await you.pilot.click("EmojiGrid", offset=(5, 3))
            await you.until(lambda: c.React(reaction="🦀") in you.sent)

    asyncio.run(scenario())


def test_turns_are_counted_down_and_given_time(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = time.time()
    monkeypatch.setattr(time, "time", lambda: wall)

    async def scenario() -> None:
        nonlocal wall
        async with seat("host") as you:
            you.engine.say(
                e.TurnSet(id="ann1", ends_at=wall + 75), e.TurnSet(id="ben1", ends_at=wall + 35)
            )
            await you.sees("1:00 left")
            await you.sees("0:20 left")
            wall += 1
            await you.sees("0:59 left")
            wall += 59
            await you.sees("finish: 0:15")
            wall += 14
            await you.sees("finish: 0:01")
            await you.presses("plus")
            await you.sends(c.GiveTime(id="ben1"))
            you.room.pick("ann1")
            await you.presses("plus")
            await you.until(lambda: c.GiveTime(id="ann1") in you.sent)
            you.engine.say(
                e.TurnSet(id=YOU, ends_at=wall + 15), e.TurnEnding(id=YOU, ends_at=wall + 15)
            )
            await you.sees("Your turn is over: finish in 0:15")

    asyncio.run(scenario())


def test_all_hands_are_lowered_after_a_question() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("D")
            await you.sees("Lower all hands?")
            await you.presses("escape", "D", "D")
            await you.sends(c.LowerAllHands())
            await you.sees("Nobody asks to speak")
            await you.presses("D")
            assert not you.shows("Lower all hands?")

    asyncio.run(scenario())
