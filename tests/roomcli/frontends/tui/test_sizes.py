"""Tests of the room on screens of every size: what gives way, and what never does."""

from __future__ import annotations

import asyncio
import re

import msgspec
import pytest
from textual.content import Content

from roomcli.frontends.tui.keys import Keymap
from roomcli.frontends.tui.screens.help import NAMES, help_text
from roomcli.frontends.tui.screens.own_settings import CHOSEN
from roomcli.frontends.tui.sound_switches import SWITCHES
from roomcli.frontends.tui.widgets.face import heading, named
from roomcli.frontends.tui.widgets.floor_plan import RIVER, card_shape
from roomcli.frontends.tui.widgets.speaker_card import SpeakerCard
from roomcli.frontends.tui.widgets.stage import Stage
from roomcli.protocol import events as e
from roomcli.protocol import local

from ....support.fake_cast import ANN, ME
from ....support.fake_room import YOU, FakeRoom, make_view
from ....support.seats import by_id, invited_to_stage, someone, speaker
from ....support.tui_seat import seat


def test_everything_has_its_place_at_80_by_24() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.sees("Ann Lindqvist")
            top, *_, bar, hints = you.lines
            assert "standup" in top
            assert "34 ms" in top
            assert "MUTED" in bar
            assert "? Help" in hints
            assert "q Leave" in hints
            for text in ("Stage 6", "Fay Nakamura", "Audience 40", "Robin Keller (you)"):
                assert you.shows(text), text
            for state in ("muted", "silenced", "reconnecting"):
                assert you.shows(state), state

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (100, 30), (120, 36), (200, 50)])
def test_every_size_shows_what_matters(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        async with seat("speaker", size) as you:
            await you.presses("space")
            for text in (
                "● ON AIR",
                "Ann Lindqvist",
                "Hands 3",
                "Audience 40",
                "? Help",
                "q Leave",
            ):
                await you.sees(text)
            if size >= (80, 24):
                for text in ("Dee Castellanos", "✕ silenced", "Eli Brandt", "● on air"):
                    await you.sees(text)

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [(40, 12), (40, 9), (36, 14), (80, 12), (120, 12), (60, 17)])
def test_who_speaks_is_the_last_to_go(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        async with seat("speaker", size) as you:
            you.engine.say(e.Unmuted(id="cho1"))
            await you.sees("standup")
            for keys in ((), ("t",), ("escape", "c"), ("escape", "ctrl+c")):
                await you.presses(*keys)
                you.engine.say(local.Levels(microphone=-90, speakers={"cho1": -22}))
                await you.until(lambda: you.shows("● Cho") or you.shows("● speaking"))
                assert you.shows("Stage 6")

    asyncio.run(scenario())


def test_who_leads_stands_on_a_stage_of_one_line_cards() -> None:
    async def scenario() -> None:
        view = make_view("host")
        few = {id: each for id, each in view.stage.items() if id in ("ann1", YOU)}
        room = FakeRoom(msgspec.structs.replace(view, stage=few))
        async with seat("host", (40, 12), room=room) as you:
            await you.sees("Stage 2")
            await you.sees("Ann Lindqvist (co-host)")
            await you.sees("Robin Keller (host, you)")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "rest", "width", "shown"),
    [
        ("Hanna", " (host, you)", 17, "Hanna (host, you)"),
        ("Hanna", " (host, you)", 15, "Hanna (host)"),
        ("Hanna", " (host, you)", 11, "Han… (host)"),
        ("Hanna", " (host)", 10, "Hanna"),
        ("hanna", "·34f4 (you)", 16, "hanna·34f4 (you)"),
        ("hanna", "·34f4 (you)", 11, "hanna·34f4"),
        ("Bo", " (you)", 8, "Bo (you)"),
    ],
)
def test_no_word_about_somebody_is_cut(name: str, rest: str, width: int, shown: str) -> None:
    assert named(name, rest, width).plain == shown


def test_a_crowd_on_a_small_stage_hides_nobody_who_speaks() -> None:
    async def scenario() -> None:
        room = FakeRoom(make_view("speaker"))
        extras = [someone(f"x{n}", f"Extra {n}") for n in range(30)]
        crowd = [speaker(each, "speaker", 9 + n, 0) for n, each in enumerate(extras)]
        async with seat("speaker", (40, 12), room=room) as you:
            you.engine.say(*(e.StageJoined(speaker=each, people=by_id(*extras)) for each in crowd))
            await you.sees("Stage 36")
            you.engine.say(e.Unmuted(id="x29"), local.Levels(microphone=-90, speakers={"x29": -22}))
            await you.sees("● Extra 29")

    asyncio.run(scenario())


def test_a_form_fits_on_a_small_screen() -> None:
    async def scenario() -> None:
        async with seat("host", (40, 12)) as you:
            you.room.pick("ben1")
            await you.presses("x")
            for text in ("Why? Optional.", "Enter removes", "moderation log."):
                await you.sees(text)

    asyncio.run(scenario())


@pytest.mark.parametrize("width", [34, 60, 80])
def test_what_a_key_does_stands_beside_it(width: int) -> None:
    lines = help_text(Keymap(), "host", width).plain.partition(NAMES)[0].splitlines()
    keys = [line for line in lines if line.startswith("  ")]
    assert all(len(line) <= width for line in keys)
    assert all(line[:2] == "  " and line[12] == " " for line in keys)
    assert " ".join(keys).count("wherever you are") == 1 or width < 60


@pytest.mark.parametrize("title", ["Stage", "Hands", "Audience", "Talk"])
def test_a_heading_is_never_cut_for_what_stands_at_its_end(title: str) -> None:
    for count in ("", "7", "3000"):
        whole = f"{title} {count}".strip()
        for end in ("c scrolls back", "if you drop: a person with a rather long name in 30 s"):
            for width in range(len(whole), 60):
                line = heading(title, count, width, Content(end)).plain
                assert line.startswith(whole)
                used = heading(title, count, width, Content(end), active=True).plain
                assert " ━━" in used or width < len(whole) + 3
                assert len(line) <= width
            assert heading(title, count, 100, Content(end)).plain.endswith(end)


def test_a_small_screen_says_which_room_this_is_and_what_the_microphone_does() -> None:
    async def scenario() -> None:
        async with seat("speaker", (40, 12)) as you:
            top, *_, bar, _ = you.lines
            assert top.strip().startswith("standup")
            assert "34 ms" in top
            assert "○ MUTED" in bar
            assert bar.rstrip().endswith("space opens the microphone")
            assert "…" not in top + bar

    asyncio.run(scenario())


def test_a_small_screen_says_in_few_words_that_nobody_is_there() -> None:
    async def scenario() -> None:
        view = msgspec.structs.replace(make_view("host", 0), hands=())
        async with seat("host", (40, 12), room=FakeRoom(view)) as you:
            await you.sees("Nobody asks ")
            await you.sees("Nobody yet ")
            await you.pilot.resize_terminal(80, 24)
            await you.sees("Nobody asks to speak")
            await you.sees("Nobody is listening yet · L invites")

    asyncio.run(scenario())


def test_a_small_screen_shows_the_whole_question() -> None:
    async def scenario() -> None:
        async with seat("host", (40, 12)) as you:
            await you.presses("D")
            await you.sees("Lower all hands?")
            assert you.shows("D: yes  Esc: no")
        async with seat("host", (60, 18)) as you:
            await you.presses("D")
            await you.sees("D again: yes")

    asyncio.run(scenario())


@pytest.mark.parametrize("width", [20, 26, 32, 40, 60, 80])
def test_banners_always_show_the_keys(width: int) -> None:
    async def scenario() -> None:
        async with seat("listener", (width, 18)) as you:
            you.engine.say(invited_to_stage(ME, ANN))
            await you.sees("y: ")
            await you.sees("n: ")
            await you.presses("ctrl+c")
            await you.sees("Ctrl+C")
            await you.sees("Esc: no")
            if width >= 32:
                await you.sees("Leave")

    asyncio.run(scenario())


def test_the_top_line_says_who_may_come_in_how_many_are_here_and_since_when() -> None:
    async def scenario() -> None:
        async with seat("host", (120, 30)) as you:
            told = re.compile(r"open to all · 46 people · since \d\d:\d\d  connection")
            await you.until(lambda: any(told.search(line) for line in you.lines))
            you.engine.say(e.RoomLocked(by=ME.id))
            await you.sees("standup  door locked")
            assert not you.shows("open to all")
        async with seat("host", (80, 24)) as you:
            await you.sees("46 people")

    asyncio.run(scenario())


@pytest.mark.parametrize("people", [2, 3, 4, 6])
def test_cards_have_the_shape_of_a_new_size_without_any_news(
    people: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = make_view("listener")
    stage = dict(list(view.stage.items())[:people])
    room = FakeRoom(msgspec.structs.replace(view, stage=stage), invite="sesame")

    async def scenario() -> None:
        async with seat("listener", (60, 18), room=room) as you:
            await you.sees("Ann Lindqvist")
            shown = you.app.screen.query_one(Stage)
            monkeypatch.setattr(Stage, "sync", lambda *_, **__: None)
            await you.pilot.resize_terminal(300, 60)
            await you.pilot.pause()
            columns, lines, _ = card_shape(people, shown.size.width - RIVER, shown.size.height - 1)
            assert shown.columns == columns
            assert {card.region.height for card in shown.query(SpeakerCard)} == {lines}

    asyncio.run(scenario())


def test_a_small_screen_cuts_no_word_of_a_setting() -> None:
    async def scenario() -> None:
        async with seat("host", (40, 12)) as you:
            await you.presses("S")
            for text in ("[everybody] nobody new »", "[in a small room] no "):
                await you.sees(text)
            await you.presses("down", "right", "right")
            await you.sees("«[by invitation]")
            assert you.shows("[no end] 1 min  2 min »")
            await you.presses("escape", "v")
            for row in SWITCHES:
                await you.sees(row.help)
                await you.presses("down")
            await you.presses("escape", "comma", "down", "down", "down", "down")
            for own in CHOSEN:
                await you.sees(own.help)
                await you.presses("down")

    asyncio.run(scenario())


def test_a_small_screen_breaks_no_key_from_what_it_does() -> None:
    async def scenario() -> None:
        async with seat("host", (40, 12)) as you:
            await you.presses("p")
            for text in ("x removes", "B bans", "Esc back"):
                await you.sees(text)
            await you.presses("escape", "L")
            await you.sees("x revokes")
            await you.presses("escape", "e")
            await you.sees("Esc cancels")

    asyncio.run(scenario())
