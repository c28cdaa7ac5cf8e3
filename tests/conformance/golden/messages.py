"""All golden messages, family by family: each with few fields and with all of them."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from . import (
    calendar,
    claims,
    communities,
    door,
    entering,
    finding,
    floor,
    house,
    keys,
    profile,
)

FAMILIES = (
    entering,
    door,
    floor,
    house,
    profile,
    claims,
    keys,
    communities,
    calendar,
    finding,
)
COMMANDS: list[c.Command] = [each for family in FAMILIES for each in family.COMMANDS]
EVENTS: list[e.Event] = [each for family in FAMILIES for each in family.EVENTS]
