"""The form to apply to a community: a word to its moderators, who then let one in or not."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from ....protocol import commands as c
from ....protocol.community import MAX_LINE, CommunityDetails
from ..widgets.face import QUIET
from ..widgets.sheet import KeysLine
from .form_page import FormPage, checked

NOTE = "Its moderators read it, with your card. You are told what they answer."


class ApplicationForm(FormPage[None]):
    """Applies to a community, and agrees to the rules that its page shows."""

    def __init__(self, community: CommunityDetails) -> None:
        super().__init__()
        self._community = community
        self.title_text = f"Apply to {community.name}"

    def body(self) -> ComposeResult:
        """Yield the field for the note."""
        yield Static(Content("Why would you like to join? Optional."), classes="question -first")
        yield Input(id="note", max_length=MAX_LINE, compact=True)
        agreed = "You agree to its rules. " if self._community.rules else ""
        yield Static(Content.styled(f"{agreed}{NOTE}", QUIET), classes="note")
        yield KeysLine()

    def on_mount(self) -> None:
        """Take letters at once."""
        self.offer_saving("applies")
        self.query_one(Input).focus()

    async def save(self) -> None:
        """Apply, and close."""
        fields = {
            "community": self._community.id,
            "rules": self._community.rules_version,
            "note": self.query_one(Input).value.strip(),
        }
        await self.ask_server(checked(c.JoinCommunity, fields, {"note": "Note"}))
        self.dismiss()
