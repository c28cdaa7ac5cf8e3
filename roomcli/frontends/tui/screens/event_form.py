"""The form to plan an event, or to change one; only what was changed is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple, cast, get_args

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from ....errors import CommandRefused
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.calendar import (
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
from ...words.series_words import series_words
from ..room_client import ClientApp
from ..widgets.face import QUIET
from ..widgets.host_token import HOST_TOKEN, HostTokenField
from ..widgets.lines_area import LinesArea
from ..widgets.sheet import Choices, KeysLine
from .event_people import PeopleFinder
from .form_page import FormPage, checked

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
AGENDA = PlanField("agenda", "Agenda", MAX_AGENDA_LINE, "a line each")
NOTICE = PlanField("notice", "Say why", MAX_NOTICE, "told to those who come")
LABELS = {each.name: each.label for each in (*TEXTS, *PEOPLE, AGENDA, NOTICE)}
LABELS["host_token"] = HOST_TOKEN
NOTE = "Speakers and organisers are asked, and shown once they agree."


class EventForm(FormPage[e.EventShown]):
    """Plans an event, or changes the one that is ``shown``; answers with what was made of it.

    If another organiser was quicker it says so and keeps what was typed; the next time it changes
    what they made of it. Where the server asks for the host token, so does the form then.
    """

    def __init__(self, shown: e.EventShown | None = None) -> None:
        super().__init__()
        self._event = shown.shown if shown is not None else None
        self._finder = PeopleFinder(shown.people if shown is not None else {})
        self._communities: dict[str, str] = {}
        self.title_text = f"Change {self._event.title}" if self._event else "Plan an event"

    def body(self) -> ComposeResult:
        """Yield a line for each field, and several for the agenda."""
        before = typed_fields(self._event, self._finder) if self._event else {"zone": own_zone()}
        for field in TEXTS:
            yield from self.labelled(field.label, self._input(field, before))
        chosen = SEEN_BY.index(self._event.visibility) if self._event else 0
        yield from self.labelled("Seen by", Choices(SEEN_WORDS, chosen, id="visibility"))
        if self._event is None:
            yield from self.labelled("Community", Choices((NOBODYS,), id="community"))
        for field in PEOPLE:
            yield from self.labelled(field.label, self._input(field, before))
        agenda = self._event.agenda if self._event is not None else ()
        area = LinesArea(agenda, id=AGENDA.name, placeholder=AGENDA.example)
        yield from self.labelled(AGENDA.label, area)
        if self._event is not None:
            yield from self.labelled(NOTICE.label, self._input(NOTICE, {}))
        yield HostTokenField()
        yield Static(Content.styled(NOTE, QUIET), classes="note")
        yield KeysLine()

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
        self.offer_saving("changes it" if self._event else "plans it")
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

    async def save(self) -> None:
        """Send what was filled in, and close."""
        fields = {name: value async for name, value in self._filled_in()}
        _judge_filled(fields, is_new=self._event is None)
        if token := self.query_one(HostTokenField).token or cast("ClientApp", self.app).host_token:
            fields["host_token"] = token
        if self._event is None:
            shown = await self._ask_for_event(checked(c.PlanEvent, fields, LABELS))
        else:
            fields |= {"event": self._event.id, "version": self._event.version}
            shown = await self._change(checked(c.ChangeEvent, fields, LABELS))
        self.dismiss(shown)

    async def _ask_for_event(self, command: c.CalendarCommand) -> e.EventShown:
        try:
            (shown,) = await self.ask_server(command)
        except CommandRefused as refused:
            if refused.code == "may_not_publish":
                self.query_one(HostTokenField).ask_for_token()
            raise
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
            if self._text_of(name) == before[name]:
                self._refill(name, text)
        self._event = shown.shown

    def _text_of(self, name: str) -> str:
        """Return what a field holds; lines of an agenda are one below the other."""
        if name == AGENDA.name:
            return "\n".join(self.query_one(f"#{name}", LinesArea).lines)
        return self.query_one(f"#{name}", Input).value.strip()

    def _refill(self, name: str, text: str) -> None:
        if name == AGENDA.name:
            self.query_one(f"#{name}", LinesArea).text = text
        else:
            self.query_one(f"#{name}", Input).value = text

    async def _filled_in(self) -> AsyncIterator[tuple[str, object]]:
        """Yield the fields of the command: to change an event, those that differ."""
        before = typed_fields(self._event, self._finder) if self._event else {}
        for field in (*TEXTS, *PEOPLE, AGENDA):
            text = self._text_of(field.name)
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
        elif notice := self._text_of("notice"):
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
        "agenda": "\n".join(event.agenda),
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
            return tuple(text.splitlines())
    return text


def _needed(value: str | int | Recurrence | None, text: str) -> object:
    if value is None:
        raise CommandRefused("bad_text", text)
    return value


def _judge_filled(fields: Mapping[str, object], *, is_new: bool) -> None:
    """Raise CommandRefused if what an event cannot do without is missing."""
    needed = [name for name in ("title", "start", "zone") if is_new or name in fields]
    missing = [LABELS[name] for name in needed if not fields.get(name)]
    if missing:
        raise CommandRefused("bad_text", f"{' and '.join(missing).lower()} must be filled in")
