"""The pages over the room: opens them and carries out what they answer."""

from __future__ import annotations

from typing import cast

from textual.app import App

from ...protocol import commands as c
from ...protocol import events as e
from ...protocol.people import Person
from ..model.named import Named, with_seat
from ..outcome import Outcome
from ..words.names import written
from .moderation import ACTS
from .room_client import ClientApp, OpenPage, PeopleList, RoomClient
from .screens.room import RoomScreen
from .widgets.banners import Confirmation


class Pages:
    """Opens pages over one room; a page's module is imported when it is first needed."""

    def __init__(self, app: App[Outcome], client: RoomClient, room: RoomScreen) -> None:
        self._app = app
        self._client = client
        self._room = room

    def open_page(self, message: OpenPage) -> None:
        """Open the page that a message asks for."""
        if message.page == "people":
            self.people(message.people)
        else:
            getattr(self, message.page)()

    def invite(self) -> None:
        """Open the invite page with the line for friends, if there is one to give."""
        from .screens.invite import InviteScreen

        text = self._client.friends_line()
        if text is None:
            self._app.notify("Only a host can invite people to this room", markup=False)
        elif not isinstance(self._app.screen, InviteScreen):
            line, _, advice = text.partition("\n")
            self._app.push_screen(InviteScreen(line, advice, self._client.room_name))

    def people(self, which: PeopleList = "audience") -> None:
        """Open the list of the audience, of those who left, or of those who are banned."""
        from .screens.people import PeopleScreen

        self._app.push_screen(PeopleScreen(which))

    def show_event(self, id: str) -> None:
        """Open the page of an event, unless it is open."""
        from .screens.event import EventScreen

        if not isinstance(self._app.screen, EventScreen):
            self._app.push_screen(EventScreen(id))

    def settings(self) -> None:
        """Open the room's settings."""
        from .screens.settings import SettingsScreen

        if self._client.model.view is not None:
            self._app.push_screen(SettingsScreen(self._client.model.view))

    def devices(self) -> None:
        """Open the page of one's own devices, unless it is open."""
        from .screens.devices import DevicesScreen, RoomDevices

        if not isinstance(self._app.screen, DevicesScreen):
            self._app.push_screen(DevicesScreen(RoomDevices(self._client)))

    def door(self) -> None:
        """Open the list of who waits at the door, unless it is open."""
        from .screens.door import DoorScreen

        if not isinstance(self._app.screen, DoorScreen):
            self._app.push_screen(DoorScreen())

    def log(self) -> None:
        """Open the moderation log."""
        from .screens.log import LogScreen

        self._app.push_screen(LogScreen())

    def quality(self) -> None:
        """Open the page of how well voice goes, unless it is open."""
        from .screens.quality import QualityScreen

        if not isinstance(self._app.screen, QualityScreen):
            self._app.push_screen(QualityScreen())

    def card(self, someone: Named, *, gone: bool = False) -> None:
        """Open a person's card; ``gone`` if the person left."""
        from .screens.card import CardScreen

        self._app.push_screen(CardScreen(someone, gone=gone))

    def card_of(self, person: str) -> None:
        """Open the card of the person with this id, who need not be here."""
        model, view = self._client.model, self._client.model.view
        known = dict(view.people) if view is not None else {}
        known |= {each.person.id: each.person for each in model.lists.departed}
        known |= {each.id: each for each in model.lists.audience.values()}
        someone = with_seat(known.get(person, Person(person, person)), view)
        self.card(someone, gone=someone.id == person and person not in known)

    def emoji(self) -> None:
        """Open the page of emoji to choose a reaction."""
        from .screens.emoji import EmojiScreen

        def react(emoji: str | None) -> None:
            if emoji is not None:
                self._client.send(c.React(reaction=emoji))

        self._app.push_screen(EmojiScreen(), react)

    @property
    def asks_who_leads(self) -> bool:
        """Whether a host is being asked who takes over."""
        from .screens.leave import LeaveScreen

        return isinstance(self._app.screen, LeaveScreen)

    def leave(self) -> None:
        """Ask a host who leaves who takes over."""
        from .screens.leave import LeaveScreen

        view = self._client.model.view
        if view is not None:
            self._app.push_screen(LeaveScreen(view), self._left)

    def _left(self, commands: tuple[c.Command, ...] | None) -> None:
        for command in commands or ():
            if isinstance(command, c.Leave):
                self._client.leave()
            else:
                self._client.send(command)

    def perform(self, name: str, someone: Named) -> None:
        """Do an act to a person; first show its question or form, if it has one."""
        act, (id, person) = ACTS[name], someone
        if act.form:
            from .screens.forms import FORMS

            self._app.push_screen(FORMS[name](id, self._written(person)), self._filled_in)
            return
        command = act.command(id)
        if not act.question:
            self._client.send(command)
            return
        room = self._room
        cast("ClientApp", self._app).show_room()  # the question is asked there
        while self._app.screen is not room:
            self._app.pop_screen()
        if room.picked != id:
            room.pick(id)
        key = self._client.keymap.shown(name)
        room.ask_or_do(Confirmation(act.question.format(self._written(person)), key, command))

    def _written(self, person: Person) -> str:
        return written(person, self._client.model.view)

    def _filled_in(self, command: c.Command | None) -> None:
        if command is not None:
            self._client.send(command)

    def sync(self) -> None:
        """Update the open pages after the model changed."""
        from .widgets.sheet import Sheet

        for screen in self._app.screen_stack:
            if isinstance(screen, Sheet) and screen.is_mounted:
                screen.sync()

    def turn(self, page: e.PeoplePage | e.LogPage) -> None:
        """Hand a page of a list to the screen that had asked for it."""
        from .screens.log import LogScreen
        from .screens.people import PeopleScreen

        for screen in self._app.screen_stack:
            if not screen.is_mounted:
                continue
            match screen, page:
                case PeopleScreen(), e.PeoplePage():
                    screen.show_page(page)
                case LogScreen(), e.LogPage():
                    screen.show_page(page)
