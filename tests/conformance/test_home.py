"""Tests that a client written from docs/protocol.md alone can do what needs no room.

Neither this module nor what it imports may import roomcli or server.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..support.patience import PATIENCE
from .client import Stranger, fingerprint, raw_key, stranger
from .keys import armoured
from .room import Witness
from .server import Address, come_home, does, new_key, play, serving

DAY = 86400


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving(tmp_path_factory.mktemp("home")) as (rooms, _):
        yield rooms


async def become_known(who: Stranger, name: str) -> str:
    """Come home and fill in a name, so that one is known here; return the id."""
    you = (await come_home(who, name))["you"]
    await does(who, "change_profile", name=name)
    return str(you["id"])


async def code(who: Stranger, command: str, **fields: object) -> str:
    """Send a command that has to be refused, and return the code."""
    answer = await who.tell(command, **fields)
    assert answer["event"] == "refused", answer
    assert answer["command"] == command
    return str(answer["code"])


async def fetch(address: Address, path: str) -> tuple[int, dict[str, str], str]:
    """Ask the server over HTTP, as anybody may: status, headers in lower case, text."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    url = f"https://{urlsplit(address('any')).netloc}{path}"

    def get() -> tuple[int, dict[str, str], str]:
        try:
            answer = urllib.request.urlopen(url, timeout=PATIENCE, context=context)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, headers, answer.read().decode()

    return await asyncio.to_thread(get)


def test_a_stranger_fills_in_a_profile_and_takes_it_back(address: Address) -> None:
    async def scene() -> None:
        key = new_key()
        async with stranger(address("a")) as ada, stranger(address("a")) as other:
            me = (await come_home(ada, "Ada", key))["you"]["id"]
            await come_home(other, "Guglielmo")
            filled = {"name": "Ada L.", "pronouns": "she/her", "links": ["https://ada.example/"]}
            await does(ada, "change_profile", **filled, bio="of engines")
            await does(ada, "change_profile", bio="", page="public")
            for _ in range(2):
                changed = await ada.event("profile_changed", ref=None)
            shown = await other.ask("show_profile", "profile_shown", person=me)
            assert shown["profile"] == changed["profile"]
            assert filled.items() <= shown["profile"].items()
            assert (shown["profile"]["bio"], shown["badges"]) == ("", [])
            assert shown["person"]["name"] == "Ada L."
            status, headers, page = await fetch(address, f"/p/{me}")
            assert (status, "Ada L." in page) == (200, True)
            assert headers["content-type"].startswith("text/html")
            for wrong in ({"links": ["http://ada.example/"]}, {"page": "some"}):
                assert await code(ada, "change_profile", **wrong) == "bad_text"
            assert await code(ada, "show_profile", person="nobody") == "no_such_person"
            await does(ada, "export_profile")
            held = {each["kind"]: each["thing"] for each in ada.events if "kind" in each}
            assert held["person"]["id"] == me
            assert held["profile"]["links"] == filled["links"]
        async with stranger(address("a")) as again:
            assert (await come_home(again, "Someone", key))["you"]["name"] == "Ada L."
            await does(again, "delete_profile")
            assert (await again.event("profile_changed"))["profile"] is None
            assert (await fetch(address, f"/p/{me}"))[0] == 404

    play(scene())


def test_a_stranger_follows_and_blocks(address: Address) -> None:
    async def scene() -> None:
        key = new_key()
        async with stranger(address("a")) as ada, stranger(address("a")) as eve:
            await come_home(ada, "Ada", key)
            her = (await come_home(eve, "Eve"))["you"]
            # Who was only connected is not known here.
            assert await code(ada, "follow", person=her["id"]) == "no_such_person"
            await does(eve, "change_profile", name="Eve")
            await does(ada, "follow", person=her["id"])
            page = await ada.ask("list_ties", "ties_page")
            assert (page["people"], page["total"]) == ([her], 1)
            async with stranger(address("a")) as elsewhere:
                await come_home(elsewhere, "Ada", key)
                await does(ada, "block", person=her["id"])
                assert (await elsewhere.event("blocked_changed"))["people"] == [her["id"]]
            assert await code(ada, "follow", person=her["id"]) == "blocked_by_you"
            assert (await ada.ask("list_ties", "ties_page"))["total"] == 0
            shown = await ada.ask("show_profile", "profile_shown", person=her["id"])
            assert (shown["followed"], shown["blocked"]) == (False, True)
            # Eve is told of nothing, and her answers are those that everybody gets.
            await does(eve, "follow", person=ada.events[0]["you"]["id"])
            assert [e["event"] for e in eve.events] == [
                "welcome",
                "profile_changed",
                "done",
                "done",
            ]
        async with stranger(address("a")) as again:
            assert (await come_home(again, "Ada", key))["blocked"] == [her["id"]]
            await does(again, "unblock", person=her["id"])
            assert (await again.ask("list_ties", "ties_page", of="blocked"))["people"] == []

    play(scene())


def test_strangers_found_a_community_and_apply(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("a")) as ada, stranger(address("a")) as bob:
            await come_home(ada, "Ada")
            me = (await come_home(bob, "Bob"))["you"]
            founding = {"name": "Difference engines", "rules": ["Be kind."], "entry": "application"}
            answer = await ada.ask("found_community", "community_shown", **founding)
            id, version = answer["community"]["id"], answer["community"]["rules_version"]
            assert (answer["community"]["you"], answer["community"]["rules"]) == (
                "owner",
                ["Be kind."],
            )
            found = await bob.ask("list_communities", "communities_listed", of="discoverable")
            assert [each["name"] for each in found["communities"] if each["id"] == id] == [
                "Difference engines"
            ]
            assert await code(bob, "found_community", name="Difference  Engines") == "name_taken"
            join = {"community": id, "note": "I build them"}
            assert await code(bob, "join_community", **join, rules=version + 1) == "rules_changed"
            await does(bob, "join_community", **join, rules=version)
            made = await ada.event("application_made")
            assert (made["person"], made["note"], made["waiting"]) == (me, "I build them", 1)
            assert await code(bob, "list_community_people", community=id) == "not_allowed"
            await does(ada, "accept_application", community=id, person=me["id"])
            told = await bob.event("standing_changed")
            assert (told["you"], told["why"]) == ("member", "accepted")
            people = await bob.ask("list_community_people", "community_people", community=id)
            assert [each["role"] for each in people["people"]] == ["owner", "member"]
            await does(ada, "ban_from_community", community=id, person=me["id"], reason="spam")
            assert (await bob.event("standing_changed"))["why"] == "banned"
            log = await ada.ask("read_community_log", "community_log", community=id)
            witness = Witness(log["entries"][-1]["hash"])
            witness.reads(log["entries"], log["chained_to"], log["founded_at"])
            assert log["entries"][-1]["target"]["id"] == me["id"]
            assert (await fetch(address, f"/c/{id}"))[0] == 200
            await does(ada, "describe_community", community=id, hidden=True)
            nothing = await fetch(address, "/c/0123456789abcdef")
            hidden = await fetch(address, f"/c/{id}")
            assert (hidden[0], hidden[2]) == (404, nothing[2])
            assert await code(bob, "show_community", community=id) == "no_such_community"

    play(scene())


def test_a_private_event_is_for_those_who_were_invited(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("a")) as ada, stranger(address("a")) as bob:
            now = (await come_home(ada, "Ada"))["server_time"]
            him = await become_known(bob, "Bob")
            start = time.strftime("%Y-%m-%dT18:30", time.gmtime(now + 3 * DAY))
            plan = {"title": "Tea", "start": start, "zone": "UTC", "visibility": "private"}
            shown = await ada.ask("plan_event", "event_shown", **plan, capacity=1, invited=[him])
            event = shown["shown"]["id"]
            assert (shown["shown"]["version"], shown["shown"]["may_change"]) == (1, True)
            assert (await bob.event("event_news"))["kind"] == "asked"
            assert await code(bob, "cancel_event", event=event, version=1) == "not_organiser"
            async with stranger(address("a")) as eve:
                await come_home(eve, "Eve")
                assert await code(eve, "show_event", event=event) == "no_such_event"
                assert (await eve.ask("list_events", "events_listed"))["occurrences"] == []
                assert (await fetch(address, f"/e/{event}"))[0] == 404
                assert (await fetch(address, f"/e/{event}.ics"))[0] == 404
            answered = await bob.ask("answer_event", "event_shown", event=event, answer="yes")
            (mine,) = answered["upcoming"]
            assert (mine["part"], mine["answer"], mine["coming"]) == ("invited", "yes", 1)
            (one,) = (await bob.ask("list_events", "events_listed"))["occurrences"]
            assert time.strftime("%Y-%m-%dT%H:%M", time.gmtime(one["starts_at"])) == start
            answers = await ada.ask("list_answers", "answers_listed", event=event)
            assert answers["answers"] == [{"person": him, "answer": "yes"}]
            change = {"event": event, "version": 1, "title": "Coffee", "notice": "no tea"}
            changed = await ada.ask("change_event", "event_shown", **change)
            assert changed["shown"]["version"] == 2
            assert (await bob.event("event_news", kind="changed"))["notice"] == "no tea"
            assert await code(ada, "change_event", **change) == "changed_meanwhile"
            await does(ada, "cancel_event", event=event, version=2)
            cancelled = await bob.event("event_news", kind="cancelled")
            assert cancelled["occurrence"]["cancelled"]
            assert await code(bob, "answer_event", event=event, answer="no") == "event_cancelled"

    play(scene())


def test_a_stranger_who_waits_gets_the_seat_that_is_given_up(address: Address) -> None:
    async def scene() -> None:
        async with (
            stranger(address("a")) as ada,
            stranger(address("a")) as bob,
            stranger(address("a")) as cleo,
        ):
            now = (await come_home(ada, "Ada"))["server_time"]
            ids = [await become_known(who, "Guest") for who in (bob, cleo)]
            plan = {
                "title": "Engines",
                "start": time.strftime("%Y-%m-%dT18:30", time.gmtime(now + 3 * DAY)),
                "zone": "Europe/Berlin",
                "recurrence": {"every": "week", "count": 3},
                "capacity": 1,
                "visibility": "private",
                "invited": ids,
            }
            shown = await ada.ask("plan_event", "event_shown", **plan)
            event, days = shown["shown"]["id"], [each["day"] for each in shown["upcoming"]]
            assert len(set(days)) == 3
            yes = {"event": event, "answer": "yes"}
            await does(bob, "answer_event", **yes)
            answered = await cleo.ask("answer_event", "event_shown", **yes)
            assert [each["place"] for each in answered["upcoming"]] == [1, 1, 1]
            assert (await bob.tell("answer_event", event=event, answer="no", day=days[1]))[
                "event"
            ] == "done"
            news = await cleo.event("event_news", kind="seat")
            assert (news["occurrence"]["day"], news["occurrence"]["place"]) == (days[1], 0)
            assert await code(bob, "answer_event", **yes, day="2020-01-01") == "no_such_day"

    play(scene())


def test_a_stranger_fetches_its_calendar(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("a")) as ada:
            now = (await come_home(ada, "Ada"))["server_time"]
            start = time.strftime("%Y-%m-%dT18:30", time.gmtime(now + 3 * DAY))
            plan = {"title": "Tea at home", "start": start, "zone": "UTC", "visibility": "private"}
            await does(ada, "plan_event", **plan)
            feed = (await ada.ask("make_feed", "feed_made"))["path"]
            status, headers, text = await fetch(address, feed)
            assert status == 200
            assert headers["content-type"].startswith("text/calendar")
            assert headers["cache-control"] == "no-store"
            assert "SUMMARY:Tea at home\r\n" in text
            await does(ada, "export_events")
            parts = [each for each in ada.events if each["event"] == "events_exported"]
            file = b"".join(base64.b64decode(each["data"]) for each in parts).decode()
            assert [each["more"] for each in parts] == [True] * (len(parts) - 1) + [False]
            assert uids(file) == uids(text) != []
            chosen = await ada.ask("set_reminder", "calendar_shown", minutes=30)
            assert (chosen["remind"], chosen["has_feed"]) == (30, True)
            await does(ada, "revoke_feed")
            chosen = await ada.ask("show_calendar", "calendar_shown")
            assert (chosen["remind"], chosen["has_feed"]) == (30, False)
            assert (await fetch(address, feed))[0] == 404

    play(scene())


def uids(calendar: str) -> list[str]:
    return [line for line in calendar.splitlines() if line.startswith("UID:")]


def test_a_stranger_lists_its_keys_and_claims(address: Address) -> None:
    async def scene() -> None:
        key, phone = new_key(), fingerprint(raw_key(new_key()))
        mine = fingerprint(raw_key(key))
        async with stranger(address("a")) as ada:
            await come_home(ada, "Ada", key)
            listed = await ada.ask("list_keys", "key_list")
            assert listed["known_by"] == mine
            assert [(each["key"], each["state"]) for each in listed["keys"]] == [(mine, "in_force")]
            wish: dict[str, Any] = {"purpose": "join", "by": mine, "server": ada.authority}
            statement = (await ada.ask("propose_statement", "statement_made", key=phone, **wish))[
                "statement"
            ]
            assert (statement["key"], statement["by"], statement["server"]) == (
                phone,
                mine,
                ada.authority,
            )
            waiting = (await ada.ask("list_keys", "key_list"))["waiting"]
            assert [each["statement"] for each in waiting] == [statement]
            sign = {"nonce": statement["nonce"], "signature": "x"}
            assert await code(ada, "sign_statement", **sign) == "bad_sshsig"
            await does(ada, "withdraw_statement")
            assert (await ada.ask("list_keys", "key_list"))["waiting"] == []
            claims = await ada.ask("list_claims", "claims_listed")
            assert (claims["claims"], claims["companies"], claims["issuers"]) == ([], [], [])
            assert await code(ada, "claim_mail", address="ada@acme.example") == "no_mail"
            for command in ("hide_claim", "show_claim", "withdraw_claim"):
                assert await code(ada, command, claim="1") == "no_such_claim"

    play(scene())


def test_a_stranger_is_one_person_with_two_keys(address: Address) -> None:
    async def scene() -> None:
        laptop, phone = new_key(), new_key()
        mine, other = (fingerprint(raw_key(each)) for each in (laptop, phone))
        async with stranger(address("a")) as ada:
            me = (await come_home(ada, "Ada", laptop))["you"]
            wish = {"purpose": "join", "key": other, "by": mine, "server": ada.authority}
            made = await ada.ask("propose_statement", "statement_made", **wish)
            statement = made["statement"]
            nonce = statement["nonce"]

            def signed(signer: Ed25519PrivateKey, **changed: Any) -> dict[str, Any]:
                return {"nonce": nonce, "signature": armoured(statement | changed, signer)}

            elsewhere = {"nonce": nonce, "signature": armoured(statement, phone, b"file")}
            assert await code(ada, "sign_statement", **elsewhere) == "wrong_namespace"
            backwards = signed(phone, key=mine, by=other)
            assert await code(ada, "sign_statement", **backwards) == "bad_signature"
            assert await code(ada, "sign_statement", **signed(new_key())) == "not_a_signer"
            await does(ada, "sign_statement", **signed(phone))
            (waiting,) = (await ada.ask("list_keys", "key_list"))["waiting"]
            assert waiting["signed_by"] == [other]
            await does(ada, "sign_statement", **signed(laptop))
            changed = await ada.event("keys_changed")
            assert (changed["what"], changed["key"], changed["ref"]) == ("joined", other, None)
            assert await code(ada, "sign_statement", **signed(phone)) == "no_such_statement"
        async with stranger(address("a")) as again:
            assert (await come_home(again, "Ada", phone))["you"] == me
            listed = await again.ask("list_keys", "key_list")
            assert listed["known_by"] == mine
            assert [(each["key"], each["introduced_by"]) for each in listed["keys"]] == [
                (mine, None),
                (other, mine),
            ]

    play(scene())


def test_a_stranger_sees_what_goes_on_and_finds_it(address: Address) -> None:
    async def scene() -> None:
        room = address("tearoom")
        async with stranger(room) as ada, stranger(room) as host, stranger(room) as eve:
            await come_home(ada, "Ada")
            hers = await become_known(host, "Hedy Unusualname")
            await become_known(eve, "Eve Unusualname")
            await does(ada, "watch_home")
            await ada.event("home_shown", ref=None)
            await does(ada, "follow", person=hers)
            await host.enter_room(intent="host")
            await host.event("joined")
            news = await ada.event("home_shown", ref=None, following=[hers])
            while not (first := news["rooms"][:1]) or first[0]["followed"] != [hers]:
                news = await ada.event("home_shown", ref=None)
            assert first[0]["room"]["name"] == host.room
            assert news["people"][hers]["name"] == "Hedy Unusualname"
            found = await ada.ask("search", "search_results", text="hedy UNUS")
            assert [each["id"] for each in found["people"]] == [hers]
            found = await ada.ask("search", "search_results", of="rooms", text="tea")
            assert ([each["name"] for each in found["rooms"]], found["people"]) == ([host.room], [])
            await does(ada, "block", person=eve.events[0]["you"]["id"])
            found = await ada.ask("search", "search_results", of="people", text="unusualname")
            assert [each["id"] for each in found["people"]] == [hers]
            found = await ada.ask("search", "search_results", text=" !")
            assert not any(
                found[kind] for kind in ("rooms", "people", "communities", "occurrences")
            )

    play(scene())
