"""Tests of what becomes of a calendar event when two of its people turn out to be one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server.calendar.rules.evolve import evolve
from server.calendar.rules.journal import OrganiserNamed, PersonBecame
from server.calendar.rules.state import CalendarEvent, EventAnswer, Plan
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
