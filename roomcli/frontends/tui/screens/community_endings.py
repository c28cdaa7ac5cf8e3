"""Forms to give a community out of one's hands: to another owner, or to close it for good."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, Static

from ....protocol import commands as c
from ....protocol.community import CommunityDetails, CommunityPerson
from ....protocol.text import MAX_REASON
from ..keys import MEANT
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, DeskSheet, KeysLine

LETS_BE = Hint("Esc", "cancels", "back")


class EndingForm(DeskSheet[bool]):
    """Says what an act means, asks twice, has the server do it, and answers with True then.

    It stays open and says why if the server refuses.
    """

    BINDINGS = [Binding("enter", "send", show=False, priority=True), *ARROWS]
    does = "does it"

    def __init__(self, community: CommunityDetails) -> None:
        super().__init__()
        self.community = community
        self.armed = False
        self._was_asked = False

    def on_mount(self) -> None:
        """Accept Enter only after a moment, so that the user sees the question first."""
        self._offer_yes(Hint("Enter", self.does, "send"))

    def _offer_yes(self, yes: Hint) -> None:
        self.offer(yes, LETS_BE)
        self.armed = False
        self.set_timer(MEANT, self._arm)

    def _arm(self) -> None:
        self.armed = True

    def action_send(self) -> None:
        """Ask once more, and the second time do it."""
        if not self.armed:
            return
        if not self._was_asked:
            self._was_asked = True
            self.set_title(self.title_text, "do you mean it?")
            self._offer_yes(Hint("Enter", f"once more {self.does}", "send"))
            return
        self.inquire(self._send_meant)

    async def _send_meant(self) -> None:
        await self.ask_server(self.meant())
        self.dismiss(True)

    def meant(self) -> c.CommunityCommand:
        """Return the command, with what was filled in."""
        raise NotImplementedError


class HandOverCommunityForm(EndingForm):
    """Makes a member the owner in one's own place."""

    does = "hands it over"

    def __init__(self, community: CommunityDetails, someone: CommunityPerson) -> None:
        super().__init__(community)
        self._person = someone.person
        self.title_text = f"Hand {community.name} over to {self._person.full_name}?"

    def body(self) -> ComposeResult:
        """Yield what it means."""
        yield Static(
            Content(
                f"{self._person.full_name} owns it then: gives and takes roles, changes its rules"
                " and can close it. You become a moderator, and only an owner can make you one"
                " again. Every member can read it in the log."
            )
        )
        yield KeysLine()

    def meant(self) -> c.HandOverCommunity:
        """Return the command to hand it over."""
        return c.HandOverCommunity(community=self.community.id, person=self._person.id)


class CloseCommunityForm(EndingForm):
    """Closes a community for good."""

    does = "closes it for good"

    def __init__(self, community: CommunityDetails) -> None:
        super().__init__(community)
        self.title_text = f"Close {community.name}?"

    def body(self) -> ComposeResult:
        """Yield what it means, and the field for the reason."""
        yield Static(
            Content(
                "It is gone for all of its members, who are told, and nobody can open it again."
                " To leave it to others, hand it over instead."
            )
        )
        yield Static(Content("Why? Optional; it is in its log."), classes="question")
        yield Input(max_length=MAX_REASON, compact=True)
        yield KeysLine()

    def meant(self) -> c.CloseCommunity:
        """Return the command to close it."""
        reason = self.query_one(Input).value.strip()
        return c.CloseCommunity(community=self.community.id, reason=reason)
