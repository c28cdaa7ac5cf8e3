"""A test of a whole evening on the screen: twenty minutes, fifty people, and every size.

Every second of it happens, in a quickened time. The suite looks at a screen every few seconds and
after every change of the size; ``ROOMCLI_EVENING=whole`` at one each second, as somebody would who
sat through it.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time as real_time
from itertools import groupby
from typing import NamedTuple

import pytest
from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.widget import Widget

from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.widgets.audience import Audience
from roomcli.frontends.tui.widgets.hands import HandQueue
from roomcli.frontends.tui.widgets.key_hints import KeyHints
from roomcli.frontends.tui.widgets.speaker_card import SpeakerCard
from roomcli.frontends.tui.widgets.stage import StageHeading
from roomcli.frontends.tui.widgets.status import OwnBar, RoomLine
from roomcli.frontends.tui.widgets.stream import TalkLines
from roomcli.protocol import events as e
from roomcli.protocol import local

from ....support.evening import LivelyRoom
from ....support.fake_cast import YOU
from ....support.fake_engine import ScriptedEngine
from ....support.tui_seat import ENTER, NO_ROOMS, SERVER, ScreenSeat

BEGINS = 1_790_000_000.0
SECONDS = 20 * 60
SIZES = ((80, 24), (120, 40), (40, 12), (200, 50), (100, 30), (60, 18), (300, 60))
RESIZED_EVERY = 60
LOOKED_EVERY = 1 if os.environ.get("ROOMCLI_EVENING") == "whole" else 20
KEYS = {14: ("right",), 20: ("escape", "t"), 29: ("escape",), 35: ("c",), 44: ("escape",)}
"""What the viewer presses, by the second of each minute."""
HEADINGS: dict[type[Widget], str] = {
    StageHeading: "Stage",
    HandQueue: "Hands",
    Audience: "Audience",
    TalkLines: "Talk",
}
SEEN = {*HEADINGS, SpeakerCard, RoomLine, OwnBar, KeyHints}
CARDS, GUTTER = "cards", 2
FULL = 120
"""Seconds after which more was said than fits on any screen."""


class QuickenedTime:
    """Stands for the module ``time`` in the frontend: the evening's time, which the test moves."""

    now = BEGINS

    def time(self) -> float:
        """Return the seconds since 1970."""
        return self.now

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return self.now - BEGINS + 1000

    def __getattr__(self, name: str) -> object:
        return getattr(real_time, name)


class Part(NamedTuple):
    """A part of the screen that can be seen, and its rows."""

    kind: type[Widget]
    rows: list[str]
    whole: bool


class Shot(NamedTuple):
    """A screen as it was recorded."""

    second: int
    size: tuple[int, int]
    lines: list[str]
    parts: list[Part]
    repainted: list[str]
    """The same screen after all of it was painted anew; looked at when the size has changed."""
    unseen: bool
    """Whether there is no room for the cards of some."""

    def faults(self) -> list[str]:
        """Return what is wrong with it."""
        width, height = self.size
        found = [] if len(self.lines) == height else [f"{len(self.lines)} rows"]
        found += [f"shifted: {row!r}" for row in self.lines if cell_len(row) != width]
        pairs = zip(self.lines, self.repainted, strict=True)
        found += [f"not painted: {now!r}, {whole!r}" for now, whole in pairs if now != whole]
        shown = {part.kind for part in self.parts}
        found += [
            f"no {kind.__name__}" for kind in (RoomLine, StageHeading, OwnBar) if kind not in shown
        ]
        for part in self.parts:
            found += [f"{part.kind.__name__}: {fault}" for fault in self._faults_of(part)]
        return found

    def _faults_of(self, part: Part) -> list[str]:
        found: list[str] = []
        title = HEADINGS.get(part.kind)
        if title is not None and not re.match(rf"{title}( \d+)?( |$)", part.rows[0]):
            found.append(f"cut heading {part.rows[0]!r}")
        blank = [not row.strip() for row in part.rows]
        if part.kind in (RoomLine, OwnBar, KeyHints) and all(blank):
            found.append("blank")
        if part.kind is SpeakerCard and part.whole and all(blank):
            found.append("blank card")
        full: dict[type[Widget], bool] = {
            TalkLines: self.second > FULL,
            Audience: " more" in part.rows[-1],
            HandQueue: " more" in part.rows[-1],
        }
        if full.get(part.kind, False) and any(blank):
            found.append(f"{sum(blank)} blank rows of {len(blank)}, and there is more to show")
        empty = max((len(list(rows)) for is_blank, rows in groupby(blank) if is_blank), default=0)
        if part.kind is VerticalScroll and self.unseen and empty > GUTTER:
            found.append(f"{empty} blank rows, and there are more cards to show")
        return found


def shoot(app: RoomcliApp, second: int) -> Shot:
    """Return the screen as it is now."""
    screen = app.screen
    strips = screen._compositor.render_strips()
    parts: list[Part] = []
    unseen = False
    for widget in screen.query(Widget):
        if type(widget) not in SEEN and widget.id != CARDS:
            continue
        seen = screen.find_widget(widget).visible_region if widget.is_on_screen else None
        unseen |= not seen and type(widget) is SpeakerCard
        if seen:
            rows = [strip.crop(seen.x, seen.right).text for strip in strips[seen.y : seen.bottom]]
            parts.append(Part(type(widget), rows, seen.size == widget.region.size))
    lines = [strip.text for strip in strips]
    return Shot(second, (app.size.width, app.size.height), lines, parts, lines, unseen)


async def shoot_at_rest(you: ScreenSeat[RoomcliApp], second: int) -> Shot:
    """Return the screen once all that waits to be arranged and painted is: time stands still."""
    screen, shot, before = you.app.screen, None, None
    while shot is None or before is None or shot.lines != before.lines:
        you.visit.sync()  # as ten times a second, whatever happens
        await you.pilot.pause()
        if screen._layout_required or screen._repaint_required or screen._dirty_widgets:
            continue
        before, shot = shot, shoot(you.app, second)
    return shot


async def record(
    clock: QuickenedTime, evening: LivelyRoom, patch: pytest.MonkeyPatch
) -> list[Shot]:
    """Sit through an evening; return the screens."""
    engine, shots = ScriptedEngine(), []
    app = RoomcliApp(ENTER, lambda _: engine, (SERVER,), NO_ROOMS)
    async with app.run_test(size=SIZES[0], notifications=False) as pilot:
        you = ScreenSeat(app, [engine], pilot)
        await you.sees("standup")
        for name, module in list(sys.modules.items()):
            if name.startswith("roomcli.") and getattr(module, "time", None) is real_time:
                patch.setattr(module, "time", clock)
        joined = e.Joined(room="standup", you=YOU, view=evening.view, server_time=BEGINS)
        you.visit.receive(local.Connection(state="connected", rtt_ms=34.0))
        you.visit.receive(joined)
        for second in range(SECONDS):
            clock.now += 1
            for event in evening.second():
                you.visit.receive(event)
            levels = {id: -20 - (second * 7) % 30 for id in evening.on_air[:4]}
            you.visit.receive(local.Levels(microphone=-90, speakers=levels))
            of_minute = second % RESIZED_EVERY
            await pilot.press(*KEYS.get(of_minute, ()))
            if of_minute == 0:
                size = SIZES[second // RESIZED_EVERY % len(SIZES)]
                await pilot.resize_terminal(*size)
            elif second % LOOKED_EVERY:
                continue
            shots.append(await shoot_at_rest(you, second))
            if of_minute == 0:
                app.refresh(layout=True)
                await pilot.pause()
                shots[-1] = shots[-1]._replace(repainted=you.lines)
    return shots


def test_an_evening_has_no_cut_heading_no_shifted_row_and_no_blank_area(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shots = asyncio.run(record(QuickenedTime(), LivelyRoom(BEGINS), monkeypatch))
    assert {shot.size for shot in shots} == set(SIZES)
    for shot in shots:
        assert shot.faults() == [], "\n".join((f"{shot.second} s, {shot.size}", *shot.lines))
