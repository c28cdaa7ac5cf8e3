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
from ..words.home_words import about_words, state_words
from .commands import Commands, Offer
from .screens.home import HomeScreen


class HomeCommands(Commands):
    """What the user may do at home at this moment."""

    def offers(self) -> Iterator[Offer]:
        """Yield what may be done at home, if it is the screen that is shown."""
        home = self.app.screen_stack[0]
        if not isinstance(home, HomeScreen):
            return
        acts = [Offer(each.words, each.help, home.call_for(each)) for each in home.acts]
        if home.visit is not None:  # the way back comes first
            yield acts.pop(0)
        for row in home.rows:
            yield Offer(*_row_words(row), partial(home.open_row, row))
        yield from acts
        for server in home.servers if len(home.servers) > 1 else ():
            yield Offer(f"Forget {server.name}", "Show it no longer", partial(home.forget, server))


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
            return f"Server: {server}", state_words(row)
