"""What the command palette offers at home."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..model.home_sections import (
    CommunityRow,
    HomeRow,
    LiveRoomRow,
    PersonRow,
    PlannedRow,
    ServerRow,
)
from ..words.calendar_words import when_words
from ..words.home_words import about_words
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
        for row in home.rows:
            yield Offer(*_row_words(row), partial(home.open_row, row))
        if home.has_server:
            yield Offer("Your profile", "On this server", home.action_profile)
            yield Offer("What is proven of you", "On this server", home.action_claims)
            yield Offer("Events", "What is planned on this server", home.action_events)
            yield Offer("Communities", "Of this server", home.action_communities)
        yield Offer("Change the theme", "Colours", home.app.action_change_theme)
        yield Offer("Keys and help", "What every key does", home.action_help)
        words = "Quit roomcli" if visit is None else f"Leave {visit.room_name}"
        yield Offer(words, "", home.action_leave)


def _row_words(row: HomeRow) -> tuple[str, str]:
    """Return what opening a row is called, and more about it."""
    match row:
        case LiveRoomRow(room):
            return f"Enter {room.name}", room.topic or room.host
        case PlannedRow(one):
            return f"Event: {one.title}", when_words(one.starts_at)
        case CommunityRow(card):
            return f"Community: {card.name}", card.summary
        case PersonRow(person, room):
            return f"Person: {person.full_name}", about_words(person, room)
        case ServerRow(server):
            return f"Server: {server.name}", "Show it at home"
