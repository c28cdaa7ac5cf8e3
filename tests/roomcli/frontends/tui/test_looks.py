"""Tests of looks: text stays text, words replace missing colours, nothing is painted in vain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from textual.widgets import OptionList

from roomcli.frontends.model.room_clock import TurnLeft
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.widgets import river
from roomcli.frontends.tui.widgets.river import MOST, River
from roomcli.frontends.tui.widgets.speaker_card import CardFacts, turn_bar
from roomcli.frontends.tui.widgets.status import OwnBar
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.audio import SILENCE

from ....support.fake_cast import ANN
from ....support.fake_engine import ScriptedEngine
from ....support.fake_room import FakeRoom, make_view
from ....support.seats import hand_raised, participant_joined, people_page, someone, stage_joined
from ....support.tui_seat import ENTER, NO_ROOMS, SERVER, ScreenSeat, seat


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
        app = RoomcliApp(ENTER, lambda _: ScriptedEngine(), (SERVER,), NO_ROOMS)
        async with app.run_test(size=(80, 24)) as pilot:
            you = ScreenSeat(app, [], pilot)
            await you.sees("standup")
            await you.sees("connecting")
            assert not you.shows("ON AIR")

    asyncio.run(scenario())


HOSTILE = ("[bold]x[/]", "[@click=app.quit]x[/]")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_everywhere(name: str) -> None:
    async def scenario() -> None:
        view = make_view("host", 10)
        evil = someone("evil", name, name)
        room = FakeRoom(view)
        async with seat("host", (120, 36), room=room) as you:
            say = you.engine.say
            say(participant_joined(someone("evil2", name, name)))
            say(stage_joined(evil, "speaker", 30, 0, muted=False))
            say(hand_raised(someone("evil3", name, name), at=time.time()))
            say(local.Problem(code="x", text=name))
            say(e.Refused(command="react", code="x", text=name))
            say(e.AskedToUnmute(by="EVIL"))
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
                people_page((evil,)),
            )
            await you.presses("p")
            say(people_page((evil,)))
            await you.sees(f"{name}  {name}")
            for meta in _actions(you.app):
                assert "quit" not in str(meta)

    asyncio.run(scenario())


def _actions(app: RoomcliApp) -> list[object]:
    """Return the actions of a click on the cells of the screen."""
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
            you.engine.say(local.Levels(microphone=-90, speakers={"ann1": -20}))
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
            cards = you.room._stage._cards
            painted: list[str] = []
            for id, card in cards.items():
                original = card.render

                def render(id: str = id, original: Callable[[], object] = original) -> object:
                    painted.append(id)
                    return original()

                card.render = render  # type: ignore[method-assign,assignment]
            you.engine.say(local.Levels(microphone=-90, speakers={"ann1": -20}))
            await you.sees("● speaking")
            assert set(painted) == {"ann1"}

    asyncio.run(scenario())


def test_five_hundred_listeners_do_not_slow_a_key() -> None:
    async def quickest(audience: int) -> float:
        """Return the seconds from a key to its effect with such an audience, the least of six."""
        took = []
        async with seat("host", room=FakeRoom(make_view("host", audience))) as you:
            await you.sees(f"Audience {audience}")
            for shown in ("● ON AIR", "○ MUTED") * 3:
                for number in range(40):
                    levels = {"ann1": -20 - number % 30}
                    you.engine.say(local.Levels(microphone=-90, speakers=levels))
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


def test_a_card_with_space_has_a_wave_of_what_was_heard() -> None:
    async def scenario() -> None:
        async with seat("speaker", (120, 40)) as you:
            await you.sees("▁▁▁▁")
            assert not you.shows("█")
            you.engine.say(local.Levels(microphone=-90, speakers={"ann1": -12}))
            await you.sees("█")

    asyncio.run(scenario())


def test_a_turn_is_a_bar_that_runs_down() -> None:
    view = make_view("speaker")
    facts = CardFacts(view.stage["ann1"], ANN, False, False, False, SILENCE, False, turn=120)
    for left, bar in (
        (TurnLeft(120, False), "━" * 20),
        (TurnLeft(60, False), "━" * 10 + "─" * 10),
        (TurnLeft(1, False), "━" + "─" * 19),
        (TurnLeft(15, True), "─" * 20),
        (None, ""),
    ):
        assert turn_bar(facts._replace(turn_left=left), 20).plain == bar


def test_a_theme_shows_itself_while_one_moves_and_is_kept_only_when_chosen() -> None:
    async def scenario() -> None:
        kept: list[str] = []

        def keep(theme: str) -> str:
            kept.append(theme)
            return ""

        async with seat("listener", keep_theme=keep) as you:
            you.app.search_themes()
            await you.sees("ansi-dark")
            assert you.app.theme == "roomcli"
            for _ in range(2):
                await you.presses("down")
            await you.until(lambda: you.app.theme not in ("roomcli", ""))
            await you.presses("escape")
            await you.until(lambda: you.app.theme == "roomcli")
            you.app.search_themes()
            await you.sees("ansi-dark")
            names = you.app.screen.query_one(OptionList)
            dark, room = names.styles.background, you.styles[-1][1]
            await you.types("roomcli-light")
            await you.until(lambda: names.styles.background.brightness > dark.brightness)
            await you.until(lambda: you.styles[-1][1] != room)
            assert you.app.screen.styles.background.a == 0, "the room is dimmed"
            assert you.shows("Talk"), "the room is covered"
            await you.presses("escape")
            await you.until(lambda: you.app.theme == "roomcli")
            assert kept == []
            you.app.search_themes()
            await you.until(lambda: you.shows("ansi-dark") and you.app.screen.query("Input"))
            await you.types("nord")
            await you.until(lambda: you.app.theme == "nord")
            await you.presses("enter")
            await you.until(lambda: kept == ["nord"])
            await you.misses("Search for themes")
            assert you.app.theme == "nord"

    asyncio.run(scenario())
