"""The form to plan an event, or to change one; only what was changed is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple, get_args

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from ....errors import CommandRefused
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.calendar import (
    MAX_AGENDA,
    MAX_AGENDA_LINE,
    MAX_NOTICE,
    MAX_TITLE,
    Recurrence,
    ShownEvent,
    Visibility,
)
from ...grammar.local_times import EXAMPLE as TIME_EXAMPLE
from ...grammar.local_times import parse_local_time
from ...grammar.series import EXAMPLES as SERIES_EXAMPLES
from ...grammar.series import parse_series
from ...model.own_zone import own_zone
from ...words.misfit_words import misfit_words
from ...words.series_words import series_words
from ..widgets.face import QUIET
from ..widgets.sheet import ARROWS, Choices, DeskSheet, KeysLine
from .event_people import PeopleFinder

SEEN_BY: tuple[Visibility, ...] = get_args(Visibility)
SEEN_WORDS = ("everybody", "members", "who is invited")
NOBODYS = "none"
LONG = 64


class PlanField(NamedTuple):
    """A line of the form: its name on the wire, its label, its length, and an example."""

    name: str
    label: str
    length: int
    example: str = ""


TEXTS = (
    PlanField("title", "Title", MAX_TITLE),
    PlanField("start", "Start", len(TIME_EXAMPLE), TIME_EXAMPLE),
    PlanField("zone", "Time zone", LONG, "Europe/Paris"),
    PlanField("minutes", "Minutes", 4, "60"),
    PlanField("recurrence", "Repeats", 80, "never; or like every first tuesday"),
    PlanField("room", "Room", LONG, "where people meet"),
    PlanField("capacity", "Seats", 5, "any number"),
)
PEOPLE = (
    PlanField("speakers", "Speakers", 500, "people by name, with a comma between them"),
    PlanField("organisers", "Organisers", 300, "beside you"),
    PlanField("invited", "Invited", 1500, "people by name"),
)
AGENDA = PlanField(
    "agenda", "Agenda", MAX_AGENDA * (MAX_AGENDA_LINE + 3), "lines, with a | between them"
)
NOTICE = PlanField("notice", "Say why", MAX_NOTICE, "told to those who come")
LABELS = {each.name: each.label for each in (*TEXTS, *PEOPLE, AGENDA, NOTICE)}
NOTE = "Speakers and organisers are asked, and shown once they agree."


class EventForm(DeskSheet[e.EventShown]):
    """Plans an event, or changes the one that is ``shown``; answers with what was made of it.

    If another organiser was quicker it says so and keeps what was typed; the next Enter changes
    what they made of it.
    """

    BINDINGS = [Binding("enter", "save", show=False, priority=True), *ARROWS]
    classes_of_sheet = "sheet page wide"

    def __init__(self, shown: e.EventShown | None = None) -> None:
        super().__init__()
        self._event = shown.shown if shown is not None else None
        self._finder = PeopleFinder(shown.people if shown is not None else {})
        self._communities: dict[str, str] = {}
        self.title_text = f"Change {self._event.title}" if self._event else "Plan an event"

    def body(self) -> ComposeResult:
        """Yield a line for each field."""
        before = typed_fields(self._event, self._finder) if self._event else {"zone": own_zone()}
        for field in TEXTS:
            yield from self._labelled(field.label, self._input(field, before))
        chosen = SEEN_BY.index(self._event.visibility) if self._event else 0
        yield from self._labelled("Seen by", Choices(SEEN_WORDS, chosen, id="visibility"))
        if self._event is None:
            yield from self._labelled("Community", Choices((NOBODYS,), id="community"))
        for field in (*PEOPLE, AGENDA):
            yield from self._labelled(field.label, self._input(field, before))
        if self._event is not None:
            yield from self._labelled(NOTICE.label, self._input(NOTICE, {}))
        yield Static(Content.styled(NOTE, QUIET), classes="note")
        done = "changes it" if self._event else "plans it"
        yield KeysLine(("↑↓", "field"), ("←→", "choice"), ("Enter", done), ("Esc", "leaves it"))

    def _labelled(self, label: str, field: Widget) -> ComposeResult:
        with Horizontal(classes="setting"):
            yield Static(Content.styled(label, QUIET), classes="label")
            yield field

    def _input(self, field: PlanField, before: dict[str, str]) -> Input:
        return Input(
            before.get(field.name, ""),
            id=field.name,
            placeholder=field.example,
            max_length=field.length,
            compact=True,
        )

    def on_mount(self) -> None:
        """Ask for which communities one may plan."""
        self.query_one("#title", Input).focus()
        if self._event is None:
            self.inquire(self._load_communities)

    async def _load_communities(self) -> None:
        (page,) = await self.ask_server(c.ListCommunities(of="mine"))
        if isinstance(page, e.CommunitiesListed) and self.is_mounted:
            led = [each for each in page.communities if each.you in ("owner", "moderator")]
            self._communities = {each.name: each.id for each in led}
            choices = self.query_one("#community", Choices)
            choices.offer((NOBODYS, *self._communities))

    def action_save(self) -> None:
        """Send what was filled in; stay on the page if something does not fit."""
        self.inquire(self._save)

    async def _save(self) -> None:
        self.set_title(self.title_text, "asking …")
        fields = {name: value async for name, value in self._filled_in()}
        if self._event is None:
            shown = await self._ask_for_event(_checked(c.PlanEvent, fields))
        else:
            fields |= {"event": self._event.id, "version": self._event.version}
            shown = await self._change(_checked(c.ChangeEvent, fields))
        self.dismiss(shown)

    async def _ask_for_event(self, command: c.CalendarCommand) -> e.EventShown:
        (shown,) = await self.ask_server(command)
        assert isinstance(shown, e.EventShown)
        return shown

    async def _change(self, command: c.CalendarCommand) -> e.EventShown:
        try:
            return await self._ask_for_event(command)
        except CommandRefused as refused:
            if refused.code == "changed_meanwhile":
                assert self._event is not None
                await self._take_over(await self._ask_for_event(c.ShowEvent(event=self._event.id)))
            raise

    async def _take_over(self, shown: e.EventShown) -> None:
        """Show what others changed, but keep what the user has typed into other fields."""
        assert self._event is not None
        self._finder.known |= shown.people
        before, now = (typed_fields(each, self._finder) for each in (self._event, shown.shown))
        for name, text in now.items():
            field = self.query_one(f"#{name}", Input)
            if field.value.strip() == before[name]:
                field.value = text
        self._event = shown.shown

    async def _filled_in(self) -> AsyncIterator[tuple[str, object]]:
        """Yield the fields of the command: to change an event, those that differ."""
        before = typed_fields(self._event, self._finder) if self._event else {}
        for field in (*TEXTS, *PEOPLE, AGENDA):
            text = self.query_one(f"#{field.name}", Input).value.strip()
            if text == before.get(field.name, ""):
                continue
            if field in PEOPLE:
                yield field.name, await self._finder.ids_of(text, self.ask_server)
                continue
            if field.name == "recurrence" and not text:
                yield "once", True
                continue
            yield field.name, _value(field, text)
        seen_by = SEEN_BY[self.query_one("#visibility", Choices).chosen]
        if self._event is None or seen_by != self._event.visibility:
            yield "visibility", seen_by
        if self._event is None:
            choices = self.query_one("#community", Choices)
            if choices.chosen:
                yield "community", self._communities[choices.words[choices.chosen]]
        elif notice := self.query_one("#notice", Input).value.strip():
            yield "notice", notice


def typed_fields(event: ShownEvent, finder: PeopleFinder) -> dict[str, str]:
    """Return an event as one would type it, by the names of the fields."""
    organising = event.asked_to_organise
    speaking = [id for id in event.asked if id not in organising]
    return {
        "title": event.title,
        "start": event.start.replace("T", " "),
        "zone": event.zone,
        "minutes": str(event.minutes),
        "recurrence": series_words(event.recurrence) if event.recurrence is not None else "",
        "room": event.room,
        "capacity": str(event.capacity) if event.capacity is not None else "",
        "speakers": finder.names((*event.speakers, *speaking)),
        "organisers": finder.names((*event.organisers, *organising)),
        "invited": finder.names(event.invited),
        "agenda": " | ".join(event.agenda),
    }


def _value(field: PlanField, text: str) -> object:
    """Return the value that a typed text means. Raises CommandRefused."""
    match field.name:
        case "start":
            return _needed(parse_local_time(text), f"a start is like {TIME_EXAMPLE}")
        case "recurrence":
            return _needed(parse_series(text), f"{text} is no series: it is {SERIES_EXAMPLES}")
        case "minutes" | "capacity":
            number = int(text or 0) if text.isdecimal() or not text else None
            return _needed(number, f"{field.label.lower()} is a number")
        case "agenda":
            return tuple(filter(None, (each.strip() for each in text.split("|"))))
    return text


def _needed(value: str | int | Recurrence | None, text: str) -> object:
    if value is None:
        raise CommandRefused("bad_text", text)
    return value


def _checked(kind: type[c.CalendarCommand], fields: dict[str, Any]) -> c.CalendarCommand:
    """Return the command, with every field within its limits. Raises CommandRefused."""
    missing = [LABELS[name] for name in ("title", "start", "zone") if fields.get(name) == ""]
    if kind is c.PlanEvent:
        missing = [LABELS[name] for name in ("title", "start", "zone") if not fields.get(name)]
    if missing:
        raise CommandRefused("bad_text", f"{' and '.join(missing).lower()} must be filled in")
    try:
        return msgspec.convert(msgspec.to_builtins(fields), type=kind)
    except msgspec.ValidationError as error:
        raise CommandRefused("bad_text", misfit_words(error, LABELS)) from None
