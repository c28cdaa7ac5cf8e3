"""What the command palette offers at home."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .commands import Commands, Offer
from .screens.home import HomeScreen


class HomeCommands(Commands):
    """What the user may do at home at this moment."""

    def offers(self) -> Iterator[Offer]:
        """Yield what may be done at home, if it is the screen that is shown."""
        home = self.app.screen_stack[0]
        if not isinstance(home, HomeScreen):
            return
        if (visit := home.visit) is not None:
            yield Offer(f"Back to {visit.room_name}", "It goes on", home.action_show_room)
            yield Offer("Open or close your microphone", "On stage", visit.toggle_microphone)
        for room in home.fitting:
            yield Offer(
                f"Enter {room.name}", room.topic or room.host, partial(home.go_in, room.name)
            )
        if home.has_server:
            yield Offer("Your profile", "On this server", home.action_profile)
            yield Offer("Events", "What is planned on this server", home.action_events)
            yield Offer("Communities", "Of this server", home.action_communities)
        yield Offer("Change the theme", "Colours", home.app.action_change_theme)
        yield Offer("Keys and help", "What every key does", home.action_help)
        words = "Quit roomcli" if visit is None else f"Leave {visit.room_name}"
        yield Offer(words, "", home.action_leave)
