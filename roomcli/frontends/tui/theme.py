"""roomcli's own look: calm, dark, and one colour for one meaning.

Green is a voice, red is one's own open microphone and nothing else, amber asks for something,
blue is where one is. Every state also has its word and shape, for those who see no colours.
"""

from __future__ import annotations

from textual.theme import Theme

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
    variables={
        "footer-background": "#14171c",
        "footer-item-background": "#14171c",
        "footer-description-background": "#14171c",
        "footer-key-background": "#14171c",
        "footer-key-foreground": "#8fb8d8",
        "footer-description-foreground": "#9aa1ad",
        "block-cursor-background": "#2f3b4a",
        "block-cursor-foreground": "#e8ecf2",
        "block-cursor-text-style": "bold",
        "scrollbar": "#2f3640",
        "scrollbar-background": "#14171c",
        "scrollbar-corner-color": "#14171c",
        "input-selection-background": "#3d5573",
        "border": "#3d5573",
        "border-blurred": "#242a33",
    },
)
