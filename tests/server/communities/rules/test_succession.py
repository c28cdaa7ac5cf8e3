"""Tests of what becomes of a community when persons are forgotten, or two of them are one."""

from __future__ import annotations

import pytest

from .play import Troupe


def troupe_of(*lines: str) -> Troupe:
    """Return a community of Ann's after these lines."""
    troupe = Troupe()
    for line in ("ann founds application", *lines):
        assert not troupe.speak(line.split())[:1] or "refused" not in line
    return troupe


@pytest.mark.parametrize(
    ("lines", "standing"),
    [
        (("ann bans ben",), "banned"),
        (("ann bans ben", "cat joins", "ann accepts cat"), "banned"),
        (("ann bans cat for 1 days", "ann bans ben for 3 days"), "banned"),
        (("ann bans cat", "ben joins", "ann accepts ben"), "banned"),
        (("ben joins", "ann accepts ben", "ann makes ben moderator"), "member"),
        (("ben joins", "ann accepts ben", "cat joins"), "member"),
        (
            ("ben joins", "ann accepts ben", "cat joins", "ann accepts cat",
             "ann makes cat moderator"),
            "member",
        ),
        (
            ("ben joins", "ann accepts ben", "cat joins", "ann accepts cat",
             "ann makes ben moderator"),
            "member",
        ),
        (("ben joins",), "applied"),
        (("ben joins", "ann invites cat"), "invited"),
        (("ann invites ben",), "invited"),
        (("cat joins",), "applied"),
    ],
)  # fmt: skip
def test_two_persons_who_are_one_have_the_lower_role_and_every_ban(
    lines: tuple[str, ...], standing: str
) -> None:
    troupe = troupe_of(*lines)
    troupe.speak(["SERVER", "unites", "ben", "into", "cat"])
    assert troupe.state.relation("ben") is None
    assert troupe.state.standing_of("cat", troupe.now) == standing
    troupe.check_replay()


def test_of_two_bans_the_longer_one_holds() -> None:
    for lines in (
        ("ann bans ben for 1 days", "ann bans cat for 5 days"),
        ("ann bans ben for 5 days", "ann bans cat for 1 days"),
    ):
        troupe = troupe_of(*lines)
        troupe.speak(["SERVER", "unites", "ben", "into", "cat"])
        troupe.now += 4 * 86400
        assert troupe.state.standing_of("cat", troupe.now) == "banned"


def test_a_ban_that_is_over_takes_nothing_from_who_they_are_now() -> None:
    troupe = troupe_of("ann bans ben for 1 days", "cat joins", "ann accepts cat")
    troupe.now += 2 * 86400
    troupe.speak(["SERVER", "unites", "ben", "into", "cat"])
    assert troupe.state.role_of("cat") == "member"
    troupe.check_replay()


def test_a_community_does_not_lose_its_only_owner_who_is_somebody_else() -> None:
    troupe = troupe_of("ben joins", "ann accepts ben", "ann makes ben moderator")
    troupe.speak(["SERVER", "unites", "ann", "into", "cat"])
    assert troupe.state.role_of("ben") == "owner"
    assert troupe.state.role_of("cat") == "member"
    alone = troupe_of()
    alone.speak(["SERVER", "unites", "ann", "into", "cat"])
    assert alone.state.role_of("cat") == "owner"


def test_who_is_forgotten_stays_banned_without_a_name() -> None:
    troupe = troupe_of("ann bans ben", "cat joins", "ann invites dan")
    for person in ("ben", "cat", "dan", "eve"):
        troupe.speak(["SERVER", "forgets", person])
    assert troupe.state.bans["ben"].notice.name == ""
    assert list(troupe.state.bans) == ["ben"]
    assert not troupe.state.applications
    assert not troupe.state.invitations
    troupe.check_replay()
