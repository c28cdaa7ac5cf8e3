"""What asks for attention between the top line and the stage; each line is there or is not."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from ...protocol.commands import Command
from ..room_model import RoomModel, waiting
from .face import Face, spread, styled

TEXT, LEAST_TEXT = 14, 6
"""Cells that a banner's text wants beside the keys, and those below which the keys stand alone."""


@dataclass(frozen=True)
class Question:
    """Something that is asked once before it is done; ``key`` says yes.

    That is the key that led here, or ``y`` where none did: never one that a hurried person hits
    twice in the palette.
    """

    text: str
    key: str
    command: Command | None = None

    @property
    def keys(self) -> str:
        """What answers it, in words."""
        return "y: yes   n: no" if self.key == "y" else f"{self.key} again: yes   Esc: no"

    @property
    def short_keys(self) -> str:
        """The same where there is no room."""
        return f"{self.key}: yes  {'n' if self.key == 'y' else 'Esc'}: no"


class Banner(Face):
    """One line over the whole width: what it is about, and the keys that answer it."""

    def say(self, text: str, keys: str = "", short_keys: str = "") -> None:
        """Show this; nothing at all hides the banner. The text gives way to the keys."""
        self.display = bool(text)
        self.show((text, keys, short_keys))

    def render(self) -> Content:
        """One line."""
        text, keys, short = self.facts if isinstance(self.facts, tuple) else ("", "", "")
        if short and self.width - len(keys) < TEXT:
            keys = short
        if short and self.width - len(keys) < LEAST_TEXT:
            return styled(keys)
        return spread(styled(f" {text}", "bold"), styled(f"{keys} "), self.width)


class Banners(Vertical):
    """All of them, the most urgent first."""

    def __init__(self) -> None:
        super().__init__()
        names = ("connection", "question", "invited", "asked", "closing")
        self._banners = {name: Banner(id=f"banner-{name}") for name in names}
        for banner in self._banners.values():
            banner.display = False

    def compose(self) -> ComposeResult:
        """Hidden until there is something to say."""
        yield from self._banners.values()

    def sync(self, model: RoomModel, question: Question | None, now: float, wall: float) -> None:
        """Show what the model and a pending question call for."""
        self._banners["connection"].say(*_connection(model))
        if question is None:
            self._banners["question"].say("")
        else:
            self._banners["question"].say(question.text, question.keys, question.short_keys)
        by = model.invited_by
        invited = f"▲ {model.name_of(by)} invites you on stage" if by else ""
        self._banners["invited"].say(invited, "y: come up, muted   n: stay here", "y: yes  n: no")
        asked = model.asked(now)
        hear = f"● {model.name_of(asked)} would like to hear you" if asked else ""
        self._banners["asked"].say(hear, "space opens the microphone", "space: speak")
        closes = model.closes_in(wall)
        text = "" if closes is None else f"No host is here: the room closes in {waiting(closes)}"
        self._banners["closing"].say(text)


def _connection(model: RoomModel) -> tuple[str, str]:
    connection = model.connection
    if connection.state != "reconnecting":
        return "", ""
    why = f"  {connection.text}" if connection.text else "  the connection is gone"
    again = f"next try in {connection.retry_in:.0f} s" if connection.retry_in else "trying now"
    return f"↻ RECONNECTING{why}", again
