"""A room in full, as a participant sees it, for the golden messages."""

from __future__ import annotations

from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import Hand, Knocker, Speaker, StageInvitation
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.view import RoomView

from .moderation_log import LOG
from .people import ADA, BOB, EVE, ROOM, ZOE

HOST = Speaker("s1", ADA.id, "host", 0, 1, muted=False)
GUEST = Speaker(
    "s2",
    BOB.id,
    "speaker",
    3,
    255,
    silenced=True,
    connected=False,
    kept_until=1_800_000_030.5,
    spoken=61.25,
    turn_ends_at=1_800_000_135.0,
)
LINE = 'the brakes, "again"'
HAND = Hand("s3", EVE.id, 1_800_000_000.25, LINE, 12.5)
SETTINGS = RoomSettings(
    topic="Brakes & 引擎",
    hands="invited",
    order="fair",
    floor_seconds=120,
    chat=False,
    slow_seconds=10,
    capacity=500,
    listed=False,
    low_delay=False,
    guests="listen",
    members=True,
    claimed=("anyone@acme.example", "git.example:8443/anyone+90d"),
    by_device=False,
    allowed=("p7", BOB.key),
    knock=True,
    max_bitrate=24,
)
MESSAGE = ChatMessage(
    number=7, person=EVE.id, name="Eve", text="@Ada see https://example.org/a?b=1", at=1.8e9
)
TAILED = ChatMessage(number=8, person=BOB.id, name="Bob", tail="cab7", text="or not", at=1.8e9)
VIEW = RoomView(
    name=ROOM,
    you="s3",
    stage={"s1": HOST, "s2": GUEST},
    hands=(HAND,),
    front_row={"s3": EVE.id},
    audience=41,
    stage_invitations={"s3": StageInvitation(EVE.id, ADA.id)},
    knockers={ZOE.id: Knocker(ZOE, 1_800_000_001.5)},
    me=EVE.id,
    people={each.id: each for each in (ADA, BOB, EVE)},
    settings=SETTINGS,
    locked=True,
    password=True,
    access="invite",
    closes_at=1_800_000_060.0,
    log=LOG[-1].hash,
)
