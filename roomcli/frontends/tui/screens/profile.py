"""The page of one's own profile on a server: what one says of oneself there."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from ....errors import CommandRefused
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.profile import MAX_BIO, MAX_LINKS, MAX_PRONOUNS, MAX_SHORT, PUBLIC, Profile
from ....protocol.text import MAX_HEADLINE, MAX_LINK, MAX_NAME
from ...words.profile_words import FIELDS
from ..keys import binding
from ..room_client import OpenPage
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, DeskSheet, KeysLine

LENGTHS = {
    "name": MAX_NAME,
    "headline": MAX_HEADLINE,
    "company": MAX_SHORT,
    "location": MAX_SHORT,
    "pronouns": MAX_PRONOUNS,
    "bio": MAX_BIO,
    "links": MAX_LINKS * (MAX_LINK + 1),
    "page": MAX_SHORT,
}
NOTE = (
    "Everybody here can read it, and find you by it. Links begin with https://, a space between.\n"
    f"Web page: {PUBLIC}, and everybody can read it in a browser, with your badges."
)


class ProfileScreen(DeskSheet[None]):
    """One's own profile; Enter sends what was changed, and only that."""

    BINDINGS = [
        Binding("enter", "save", show=False, priority=True),
        *ARROWS,
        Binding("f2", "claims", show=False, priority=True),
        binding("profile", "back"),
    ]
    title_text = "Your profile"
    classes_of_sheet = "sheet page"

    def __init__(self) -> None:
        super().__init__()
        self._profile: Profile | None = None

    def body(self) -> ComposeResult:
        """Yield a line for each field; they are filled in when the server has answered."""
        for field, label in FIELDS.items():
            with Horizontal(classes="setting"):
                yield Static(Content.styled(label, QUIET), classes="label")
                yield Input(id=field, max_length=LENGTHS[field], compact=True, disabled=True)
        yield Static(Content.styled(NOTE, QUIET), classes="note")
        yield KeysLine()

    def on_mount(self) -> None:
        """Ask the server for the profile."""
        self.offer(
            Hint("↑↓", "field"),
            Hint("Enter", "saves", "save"),
            Hint("F2", "what is proven of you", "claims"),
            Hint("Esc", "discards", "back"),
        )
        self.set_title(self.title_text, "asking …")
        self.inquire(self._load)

    async def _load(self) -> None:
        (shown,) = await self.ask_server(c.ShowProfile())
        if not isinstance(shown, e.ProfileShown) or not self.is_mounted:
            return
        self._profile = shown.profile
        for field in FIELDS:
            value = getattr(shown.profile, field)
            line = self.query_one(f"#{field}", Input)
            line.value = " ".join(value) if isinstance(value, tuple) else value
            line.disabled = False
        self.set_title(self.title_text)
        self.query_one("#name", Input).focus()

    def action_claims(self) -> None:
        """Open what is proven of the user, over this page."""
        self.post_message(OpenPage("claims"))

    def action_save(self) -> None:
        """Send what was changed; stay on the page if the server does not take it."""
        if self._profile is not None:
            self.inquire(self._save)

    async def _save(self) -> None:
        change = self._changes()
        if change is not None:
            self.set_title(self.title_text, "saving …")
            await self.ask_server(change)
            self.app.notify("Your profile is changed", markup=False)
        self.dismiss()

    def _changes(self) -> c.ChangeProfile | None:
        """Return what was changed. Raises CommandRefused for too many links."""
        changes: dict[str, Any] = {}
        for field in FIELDS:
            text = self.query_one(f"#{field}", Input).value.strip()
            value: object = tuple(text.split()) if field == "links" else text
            if value != getattr(self._profile, field):
                changes[field] = value
        if len(changes.get("links", ())) > MAX_LINKS:
            raise CommandRefused("bad_text", f"a profile has {MAX_LINKS} links at most")
        return c.ChangeProfile(**changes) if changes else None
