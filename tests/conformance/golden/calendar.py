"""Golden messages of the calendar: what is planned, and who comes."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.calendar import ListedAnswer, ListedOccurrence, Recurrence, ShownEvent

from .people import ADA, BOB

SERIES = Recurrence(every="month", nth=1, weekdays=("tu",), until="2027-12-31")
EVENING = ListedOccurrence(
    event="00112233aabbccdd",
    day="2027-03-02",
    title="Engines, once more",
    starts_at=1_803_922_200.0,
    ends_at=1_803_927_600.0,
    zone="Europe/Berlin",
    room="engines",
    host="Ada",
    visibility="community",
    community="royal-society",
    cancelled=True,
    moved=True,
    coming=20,
    waiting=2,
    capacity=20,
    part="speaker",
    answer="yes",
    place=1,
)
PLANNED = ShownEvent(
    id="00112233aabbccdd",
    version=3,
    title="Engines, once more",
    agenda=("Welcome", "Notes"),
    start="2027-03-02T18:30",
    zone="Europe/Berlin",
    minutes=90,
    recurrence=SERIES,
    room="engines",
    capacity=20,
    visibility="community",
    community="royal-society",
    organisers=(ADA.id,),
    speakers=(BOB.id,),
    asked=("0011",),
    invited=("2233",),
    cancelled=True,
    notice="no steam",
    may_change=True,
    answer="maybe",
)

COMMANDS: list[c.Command] = [
    c.PlanEvent(title="Engines", start="2027-03-02T18:30", zone="UTC"),
    c.PlanEvent(
        title="Engines",
        agenda=("Welcome", "Notes"),
        start="2027-03-02T18:30",
        zone="Europe/Berlin",
        minutes=90,
        recurrence=SERIES,
        room="engines",
        capacity=20,
        visibility="community",
        community="royal-society",
        organisers=(ADA.id,),
        speakers=(BOB.id,),
        invited=("2233",),
        host_token="token",
        ref=16,
    ),
    c.ChangeEvent(event=PLANNED.id, version=1, once=True),
    c.ChangeEvent(
        event=PLANNED.id,
        version=2,
        title="Engines",
        agenda=(),
        start="2027-03-02T19:00",
        zone="UTC",
        minutes=30,
        recurrence=Recurrence(every="week", interval=2, weekdays=("mo", "fr"), count=8),
        room="",
        capacity=0,
        visibility="private",
        organisers=(),
        speakers=(BOB.id,),
        invited=(),
        notice="later",
        host_token="token",
    ),
    c.MoveOccurrence(event=PLANNED.id, version=2, day="2027-03-02", start="2027-03-03T08:00"),
    c.CancelEvent(event=PLANNED.id, version=2),
    c.CancelEvent(event=PLANNED.id, version=2, day="2027-03-02", notice="no steam"),
    c.AnswerEvent(event=PLANNED.id, answer="yes"),
    c.AnswerEvent(event=PLANNED.id, answer="maybe", day="2027-03-02"),
    c.ShowEvent(event=PLANNED.id, ref=17),
    c.ListEvents(),
    c.ListEvents(of="community", community="royal-society", after="x"),
    c.ListAnswers(event=PLANNED.id, day="2027-03-02", offset=50),
    c.ShowCalendar(ref=17),
    c.SetReminder(minutes=30),
    c.MakeFeed(ref=18),
    c.RevokeFeed(),
    c.ExportEvents(),
    c.ExportEvents(event=PLANNED.id),
]

EVENTS: list[e.Event] = [
    e.EventShown(shown=PLANNED, upcoming=(EVENING,), people={ADA.id: ADA}, ref=17),
    e.EventShown(
        shown=ShownEvent(
            id="1", version=1, title="Tea", start="2027-03-02T18:30", zone="UTC", minutes=60
        )
    ),
    e.EventsListed(of="week"),
    e.EventsListed(of="mine", occurrences=(EVENING,), more="x", ref=1),
    e.AnswersListed(
        seated=1,
        waiting=1,
        answers=(
            ListedAnswer(person=ADA.id, answer="yes"),
            ListedAnswer(person=BOB.id, answer="yes"),
        ),
        offset=0,
        total=2,
        people={ADA.id: ADA, BOB.id: BOB},
    ),
    e.CalendarShown(remind=30),
    e.CalendarShown(remind=0, has_feed=True, ref=17),
    e.FeedMade(path="/calendar/feeds/AAECAwQFBgcICQoLDA0ODw.ics", ref=18),
    e.EventsExported(data="QkVHSU46VkNBTEVOREFSDQo=", more=True),
    e.EventNews(kind="moved", occurrence=EVENING, notice="later"),
    e.EventReminder(occurrence=EVENING, seconds=900.0),
]
