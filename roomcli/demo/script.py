"""The script of the demo: two minutes in a room, as data.

Times are in seconds since the guest came and was made host. Commands name the people of the cast by
their names; a message names the guest as :data:`GUEST`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from ..protocol import commands as c

GUEST = "{guest}"
"""Stands for the person who came to see the demo."""
LENGTH = 120.0
"""Seconds after which the play begins anew."""
TURN = 50
"""Seconds of a speaker's turn; the grace after it comes on top."""
TOPIC = "A lighthouse, a kettle, and three minutes"

HOST, COHOST, SPEAKER = "Ann", "Ben", "Carla"
STAGE = {
    HOST: "keeps the stand-up short",
    COHOST: "lighthouse engineer",
    SPEAKER: "kettles and other instruments",
}
"""Who is on stage when the guest comes, with their headlines."""
AUDIENCE = {
    "Dilek": "writes compilers on trains",
    "Émile": "on call, with biscuits",
    "Farid": "tests in production, gently",
    "Gro": "new here",
    "Hiro": "draws maps of caves",
    "Ines": "sings in a choir of six",
    "Jomo": "bees, mostly",
    "Kaja": "repairs clocks",
    "Liam": "night trains",
    "Mona": "reads terms of service",
    "Nils": "sails to work",
    "Olga": "teaches chess to cats",
}
"""Who comes to listen, with their headlines."""


@dataclass(frozen=True)
class Utterance:
    """What somebody lets be heard: a file of the demo's or another device, and for how long."""

    device: str
    seconds: float


@dataclass(frozen=True)
class Cue:
    """At ``at`` seconds ``who`` gives a command, or opens the microphone for a sound."""

    at: float
    who: str
    does: c.RoomCommand | Utterance


MEETING = tuple((name, Utterance(f"{name.lower()}.wav", 21.5)) for name in STAGE)
"""The conversation of the three: begun together, they take turns."""


def _meeting(at: float) -> Iterator[Cue]:
    for who, sound in MEETING:
        yield Cue(at, who, sound)


def _reactions(at: float, reaction: str, who: str) -> Iterator[Cue]:
    """The people whose names begin with these letters react, one after the other."""
    by_letter = {name[0]: name for name in (*STAGE, *AUDIENCE)}
    for number, letter in enumerate(who):
        yield Cue(round(at + 0.3 * number, 1), by_letter[letter], c.React(reaction=reaction))


def _chat(at: float, who: str, text: str) -> Cue:
    return Cue(at, who, c.Chat(text=text))


_CUES = (
    Cue(0.2, COHOST, c.ChangeSettings(floor_seconds=TURN)),
    # People talk.
    *_meeting(0.5),
    Cue(2.5, "Dilek", c.RaiseHand(topic="Does the kettle know the lighthouse?")),
    _chat(4.0, "Émile", "Good morning from the night shift. The biscuits are holding."),
    *_reactions(7.6, "😂", "DHKN"),
    _chat(10.0, "Gro", "Is that Morse? My table says decaf."),
    *_reactions(11.4, "😂", "ÉGIJLO"),
    Cue(13.5, "Farid", c.RaiseHand(topic="Smoke, but in a good way")),
    _chat(16.0, HOST, f"@{GUEST} welcome! You are the host now: whatever you press is real."),
    *_reactions(18.5, "❤️", "IKM"),
    # A hand is accepted.
    Cue(22.5, COHOST, c.AcceptHand(id="Dilek")),
    *_reactions(23.0, "👏", "ÉGHJLN"),
    Cue(25.0, "Dilek", Utterance("dilek.wav", 3.5)),
    Cue(29.0, COHOST, Utterance("ben-later.wav", 4.0)),
    Cue(33.5, SPEAKER, Utterance("carla-later.wav", 4.5)),
    *_reactions(36.5, "😂", "DÉGHIJ"),
    _chat(39.0, SPEAKER, "The song, with both verses: https://kettle.example/in-c-major"),
    Cue(41.0, "Dilek", c.LeaveStage()),
    _chat(42.5, "Dilek", "Thank you! I shall tell the compiler."),
    # A turn ends: that of the speaker; the one before hers gets more time.
    Cue(44.0, COHOST, c.GiveTime(id=HOST, seconds=120)),
    *_meeting(45.0),
    *_reactions(52.2, "😂", "LMO"),
    *_reactions(56.0, "🎉", "NK"),
    _chat(60.0, "Mona", "The terms of service of this kettle are two lines. I wept."),
    *_reactions(66.8, "👏", "DÉFGHIJKLMNO"),
    # Somebody is silenced, and may speak again.
    Cue(72.0, COHOST, c.AcceptHand(id="Farid")),
    Cue(74.0, "Farid", Utterance("tone:880", 5.0)),
    _chat(76.0, "Émile", "Farid, is that your smoke alarm?"),
    Cue(78.0, COHOST, c.Silence(id="Farid", reason="a smoke alarm")),
    _chat(80.5, "Farid", "It is. I was testing it. In production."),
    *_reactions(81.5, "😂", "DGHIJKLNO"),
    Cue(86.0, COHOST, c.AskToUnmute(id="Farid")),
    Cue(88.0, COHOST, c.InviteToStage(id=SPEAKER)),
    Cue(90.0, "Farid", c.LeaveStage()),
    Cue(91.0, SPEAKER, c.AcceptStageInvitation()),
    # A hand stays up for the guest.
    Cue(92.0, "Gro", c.RaiseHand(topic="New here. Is it always like this?")),
    *_meeting(94.0),
    _chat(97.0, HOST, f"@{GUEST} Gro has a hand up: a brings her on stage, d does not."),
    *_reactions(101.5, "😂", "DMO"),
    *_reactions(105.5, "❤️", "ÉHJ"),
    _chat(110.0, "Kaja", "My clocks say that was three minutes. They would."),
    *_reactions(115.8, "👏", "DÉFHIJKLMNO"),
    Cue(117.0, COHOST, c.GiveTime(id=SPEAKER, seconds=30)),
    _chat(118.0, COHOST, "Once more, for those who came late. Leave with q whenever you like."),
    Cue(119.0, "Gro", c.LowerHand()),
)

CUES = tuple(sorted(_CUES, key=lambda cue: cue.at))
"""All that happens, in its order."""


def addressed(command: c.RoomCommand, seats: Mapping[str, str], guest: str) -> c.RoomCommand:
    """Return a command of the script with the ids of seats in the place of names.

    ``guest`` is the guest's own name, for messages.
    """
    match command:
        case c.Chat(text=text):
            return replace(command, text=text.replace(GUEST, guest))
        case (
            c.AcceptHand(id=name)
            | c.GiveTime(id=name)
            | c.Silence(id=name)
            | c.AskToUnmute(id=name)
            | c.InviteToStage(id=name)
        ):
            return replace(command, id=seats[name])
    return command
