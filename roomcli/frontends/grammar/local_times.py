"""How times on the wall of a time zone are typed: ``2027-03-02 18:30``. Pure."""

from __future__ import annotations

import re

from ...protocol.calendar import LocalTime

EXAMPLE = "2027-03-02 18:30"
_TIME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[T ]+(\d{1,2})[:.](\d{2})")


def parse_local_time(text: str) -> LocalTime | None:
    """Return a time as the protocol has it; None for what is none."""
    found = _TIME.fullmatch(text.strip().upper())
    if found is None:
        return None
    year, month, day, hour, minute = (int(each) for each in found.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59):
        return None
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}"
