"""A speaker's card: who they are, whether they are heard, how loud they were, and their turn."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.content import Content

from ....protocol.adjustment import AS_SENT, Adjustment
from ....protocol.audio import SILENCE
from ....protocol.durations import clock
from ....protocol.people import ROLE_WORDS, Person, Speaker
from ...model.room_clock import TurnLeft
from ...words.adjustment_words import adjustment_mark
from ...words.badge_words import labels_of
from ...words.measures import loudness
from ...words.names import after_name, bracketed
from ..hues import hue
from .face import FAINT, QUIET, Face, lines, meter, named, spread, styled, turn_words
from .floor_plan import FULL, LARGE

WORDY = 30
"""Least cells of a card of one line that has space for words."""
METER = 10
ROOMY = 28
"""Least cells of a card that says in two words that a microphone is open."""
FALSE_LEVEL = "≠ "
"""Stands before the name of a person who is not as loud as their client declares."""
SIGNS = "●○✕↻"
"""First characters of the words for a state; an open microphone that is silent has none."""
HURRY = 15
"""Seconds before the end of a turn from which it is shown with emphasis."""
BARS = " ▁▂▃▄▅▆▇█"
"""A cell of a wave, from nothing to full."""


class CardFacts(NamedTuple):
    """All that a card shows; times in whole seconds, None if nothing limits the turn.

    ``turn`` is the length of a whole turn. ``recent`` are the levels of the last seconds, for a
    card that has space for them.
    """

    speaker: Speaker
    person: Person
    is_you: bool
    on_air: bool
    speaking: bool
    level: int
    selected: bool
    spoken: int = 0
    turn_left: TurnLeft | None = None
    turn: int = 0
    false_level: bool = False
    adjustment: Adjustment = AS_SENT
    recent: tuple[int, ...] = ()

    @property
    def marks(self) -> str:
        """What stands before the name: that levels are false, and how the user hears them."""
        return (FALSE_LEVEL if self.false_level else "") + adjustment_mark(self.adjustment)

    @property
    def hurries(self) -> bool:
        """Whether the turn is about to end."""
        left = self.turn_left
        return left is not None and (left.over or left.seconds <= HURRY)


class SpeakerCard(Face):
    """Shows name and role, headline, state in words and level, and more where there is space."""

    def show_card(self, facts: CardFacts) -> None:
        """Show this speaker; CSS classes colour the edge."""
        if self.show(facts):
            self.set_class(facts.speaking, "-speaking")
            self.set_class(facts.selected, "-selected")
            self.set_class(not facts.speaker.connected, "-dropped")

    def render(self) -> Content:
        """Return as many lines as there is space for: one, three, five, or all."""
        facts, width, height = self.facts, self.width, self.height
        if not isinstance(facts, CardFacts):
            return Content()
        if height < 3:
            return one_line(facts, width)
        top, state = _top_line(facts, width), _state_line(facts, width)
        if height < FULL:
            return lines(top, about(facts.person).truncate(width, ellipsis=True), state)
        turn = turn_bar(facts, width)
        if height < LARGE:
            headline = about(facts.person).truncate(width, ellipsis=True)
            return lines(top, headline, *wave(facts, width, 1), state, turn)
        headline = styled(facts.person.headline, QUIET).truncate(width, ellipsis=True)
        proven = styled(labels_of(facts.person), "$success").truncate(width, ellipsis=True)
        waves = wave(facts, width, height - LARGE + 2)
        return lines(Content(), top, headline, proven, *waves, state, turn)

    async def on_click(self, event: events.Click) -> None:
        """Pick the person of the card on a click anywhere; open their card on a double click."""
        if isinstance(self.facts, CardFacts) and not self.is_selecting(event):
            event.prevent_default()
            action = "open_card" if event.chain == 2 else "pick_person"
            await self.app.run_action(("screen", action, (self.facts.speaker.id,)))


def _top_line(facts: CardFacts, width: int) -> Content:
    speaker = facts.speaker
    mark = ("▸ " if facts.selected else "") + facts.marks
    role = styled(
        "" if speaker.role == "speaker" else ROLE_WORDS[speaker.role],
        "$accent" if speaker.role == "host" else QUIET,
    )
    name = named(
        f"{mark}{facts.person.name}",
        after_name(facts.person) + (" (you)" if facts.is_you else ""),
        width - role.cell_length - 1,
        f"bold {hue(facts.person)}",
    )
    return spread(name, role, width)


def _state_line(facts: CardFacts, width: int) -> Content:
    speaker = facts.speaker
    word, style = card_state(facts)
    word = "open" if word == "microphone open" and width < ROOMY else word
    state, time = styled(word, style), card_time(facts, short=width < ROOMY)
    if speaker.connected and not speaker.silenced and (facts.on_air or not speaker.muted):
        left = width - len(word) - time.cell_length - 2
        if left >= 3:
            state = meter(facts.level, min(METER, left), "$success") + Content(" ") + state
    return spread(state, time, width)


def about(person: Person) -> Content:
    """Return what is proven of a person, which stands first, and their headline."""
    labels, headline = labels_of(person), styled(person.headline, QUIET)
    if not labels:
        return headline
    between = styled(" · " if person.headline else "", QUIET)
    return Content.assemble(styled(labels, "$success"), between, headline)


def wave(facts: CardFacts, width: int, rows: int) -> list[Content]:
    """Return the levels of the last seconds as bars, the newest at the right, the top row first."""
    levels, full = facts.recent or (SILENCE,), len(BARS) - 1
    ends = [(place + 1) * len(levels) // width for place in range(width)]
    starts = [min(place * len(levels) // width, len(levels) - 1) for place in range(width)]
    spans = zip(starts, ends, strict=True)
    loudest = (max(levels[start : max(start + 1, end)]) for start, end in spans)
    # A flat line where nothing is heard, so that the place of the wave does not look forgotten.
    heights = [max(1, round(loudness(level) * rows * full)) for level in loudest]
    style = "$success" if facts.speaking else "$success 55%"
    return [
        styled("".join(BARS[max(0, min(full, each - row * full))] for each in heights), style)
        for row in range(rows - 1, -1, -1)
    ]


def turn_bar(facts: CardFacts, width: int) -> Content:
    """Return what is left of a turn as a bar that becomes shorter; nothing if it has no end."""
    left = facts.turn_left
    if left is None or facts.turn <= 0:
        return Content()
    share = 0.0 if left.over else min(1.0, left.seconds / facts.turn)
    filled = -int(-share * width // 1)
    rest = "$warning" if left.over else FAINT
    style = "$warning" if facts.hurries else "$accent"
    return Content.assemble(("━" * filled, style), ("─" * (width - filled), rest))


def card_state(facts: CardFacts) -> tuple[str, str]:
    """Return the state of a speaker in words, and its style."""
    speaker = facts.speaker
    if not speaker.connected:
        return "↻ reconnecting", "$warning"
    if speaker.silenced:
        return "✕ silenced", "$warning"
    if facts.on_air and facts.is_you:
        return "● on air", "bold $error"
    if speaker.muted and not facts.on_air:
        return "○ muted", QUIET
    return ("● speaking", "$success") if facts.speaking else ("microphone open", QUIET)


def card_time(facts: CardFacts, *, short: bool = False) -> Content:
    """Return how long a person has spoken, or what is left of the turn; ``short`` without words."""
    if (left := facts.turn_left) is not None:
        words = clock(left.seconds) if short and left.over else turn_words(left)
        return styled(words, "bold $warning" if facts.hurries else QUIET)
    return styled(clock(facts.spoken) if facts.spoken else "", QUIET)


def one_line(facts: CardFacts, width: int) -> Content:
    """Return a card as one line: the sign of the state, the name, and what else fits."""
    word, style = card_state(facts)
    sign, _, rest = word.partition(" ") if word[0] in SIGNS else ("◦", "", "open")
    person = facts.person
    right = card_time(facts, short=True) if facts.hurries else Content()
    if width >= WORDY:
        right = styled(rest, style)
    mark = ("▸" if facts.selected else " ") + facts.marks
    left = Content.assemble((sign, style), (mark, "bold"))
    room = width - left.cell_length - right.cell_length - 1
    rest = after_name(person) + bracketed(facts.speaker.role, is_you=facts.is_you)
    name = named(person.name, rest, room, f"bold {hue(person)}")
    return spread(left + name, right, width)
