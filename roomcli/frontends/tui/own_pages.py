"""The pages that need no room: about oneself, and about what a server has besides rooms."""

from __future__ import annotations

from textual.screen import Screen

from ...protocol.people import Role
from ..model.own_settings import OwnSettings
from .room_client import PageName


def own_page(name: PageName, role: Role, own: OwnSettings) -> Screen[None] | None:
    """Make a page, whose module is imported for that; None for one that is over a room."""
    match name:
        case "own_settings":
            from .screens.own_settings import OwnSettingsScreen

            return OwnSettingsScreen(own)
        case "help":
            from .screens.help import HelpScreen

            return HelpScreen(role)
        case "profile":
            from .screens.profile import ProfileScreen

            return ProfileScreen()
        case "claims":
            from .screens.claims import ClaimsScreen

            return ClaimsScreen()
        case "communities":
            from .screens.communities import CommunitiesScreen

            return CommunitiesScreen()
        case "sound":
            from .screens.sound import SoundScreen

            return SoundScreen()
        case "events":
            from .screens.events import EventsScreen

            return EventsScreen()
        case _:
            return None
