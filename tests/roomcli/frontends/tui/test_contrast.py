"""Tests of colours: in every theme that is shipped all texts can be read, and names keep theirs."""

from __future__ import annotations

import asyncio

import pytest
from textual.color import BLACK, WHITE, Color
from textual.theme import BUILTIN_THEMES

from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.contrast import DIM, DIMMED, TEXT, contrast, readable
from roomcli.frontends.tui.hues import HUES, hue
from roomcli.frontends.tui.theme import ROOMCLI, ROOMCLI_LIGHT
from roomcli.protocol.people import Person

from ....support.fake_cast import ANN, listener
from ....support.tui_seat import seat

SHIPPED = {each.name: each for each in (ROOMCLI, ROOMCLI_LIGHT, *BUILTIN_THEMES.values())}
COLOURED = sorted(name for name, theme in SHIPPED.items() if not theme.ansi)
TEXTS = ("foreground", "primary", "secondary", "accent", "success", "warning", "error")


def test_contrast_is_as_wcag_has_it() -> None:
    assert contrast(WHITE, BLACK) == pytest.approx(21.0)
    assert contrast(Color.parse("#777777"), WHITE) == pytest.approx(4.48, abs=0.01)
    assert contrast(BLACK, Color.parse("#767676")) == pytest.approx(4.62, abs=0.01)


@pytest.mark.parametrize("name", COLOURED)
def test_every_text_of_every_theme_can_be_read(name: str) -> None:
    theme = readable(SHIPPED[name])
    known = theme.to_color_system().generate() | theme.variables

    def colour(variable: str) -> Color:
        return Color.parse(known[variable])

    grounds = ("background", "surface", "panel", "block-cursor-background")
    faults = [
        f"{text} on {ground}"
        for ground in grounds
        for text in (*TEXTS, *(f"hue-{number}" for number in range(HUES)))
        if contrast(colour(text), colour(ground)) < TEXT
    ]
    for ground in map(colour, grounds):
        dim = ground.blend(colour("foreground"), DIMMED)
        assert contrast(dim, ground) >= DIM
        assert contrast(colour("dim"), ground) >= DIM
    pairs = [
        (WHITE, colour("on-air")),
        (colour("background"), colour("warning")),
        (colour("background"), colour("primary")),
        (colour("block-cursor-foreground"), colour("block-cursor-background")),
        (colour("foreground"), colour("background").blend(colour("warning"), 0.25)),
    ]
    faults += [f"{text} on {ground}" for text, ground in pairs if contrast(text, ground) < TEXT]
    assert not faults


def test_names_have_many_colours_and_each_person_always_the_same() -> None:
    crowd = [hue(listener(number)) for number in range(200)]
    assert set(crowd) == {f"$hue-{number}" for number in range(HUES)}
    assert crowd == [hue(listener(number)) for number in range(200)]
    renamed = Person("other id", "Other name", key=ANN.key)
    assert hue(renamed) == hue(ANN)
    assert len({readable(ROOMCLI).variables[f"hue-{number}"] for number in range(HUES)}) == HUES


@pytest.mark.parametrize("theme", ["roomcli", "roomcli-light", "nord"])
def test_a_person_has_one_colour_wherever_their_name_stands(theme: str) -> None:
    async def scenario() -> None:
        async with seat("host", (120, 40)) as you:
            you.app.theme = theme
            wanted = Color.parse(readable(SHIPPED[theme]).variables[hue(ANN)[1:]])
            await you.until(lambda: _colours(you.app, "Ann Lindqvist") == {wanted.rgb})

    asyncio.run(scenario())


def _colours(app: RoomcliApp, name: str) -> set[tuple[int, ...]]:
    """Return the colours of a name wherever it stands on the stage and in the talk."""
    found = set[tuple[int, ...]]()
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            if (
                name in segment.text
                and style is not None
                and style.bold
                and style.color is not None
            ):
                found.add(tuple(style.color.get_truecolor()))
    return found
