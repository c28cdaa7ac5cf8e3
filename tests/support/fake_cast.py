"""The people and the chat of the scripted room: who is on stage, in the queue and in the audience.

Only :func:`make_view` reads a clock.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from itertools import cycle

from msgspec.structs import replace

from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.moderation_log import root
from roomcli.protocol.people import Person, Role
from roomcli.protocol.view import RoomView

from .seats import by_id, chat_message, hand, seats, someone, speaker

YOU = "you1"
STAGE = (
    ("ann1", "Ann Lindqvist", "Principal engineer, Northwind Rail", "host"),
    ("ben1", "Ben Okafor", "Compilers at Halyard Systems", "cohost"),
    ("cho1", "Cho Min-seo", "Audio research, Seoul National University", "speaker"),
    ("dee1", "Dee Castellanos", "Site reliability, Porto Bank", "speaker"),
    ("eli1", "Eli Brandt", "Writes about networks", "speaker"),
)
SPOKEN = {"ann1": 754.0, "ben1": 312.0, "cho1": 95.0, "dee1": 41.0, "eli1": 0.0}
HANDS = (
    (
        "fay1",
        "Fay Nakamura",
        "Staff engineer, Tern",
        252.0,
        "How do you test the stop signals?",
        40,
    ),
    ("gus1", "Gus Petrov", "Founder, Lumen Tools", 95.0, "", 0),
    ("hal1", "Hal Abebe", "Student", 12.0, "A question about the first year", 0),
)
KEEPS = ("the last minute of voice, for reports", "chat while the room is open")
OPENED_AT = 1_700_000_000.0
NAMES = "Ida Jon Kai Lea Max Noa Ole Pia Quy Rui Sam Tea Uma Van Wim Xia Yan Zoe"
FIRST = tuple(NAMES.split())
FAMILIES = "Berg Costa Diaz Evans Fischer Garcia Haas Ito Jansen Kim Lopez Moreau Novak"
LAST = tuple(FAMILIES.split())


def audience_name(number: int) -> str:
    """Return the name of the listener with this number, always the same."""
    return f"{FIRST[number % len(FIRST)]} {LAST[(number * 7) % len(LAST)]}"


def person(id: str, name: str, headline: str = "") -> Person:
    """Make the person in the seat of this id, with a key of their own."""
    return someone(id, name, headline, hashlib.sha256(id.encode()).hexdigest()[:32])


def listener(number: int) -> Person:
    """Make the listener with this number."""
    return person(f"p{number}", audience_name(number), "Engineer")


ANN = person("ann1", "Ann Lindqvist", "Principal engineer, Northwind Rail")
ME = person(YOU, "Robin Keller", "Platform, Kestrel Labs")
TROLL = person("tro1", "Troy Troll", "Knows it better")
"""A person who left a moment ago."""


def make_view(you: Role = "listener", audience: int = 40, now: float | None = None) -> RoomView:
    """Return the view of the scripted room for somebody with the role ``you``."""
    now = time.time() if now is None else now
    cast = {id: person(id, name, headline) for id, name, headline, _ in STAGE}
    stage = {
        id: speaker(
            cast[id], "cohost" if you == role == "host" else role, slot, 0, spoken=SPOKEN[id]
        )
        for slot, (id, _, _, role) in enumerate(_stage())
    }
    stage["ann1"] = replace(stage["ann1"], muted=False)
    stage["ben1"] = replace(stage["ben1"], muted=False)
    stage["dee1"] = replace(stage["dee1"], silenced=True)
    stage["eli1"] = replace(stage["eli1"], connected=False, kept_until=now + 20)
    if you != "listener":
        stage[YOU] = speaker(ME, you, 9, 0)
    front = [listener(number) for number in range(min(audience, 24))]
    waiting = [person(id, name, headline) for id, name, headline, *_ in HANDS]
    return RoomView(
        name="standup",
        you=YOU,
        me=ME.id,
        people=by_id(*cast.values(), *waiting, *front, ME),
        stage=stage,
        hands=tuple(
            hand(each, now - ago, line, spoken)
            for each, (_, _, _, ago, line, spoken) in zip(waiting, HANDS, strict=True)
        ),
        front_row=seats(*front),
        audience=audience,
        log=root("standup", OPENED_AT),
        opened_at=now - 5400.0,
    )


def _stage() -> Iterator[tuple[str, str, str, Role]]:
    for id, name, headline, role in STAGE:
        assert role in ("host", "cohost", "speaker", "listener")
        yield id, name, headline, role  # type: ignore[misc]


def make_chat(now: float) -> list[ChatMessage]:
    """Return the chat messages from before one came."""
    said = (
        ("ann1", "Ann Lindqvist", "Welcome! Slides: https://rooms.example/slides"),
        ("cho1", "Cho Min-seo", "The graph on page 4 is in decibels"),
        ("fay1", "Fay Nakamura", "@Robin Keller good to see you here"),
    )
    return [
        chat_message(person(id, name), number, text, now - 240 + 60 * number)
        for number, (id, name, text) in enumerate(said, 1)
    ]


SIGNS = (
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f469\U0001f3fd\u200d\U0001f4bb",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\u2764\ufe0f",
    "\U0001f44d\U0001f3fd",
    "1\ufe0f\u20e3",
    "\U0001f1e9\U0001f1ea",
    "\U0001fae9",
    "\u0ba8\u0bbf",
    "\u2600\ufe0f\u2764\ufe0f\u270a\U0001f3ff",
)
"""Names whose width terminals disagree on.

They are families, skin tones, selectors, a flag, an emoji of this year, and a letter with a vowel
beside it.
"""


def named_by_signs(view: RoomView) -> RoomView:
    """Rename everybody in the room to such a sign, except the right column of the stage."""
    signs = cycle(SIGNS)

    left = [each for place, each in enumerate(view.stage.values()) if place % 2 == 0]
    shown = [*map(view.shown, left), *map(view.shown, view.hands)]
    people = view.people | by_id(*(replace(each, name=next(signs) * 2) for each in shown))
    hands = tuple(replace(each, topic="") for each in view.hands)
    return replace(view, people=people, hands=hands)
