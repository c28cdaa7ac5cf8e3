"""Events about profiles, and about all that the server holds of a person."""

from __future__ import annotations

from typing import Any

from ..badges import Badge
from ..people import Person
from ..profile import Profile
from .base import DeskEvent


class ProfileShown(DeskEvent, frozen=True, kw_only=True):
    """Somebody's profile, as they filled it in; the answer to ``show_profile``.

    ``followed`` and ``blocked`` say whether the asker follows or blocks them.
    ``badges`` are what the server has checked about them, and counts now.
    """

    person: Person
    profile: Profile
    followed: bool = False
    blocked: bool = False
    badges: tuple[Badge, ...] = ()


class ProfileChanged(DeskEvent, frozen=True, kw_only=True):
    """One's own profile is another one now; None means that there is none any longer."""

    profile: Profile | None = None


class ThingHeld(DeskEvent, frozen=True, kw_only=True):
    """One thing that the server holds about the person who asks, as it is kept.

    ``kind`` says what it is: "person", "profile"…
    """

    kind: str
    thing: dict[str, Any]


ProfileEvent = ProfileShown | ProfileChanged | ThingHeld
"""Every event about profiles."""
