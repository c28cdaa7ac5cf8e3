"""Tests of claims to accounts at forges."""

from __future__ import annotations

import json

import pytest
import trio

from roomcli.protocol.badges import ForgeKind
from server.fetching.targets import AllowedHost, AllowedHosts
from server.people.claims.forges import SORTS, age_of_account, look_at_account, read_account
from server.people.claims.proof import NotProven, NotReached, Proof
from server.people.claims.state import ForgeAccount, subject_of

from ....support.fake_documents import FakeDocuments, down
from .test_listed_keys import KEY, OTHER

KEYS = frozenset({KEY.fingerprint})
LINES = f"{OTHER.line} laptop\n{KEY.line} desk\n".encode()
AT_GITHUB = ForgeAccount("github", "github.com", "ann")
ABOUT = "https://api.github.com/users/ann"
SIGNING = "https://api.github.com/users/ann/ssh_signing_keys"


@pytest.mark.parametrize(
    ("forge", "place", "subject"),
    [
        ("github", "https://github.com/ann.keys", "github.com/ann"),
        ("gitlab", "https://gitlab.com/ann.keys", "gitlab.com/ann"),
        ("forgejo", "https://codeberg.org/ann.keys", "codeberg.org/ann"),
        ("gitea", "https://gitea.com/ann.keys", "gitea.com/ann"),
        ("sourcehut", "https://meta.sr.ht/~ann.keys", "meta.sr.ht/~ann"),
    ],
)
async def test_an_account_lists_a_key_of_the_person(
    forge: ForgeKind, place: str, subject: str
) -> None:
    fetcher = FakeDocuments()
    fetcher.documents[place] = LINES
    account = read_account(forge, "", "Ann", fetcher.allowed)
    assert subject_of(account) == subject
    assert await look_at_account(fetcher, account, KEYS) == Proof(KEYS)
    assert fetcher.asked == [place]
    with pytest.raises(NotProven) as error:
        await look_at_account(fetcher, account, frozenset({"0" * 32}))
    assert error.value.code == "not_listed"
    with pytest.raises(NotProven):
        await look_at_account(fetcher, account, frozenset())


async def test_githubs_signing_keys_count_too() -> None:
    fetcher = FakeDocuments()
    fetcher.documents["https://github.com/ann.keys"] = b""
    fetcher.documents[SIGNING] = json.dumps([{"key": KEY.line}]).encode()
    assert await look_at_account(fetcher, AT_GITHUB, KEYS) == Proof(KEYS)
    enterprise = read_account("github", "git.acme.example", "ann", fetcher.allowed)
    fetcher.documents["https://git.acme.example/ann.keys"] = b""
    own = "https://git.acme.example/api/v3/users/ann/ssh_signing_keys"
    fetcher.documents[own] = json.dumps([{"key": KEY.line}]).encode()
    assert await look_at_account(fetcher, enterprise, KEYS) == Proof(KEYS)


async def test_an_account_that_is_not_there_is_not_looked_for_elsewhere() -> None:
    fetcher = FakeDocuments()
    with pytest.raises(NotProven):
        await look_at_account(fetcher, AT_GITHUB, KEYS)
    assert fetcher.asked == ["https://github.com/ann.keys"]


@pytest.mark.parametrize("trouble", [500, 503, 403, 429, 401, down(), b"<html>back soon</html>"])
async def test_a_forge_that_is_down_does_not_say_that_it_is_not_so(trouble: object) -> None:
    fetcher = FakeDocuments()
    fetcher.documents["https://codeberg.org/ann.keys"] = trouble
    account = ForgeAccount("forgejo", "codeberg.org", "ann")
    with pytest.raises(NotReached) as error:
        await look_at_account(fetcher, account, KEYS)
    assert "eyes" not in str(error.value)
    # GitHub has two lists: only both of them say that a key is in neither.
    fetcher.documents["https://github.com/ann.keys"] = LINES.splitlines()[0]
    fetcher.documents[SIGNING] = trouble
    with pytest.raises(NotReached):
        await look_at_account(fetcher, AT_GITHUB, KEYS)
    fetcher.documents["https://github.com/ann.keys"] = trouble
    fetcher.documents[SIGNING] = json.dumps([{"key": KEY.line}]).encode()
    assert await look_at_account(fetcher, AT_GITHUB, KEYS) == Proof(KEYS)


@pytest.mark.parametrize("forge", SORTS)
@pytest.mark.parametrize(
    "user",
    [
        *("", ".", "..", "a/b", "a/../b", "ann?x", "ann#x", "ann%2fb", "ann\\b", "ann b", "-", "."),
        *(
            "ann\r\nX: y",
            "ann\x00",
            "änn",
            "\uff41nn",
            "ann@evil",
            "a" * 300,
            "ann:80",
            "../ann",
            "~",
        ),
    ],
)
def test_a_user_is_one_segment_of_a_path_by_the_forges_own_pattern(
    forge: ForgeKind, user: str
) -> None:
    with pytest.raises(NotProven) as error:
        read_account(forge, "", user, AllowedHosts())
    assert error.value.code == "bad_account"


@pytest.mark.parametrize(
    ("forge", "good", "bad"),
    [
        (
            "github",
            ["a", "ann-b", "a1-b2", "ann_acme"],
            ["-ann", "ann-", "a--b", "a.b", "a" * 40],
        ),
        ("gitlab", ["ann.b", "a_b-c", "ann-"], ["ann.git", "ann.atom", "a..b", "ann.", "-ann"]),
        ("forgejo", ["ann.b-c_d", "a"], ["a--b", "ann.", "_ann", "a._b", "a" * 41]),
        ("sourcehut", ["~ann", "_ann", "an-n"], ["1ann", "a", "an.n", "~~ann"]),
    ],
)
def test_each_forge_has_a_pattern_of_its_own(
    forge: ForgeKind, good: list[str], bad: list[str]
) -> None:
    for user in good:
        assert read_account(forge, "", user, AllowedHosts()).user == user.removeprefix("~")
    for user in bad:
        with pytest.raises(NotProven):
            read_account(forge, "", user, AllowedHosts())


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "git.acme.example:8444", "git", "a b", "evil.example/x", "a@b.c"],
)
def test_a_host_is_a_name_and_the_port_the_admins(host: str) -> None:
    allowed = AllowedHosts([AllowedHost("git.acme.example", 8443)])
    with pytest.raises(NotProven):
        read_account("forgejo", host, "ann", allowed)
    assert read_account("forgejo", "Git.Acme.example:8443", "ann", allowed).host == (
        "git.acme.example:8443"
    )
    assert (
        read_account("forgejo", "git.acme.example:443", "ann", allowed).host == "git.acme.example"
    )


@pytest.mark.parametrize(
    ("account", "place", "answer", "since"),
    [
        (
            AT_GITHUB,
            "https://api.github.com/users/ann",
            {"created_at": "2011-01-25T18:44:36Z"},
            1295981076,
        ),
        (
            ForgeAccount("gitea", "gitea.com", "ann"),
            "https://gitea.com/api/v1/users/ann",
            {"created": "2020-01-01T01:00:00+01:00"},
            1577836800,
        ),
        (
            AT_GITHUB,
            "https://api.github.com/users/ann",
            {"created_at": "2011-01-25T18:44:36"},
            None,
        ),
        (
            AT_GITHUB,
            "https://api.github.com/users/ann",
            {"created_at": "0001-01-01T00:00:00Z"},
            None,
        ),
        (AT_GITHUB, ABOUT, {"created_at": "soon"}, None),
        (AT_GITHUB, ABOUT, {"created_at": 5}, None),
        (AT_GITHUB, ABOUT, [], None),
    ],
)
async def test_since_when_an_account_exists_is_known_where_it_is_told(
    account: ForgeAccount, place: str, answer: object, since: float | None
) -> None:
    fetcher = FakeDocuments()
    fetcher.documents[place] = json.dumps(answer).encode()
    assert await age_of_account(fetcher, account) == since


async def test_an_age_that_is_not_told_is_no_trouble() -> None:
    fetcher = FakeDocuments()
    assert await age_of_account(fetcher, ForgeAccount("gitlab", "gitlab.com", "ann")) is None
    assert fetcher.asked == []
    for trouble in (404, 500, down(), b"nonsense"):
        fetcher.documents["https://api.github.com/users/ann"] = trouble
        with trio.fail_after(60):
            assert await age_of_account(fetcher, AT_GITHUB) is None
