"""What asks for attention between the top line and the stage; each line is there or is not."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from ....protocol import events as e
from ....protocol import local
from ....protocol.commands import Command
from ....protocol.people import MODERATORS
from ...model.room_model import OwnState, RoomModel
from ...words.measures import remaining
from ..keys import Keymap
from .face import Face, clock, spread, styled

TEXT, LEAST_TEXT = 14, 6
"""Cells that a banner's text wants beside the keys, and those below which the keys stand alone."""
FAINTEST = 90
"""A microphone louder than this (in -dBov) is connected to something."""


@dataclass(frozen=True)
class Confirmation:
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

    def show_text(self, text: str, keys: str = "", short_keys: str = "") -> None:
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


@dataclass
class Notices:
    """What happened to one's own microphone and deserves a line until it is seen to."""

    silent: bool = False
    back: bool = False

    def receive(self, event: local.ChannelEvent, own: OwnState) -> None:
        """Take an event in, after the model has."""
        match event:
            case local.Problem(code="silent_microphone"):
                self.silent = True
            case local.Levels(microphone=level) if level < FAINTEST:
                self.silent = False
            case local.Microphone(open=is_open):
                self.silent = False
                self.back = self.back and not is_open
            case e.Joined(resumed=True):
                self.back = True
        self.back = self.back and own is not OwnState.LISTENING

    def tells(self, event: local.ChannelEvent) -> bool:
        """Whether a line of these says what the event does."""
        match event:
            case local.Problem(code="silent_microphone"):
                return self.silent
            case e.Joined(resumed=True):
                return self.back
        return False

    def dismiss(self) -> None:
        """They are seen to."""
        self.silent = self.back = False


class Banners(Vertical):
    """All of them, the most urgent first."""

    def __init__(self) -> None:
        super().__init__()
        names = (
            *("connection", "question", "silent", "turn", "invited", "asked", "back"),
            *("dropped", "closing"),
        )
        self._banners = {name: Banner(id=f"banner-{name}") for name in names}
        for banner in self._banners.values():
            banner.display = False

    def compose(self) -> ComposeResult:
        """Hidden until there is something to say."""
        yield from self._banners.values()

    def sync(
        self,
        model: RoomModel,
        question: Confirmation | None,
        notices: Notices,
        keymap: Keymap,
        now: float,
        wall: float,
    ) -> None:
        """Show what the model and a pending question call for."""
        say, key = {name: each.show_text for name, each in self._banners.items()}, keymap.shown
        space, yes, no = (
            key("toggle_microphone"),
            key("accept_stage_invitation"),
            key("decline_stage_invitation"),
        )
        say["connection"](*_connection(model))
        if question is None:
            say["question"]("")
        else:
            say["question"](question.text, question.keys, question.short_keys)
        here = not model.is_cut_off  # no key does anything else about oneself
        dead = "Nothing is coming from your microphone: is it on?"
        silent = dead if here and notices.silent else ""
        say["silent"](silent, f"{space} mutes   Esc: I know", "Esc")
        more = f"{key('give_time')}: one more minute" if model.role in MODERATORS else ""
        say["turn"](_own_turn(model, wall), more)
        by = model.invited_by
        invited = f"▲ {model.name_of(by)} invites you on stage" if here and by else ""
        keys = f"{yes}: come up, muted   {no}: stay here", f"{yes}: yes  {no}: no"
        say["invited"](invited, *keys)
        asked = model.asked(now)
        hear = f"● {model.name_of(asked)} would like to hear you" if here and asked else ""
        say["asked"](hear, f"{space} opens the microphone", f"{space}: speak")
        back = "You are back, and MUTED" if here and notices.back else ""
        say["back"](back, f"{space} opens the microphone   Esc: fine", f"{space}: speak")
        say["dropped"](_dropped_host(model, wall))
        closes = model.closes_in(wall)
        text = "" if closes is None else f"No host is here: the room closes in {remaining(closes)}"
        say["closing"](text)


def _connection(model: RoomModel) -> tuple[str, str]:
    connection = model.connection
    again = f"next try in {connection.retry_in:.0f} s" if connection.retry_in else "trying now"
    if connection.state == "connecting" and connection.text:  # told to wait at the door
        return f"↻ {connection.text}", again
    if connection.state != "reconnecting":
        return "", ""
    why = f"  {connection.text}" if connection.text else "  the connection is gone"
    return f"↻ RECONNECTING{why}", again


def _own_turn(model: RoomModel, wall: float) -> str:
    left = model.turn_left(model.view.you, wall) if model.view else None
    if left is None or not model.own_turn_ending:
        return ""
    return f"Your turn is over: finish in {clock(left.seconds)}, then you go back to the audience"


def _dropped_host(model: RoomModel, wall: float) -> str:
    view, left = model.view, model.host_back_in(wall)
    if view is None or view.host is None or left is None:
        return ""
    heir = view.successor
    lost = f"{view.host.person.full_name}, the host, lost the connection"
    if heir is None:
        return f"{lost}; nobody can take over"
    whom = "you take" if heir.person.id == view.you else f"{heir.person.full_name} takes"
    return f"{lost}: {whom} over in {remaining(left)}"
