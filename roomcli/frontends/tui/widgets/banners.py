"""Lines that ask for attention between the top line and the stage; shown only when needed."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol import local
from ....protocol.durations import clock, remaining
from ....protocol.people import MODERATORS
from ...model.room_model import OwnState, RoomModel
from ...words.badge_words import labels_of
from ...words.happenings import SERVERS_APART
from ...words.names import after_name
from ..keys import Keymap
from .face import Face, spread, styled

LEAST_TEXT = 6
"""Cells of text beside the keys of a banner; with less it has keys alone."""
BLANKS = 3
"""Cells before, between and after text and keys."""
FAINTEST = -90
"""Level in dBov: a microphone louder than this is connected to something."""


@dataclass(frozen=True)
class Confirmation:
    """A question asked once before something is done; ``key`` means yes.

    ``key`` is the key that led here, or ``y`` if there was none: never a key that a hurried person
    presses twice in the palette.
    """

    text: str
    key: str
    command: c.Command | None = None

    @property
    def keys(self) -> str:
        """The keys that answer the question, in words."""
        return "y: yes   n: no" if self.key == "y" else f"{self.key} again: yes   Esc: no"

    @property
    def short_keys(self) -> str:
        """A short form of :attr:`keys`, for little space."""
        return f"{self.key}: yes  {'n' if self.key == 'y' else 'Esc'}: no"


DELETING = Confirmation("Delete all that this server holds about you?", "y", c.DeleteProfile())


class Banner(Face):
    """One line over the whole width: a text, and the keys that answer it."""

    async def on_click(self, event: events.Click) -> None:
        """Open the card of who waits at the door, or their list, if the banner tells of them."""
        if self.id == "banner-knocks":
            await self.app.run_action("screen.open_knocker", self)

    def show_text(self, text: str, keys: str = "", short_keys: str = "") -> None:
        """Show a text with its keys, or hide the banner if it is empty; the text is cut first."""
        self.display = bool(text)
        self.show((text, keys, short_keys))

    def render(self) -> Content:
        """Return the text and its keys; the short keys where the text has no room beside others."""
        text, keys, short = self.facts if isinstance(self.facts, tuple) else ("", "", "")
        if short and cell_len(text) + len(keys) + BLANKS > self.width:
            keys = short
        if short and self.width - len(keys) < LEAST_TEXT:
            return styled(keys)
        return spread(styled(f" {text}", "bold"), styled(f"{keys} "), self.width)


@dataclass
class Notices:
    """What happened to the user's own microphone and is shown until the user reacts."""

    silent: bool = False
    back: bool = False

    def receive(self, event: local.ChannelEvent, own: OwnState) -> None:
        """Apply an event, after the model has."""
        match event:
            case local.Problem(code="silent_microphone"):
                self.silent = True
            case local.Levels(microphone=level) if level > FAINTEST:
                self.silent = False
            case local.Microphone(open=is_open):
                self.silent = False
                self.back = self.back and not is_open
            case e.Joined(resumed=True, moved=False):
                self.back = True
        self.back = self.back and own not in (OwnState.LISTENING, OwnState.HAND_RAISED)

    def tells(self, event: local.ChannelEvent) -> bool:
        """Whether a notice shows what the event says."""
        match event:
            case local.Problem(code="silent_microphone"):
                return self.silent
            case e.Joined(resumed=True, moved=False, cut_short=False):
                return self.back
        return False

    def dismiss(self) -> None:
        """Clear the notices: the user has seen to them."""
        self.silent = self.back = False


class Banners(Vertical):
    """All banners, the most urgent first."""

    def __init__(self) -> None:
        super().__init__()
        names = (
            *("connection", "question", "silent", "turn", "invited", "asked", "knocks", "back"),
            *("dropped", "closing", "apart"),
        )
        self._banners = {name: Banner(id=f"banner-{name}") for name in names}
        for banner in self._banners.values():
            banner.display = False

    def compose(self) -> ComposeResult:
        """Yield the banners, hidden until there is something to say."""
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
        """Show the banners that the model and a pending question require."""
        say, key = {name: each.show_text for name, each in self._banners.items()}, keymap.shown
        space, yes, no = (
            key("push_to_talk"),
            key("accept_stage_invitation"),
            key("decline_stage_invitation"),
        )
        say["connection"](*_connection(model, key("leave")))
        if question is None:
            say["question"]("")
        else:
            say["question"](question.text, question.keys, question.short_keys)
        here = not model.is_cut_off  # no key helps while the connection is lost
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
        knocks = _knocks(model) if here else ""
        let, away = key("let_in"), key("turn_away")
        if model.view is not None and len(model.view.knockers) > 1:
            say["knocks"](knocks, f"{let}: choose whom to let in", f"{let}: choose")
        else:
            say["knocks"](knocks, f"{let}: let in   {away}: not now", f"{let}: yes  {away}: no")
        back = "You are back, and MUTED" if here and notices.back else ""
        say["back"](back, f"{space} opens the microphone   Esc: fine", f"{space}: speak")
        say["dropped"](_dropped_host(model, wall))
        closes = model.clock.closes_in(model.view, wall)
        text = "" if closes is None else f"No host is here: the room closes in {remaining(closes)}"
        say["closing"](text)
        say["apart"](f"{SERVERS_APART} right now" if here and model.servers_apart else "")


def _connection(model: RoomModel, leave: str) -> tuple[str, str]:
    connection = model.connection
    if model.is_at_door:
        return (
            f"⌂ {connection.text[:1].upper()}{connection.text[1:]}",
            f"Esc or {leave}: stop waiting",
        )
    wait = round(connection.retry_in or 0.0)
    again = f"next try in {wait} s" if wait else "trying now"
    if connection.state == "connecting" and connection.text:  # the server says to wait at the door
        return f"↻ {connection.text}", again
    if connection.state != "reconnecting":
        return "", ""
    why = f"  {connection.text}" if connection.text else "  the connection is gone"
    return f"↻ RECONNECTING{why}", again


def _knocks(model: RoomModel) -> str:
    """Return who waits at the door for longest, with their headline, and how many more do."""
    knockers = [*model.view.knockers.values()] if model.view is not None else []
    if not knockers:
        return ""
    person = knockers[0].person
    said = ", ".join(filter(None, (labels_of(person), person.headline)))
    about = f", {said}," if said else ""
    more = f" · {len(knockers) - 1} more" if len(knockers) > 1 else ""
    return f"⌂ {person.name}{after_name(person)}{about} knocks{more}"


def _own_turn(model: RoomModel, wall: float) -> str:
    me = model.view.stage.get(model.view.you) if model.view else None
    left = model.clock.turn_left(me, wall)
    if left is None or not model.own_turn_ending:
        return ""
    return f"Your turn is over: finish in {clock(left.seconds)}, then you go back to the audience"


def _dropped_host(model: RoomModel, wall: float) -> str:
    view, left = model.view, model.clock.host_back_in(model.view, wall)
    if view is None or view.host is None or left is None:
        return ""
    heir = view.successor
    lost = f"{view.shown(view.host).full_name}, the host, lost the connection"
    if heir is None:
        return f"{lost}; nobody can take over"
    whom = "you take" if heir.id == view.you else f"{view.shown(heir).full_name} takes"
    return f"{lost}: {whom} over in {remaining(left)}"
