"""Tests that every command and event survives the wire, and other versions do no harm."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgpack
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from roomcli.errors import ProtocolError
from roomcli.protocol import MAX_FROM_CLIENT, MAX_MESSAGE
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import MAX_SHOWN_SUBJECT, SHOWN_BADGES, Badge
from roomcli.protocol.chat import CHAT_ON_JOINING, MAX_CHAT, ChatMessage
from roomcli.protocol.codec import UnknownEvent, decode_from_client, decode_from_server, encode
from roomcli.protocol.local import (
    ChannelCommand,
    ChannelEvent,
    FrontendCommand,
    LocalEvent,
    TypedCommand,
)
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import (
    BanNotice,
    Hand,
    Person,
    SilenceNotice,
    Speaker,
    StageInvitation,
)
from roomcli.protocol.secret import Secret
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.side_channel import SECRET, SideChannelOffer
from roomcli.protocol.tags import snake_case
from roomcli.protocol.text import (
    MAX_HAND_TOPIC,
    MAX_HEADLINE,
    MAX_NAME,
    MAX_REASON,
    MAX_TOPIC,
    checked,
)
from roomcli.protocol.view import RoomView
from server.rooms.answers import LOG_PER_PAGE
from server.rooms.room import KEEPS
from server.rooms.rules import Limits
from server.rooms.rules.questions import BANS_PER_LIST, MESSAGES_PER_PAGE
from server.rooms.rules.state import MAX_STAGE_INVITATIONS
from tests.roomcli.protocol.test_text import ANY_TEXT

COMMANDS = get_args(c.ClientMessage)
EVENTS = get_args(e.ServerMessage)


# Nothing that a screen should not be given: whatever is made of these, cleaning leaves it alone.
LETTERS = "aZ09-_é山עا👏😀"
FEW = settings(max_examples=12)


def instances(struct: type[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for instances of a struct with everything that its types allow."""
    return _values(inspect.type_info(struct))


def _values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.StructType(cls=cls, fields=fields):
            names = {field.encode_name: field.name for field in fields}
            return st.builds(cls, **{names[f.encode_name]: _values(f.type) for f in fields})
        case inspect.StrType(pattern=str(pattern)):
            return st.from_regex(pattern, fullmatch=True)
        case inspect.StrType(min_length=least, max_length=most):
            return st.text(LETTERS, min_size=least or 0, max_size=min(most or 8, 40))
        case inspect.BytesType(min_length=least, max_length=most):
            return st.binary(min_size=least or 0, max_size=most or 40)
        case inspect.CustomType(cls=cls) if cls is Secret:
            return st.binary(min_size=SECRET, max_size=SECRET).map(Secret)
        case inspect.IntType(ge=least, le=most, lt=end):
            top = most if most is not None else (end or 2**63) - 1
            return st.integers(min_value=least if least is not None else -(2**63), max_value=top)
        case inspect.FloatType(ge=least, le=most):
            return st.floats(min_value=least, max_value=most, allow_nan=False)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.UnionType(types=types):
            return st.one_of([_values(each) for each in types])
        case inspect.VarTupleType(item_type=item, min_length=least, max_length=most):
            size = min(most or 4, 4)
            return st.lists(_values(item), min_size=least or 0, max_size=size).map(tuple)
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(_values(key), _values(value), max_size=4)
        case inspect.AnyType():
            return st.one_of(st.none(), st.integers(0, 2**53), st.text(LETTERS, max_size=8))
    raise NotImplementedError(kind)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.__name__)
def test_every_command_survives_the_wire(command: type[Any]) -> None:
    @FEW
    @given(instances(command))
    def survives(message: Any) -> None:
        assert decode_from_client(encode(message)) == message

    survives()


@pytest.mark.parametrize("event", EVENTS, ids=lambda each: each.__name__)
def test_every_event_survives_the_wire(event: type[Any]) -> None:
    @FEW
    @given(instances(event))
    def survives(message: Any) -> None:
        assert decode_from_server(encode(message)) == message

    survives()


@given(ANY_TEXT)
def test_what_a_client_decodes_is_fit_for_a_screen(text: str) -> None:
    said = text.encode("utf-8", "ignore").decode()
    person = {"id": "a", "name": said, "headline": said}
    page = {"event": "people_page", "offset": 0, "total": 1, "seats": {}, "people": {"a": person}}
    pulse = {"event": "pulse", "audience": 1, "reactions": {said: 1}}
    match decode_from_server(packed(page)), decode_from_server(packed(pulse)):
        case e.PeoplePage(people={"a": Person(name=name, headline=headline)}), e.Pulse() as decoded:
            for each in (name, headline, *decoded.reactions):
                assert checked(each, len(text), "text") == each
        case other:
            raise AssertionError(other)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_server_decodes_text_as_it_was_sent(text: str) -> None:
    command = decode_from_client(packed({"command": "remove", "id": "a", "reason": text}))
    assert command == c.Remove(id="a", reason=text)


@pytest.mark.parametrize(
    "struct",
    [*COMMANDS, *EVENTS, *get_args(TypedCommand | FrontendCommand | LocalEvent)],
)
def test_names_on_the_wire_are_snake_case_and_of_one_kind(struct: type[Any]) -> None:
    tag = struct.__struct_config__.tag
    assert tag == snake_case(struct.__name__)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", tag)


def test_the_channel_of_the_engine_tells_all_messages_apart() -> None:
    # Building the decoder fails when two structs of the union share a name.
    command = msgspec.json.Decoder(ChannelCommand).decode(b'{"command": "raise_hand", "ref": 3}')
    assert command == c.RaiseHand(ref=3)
    event = msgspec.json.Decoder(ChannelEvent).decode(b'{"event": "muted", "id": "a"}')
    assert event == e.Muted(id="a")


def packed(fields: object) -> bytes:
    body: bytes = msgpack.packb(fields)
    return b"\x00" + body


def test_unknown_events_are_told_as_such() -> None:
    assert decode_from_server(packed({"event": "fireworks", "n": 1})) == UnknownEvent("fireworks")
    assert decode_from_server(packed({"event": "\x1b[31m" + "x" * 99})) == UnknownEvent("x" * 64)


def test_unknown_commands_have_a_code_of_their_own() -> None:
    with pytest.raises(ProtocolError, match="fly") as error:
        decode_from_client(packed({"command": "fly"}))
    assert error.value.code == "unknown_command"
    assert (error.value.command, error.value.ref) == ("fly", None)


REFS: list[tuple[object, int | None]] = [
    (0, 0), (2**53 - 1, 2**53 - 1), (-1, None), (2**53, None), (True, None), (1.0, None),
    ("1", None), (None, None),
]  # fmt: skip


@pytest.mark.parametrize(("ref", "told"), REFS, ids=str)
@pytest.mark.parametrize("name", ["fly", "accept_hand"])
def test_a_command_that_cannot_be_carried_out_is_told_apart_by_its_ref(
    name: str, ref: object, told: int | None
) -> None:
    with pytest.raises(ProtocolError) as error:
        decode_from_client(packed({"command": name, "ref": ref}))
    assert (error.value.command, error.value.ref) == (name, told)


def test_the_name_of_an_unknown_command_comes_back_cleaned_and_cut() -> None:
    with pytest.raises(ProtocolError) as error:
        decode_from_client(packed({"command": "\x1b[31m" + "x" * 99, "ref": 3}))
    assert (error.value.command, error.value.ref) == ("x" * 40, 3)


@pytest.mark.parametrize("name", [None, 3, [], b"mute", {}], ids=repr)
def test_a_name_that_is_no_text_is_no_name(name: object) -> None:
    for decode, field in ((decode_from_client, "command"), (decode_from_server, "event")):
        with pytest.raises(ProtocolError) as error:
            decode(packed({field: name, "ref": 3}))
        assert error.value.code == "bad_message"
        assert error.value.ref == (3 if field == "command" else None)


def test_an_event_is_no_command_and_a_command_no_event() -> None:
    with pytest.raises(ProtocolError, match="without a command"):
        decode_from_client(encode(e.Muted(id="a")))
    with pytest.raises(ProtocolError, match="without an event"):
        decode_from_server(encode(c.Mute()))


def test_fields_of_newer_versions_are_ignored() -> None:
    deep = {"since": [1, {"a": b"\x00"}]}
    assert decode_from_client(packed({"command": "mute", "later": deep})) == c.Mute()
    assert decode_from_server(packed({"event": "muted", "id": "a", "later": deep})) == e.Muted(
        id="a"
    )


def test_defaults_may_be_left_out() -> None:
    assert decode_from_server(packed({"event": "pulse", "audience": 3})) == e.Pulse(audience=3)


def test_the_fullest_hello_fits_and_more_is_refused() -> None:
    hello = c.Hello(
        key=bytes(32), signature=bytes(64), name="😀" * 200, headline="😀" * 200,
        features=("f" * 32,) * 64,
    )  # fmt: skip
    assert decode_from_client(encode(hello)) == hello
    with pytest.raises(ProtocolError, match="bytes"):
        decode_from_client(packed({"command": "mute", "pad": ["x" * 1000] * 9}))
    assert len(encode(hello)) < MAX_FROM_CLIENT


def person(number: int) -> Person:
    """Make a person whose name, headline and badges are as long as they may be."""
    badge = Badge(
        kind="sign_on",
        subject="s" * MAX_SHOWN_SUBJECT,
        proven_at=1.5e9,
        checked_at=1.5e9,
        until=1.5e9,
        domain="d" * MAX_SHOWN_SUBJECT,
        account_since=1.5e9,
        by_device=True,
    )
    name, headline, badges = "😀" * MAX_NAME, "😀" * MAX_HEADLINE, (badge,) * SHOWN_BADGES
    return Person(f"{number:016}", name, headline, "0" * 32, "0" * 32, badges)


def message(number: int) -> ChatMessage:
    """Make a chat message as long as it may be."""
    author = person(number)
    return ChatMessage(
        number=number,
        person=author.id,
        name=author.name,
        tail=author.tail,
        text="😀" * MAX_CHAT,
        at=1.5e9,
    )


def test_joined_of_a_full_room_fits_into_a_message() -> None:
    limits = Limits(stage=64)  # the most that an admin may set
    shown = limits.stage + limits.front_row
    everyone = [person(number) for number in range(shown + limits.hands)]
    invited = [person(2000 + number) for number in range(MAX_STAGE_INVITATIONS)]
    invited_by = [person(3000 + number) for number in range(MAX_STAGE_INVITATIONS)]
    view = RoomView(
        name="r" * 64,
        you="00000000",
        me=everyone[0].id,
        people={each.id: each for each in (*everyone, *invited, *invited_by)},
        stage={
            each.id[-8:]: Speaker(
                each.id[-8:], each.id, "speaker", 255, 255, True, True, True, 1.5e9, 1.5, 1.5e9
            )
            for each in everyone[: limits.stage]
        },
        front_row={each.id[-8:]: each.id for each in everyone[limits.stage : shown]},
        hands=tuple(
            Hand(each.id[-8:], each.id, 1.5e9, "😀" * MAX_HAND_TOPIC, 1.5)
            for each in everyone[shown:]
        ),
        stage_invitations={
            guest.id[-8:]: StageInvitation(guest.id, by.id)
            for guest, by in zip(invited, invited_by, strict=True)
        },
        settings=RoomSettings(topic="😀" * MAX_TOPIC),
        log="0" * 32,
    )
    chat = tuple(message(number) for number in range(1, CHAT_ON_JOINING + 1))
    wrote = [person(1000 + number) for number in range(CHAT_ON_JOINING)]
    joined = e.Joined(
        room=view.name,
        you=view.you,
        view=view,
        server_time=1.5e9,
        chat=chat,
        people={each.id: each for each in wrote},
        keeps=KEEPS,
        udp=SideChannelOffer(
            port=65535, host="f" * 39, secret=Secret(bytes(32)), ids=(bytes(4),) * 4
        ),
    )
    assert len(encode(joined)) <= MAX_MESSAGE
    assert decode_from_server(encode(joined)) == joined


def test_the_fullest_answers_fit_into_a_message() -> None:
    ann, reason = person(1), "😀" * MAX_REASON
    ban = BanNotice(
        person=ann.id,
        key=ann.key,
        name=ann.name,
        at=1.5e9,
        until=1.5e9,
        reason=reason,
        by=ann.full_name,
    )
    silence = SilenceNotice(
        person=ann.id, key=ann.key, name=ann.name, at=1.5e9, reason=reason, by=ann.full_name
    )
    line = LogEntry(
        number=1, at=1.5e9, action="change_settings", actor=ann, target=ann, detail=reason * 2,
        reason=reason, previous="0" * 32, hash="0" * 32,
    )  # fmt: skip
    answers: list[e.ServerMessage] = [
        e.BanList(bans=(ban,) * BANS_PER_LIST),
        e.SilenceList(silences=(silence,) * BANS_PER_LIST),
        e.LogPage(entries=(line,) * LOG_PER_PAGE, opened_at=1.5e9),
        e.ChatPage(
            messages=(message(1),) * MESSAGES_PER_PAGE,
            people={each.id: each for each in map(person, range(MESSAGES_PER_PAGE))},
        ),
    ]
    for answer in answers:
        assert len(encode(answer)) <= MAX_MESSAGE
        assert decode_from_server(encode(answer)) == answer


def test_the_longest_chat_message_gets_through_in_every_script() -> None:
    for letter in ("a", "é", "引", "😀"):
        chat = c.Chat(text=letter * MAX_CHAT)
        assert decode_from_client(encode(chat)) == chat


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://a.b", "https://a b", "-v https://a"])
def test_no_server_has_anything_opened_in_a_browser_but_an_address_of_https(url: str) -> None:
    begun = e.SignOnBegun(issuer="i", attempt="a", sent_state="s", url=url, until=1.0)
    ready = e.DeviceCodeReady(issuer="i", user_code="c", url=url, until=1.0)
    for event in (begun, ready):
        with pytest.raises(ProtocolError):
            decode_from_server(encode(event))
