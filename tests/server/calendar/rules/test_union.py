"""Tests of what becomes of a calendar event when two of its people turn out to be one."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.calendar.rules.evolve import evolve
from server.calendar.rules.journal import OrganiserNamed, PersonBecame
from server.calendar.rules.state import CalendarEvent, EventAnswer, Plan, Withdrawal
from server.calendar.rules.union import united

PEOPLE = ("ann", "ben", "cat", "dan")
some = st.lists(st.sampled_from(PEOPLE), unique=True).map(tuple)


def made(
    organisers: tuple[str, ...] = (),
    speakers: tuple[str, ...] = (),
    invited: tuple[str, ...] = (),
    agreed: tuple[str, ...] = PEOPLE,
    answers: dict[str, dict[str, EventAnswer]] | None = None,
    in_vain: tuple[str, ...] = (),
) -> CalendarEvent:
    plan = Plan(
        title="Meet",
        start="2026-12-01T18:00",
        zone="UTC",
        organisers=organisers,
        speakers=speakers,
        invited=invited,
    )
    return CalendarEvent(
        id="e",
        plan=plan,
        planned_at=1.0,
        changed_at=1.0,
        agreed=frozenset(agreed) & {*organisers, *speakers},
        answers=answers or {},
        in_vain=frozenset(in_vain),
        history=((1, "ann", ("title",)),),
    )


answers = st.dictionaries(
    st.sampled_from(["", "2026-12-01"]),
    st.dictionaries(
        st.sampled_from(PEOPLE),
        st.builds(EventAnswer, reply=st.sampled_from(["yes", "no"]), number=st.integers(1, 9)),
        min_size=1,
    ),
)
events = st.builds(made, some, some, some, some, answers, some)


@settings(max_examples=100)
@given(events, st.booleans())
def test_one_is_nowhere_any_more_and_all_others_are_as_they_were(
    event: CalendarEvent, organises: bool
) -> None:
    after = united(event, "ann", "ben", organises=organises)
    given_by = {who for each in after.answers.values() for who in each}
    assert "ann" not in after.named | after.agreed | after.in_vain | given_by
    assert "ann" not in {who for _, who, _ in after.history}
    for each in ("cat", "dan"):
        assert after.organises(each) == event.organises(each)
        assert after.speaks(each) == event.speaks(each)
        assert after.asks(each) == event.asks(each)
        assert {d: a[each] for d, a in after.answers.items() if each in a} == {
            d: a[each] for d, a in event.answers.items() if each in a
        }
    both = ("ann", "ben")
    assert ("ben" in after.named) == any(each in event.named for each in both)
    assert organises or "ben" not in after.plan.organisers
    if after.organises("ben"):
        assert any(each in event.plan.organisers and each in event.agreed for each in both) or (
            any(each in event.plan.organisers for each in both)
            and any(each in event.agreed for each in both)
        )
    for day, said in event.answers.items():
        if "ben" in said:
            assert after.answers[day]["ben"] == said["ben"]
        elif "ann" in said:
            assert after.answers[day]["ben"] == said["ann"]


def test_what_is_withheld_is_an_invitation_until_the_admin_agrees() -> None:
    event = made(organisers=("ann",))
    became = PersonBecame(id="e", by="ann", at=5.0, into="ben", organises=False)
    after = evolve(event, became)
    assert (after.plan.organisers, after.plan.invited) == ((), ("ben",))
    assert not after.cancelled
    assert (after.version, after.changed_at) == (event.version + 1, 5.0)
    agreed = evolve(after, OrganiserNamed(id="e", by="ben", at=6.0))
    assert agreed.organises("ben")
    assert agreed.plan.invited == ()
    assert evolve(event, became).version == after.version


def test_an_answer_alone_is_no_new_version() -> None:
    answer = EventAnswer(reply="yes", number=1)
    event = made(organisers=("cat",), answers={"": {"ann": answer}})
    after = evolve(event, PersonBecame(id="e", by="ann", at=5.0, into="ben", organises=False))
    assert (after.answers, after.version) == ({"": {"ben": answer}}, event.version)


def gone(version: int) -> Withdrawal:
    start = {"start": "2026-12-01T18:00", "zone": "UTC", "minutes": 60}
    return Withdrawal(at=float(version), version=version, **start)  # type: ignore[arg-type]


def test_what_was_hidden_from_either_stays_cancelled_for_both_as_it_was_told_last() -> None:
    event = replace(made(organisers=("cat",)), hidden_from={"ann": gone(3), "dan": gone(2)})
    became = PersonBecame(id="e", by="ann", at=5.0, into="ben", organises=False)
    assert evolve(event, became).hidden_from == {"ben": gone(3), "dan": gone(2)}
    both = replace(event, hidden_from={"ann": gone(3), "ben": gone(4)})
    assert evolve(both, became).hidden_from == {"ben": gone(4)}


NOT_PEOPLE = {
    ".id", ".notice", ".plan.title", ".plan.agenda[]", ".plan.start", ".plan.zone", ".plan.room",
    ".plan.community", ".plan.recurrence.until", ".exceptions{}", ".exceptions[].moved_to",
    ".exceptions[].notice", ".history[][][]", ".withdrawn[].start", ".withdrawn[].zone",
    ".hidden_from[].start", ".hidden_from[].zone", ".answers{}", ".origin",
}  # fmt: skip
"""The texts of a calendar event that name no person, by where they stand."""


def test_no_place_in_it_still_names_the_one_who_is_another_now() -> None:
    """Whoever adds a text to a calendar event unites it, or says here that it names nobody."""
    filled = everywhere(CalendarEvent, "ann")
    assert isinstance(filled, CalendarEvent)
    after = united(filled, "ann", "ben", organises=True)
    assert set(places(after, "ann")) == NOT_PEOPLE


def everywhere(kind: Any, name: str) -> Any:
    """Return a value of a type, with this name wherever a text may be."""
    origin, parts = get_origin(kind), get_args(kind)
    if kind is str:
        return name
    if origin is Literal:
        return parts[0]
    if origin in (Union, UnionType):
        return everywhere(parts[0], name)
    if origin in (tuple, frozenset):
        return origin(everywhere(each, name) for each in parts if each is not ...)
    if origin is dict:
        return {everywhere(parts[0], name): everywhere(parts[1], name)}
    if origin is Annotated:
        return everywhere(parts[0], name)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return kind(**{each.name: everywhere(each.type, name) for each in fields})
    return kind(1)


def places(thing: Any, name: str, where: str = "") -> Iterator[str]:
    """Yield where a name stands: ``.field``, ``{}`` as a key, ``[]`` within."""
    if thing == name:
        yield where
    elif isinstance(thing, msgspec.Struct):
        for field in thing.__struct_fields__:
            yield from places(getattr(thing, field), name, f"{where}.{field}")
    elif isinstance(thing, dict):
        for key, each in thing.items():
            yield from places(key, name, f"{where}{{}}")
            yield from places(each, name, f"{where}[]")
    elif isinstance(thing, tuple | frozenset):
        for each in thing:
            yield from places(each, name, f"{where}[]")
