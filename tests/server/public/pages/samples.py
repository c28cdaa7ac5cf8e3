"""Pages with something in every field, and the worst that a stranger could put there."""

from __future__ import annotations

from typing import Any

from roomcli.protocol.listing import ListedRoom
from server.public.pages.links import outside_link
from server.public.pages.models import (
    CalendarEventLine,
    CalendarEventPage,
    CommunityPage,
    ListPage,
    Page,
    PageLink,
    PersonPage,
    ProvenClaim,
    RoomPage,
    ServerPage,
)

NOW = 1796133600.0
"""Tuesday, 1 December 2026, 14:00 UTC."""
VECTORS = (
    "<script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "</title></style></textarea></template></noscript><svg onload=window.hit=1>",
    '"><img src=x onerror=window.hit=1>',
    "' onmouseover='window.hit=1' autofocus onfocus='window.hit=1' x='",
    '" style="position:fixed;inset:0" onclick="window.hit=1" x="',
    "javascript:window.hit=1//",
    "<!--<script>window.hit=1//-->",
    "]]><script xmlns='http://www.w3.org/1999/xhtml'>window.hit=1</script>",
    "{{7*7}}{% raw %}{#",
    "&lt;script&gt;&amp;quot;&#x3c;&NewLine;&colon;",
    "<base href=//evil.example/><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css><form action=//evil.example><input>",
    '\\u003cscript\\u003e \\"}</script>\u2028\u2029',
    "\x00\x1b[31m\x08\ud800\ufffe\r\nSet-Cookie: a=b\r\n\r\n<script>window.hit=1</script>",
    "\u202eevil\u2066\u200b",
)
"""Texts that get out of their place where it is not closed, each in another way."""
URL_VECTORS = (
    "javascript:window.hit=1",
    "JaVaScRiPt:window.hit=1",
    "java\tscript:window.hit=1",
    "\x01javascript:window.hit=1",
    "data:text/html,<script>window.hit=1</script>",
    "vbscript:x",
    "//evil.example",
    "http://plain.example/",
    "https:evil.example",
    "https:/\\evil.example",
    "https://good.example\\@evil.example/",
    "https://good.example@evil.example/",
    "https://good.example%40evil.example/",
    "https://good.example\n.evil.example/",
    "https://",
    "https://[::1",
    "https://x:99999/",
    " https://x.example",
    "",
)
"""Addresses to which no page links."""

ROOMS = (
    ListedRoom(
        name="standup",
        topic="Releases: what went out, what went wrong",
        host="Ann Meyer",
        stage=4,
        audience=37,
        asks=("People whose mail at acme.example was proven",),
        keeps=("The last minute of audio, in memory, for reports", "The chat"),
    ),
    ListedRoom(name="book-club", topic="Middlemarch, chapters 5 to 9", host="Cho", stage=1),
    ListedRoom(name="quiet-corner", host="Ben", audience=2, password=True, locked=True),
)
READERS = PageLink(name="Readers of long books", path="c/readers")
ANN = PageLink(name="Ann Meyer", path="p/ann1", headline="Release engineer at Acme")
BEN = PageLink(name="Ben Okafor", headline="Reads everything twice")


def time_of(day: int, **fields: Any) -> CalendarEventLine:
    """Return one time of the sample event, ``day`` days from now at 18:30 in Paris."""
    starts_at = NOW + day * 86400 + 3.5 * 3600
    given: dict[str, Any] = {
        "id": "evt1",
        "title": "Middlemarch, slowly",
        "starts_at": starts_at,
        "ends_at": starts_at + 5400,
        "zone": "Europe/Paris",
        "community": READERS,
    }
    return CalendarEventLine(**(given | fields))


EVENTS = (
    time_of(0),
    time_of(2, id="evt2", title="Office hours: ask the maintainers anything", community=None),
    time_of(9, id="evt3", title="A night of short talks", cancelled=True),
)
SERVER = ServerPage(
    rooms=ROOMS,
    more_rooms=3,
    events=EVENTS,
    communities=(
        READERS,
        PageLink(name="Trio users", path="c/trio", headline="Nurseries and more"),
    ),
)
ROOM = RoomPage(name="standup", listed=ROOMS[0], community=READERS)
HIDDEN_ROOM = RoomPage(name="standup")
CALENDAR_EVENT = CalendarEventPage(
    id="evt1",
    title="Middlemarch, slowly",
    times=(time_of(0), time_of(35), time_of(63, cancelled=True)),
    repeats="Every first Tuesday of the month",
    agenda=("Chapters 5 to 9, in the Oxford edition", "Who reads what aloud next time"),
    room="book-club",
    organisers=(ANN,),
    speakers=(BEN, PageLink(name="Cho Min-seo", path="p/cho1")),
    community=READERS,
    capacity=40,
    coming=17,
    notice="We begin half an hour later than usual.",
    updated_at=NOW - 86400,
)
COMMUNITY = CommunityPage(
    id="readers",
    name="Readers of long books",
    summary="One long book at a time, an hour every month",
    about=("We read aloud, talk, and nobody has to have finished the chapter.",),
    rules=("One speaks, the others listen.", "No spoilers beyond today's chapters."),
    joining="Everybody can become a member.",
    members=214,
    founded_at=NOW - 400 * 86400,
    moderators=(ANN, BEN),
    rooms=ROOMS[1:2],
    events=(time_of(0, community=None),),
)
PERSON = PersonPage(
    id="ann1",
    name="Ann Meyer",
    headline="Release engineer at Acme",
    pronouns="she/her",
    company="Acme",
    location="Marseille",
    bio="I look after build farms by day and read Victorian novels by night.",
    links=tuple(
        filter(None, map(outside_link, ("https://ann.example/", "https://acme.example/b")))
    ),
    claims=(
        ProvenClaim(text="reads mail at acme.example", checked_at=NOW - 3 * 86400),
        ProvenClaim(
            text="lists a key of theirs",
            checked_at=NOW - 86400,
            link=outside_link("https://ann.example/"),
        ),
    ),
    events=EVENTS[:1],
)
FURTHER = ListPage(
    title="Coming up",
    of=READERS,
    rooms=ROOMS[:1],
    events=EVENTS,
    communities=(READERS,),
    next_path="c/readers/coming/3",
)
OVER = CalendarEventPage(id="evt9", title="Talks", times=(time_of(-3),), coming=1)
CALLED_OFF = CalendarEventPage(
    id="evt8",
    title=f"A long evening about the {'Donaudampfschifffahrtsgesellschaft' * 2} and its captains",
    times=(time_of(0, ends_at=NOW + 30 * 3600),),
    cancelled=True,
    notice="The author is ill.",
)
NEW_COMMUNITY = CommunityPage(id="new", name="Ferris", members=1, founded_at=NOW)
NEWCOMER = PersonPage(id="dan1", name="Dan")
PAGES: dict[str, Page] = {
    "server": SERVER,
    "room": ROOM,
    "hidden-room": HIDDEN_ROOM,
    "event": CALENDAR_EVENT,
    "community": COMMUNITY,
    "person": PERSON,
    "further": FURTHER,
}
"""Pages with something in every field, by the names of their pictures."""
SPARSE: dict[str, Page] = {
    "empty-server": ServerPage(),
    "over": OVER,
    "called-off": CALLED_OFF,
    "new-community": NEW_COMMUNITY,
    "newcomer": NEWCOMER,
}
"""What is new, over or called off."""
ALL = PAGES | SPARSE
