"""What the command palette offers at home."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, cast

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


class HomeAct(NamedTuple):
    """Something that can be done at home: its words, more about it, and the action."""

    words: str
    help: str
    action: str


class HomeCommands(Commands):
    """What the user may do at home at this moment."""

    def offers(self) -> Iterator[Offer]:
        """Yield what may be done at home, if it is the screen that is shown."""
        home = self.app.screen_stack[0]
        if not isinstance(home, HomeScreen):
            return
        acts = [Offer(each.words, each.help, _call_for(each, home)) for each in acts_at(home)]
        if home.visit is not None:  # the way back comes first
            yield acts.pop(0)
        for row in home.rows:
            yield Offer(*_row_words(row), partial(home.open_row, row))
        yield from acts
        for server in home.servers if len(home.servers) > 1 else ():
            yield Offer(f"Forget {server.name}", "Show it no longer", partial(home.forget, server))


def acts_at(home: HomeScreen) -> Iterator[HomeAct]:
    """Yield all that can be done at home now, besides opening a row."""
    visit = home.visit
    if visit is not None:
        yield HomeAct(f"Back to {visit.room_name}", "It goes on", "show_room")
        yield HomeAct("Open or close your microphone", "On stage", "toggle_microphone")
    if home.has_server:
        yield HomeAct("Your profile", "On this server", "profile")
        yield HomeAct("What is proven of you", "On this server", "claims")
        yield HomeAct("Events", "What is planned on this server", "events")
        yield HomeAct("Plan an event", "Once, or as a series", "plan")
        yield HomeAct("Reminders and calendar file", "For your phone too", "calendar")
        yield HomeAct("Communities", "Of this server", "communities")
        yield HomeAct("Found a community", "And own it", "found")
        yield HomeAct("Forget this server", "Where several are shown", "forget_server")
    yield HomeAct("Your sound: echo, noise, music", "For the next room", "sound")
    yield HomeAct("Your microphone and speakers", "With your level", "devices")
    yield HomeAct("Your settings: name, what calls you", "Kept", "own_settings")
    yield HomeAct("Add a server", "To home", "add_server")
    yield HomeAct("Change the theme", "Colours", "change_theme")
    yield HomeAct("Keys and help", "What every key does", "help")
    words = "Quit roomcli" if visit is None else f"Leave {visit.room_name}"
    yield HomeAct(words, "", "leave")


def _call_for(act: HomeAct, home: HomeScreen) -> Callable[[], object]:
    """Return what does it, whatever is typed: an action of the screen, or of the app."""
    name = f"action_{act.action}"
    return cast("Callable[[], object]", getattr(home, name, None) or getattr(home.app, name))


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
