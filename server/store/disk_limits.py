"""How much of the disk the store may take for what people could fill it with, and for how long.

Beyond its limit of each kind something makes way: of what is over before what goes on, of who has
most before others.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

MIB = 1024**2
DAY = 24 * 3600.0
Mib = Annotated[float, Meta(ge=1, le=1024**2)]
Days = Annotated[float, Meta(ge=1, le=36_500)]


class DiskLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """The admin's limits, in MiB and in days.

    ``log`` is for moderation logs, those of rooms that ended for so many days after their last
    entry; ``reports`` for voice and chat of reports, for so many days after they were resolved;
    ``chat`` for that of open rooms; ``bans`` for bans and silences of rooms that are not open: they
    end when the last was made so many days ago, and nobody opened the room for ``log_days``.
    """

    log_mib: Mib = 1024
    log_days: Days = 90
    reports_mib: Mib = 1024
    reports_days: Days = 30
    chat_mib: Mib = 256
    bans_mib: Mib = 64
    bans_days: Days = 730


DEFAULT_DISK_LIMITS = DiskLimits()
