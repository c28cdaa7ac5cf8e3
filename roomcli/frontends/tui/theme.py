"""roomcli's own themes, dark and light: calm, and each colour has one meaning.

Green is a voice, red is the user's own open microphone and nothing else, amber asks for something,
blue is where the user is. Every state also has its word and shape, for people who see no colours.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.theme import Theme

from ...errors import RoomcliError

KeepTheme = Callable[[str], str]
"""Keeps a theme, by its name, for the next start; returns a text to show, if any."""


def _variables(dark: bool) -> dict[str, str]:
    background, quiet, edge = ("#14171c", "#9aa1ad", "#3d5573") if dark else _DAY_EDGES
    return {
        "block-cursor-text-style": "bold",
        "scrollbar": "#2f3640" if dark else "#cdd3dc",
        "scrollbar-background": background,
        "scrollbar-corner-color": background,
        "input-selection-background": edge,
        "footer-description-foreground": quiet,
        "border": edge,
        "border-blurred": "#242a33" if dark else "#dfe3e9",
    }


_DAY_EDGES = ("#f6f7f9", "#5c6470", "#9fb6cf")

ROOMCLI = Theme(
    name="roomcli",
    primary="#7aa2c9",
    secondary="#8f93b8",
    accent="#8fb8d8",
    warning="#e0af68",
    error="#e5484d",
    success="#7fbf8e",
    foreground="#d5d9e0",
    background="#14171c",
    surface="#1b1f26",
    panel="#242a33",
    dark=True,
    variables=_variables(dark=True),
)
ROOMCLI_LIGHT = Theme(
    name="roomcli-light",
    primary="#2f6699",
    secondary="#5d618a",
    accent="#245f94",
    warning="#8f5b00",
    error="#c5292f",
    success="#1f7a3d",
    foreground="#22282f",
    background="#f6f7f9",
    surface="#eceff3",
    panel="#dfe4ea",
    dark=False,
    variables=_variables(dark=False),
)


def dress(app: App[Any], theme: str | None) -> str | None:
    """Give an app the theme of this name, else roomcli's own; return what was wrong, if anything.

    With NO_COLOR set, the theme is not used.
    """
    app.register_theme(ROOMCLI)
    app.register_theme(ROOMCLI_LIGHT)
    known = theme is None or theme in app.available_themes
    app.theme = theme if theme is not None and known else ROOMCLI.name
    if known:
        return None
    from difflib import get_close_matches  # only for who mistypes

    near = get_close_matches(theme or "", app.available_themes, n=1)
    hint = f"did you mean {near[0]}?" if near else "ctrl+p, “theme” in a room shows all"
    return f"There is no theme {theme!r}: {hint}"


def keep_choice(app: App[Any], keep: KeepTheme) -> None:
    """Keep each theme that is chosen from now on for the next start."""
    from .palette import ThemePalette

    kept = app.theme

    def chosen(theme: Theme) -> None:
        nonlocal kept
        is_preview = isinstance(app.screen, ThemePalette) or theme.name != app.theme
        if is_preview or theme.name == kept:
            return
        kept = theme.name
        try:
            remark = keep(kept)
        except (RoomcliError, OSError) as error:
            remark = f"This theme is for now only: {error}"
        if remark:
            app.notify(remark, markup=False, severity="warning")

    app.theme_changed_signal.subscribe(app, chosen)


def colours_of_the_terminal() -> bool | None:
    """Whether to draw in the terminal's own colours, which serves NO_COLOR best; else None.

    Textual would otherwise use greys.
    """
    return True if "NO_COLOR" in os.environ else None
