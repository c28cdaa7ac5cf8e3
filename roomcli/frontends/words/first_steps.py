"""The commands to begin with, for whoever has no server yet. Pure."""

from __future__ import annotations

FIRST_STEPS = (
    ("roomcli demo", "meet a room: no microphone, no network needed"),
    ("roomcli host standup", "open a room called standup, get a line for friends"),
    ("roomcli join standup", "enter it"),
)
"""Commands, each with what it does."""
MORE = "More: roomcli --help, and roomcli doctor when something does not work."
