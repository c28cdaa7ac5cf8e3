"""Golden messages of the floor: who is there, hands, the stage, and turns."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Speaker

from .claims import CLAIM
from .moderation_log import LOG
from .people import ADA, BOB, EVE, NEW
from .room import LINE

COMMANDS: list[c.Command] = [
    c.Mute(),
    c.Mute(ref=9_007_199_254_740_991),
    c.Unmute(ref=2),
    c.RaiseHand(),
    c.RaiseHand(topic=LINE),
    c.LowerHand(),
    c.LowerAllHands(),
    c.AcceptHand(id="s3", ref=3),
    c.DeclineHand(id="s3"),
    c.InviteToStage(id="s3"),
    c.AcceptStageInvitation(),
    c.DeclineStageInvitation(),
    c.MoveToAudience(id="s2", reason="time for others"),
    c.LeaveStage(),
    c.GiveTime(id="s2", seconds=3600),
]

EVENTS: list[e.Event] = [
    e.ParticipantJoined(id="s3", person=EVE.id),
    e.ParticipantJoined(id="s3", person=EVE.id, people=NEW),
    e.PersonChanged(person=replace(BOB, tail="cab7"), log=LOG[0].hash),
    e.PersonChanged(person=replace(BOB, tail="cab7", lookalike=True)),
    e.PersonChanged(person=replace(ADA, badges=(CLAIM.badge,))),
    e.ParticipantLeft(id="s3"),
    e.ParticipantLeft(id="s2", reason="removed", by=ADA.id),
    e.ParticipantLeft(id="s2", reason="banned", log=LOG[2].hash),
    e.HandRaised(id="s3", person=EVE.id, at=1_800_000_000.25),
    e.HandRaised(
        id="s3",
        person=EVE.id,
        at=1_800_000_000.25,
        topic=LINE,
        spoken=12.5,
        people=NEW,
        log=LOG[0].hash,
    ),
    e.HandLowered(id="s3", reason="declined", by=ADA.id),
    e.HandsLowered(by=ADA.id),
    e.InvitedToStage(id="s3", person=EVE.id, by=ADA.id),
    e.InvitedToStage(id="s3", person=EVE.id, by=ADA.id, people=NEW),
    e.StageInvitationSettled(id="s3", answer="accepted"),
    e.StageJoined(speaker=Speaker("s3", EVE.id, "speaker", 2, 0), people=NEW),
    e.StageLeft(id="s2", by=ADA.id, reason="moved"),
    e.StageLeft(id="s2", reason="time"),
    e.Muted(id="s2"),
    e.Unmuted(id="s2"),
    e.Silenced(id="s2", by=ADA.id),
    e.SilenceLifted(id="s2", by=ADA.id),
    e.SpeakerDropped(id="s2", kept_until=1_800_000_030.5),
    e.SpeakerReturned(id="s2"),
    e.RoleChanged(id="s2", role="cohost", by=ADA.id),
    e.RoleChanged(id="s2", role="host"),
    e.TurnSet(id="s2", ends_at=1_800_000_135.0),
    e.TurnSet(id="s2"),
    e.TurnEnding(id="s2", ends_at=1_800_000_135.0),
    e.Pulse(audience=41, reactions={"👏": 3, "❤️": 1}, spoken={"s2": 62.5}),
]
