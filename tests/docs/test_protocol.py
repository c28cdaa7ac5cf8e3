"""Tests that docs/protocol.md names everything on the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast, get_args

import pytest
from msgspec import inspect

from roomcli.protocol import DEFAULT_PORT, MAX_FROM_CLIENT, MAX_MESSAGE, SUBPROTOCOL
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge, OfferedIssuer, OwnClaim
from roomcli.protocol.calendar import (
    MAX_AGENDA,
    MAX_AGENDA_LINE,
    MAX_NOTICE,
    MAX_OCCURRENCES,
    MAX_TITLE,
    REMIND_MINUTES,
    ROOM_OPENS,
    ListedAnswer,
    ListedOccurrence,
    Recurrence,
    ShownEvent,
)
from roomcli.protocol.chat import CHAT_KEPT, CHAT_ON_JOINING, MAX_CHAT, ChatMessage
from roomcli.protocol.codec import decode_from_client
from roomcli.protocol.community import (
    COMMUNITY_LOG_PAGE,
    COMMUNITY_PAGE,
    COMMUNITY_PEOPLE_PAGE,
    CommunityCard,
    CommunityDetails,
    CommunityPerson,
)
from roomcli.protocol.emoji import MAX_CODE_POINTS, is_emoji
from roomcli.protocol.finding import (
    HOME_COMMUNITIES,
    HOME_DISCOVERABLE,
    HOME_FOLLOWED,
    HOME_OCCURRENCES,
    HOME_ROOMS,
    MAX_ON_STAGE,
    SEARCH_PAGE,
    HomeRoom,
)
from roomcli.protocol.keys import AwaitedStatement, OwnKey
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.moderation_log import Action, LogEntry
from roomcli.protocol.people import (
    REACTIONS,
    BanNotice,
    Hand,
    HearerInTrouble,
    Person,
    RoomInvite,
    Speaker,
)
from roomcli.protocol.profile import MAX_BIO, MAX_PRONOUNS, MAX_SHORT, Profile
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.statements import Statement, UnionFacts
from roomcli.protocol.text import (
    MAX_HAND_TOPIC,
    MAX_HEADLINE,
    MAX_LINK,
    MAX_NAME,
    MAX_REASON,
    MAX_TOPIC,
)
from roomcli.protocol.times import HOST_GRACE, KEEP_SEAT, TURN_GRACE
from roomcli.protocol.view import RoomView
from server.allowances import kind_of
from server.calendar import foremost
from server.calendar.answers import PAGE
from server.calendar.listing import UPCOMING
from server.calendar.rules.plans import (
    MAX_ASKED_BY_NETWORK,
    MAX_ASKED_BY_PERSON,
    MAX_OF_COMMUNITY,
    MAX_OF_PERSON,
)
from server.calendar.rules.refusals import CALENDAR_REFUSALS
from server.calendar.rules.state import (
    KEEP_ENDED,
    MAX_ANSWERS,
    MAX_EXCEPTIONS,
    MAX_OWN_DAYS,
)
from server.communities.rules import state as community
from server.finding.home_news import AGAIN_SECONDS, SECONDS
from server.finding.words import MAX_WORDS
from server.limits import (
    ADDRESS_SHARE,
    DAY,
    MIB,
    PER_ADDRESS,
    PER_PERSON,
    CommunityLimits,
    HostingLimits,
    Kind,
    ShareLimits,
)
from server.people.ties.desk import MAX_TIES, TIES_PER_PAGE
from server.rooms.answers import LOG_PER_PAGE
from server.rooms.hub import PAGE_ROOMS
from server.rooms.rules.questions import BANS_PER_LIST, MESSAGES_PER_PAGE, PEOPLE_PER_PAGE
from server.rooms.rules.state import (
    MAX_BANS,
    MAX_DEPARTED,
    MAX_REACTIONS,
    MAX_ROOM_INVITES,
    MAX_STAGE_INVITATIONS,
    Limits,
)
from server.rooms.shares import (
    ALWAYS,
    EVERYBODY,
    HOLDERS,
    Portion,
    Thing,
    portions_of,
)

from .. import ROOT

DOCUMENT = (ROOT / "docs" / "protocol.md").read_text("utf-8")
VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors.json").read_text("utf-8"))
# Fenced blocks would confuse the pairing of single backticks.
INLINE = re.sub(r"```.*?```", "", DOCUMENT, flags=re.DOTALL)
NAMED = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`([^`]+)`", INLINE))))
COMMANDS, EVENTS = get_args(c.ClientMessage), get_args(e.ServerMessage)
PARTS = (
    RoomView,
    Person,
    Speaker,
    Hand,
    HearerInTrouble,
    RoomSettings,
    ChatMessage,
    LogEntry,
    BanNotice,
    RoomInvite,
    ListedRoom,
    Profile,
    CommunityCard,
    CommunityDetails,
    CommunityPerson,
    Badge,
    OwnClaim,
    OfferedIssuer,
    ShownEvent,
    ListedOccurrence,
    ListedAnswer,
    Recurrence,
    Statement,
    UnionFacts,
    OwnKey,
    AwaitedStatement,
    HomeRoom,
)
STRUCTS = (*COMMANDS, *EVENTS, *PARTS)
SERVER = "\n".join(path.read_text("utf-8") for path in (ROOT / "server").rglob("*.py"))


def section(number: int) -> str:
    """Return the text of a section."""
    return DOCUMENT.split(f"\n## {number}. ")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of every row of the tables in a text."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def names(cell: str) -> list[str]:
    """Return the names in a cell, up to the first word that is none."""
    return re.findall(r"`(\w+)`", re.split(r"[^`\w, ]", cell)[0])


def row_of(number: int, name: str) -> str:
    """Return the rows of a section whose first cell has a name, as one text."""
    return "\n".join(" | ".join(row) for row in rows(section(number)) if name in names(row[0]))


def literals(kind: inspect.Type) -> Iterator[str]:
    """Yield all words that a field may hold, if it is limited to some."""
    match kind:
        case inspect.LiteralType(values=values):
            yield from map(str, values)
        case inspect.UnionType(types=types):
            for each in types:
                yield from literals(each)
        case inspect.VarTupleType(item_type=item):
            yield from literals(item)


def tag_of(struct: type) -> Any:
    return inspect.type_info(struct).tag  # type: ignore[attr-defined]


def fields_of(struct: type) -> tuple[inspect.Field, ...]:
    fields: tuple[inspect.Field, ...] = inspect.type_info(struct).fields  # type: ignore[attr-defined]
    return fields


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda each: each.__name__)
def test_every_message_field_and_value_is_described(struct: type) -> None:
    tag = tag_of(struct)
    assert tag is None or tag in NAMED
    for field in fields_of(struct):
        assert field.name in NAMED
        assert set(literals(field.type)) <= NAMED


@pytest.mark.parametrize("struct", COMMANDS, ids=lambda each: each.__name__)
def test_a_command_has_a_row_with_all_its_fields_and_limits(struct: type) -> None:
    tag, section_four = tag_of(struct), section(4)
    if struct in (c.Hello, c.EnterRoom, c.WatchRooms):
        told, elsewhere = section(3), {"ref"}
    elif tag == "change_settings":
        told, elsewhere = section(6), {"ref"}
        assert row_of(4, tag)
    else:
        told, elsewhere = row_of(4, tag), {"ref", "reason"}
        assert "`reason` is text up to 200" in section_four
    for field in fields_of(struct):
        if field.name in elsewhere:
            assert f"`{field.name}`" in section_four
            continue
        assert f"`{field.name}`" in told
        for kind in getattr(field.type, "types", (field.type,)):
            if isinstance(kind, inspect.IntType):
                limits = {kind.ge, kind.le, kind.lt and kind.lt - 1} - {None, 0, 2**53 - 1}
                assert all(f"{limit}" in told.replace(",", "") for limit in limits)


@pytest.mark.parametrize("struct", EVENTS, ids=lambda each: each.__name__)
def test_an_event_has_a_row_with_all_its_fields_and_words(struct: type) -> None:
    tag = tag_of(struct)
    told = row_of(5, tag)
    assert told
    if "section 3" in told:
        told = section(3)
    for field in fields_of(struct):
        assert field.name == "log" or f"`{field.name}`" in told
        # The code has one type for all roles; on stage there are no listeners.
        words = set(literals(field.type)) - {"listener"}
        assert all(f"`{word}`" in told for word in words)


def test_every_event_of_a_room_says_what_it_changes() -> None:
    changes = {name for row in rows(section(6)) for name in names(row[0])}
    assert {tag_of(each) for each in EVENTS if "log" in each.__struct_fields__} <= changes


def test_every_code_of_a_refusal_is_described_and_no_other() -> None:
    codes = set(re.findall(r"CommandRefused\(\s*\"([a-z_]+)\"", SERVER))
    codes |= set(re.findall(r"\bRefused\([^()]*code=\"([a-z_]+)\"", SERVER))
    protocol = "\n".join(
        path.read_text("utf-8") for path in (ROOT / "roomcli" / "protocol").glob("*.py")
    )
    codes |= set(re.findall(r"ProtocolError\(\s*\"(\w+)\"", protocol))
    codes |= set(CALENDAR_REFUSALS)
    codes -= {"bad_request"}  # of a request head, before there is a protocol to speak
    described = {name for row in rows(section(10)) for name in names(row[0])}
    assert described == codes


def test_every_code_of_a_goodbye_is_described() -> None:
    found = r"(?:Goodbye\(\s*code=|dismiss_all\()\s*\"([a-z_]+)\""
    described = {name for row in rows(section(11)) for name in names(row[0])}
    assert set(re.findall(found, SERVER)) <= described


def test_every_action_of_the_moderation_log_is_described_and_no_other() -> None:
    actions = set(get_args(Action))
    used = set(re.findall(r"\bLogDraft\(\s*\"([a-z_]+)\"", SERVER))
    assert used | {"make_cohost", "hand_over"} == actions
    told = [row for row in rows(section(14)) if not row[1].startswith(("text", "hash"))]
    described = {name for row in told for name in names(row[0])}
    fields = set(LogEntry.__struct_fields__)
    assert described - fields == actions


def test_the_limits_of_haste_are_those_of_the_server() -> None:
    table = section(4).split("**How much.**")[1].split("**Shares.**")[0]
    told = {
        name: (float(Fraction(row[1])), float(row[2]))
        for row in rows(table)[1:]
        for name in names(row[0]) or ["the rest"]
    }
    for vector in VECTORS["commands"]:
        command = decode_from_client(bytes.fromhex(vector["bytes"]))
        kind = kind_of(command)  # type: ignore[arg-type]
        name = vector["message"]["command"]
        assert told.get(name, told["the rest"]) == PER_PERSON[kind]
    assert PER_PERSON["password"] == told["set_password"]
    assert ADDRESS_SHARE == 10
    kinds: dict[str, Kind] = {"found_community": "found", "plan_event": "plan"}
    for name, kind in kinds.items():
        rate = PER_ADDRESS[kind]
        words = f"`{name}` 1/{1 / rate.per_second:.0f} and {rate.at_once}"
        assert words in " ".join(table.split())
    assert "has ten times as much" in table


def test_the_figures_are_those_of_the_code() -> None:
    for figure in (f"{MAX_FROM_CLIENT:,} bytes", f"{MAX_MESSAGE:,}", f"port {DEFAULT_PORT}"):
        assert figure in DOCUMENT
    assert f"`{SUBPROTOCOL}`" in DOCUMENT
    assert all(reaction in DOCUMENT for reaction in REACTIONS)
    limits = Limits()
    for number, figure in (
        (1, f"behind NAME, up to {PAGE_ROOMS};"),
        (3, f"{CHAT_ON_JOINING} at most, oldest first"),
        (4, f"last {MAX_DEPARTED} who left"),
        (4, f"`too_many_bans` ({MAX_BANS:,})"),
        (4, f"`too_many_invites` ({MAX_ROOM_INVITES})"),
        (4, f"`too_many_invitations` ({MAX_STAGE_INVITATIONS} are open)"),
        (4, f"{MAX_REACTIONS} at most"),
        (4, f"up to {MAX_CHAT} after section 12"),
        (4, f"{TURN_GRACE:.0f} s of grace"),
        (4, f"after the {KEEP_SEAT:.0f} s for"),
        (4, f"in {HOST_GRACE:.0f} s"),
        (4, f"company and location up to {MAX_SHORT}, pronouns up to {MAX_PRONOUNS}"),
        (4, f"a bio up to {MAX_BIO}. A link, up to {MAX_LINK},"),
        (4, f"`too_many_communities` ({CommunityLimits().owned} of one's own)"),
        (4, f"`server_full` ({CommunityLimits().open:,})"),
        (4, f"`too_many_applications` ({community.MAX_APPLICATIONS}),"),
        (4, f"`too_many_communities` ({CommunityLimits().joined}), `banned`"),
        (4, f"`too_many_invitations` ({community.MAX_INVITATIONS}),"),
        (4, f"({community.MAX_OWNERS} owners, {community.MAX_MODERATORS} moderators)"),
        (4, f"all its rooms | `too_many_bans` ({community.MAX_COMMUNITY_BANS:,})"),
        (4, f"`too_many_rooms` ({community.MAX_COMMUNITY_ROOMS})"),
        (4, f"good for {community.INVITED_SECONDS / 86400:.0f} days"),
        (5, f"up to {COMMUNITY_PAGE} by name"),
        (5, f"up to {COMMUNITY_PEOPLE_PAGE} in the order of coming"),
        (5, f"up to {COMMUNITY_LOG_PAGE} after the number asked for; of the root"),
        (10, f"no more members ({community.MAX_MEMBERS:,})"),
        (4, f"`title` text 1 to {MAX_TITLE}; `agenda` [text] = [], up to {MAX_AGENDA} lines"),
        (4, f"lines of up to {MAX_AGENDA_LINE};"),
        (4, f"`notice` text up to {MAX_NOTICE}"),
        (4, f"`count` times (1 to {MAX_OCCURRENCES})"),
        (4, f"or organises: {REMIND_MINUTES} minutes before"),
        (4, f"From {ROOM_OPENS / 60:.0f} minutes before the start"),
        (4, f"with them, {MAX_ASKED_BY_PERSON} may be named in what one planner"),
        (4, f"and {MAX_ASKED_BY_NETWORK} in what was planned from one network"),
        (4, f"A person has {MAX_OF_PERSON} events to come, a community {MAX_OF_COMMUNITY}"),
        (4, f"an event {MAX_ANSWERS:,} answers; events are kept for {KEEP_ENDED / DAY:.0f} days"),
        (4, f"Up to {MAX_EXCEPTIONS} times of a series"),
        (4, f"up to {MAX_OWN_DAYS} answers to single days"),
        (5, f"the next {UPCOMING} times"),
        (5, f"up to {PAGE} in the order of their starts"),
        (4, f"A person has up to {MAX_TIES:,} of each kind"),
        (10, f"as many as one may: {MAX_TIES:,}"),
        (4, f"It has up to {HOME_ROOMS} live"),
        (4, f"are up to {HOME_OCCURRENCES} of what is on"),
        (4, f"then up to {foremost.ASKED} to which others ask"),
        (
            4,
            f"{foremost.OF_PLANNER} lines at most, and one network {foremost.OF_NETWORK} where",
        ),
        (4, f"are up to {HOME_COMMUNITIES} that"),
        (4, f"after the first {HOME_DISCOVERABLE} that"),
        (4, f"up to the {HOME_FOLLOWED} whom"),
        (4, f"not more often than once in {SECONDS:.0f} s"),
        (4, "after ten minutes in any case" if AGAIN_SECONDS == 600 else "?"),
        (4, f"Up to {MAX_WORDS} words count"),
        (4, f"up to {SEARCH_PAGE} of each"),
        (5, f"of those on stage, up to {MAX_ON_STAGE} whom"),
        (5, f"up to {TIES_PER_PAGE} of the `total`, the newest first"),
        (5, f"up to {PEOPLE_PER_PAGE} of the audience"),
        (5, f"the last {MESSAGES_PER_PAGE} before"),
        (5, f"up to {LOG_PER_PAGE} after"),
        (5, f"of the `total` that hold up to {BANS_PER_LIST}"),
        (6, f"newest {CHAT_KEPT} messages"),
        (6, f"{limits.stage} on stage, {limits.front_row} in the front row, {limits.hands} hands"),
        (10, f"takes: {limits.hands}"),
        (12, f"1 to {MAX_NAME} code points"),
        (12, f"up to {MAX_HEADLINE}"),
        (12, f"lines and topics (up to {MAX_HAND_TOPIC})"),
        (12, f"lines and topics (up to {MAX_TOPIC})"),
        (12, f"messages (1 to {MAX_CHAT})"),
        (12, f"reasons and notes (up to {MAX_REASON})"),
        (12, f"up to {MAX_CODE_POINTS} code points"),
    ):
        assert figure in " ".join(section(number).split())


def test_shares_are_those_of_the_code() -> None:
    def mib(portion: Portion) -> str:
        return ", ".join(
            f"{part / MIB:g} MiB" if part >= MIB else f"{part / 1024:g} KiB" for part in portion
        )

    def paced(portion: Portion) -> str:
        return f"{portion.at_once:g}, one in {DAY / portion.a_day:g} s"

    def counted(portion: Portion) -> str:
        return f"{portion.at_once:g}, {portion.a_day:g}"

    told = section(4).split("**Shares.**")[1]
    for thing, what, words in (
        (
            "written",
            "bytes of log entries; a quarter of those of chat messages, but not for the room",
            mib,
        ),
        ("rooms", "rooms that are opened", paced),
        ("evidence", "reports with voice and chat", counted),
    ):
        portions = portions_of(cast(Thing, thing), ShareLimits())
        cells = [words(portions[holder]) if holder in portions else "" for holder in HOLDERS]
        row = " | ".join((what, *cells)).rstrip()
        assert f"| {row} |" in told.replace("|  |", "| |")
    protected = portions_of("protected", ShareLimits())["key"]
    text = " ".join(told.split())
    assert f"{protected.at_once:,.0f} at once and then one in {DAY / protected.a_day:g} s" in text
    assert EVERYBODY == 10
    most = HostingLimits()
    for figure in (
        f"a key has {most.per_person} rooms open, a network {most.per_address}",
        f"the server {most.open:,}",
    ):
        assert figure in text
    always = text.split("whatever is used up: ")[1].split(";")[0]
    assert set(re.findall(r"`(\w+)`", always)) == {each.__struct_config__.tag for each in ALWAYS}


def test_the_rooms_are_described_as_they_are_listed() -> None:
    described = section(1).split("A room in the list is an object:")[1].split("Where there")[0]
    fields = {field.name for field in fields_of(ListedRoom)}
    assert fields == set(re.findall(r"`(\w+)`", described)) - {"open"}


def test_the_code_points_of_emoji_are_those_of_the_code() -> None:
    ranges = section(12).split("base    = ")[1].split("```")[0].replace("U+", "").split(",")
    told = set()
    for each in ranges:
        first, _, last = each.strip().partition("-")
        told |= set(range(int(first, 16), int(last or first, 16) + 1))
    assert told == {point for point in range(0x30000) if is_emoji(chr(point))}


def test_the_example_of_signed_bytes_is_the_golden_one() -> None:
    vectors = VECTORS["handshake"]
    example = DOCUMENT.split("make\n\n```\n")[1].split("```")[0]
    assert "".join(example.split()) == vectors["signed"]
    for name in ("signature", "fingerprint", "authority", "certificate"):
        assert f"`{vectors[name]}`" in DOCUMENT


def test_the_example_of_a_log_is_the_golden_one() -> None:
    log, told = VECTORS["moderation_log"], section(14)
    third = log["entries"][2]
    assert f"over\n\n```\n{third['text']}\n```" in told
    assert f"`{third['hash']}`" in told
    assert f"`{log['root']['hash']}`" in told
