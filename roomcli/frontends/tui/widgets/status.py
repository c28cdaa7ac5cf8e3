"""The top line with the room and its connection, and the bottom bar with the user's own state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content

from ....protocol.audio import SILENCE
from ...model.room_model import OwnState, RoomModel
from ...words.day_words import day_words
from ...words.measures import quality, stepped
from ...words.playing_words import playing_place
from ...words.quality_words import hearing_words
from ...words.settings_words import door_words
from ..keys import Keymap
from .face import QUIET, Face, clickable, hour, meter, spread, styled

METER = 16
OURS = "roomcli  "
LATELY = 18 * 3600.0
"""Seconds in which the hour says when something began."""
WHOLE_TOPIC = 32
"""Cells of a topic that come before what is less important."""
LEAST_TOPIC = 14
"""Least cells for a topic; with less the top line leaves it out."""
WITH_MICROPHONE = (OwnState.ON_AIR, OwnState.OPENING, OwnState.MUTED)
_QUALITY_STYLE = {"excellent": "$success", "good": "$success", "fair": "$warning"}


class RoomFacts(NamedTuple):
    """What the top line shows of a room; ``since`` is when it was opened, empty if unknown."""

    room: str
    topic: str
    locked: bool
    door: str
    people: int
    since: str
    state: str
    rtt: int | None
    low_delay: bool


class RoomLine(Face):
    """The top line: the room and its door, who is there since when, and the connection."""

    def sync(self, model: RoomModel, room: str, wall: float) -> None:
        """Show the room's name, topic, door and people, and how good the connection is."""
        view, connection = model.view, model.connection
        rtt = round(connection.rtt_ms) if connection.rtt_ms is not None else None
        link = (connection.state, rtt, connection.low_delay)
        if view is None:
            self.show(RoomFacts(room, "", False, "", 0, "", *link))
            return
        door = door_words(access=view.access, password=view.password, locked=False)
        opened = model.clock.local_time(view.opened_at) if view.opened_at else None
        since = "" if opened is None else _since_words(opened, wall)
        people = len(view.stage) + view.audience
        told = (view.name, view.settings.topic, view.locked, ", ".join(door) or "open to all")
        self.show(RoomFacts(*told, people, since, *link))

    def render(self) -> Content:
        """Return room and topic and, at the right, as many facts as fit, and the connection."""
        facts, width = self.facts, self.width
        if not isinstance(facts, RoomFacts):
            return Content()
        left = styled(facts.room, "bold $accent")
        if facts.locked:
            left = Content.assemble(left, ("  door locked", "$warning"))
        right, short = self._connection(facts)
        if left.cell_length + right.cell_length + 1 > width:
            return spread(left, short, width)
        topic = f"  {facts.topic}" if facts.topic else ""
        for more in _facts_that_fit(facts):
            with_more = Content.assemble((f"{more}  ", QUIET), right)
            wanted = left.cell_length + min(len(topic), WHOLE_TOPIC) + with_more.cell_length
            if wanted + 1 <= width:
                right = with_more
                break
        if topic and width - left.cell_length - right.cell_length >= LEAST_TOPIC:
            left = Content.assemble(left, topic)
        if left.cell_length + right.cell_length + 1 + len(OURS) <= width:
            left = Content.assemble((OURS, QUIET), left)
        return spread(left, right, width)

    def _connection(self, facts: RoomFacts) -> tuple[Content, Content]:
        """Return the state of the connection twice: in full, and for a line with little space."""
        if facts.state != "connected":
            words = styled(f"{facts.state} …", "$warning")
            return words, words
        rtt, word = facts.rtt, quality(facts.rtt)
        time = f"  {rtt} ms" if rtt is not None else ""
        time += "  low delay" if facts.low_delay else ""
        style = _QUALITY_STYLE.get(word, "$error")
        whole = Content.assemble((f"connection {word}", style), (time, QUIET))
        return _opens_page(whole), _opens_page(styled(word, style))


def _facts_that_fit(facts: RoomFacts) -> Iterator[str]:
    """Yield what may stand before the connection, the most first."""
    if not facts.people:
        return
    people = f"{facts.people} people" if facts.people > 1 else "1 person"
    door = [] if facts.locked else [facts.door]
    since = [f"since {facts.since}"] if facts.since else []
    yield " · ".join([*door, people, *since])
    yield " · ".join([*door, people])
    yield people


def _since_words(at: float, wall: float) -> str:
    """Return the hour of what began lately, else the day."""
    return hour(at) if wall - at < LATELY else day_words(at, wall)


def _opens_page(words: Content) -> Content:
    """Return the words so that a click on them opens the page with all figures."""
    return clickable(words, "screen.open", "quality")


class OwnFacts(NamedTuple):
    """What the bar shows; ``keys`` open the microphone, raise a hand, and leave the stage.

    ``ends_hearing`` is the key by which the user hears themselves no longer; empty while they do
    not.
    ``heard`` says who hears the user while they are on air. ``can_hold`` says whether the
    microphone is open while its key is held, ``held`` whether it is so now.
    """

    state: OwnState
    level: int
    place: int
    queue: int
    hands: str
    keys: tuple[str, str, str]
    at_home: bool
    at_door: bool
    ends_hearing: str
    heard: str
    playing: str
    can_hold: bool
    held: bool


class OwnBar(Face):
    """The user's own microphone, over the whole width, so that nobody has to look for it."""

    ALLOW_SELECT = False

    def sync(
        self,
        model: RoomModel,
        keymap: Keymap,
        *,
        typing: bool = False,
        at_home: bool = False,
        held: bool = False,
    ) -> None:
        """Show the model; a CSS class gives the colour.

        Letters are typed while ``typing`` and ``at_home``, so another key is named. ``held`` says
        whether a key holds the microphone open.
        """
        view, state = model.view, model.own
        place = (view.place_in_queue(view.you) if view else None) or 0
        hears_self = model.own_voice.on and state is not OwnState.ON_AIR
        level = model.own_level if hears_self or state is OwnState.ON_AIR else SILENCE
        ends_hearing = keymap.shown("hear_yourself") if hears_self else ""
        in_room = not (typing or at_home)
        keys = (
            keymap.shown("push_to_talk" if in_room else "microphone_anywhere"),
            keymap.shown("raise_hand"),
            keymap.shown("leave_stage"),
        )
        queue, hands = (len(view.hands), view.settings.hands) if view else (0, "on")
        played = model.playing
        is_shown = played is not None and played.state in ("playing", "paused")
        playing = playing_place(played) if played is not None and is_shown else ""
        heard = hearing_words(model.hearers) if model.hearers is not None else "everyone hears you"
        where = (place, queue, hands, keys, at_home, model.is_at_door)
        can_hold = in_room and keymap.reports_releases
        words = (ends_hearing, heard, playing, can_hold, held)
        if self.show(OwnFacts(state, stepped(level, 2), *where, *words)):
            for each in OwnState:
                self.set_class(each is state, f"-{each.value.replace(' ', '-')}")

    def render(self) -> Content:
        """Return the state, a meter or an explanation, and the key that changes the state."""
        if not isinstance(self.facts, OwnFacts):
            return Content()
        facts = self.facts
        label, explanation, key = _words(facts)
        if facts.at_home and facts.state not in WITH_MICROPHONE:
            key = ""
        left = Content.assemble((f" {label} ", "bold"), f"  {explanation}")
        if facts.state is OwnState.ON_AIR or facts.ends_hearing:
            width = min(METER, max(0, self.width // 5))
            bar = meter(facts.level, width, "bold")
            style = "bold reverse" if facts.state is OwnState.ON_AIR else "bold"
            left = Content.assemble((f" {label} ", style), "  ", bar, f"  {explanation}")
        right = styled(f"{key} ") if key else Content()
        if left.cell_length + right.cell_length + 1 > self.width:
            left = left[: -len(explanation) - 2] if explanation else left
            right = right.truncate(max(0, self.width - left.cell_length - 1), ellipsis=True)
        return spread(left, right, self.width)


def _words(facts: OwnFacts) -> tuple[str, str, str]:
    label, explanation, key = _words_of_state(facts)
    if facts.ends_hearing:
        return label, "only you hear yourself", f"{facts.ends_hearing} ends that"
    return label, explanation, key


def _words_of_state(facts: OwnFacts) -> tuple[str, str, str]:
    microphone, hand, leave = facts.keys
    closes = "let go to mute" if facts.held else f"{microphone} mutes"
    match facts.state:
        case OwnState.ON_AIR:
            return "● ON AIR", facts.playing or facts.heard, closes
        case OwnState.OPENING:
            return "◌ OPENING", "your microphone is being opened", closes
        case OwnState.MUTED:
            explanation = "nobody hears you" + (f", {facts.playing}" if facts.playing else "")
            opens = f"{microphone} opens the microphone"
            return (
                "○ MUTED",
                explanation,
                f"hold {microphone} to speak" if facts.can_hold else opens,
            )
        case OwnState.SILENCED:
            explanation = "a moderator keeps your microphone shut"
            return "✕ SILENCED", explanation, f"{leave} leaves the stage"
        case OwnState.HAND_RAISED:
            where = f"place {facts.place} of {facts.queue}"
            return "▲ HAND RAISED", f"{where}, nobody hears you", f"{hand} lowers it"
        case OwnState.LISTENING if facts.hands == "invited":
            return "○ LISTENING", "nobody hears you", "the stage is by invitation"
        case OwnState.LISTENING if facts.hands == "off":
            return "○ LISTENING", "nobody hears you", "no new hands now"
        case OwnState.LISTENING:
            return "○ LISTENING", "nobody hears you", f"{hand} raises your hand"
        case OwnState.RECONNECTING:
            return "↻ RECONNECTING", "nobody hears you, and you come back muted", ""
        case OwnState.CONNECTING if facts.at_door:
            return "◌ AT THE DOOR", "nobody hears you, and you come in muted", ""
        case OwnState.CONNECTING:
            return "◌ ENTERING", "your microphone is shut", ""
