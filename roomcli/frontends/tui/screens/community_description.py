"""The form to found a community, or to change what one says of itself and how one gets in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from ....errors import CommandRefused
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.community import (
    MAX_SUMMARY,
    CommunityDetails,
    CommunityEntry,
    CommunityHosting,
)
from ....protocol.text import MAX_NAME
from ..widgets.face import QUIET
from ..widgets.lines_area import LinesArea
from ..widgets.sheet import Choices, KeysLine
from .form_page import FormPage, checked


class ChoiceField(NamedTuple):
    """A choice of the form: its name on the wire, and its values with their words."""

    name: str
    values: tuple[Any, ...]
    words: tuple[str, ...]


ENTRY = ChoiceField(
    "entry", get_args(CommunityEntry), ("everybody", "who applies", "who is invited")
)
HIDDEN = ChoiceField("hidden", (False, True), ("everybody", "members and who is invited"))
HOSTING = ChoiceField("hosting", get_args(CommunityHosting), ("moderators", "members"))
LABELS = {
    "name": "Name",
    "summary": "Summary",
    "about": "About",
    "rules": "Rules",
    "entry": "Joining",
    "hidden": "Found by",
    "hosting": "Rooms by",
}
NEW = CommunityDetails(id="", name="")
NOTE = "A rule a line. Members are shown changed rules and can agree; nobody has to leave."


class DescriptionForm(FormPage[e.CommunityShown]):
    """Founds a community, or changes one; only what was changed is sent."""

    def __init__(self, community: CommunityDetails | None = None) -> None:
        super().__init__()
        self._before = community or NEW
        self._choices = (ENTRY, HIDDEN, HOSTING) if community else (ENTRY, HIDDEN)
        self.title_text = f"Change {community.name}" if community else "Found a community"

    def body(self) -> ComposeResult:
        """Yield the fields, as they are now."""
        before = self._before
        for name, length in (("name", MAX_NAME), ("summary", MAX_SUMMARY)):
            line = Input(getattr(before, name), id=name, max_length=length, compact=True)
            yield from self.labelled(LABELS[name], line)
        yield from self.labelled(LABELS["about"], LinesArea(before.about, id="about"))
        for name, values, words in self._choices:
            choices = Choices(words, values.index(getattr(before, name)), id=name)
            yield from self.labelled(LABELS[name], choices)
        yield from self.labelled(LABELS["rules"], LinesArea(before.rules, id="rules"))
        yield Static(Content.styled(NOTE, QUIET), classes="note")
        yield KeysLine()

    def on_mount(self) -> None:
        """Take letters at once."""
        self.offer_saving("saves" if self._before.id else "founds it")
        self.query_one("#name", Input).focus()

    async def save(self) -> None:
        """Send what was changed, and close."""
        fields = dict(self._changes())
        if not self._before.id:
            if "name" not in fields:
                raise CommandRefused("bad_text", "a community needs a name")
            command: c.DeskCommand = checked(c.FoundCommunity, fields, LABELS)
        elif fields:
            fields["community"] = self._before.id
            command = checked(c.DescribeCommunity, fields, LABELS)
        else:
            self.dismiss()
            return
        (shown,) = await self.ask_server(command)
        assert isinstance(shown, e.CommunityShown)
        self.dismiss(shown)

    def _changes(self) -> Iterator[tuple[str, object]]:
        """Yield each field that is another one than before."""
        for name, value in self._filled_in():
            if value != getattr(self._before, name):
                yield name, value

    def _filled_in(self) -> Iterator[tuple[str, object]]:
        for name in ("name", "summary"):
            yield name, self.query_one(f"#{name}", Input).value.strip()
        for name in ("about", "rules"):
            yield name, self.query_one(f"#{name}", LinesArea).lines
        for name, values, _ in self._choices:
            yield name, values[self.query_one(f"#{name}", Choices).chosen]
