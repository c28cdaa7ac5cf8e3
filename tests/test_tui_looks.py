"""The looks: everything in sight at every size, text as text, words where colours are missing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec
import pytest
from textual.content import Content

from roomcli.frontends.tui import river
from roomcli.frontends.tui.app import RoomApp
from roomcli.frontends.tui.face import heading, named
from roomcli.frontends.tui.help_screen import help_text
from roomcli.frontends.tui.keys import Keymap
from roomcli.frontends.tui.river import MOST, River
from roomcli.frontends.tui.status import OwnBar
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Person, Speaker

from .fake_engine import ScriptedEngine
from .fake_room import YOU, FakeRoom, make_view
from .tui_seat import ENTER, Seat, seat


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
                you.engine.say(local.Levels(microphone=90, speakers={"cho1": 22}))
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
        crowd = [Speaker(Person(f"x{n}", f"Extra {n}"), "speaker", 9 + n, 0) for n in range(30)]
        async with seat("speaker", (40, 12), room=room) as you:
            you.engine.say(*(e.StageJoined(speaker=each) for each in crowd))
            await you.sees("Stage 36")
            you.engine.say(e.Unmuted(id="x29"), local.Levels(microphone=90, speakers={"x29": 22}))
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
    lines = help_text(Keymap(), width).plain.splitlines()
    keys = [line for line in lines if line.startswith("  ")]
    assert all(len(line) <= width for line in keys)
    assert all(line[:2] == "  " and line[12] == " " for line in keys)
    assert " ".join(keys).count("wherever you are") == 1 or width < 60


@pytest.mark.parametrize("title", ["Stage", "Hands", "Audience", "Talk"])
def test_a_heading_is_never_cut_for_what_stands_at_its_end(title: str) -> None:
    for count in ("", "7", "3000"):
        whole = f"{title} {count}".strip()
        for end in ("c reads back", "if you drop: a person with a rather long name in 30 s"):
            for width in range(len(whole), 60):
                line = heading(title, count, width, Content(end)).plain
                assert line.startswith(whole)
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


@pytest.mark.parametrize("width", [20, 26, 32, 40, 60, 80])
def test_banners_always_show_the_keys(width: int) -> None:
    async def scenario() -> None:
        async with seat("listener", (width, 18)) as you:
            you.engine.say(e.InvitedToStage(id=YOU, by="ann1"))
            await you.sees("y: ")
            await you.sees("n: ")
            await you.presses("ctrl+c")
            await you.sees("Ctrl+C")
            await you.sees("Esc: no")
            if width >= 32:
                await you.sees("Leave")

    asyncio.run(scenario())


def test_the_bar_is_red_over_the_whole_width_on_air() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("space")
            await you.sees("● ON AIR")
            bar = you.app.query_one(OwnBar)
            assert bar.region.width == 80
            assert bar.has_class("-on-air")
            red, green, blue = bar.styles.background.rgb
            assert red > 150 > 2 * min(green, blue)
            await you.presses("m")
            await you.sees("○ MUTED")
            assert not bar.has_class("-on-air")

    asyncio.run(scenario())


def test_the_first_frame_does_not_wait_for_the_engine() -> None:
    async def scenario() -> None:
        app = RoomApp(ENTER, ScriptedEngine())
        async with app.run_test(size=(80, 24)) as pilot:
            you = Seat(app, ScriptedEngine(), pilot)
            await you.sees("standup")
            await you.sees("connecting")
            assert not you.shows("ON AIR")

    asyncio.run(scenario())


HOSTILE = ("[bold]x[/]", "[@click=app.quit]x[/]")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_everywhere(name: str) -> None:
    async def scenario() -> None:
        view = make_view("host", 10)
        evil = Person("evil", name, name)
        stage = view.stage["ben1"]
        room = FakeRoom(view)
        async with seat("host", (120, 36), room=room) as you:
            say = you.engine.say
            say(e.ParticipantJoined(person=Person("evil2", name, name)))
            say(e.StageJoined(speaker=type(stage)(evil, "speaker", 30, 0, muted=False)))
            say(e.HandRaised(person=Person("evil3", name, name), at=time.time()))
            say(local.Problem(code="x", text=name))
            say(e.Refused(command="react", code="x", text=name))
            say(e.AskedToUnmute(by="evil"))
            await you.until(lambda: sum(line.count(name) for line in you.lines) >= 6)
            await you.presses(*["right"] * 7, "x")
            await you.sees(f"Remove {name} from the room?")
            await you.presses("escape", "ctrl+p")
            await you.sees("Leave the stage")
            await you.types("silence x")
            await you.misses("Leave the stage")
            await you.sees(f"Silence {name}")
            await you.presses("escape", "escape")
            say(
                e.PeoplePage(offset=0, total=1, people=(evil,)),
            )
            await you.presses("p")
            say(e.PeoplePage(offset=0, total=1, people=(evil,)))
            await you.sees(f"{name}  {name}")
            for meta in _actions(you.app):
                assert "quit" not in str(meta)

    asyncio.run(scenario())


def _actions(app: RoomApp) -> list[object]:
    """What a click on any cell of the screen would do."""
    strips = app.screen._compositor.render_strips()
    return [
        segment.style.meta
        for strip in strips
        for segment in strip
        if segment.style is not None and "@click" in (segment.style.meta or {})
    ]


def test_without_colours_words_and_shapes_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("space")
            await you.sees("● ON AIR")
            you.engine.say(local.Levels(microphone=90, speakers={"ann1": 20}))
            await you.sees("● speaking")
            filters = you.app._filters
            for strip in you.app.screen._compositor.render_strips():
                for segment in strip.apply_filter(filters[-1], you.app.screen.styles.background):
                    if segment.style is not None:
                        assert segment.style.color is None or segment.style.color.is_default
                        assert segment.style.bgcolor is None or segment.style.bgcolor.is_default

    asyncio.run(scenario())


def test_other_themes_work() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("space")
            for theme in ("textual-light", "nord", "ansi-dark"):
                you.app.theme = theme
                await you.pilot.pause()
                await you.sees("● ON AIR")

    asyncio.run(scenario())


def test_levels_repaint_only_the_cards_that_changed() -> None:
    async def scenario() -> None:
        async with seat() as you:
            cards = you.app.room_screen._stage._cards
            painted: list[str] = []
            for id, card in cards.items():
                original = card.render

                def render(id: str = id, original: Callable[[], object] = original) -> object:
                    painted.append(id)
                    return original()

                card.render = render  # type: ignore[method-assign,assignment]
            you.engine.say(local.Levels(microphone=90, speakers={"ann1": 20}))
            await you.sees("● speaking")
            assert set(painted) == {"ann1"}

    asyncio.run(scenario())


def test_five_hundred_listeners_do_not_slow_a_key() -> None:
    async def quickest(audience: int) -> float:
        """Seconds from a key to what it shows, of several, in a room of so many."""
        took = []
        async with seat("host", room=FakeRoom(make_view("host", audience))) as you:
            await you.sees(f"Audience {audience}")
            for shown in ("● ON AIR", "○ MUTED") * 3:
                for number in range(40):
                    levels = {"ann1": 20 + number % 30}
                    you.engine.say(local.Levels(microphone=90, speakers=levels))
                started = time.monotonic()
                await you.presses("space")
                await you.sees(shown)
                took.append(time.monotonic() - started)
        return min(took)

    async def scenario() -> None:
        assert await quickest(500) < 5 * await quickest(5)

    asyncio.run(scenario())


def test_reactions_rise_beside_the_stage_and_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(river, "FRAME", 0.01)
    monkeypatch.setattr(river, "RISE", 0.5)

    async def scenario() -> None:
        async with seat() as you:
            you.engine.say(e.Pulse(audience=40, reactions={"👏": 1000, "🦉": 1}))
            column = you.app.query_one(River)
            places: dict[str, set[int]] = {}

            def rising() -> bool:
                for row, drop in column.facts if isinstance(column.facts, tuple) else ():
                    places.setdefault(drop.emoji, set()).add(row)
                return all(len(places.get(emoji, ())) > 2 for emoji in ("👏", "🦉"))

            await you.until(rising, "nothing rises")
            assert isinstance(column.facts, tuple)
            assert len(column.facts) <= MOST
            await you.until(lambda: column.facts == (), "still rising")

    asyncio.run(scenario())
