"""Colours that can be read: the contrast of a text, and themes whose texts all have enough of it.

Contrast is the ratio of WCAG 2, 1 to 21. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from textual.color import BLACK, WHITE, Color
from textual.theme import Theme

from .hues import HUES

TEXT, DIM = 4.5, 3.0
"""Least contrast of a text, and of what is dim on purpose, since it is no news."""
DIMMED = 0.66
"""How much of the text's colour is left in a dim text."""
_GROUNDS = ("background", "surface", "panel")
_TEXTS = ("primary", "secondary", "accent", "warning", "error", "success")
_ANGLES = (345, 20, 40, 65, 95, 150, 172, 190, 210, 240, 270, 305)
"""Degrees on the circle of colours, not evenly: the eye tells fewer greens than reds apart."""
_SATURATION = 0.6
_DIMMEST = 0.45
"""Share of the text's colour in what is as dim as it may be."""
_STEP = 0.04
"""Share by which a colour that cannot be read goes towards white or black at once."""
_SPARE = 0.05
"""Contrast above the least one, for what Textual loses when it makes shades of a colour."""
_CURSOR = 0.22
"""Share of the main colour in the ground of what is picked in a list."""


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours, whichever is the text."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=1024)  # a theme is made readable at each start, with the same few grounds
def _luminance(colour: Color) -> float:
    red, green, blue = (
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4
        for each in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable_on(text: Color, grounds: Iterable[Color], least: float = TEXT) -> Color:
    """Return the colour, as far towards white or black as it must be to be read on the grounds."""
    grounds = tuple(grounds)
    # Whichever end is farther from the ground that is hardest for it.
    end = max(WHITE, BLACK, key=lambda each: min(contrast(each, ground) for ground in grounds))
    share, shown = 0.0, text
    while share < 1.0 and min(contrast(shown, ground) for ground in grounds) < least + _SPARE:
        share = min(1.0, share + _STEP)
        shown = _as_drawn(text.blend(end, share))
    return shown


def _as_drawn(colour: Color) -> Color:
    """Return the colour in whole steps, as a terminal is told it."""
    return Color.parse(colour.hex)


def readable(theme: Theme) -> Theme:
    """Return the theme with all its texts readable, and with colours for names.

    A theme in the terminal's own colours is left as it is: nobody knows how these look.
    """
    if theme.ansi:
        own = {f"hue-{number}": "ansi_default" for number in range(HUES)}
        own |= {"dim": "ansi_default 50%", "on-air": theme.error or theme.primary}
        return replace(theme, variables=theme.variables | own)
    known = theme.to_color_system().generate()
    colours = {name: Color.parse(known[name]) for name in (*_TEXTS, *_GROUNDS, "foreground")}
    background, surface, panel = (colours[name] for name in _GROUNDS)
    cursor = _as_drawn(surface.blend(colours["primary"], _CURSOR))
    grounds = (background, surface, panel, cursor)
    foreground = _with_dim(colours["foreground"], grounds)
    texts = {name: readable_on(colours[name], grounds) for name in _TEXTS}
    hues = (Color.from_hsl(angle / 360, _SATURATION, _lightness(theme)) for angle in _ANGLES)
    own = {f"hue-{number}": readable_on(hue, grounds).hex for number, hue in enumerate(hues)}
    own["dim"] = readable_on(background.blend(foreground, _DIMMEST), grounds, DIM).hex
    own["on-air"] = readable_on(colours["error"], [WHITE]).hex
    own["block-cursor-background"] = own["block-cursor-blurred-background"] = cursor.hex
    own["block-cursor-foreground"] = own["block-cursor-blurred-foreground"] = foreground.hex
    return replace(
        theme,
        primary=texts["primary"].hex,
        secondary=texts["secondary"].hex,
        accent=texts["accent"].hex,
        warning=texts["warning"].hex,
        error=texts["error"].hex,
        success=texts["success"].hex,
        foreground=foreground.hex,
        background=background.hex,
        surface=surface.hex,
        panel=panel.hex,
        variables=theme.variables | own,
    )


def _lightness(theme: Theme) -> float:
    return 0.7 if theme.dark else 0.36


def _with_dim(text: Color, grounds: Iterable[Color]) -> Color:
    """Return the colour of a text that can be read when it is dim, too."""
    shown, grounds = readable_on(text, grounds), tuple(grounds)
    for least in range(45, 211, 5):
        shown = readable_on(text, grounds, least / 10)
        if all(contrast(ground.blend(shown, DIMMED), ground) >= DIM for ground in grounds):
            break
    return shown
