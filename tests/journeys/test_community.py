"""A community from its founding to its first evening, through real processes.

Its people have keys in real SSH agents, and prove who they are: by an account at a forge, by a code
that comes by mail, and at a provider of OpenID Connect. The server is a real one that begins on the
day before the first Tuesday of a month, and whose clock the test moves to that evening.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject

from benchmarks.processes import LineProcess

from ..support.mail_server import Box, open_mail_server
from ..support.moved_server import MOMENTS
from ..support.openid_provider import OpenIdProvider
from ..support.openssh import add_key, agent, make_key, needs_openssh
from ..support.patience import PATIENCE
from ..support.processes import Journey, ParticipantProcess, room_on
from ..support.tls_site import SiteRequest, TlsSite, site_beside

pytestmark = needs_openssh

DAY = 86400.0
EARLY = 14 * 60.0
"""Seconds before the beginning at which the evening of the test starts: the room may be opened."""
ZONE = "Europe/Berlin"
ROOM, HALL = "first-tuesday", "green-room"
RULES = ("One speaks, the others listen.", "What is told here stays here.")
TITLE = "Chapters, first Tuesday; with café"


A_YEAR = 14
"""First Tuesdays in which clocks go forward and back."""


def first_tuesdays(after: datetime) -> Iterator[datetime]:
    """Yield the first Tuesdays of months from a day on, at its time of day."""
    while True:
        if after.weekday() == 1 and after.day <= 7:
            yield after
        after += timedelta(days=1)


def next_first_tuesday() -> datetime:
    """Return half past six in Berlin on a first Tuesday that is some days away."""
    today = datetime.now(ZoneInfo(ZONE)).replace(hour=18, minute=30, second=0, microsecond=0)
    return next(first_tuesdays(today + timedelta(days=3)))


@dataclass
class Town:
    """A server with what is around it; ``begins`` is when the evening begins."""

    journey: Journey
    server: subprocess.Popen[bytes]
    url: str
    begins: datetime
    site: TlsSite
    provider: OpenIdProvider
    box: Box
    accounts: dict[str, str]

    @property
    def forge(self) -> str:
        """The forge's host, as people name it."""
        return f"localhost:{self.site.port}"

    def fetch(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and content of what the server has at a path."""
        address = "http" + self.url.removeprefix("ws") + path
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
                return answer.status, {**answer.headers}, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {**error.headers}, error.read()

    def room(self, name: str, **right: str) -> str:
        """Return the address of a room."""
        fragment = "&".join(f"{name}={value}" for name, value in right.items())
        return room_on(f"{self.url}#{fragment}" if fragment else self.url, name)


class Resident:
    """A person at a shell of their own."""

    def __init__(self, town: Town, name: str, **environment: str) -> None:
        self.town, self.name = town, name
        self.environment = town.journey.environment(name)
        self.environment |= {"ROOMCLI_SERVER": town.url, "ROOMCLI_NAME": name, **environment}

    def begin(self, *words: str) -> LineProcess:
        """Start a command, with which the test then talks."""
        command = [sys.executable, "-m", "roomcli", *words]
        child = LineProcess.start(command, self.environment, keep_errors=True)
        return self.town.journey.started(child)

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command to its end, and return what it says."""
        command = [sys.executable, "-m", "roomcli", *words]
        done = subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return (done.stdout or done.stderr).decode()

    def ask(self, *words: str) -> Any:
        """Run a command that answers with one line of JSON, and return that."""
        (line,) = self.run(*words, "--jsonl").splitlines()
        return json.loads(line)

    def enter(self, verb: str, where: str) -> ParticipantProcess:
        """Enter a room by JSON lines."""
        return self.town.journey.participant(self.name, verb, where)


@pytest.fixture
def town(journey: Journey, tmp_path: Path) -> Iterator[Town]:
    """Return a server with a forge, a provider and a mail server of its own."""
    begins = next_first_tuesday()
    moments = [begins.timestamp() - DAY, begins.timestamp() - EARLY]
    accounts: dict[str, str] = {}
    started = time.monotonic()

    def answer(asked: SiteRequest) -> tuple[int, bytes]:
        if asked.path.startswith("/oidc/"):
            provider.now = moments[0] + time.monotonic() - started
            return provider.answer(asked)
        if asked.path in accounts:
            return 200, accounts[asked.path].encode()
        return 404, b""

    box = Box()
    with site_beside(tmp_path, answer) as site, open_mail_server(box) as mail:
        provider = OpenIdProvider(f"https://localhost:{site.port}/oidc", moments[0])
        claims = tmp_path / "claims.toml"
        claims.write_text(
            f"""
            [claims]
            allow = ["localhost:{site.port}"]
            ca_file = "{site.ca_file}"
            companies = ["acme.example"]
            [mail]
            server = "127.0.0.1:{mail}"
            security = "none"
            from = "rooms@acme.example"
            [[issuers]]
            issuer = "{provider.url}"
            client_id = "roomcli"
            """
        )
        url, server = journey.serve(
            *("--no-tls", "--authority", "127.0.0.1", "--claims", str(claims)),
            program=["tests.support.moved_server"],
            **{MOMENTS: " ".join(map(str, moments))},
        )
        yield Town(journey, server, url, begins, site, provider, box, accounts)


@pytest.fixture
def agents(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """Return the sockets of agents for Ann and Bob, each with one key."""
    with ExitStack() as stack:
        sockets = {}
        for name in ("ann", "bob"):
            folder = tmp_path / f"{name}-ssh"
            folder.mkdir()
            sockets[name] = stack.enter_context(agent(folder))
            make_key(folder / "key", "-t", "ed25519", comment=f"{name}@laptop")
            add_key(sockets[name], folder / "key")
        yield sockets


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Do several things at the same time, as several people do."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        return [each.result() for each in [pool.submit(task) for task in tasks]]


# What people do.


def prove_account(ann: Resident) -> None:
    """Prove an account at the forge, which lists the key in her agent and no other of hers."""
    town = ann.town
    assert "is a key of yours now" in ann.run("profile", "keys", "add")
    said = ann.run("profile", "claim", "forge", "forgejo", "ann-m", "--host", town.forge)
    assert f"account ann-m at {town.forge}" in said


def prove_mail(bob: Resident) -> None:
    """Prove an address by the code that was sent there, as somebody with a key in an agent."""
    assert "is a key of yours now" in bob.run("profile", "keys", "add")
    claiming = bob.begin("profile", "claim", "mail", "bob@acme.example")
    mail = bob.town.box.arrived.get(timeout=PATIENCE)
    assert mail["To"] == "bob@acme.example"
    (code,) = re.findall(r"\b\d{4} \d{4}\b", mail.get_content())
    claiming.write_line(code)
    claiming.read_until("proven: mail at acme.example", PATIENCE)
    assert claiming.ended(PATIENCE) == 0


def sign_on(cara: Resident) -> None:
    """Sign on with the provider in a browser."""
    claiming = cara.begin("profile", "claim", "sso")
    address = claiming.read_line(PATIENCE).removeprefix("sign on here: ")
    with urllib.request.urlopen(cara.town.provider.sign_on(address), timeout=PATIENCE) as page:
        assert b"You are signed on" in page.read()
    claiming.read_until("proven: ", PATIENCE)
    assert claiming.ended(PATIENCE) == 0


def id_of(person: Resident, community: str, name: str) -> str:
    """Return somebody's id, as the list of members tells it."""
    people = person.ask("community", "people", community)["people"]
    (found,) = [each["person"]["id"] for each in people if each["person"]["name"] == name]
    return str(found)


def go_home(town: Town, people: dict[str, ParticipantProcess]) -> None:
    """Let people leave the room that they are in, and stay connected."""
    for name, each in people.items():
        each.say("connect_server", url=town.url, name=name, keeps_name=True)
        each.say("leave_room")
    for each in people.values():
        each.wait_for("room_left")


def is_of(event: str) -> Callable[[dict[str, Any]], bool]:
    """Return whether news are about a calendar event."""
    return lambda told: bool(told["occurrence"]["event"] == event)


def reminder_of(event: str, there: ParticipantProcess) -> dict[str, Any]:
    """Return the reminder that somebody got, or wait until it comes."""
    came = [each for each in there.seen if each["event"] == "event_reminder"]
    return came[0] if came else there.wait_for("event_reminder", when=is_of(event))


def assert_first_tuesdays(file: bytes, event: str, begins: datetime) -> None:
    """Assert that a stranger's parser finds the series in an iCalendar file."""
    calendar = vobject.readOne(file.decode())
    (found,) = [each for each in calendar.vevent_list if each.uid.value.startswith(event)]
    assert found.summary.value == TITLE
    assert found.status.value == "CONFIRMED"
    assert found.dtstart.value == begins
    assert found.dtend.value - found.dtstart.value == timedelta(minutes=90)
    days = islice(found.getrruleset(addRDate=True), A_YEAR)
    assert [each.astimezone(UTC) for each in days] == [
        each.astimezone(UTC) for each in islice(first_tuesdays(begins), A_YEAR)
    ]


def test_a_community_from_its_founding_to_its_first_evening(
    town: Town, agents: dict[str, Path], tmp_path: Path
) -> None:
    token = (tmp_path / "server" / "host-invite").read_text().strip()
    ann = Resident(
        town,
        "Ann",
        SSH_AUTH_SOCK=str(agents["ann"]),
        ROOMCLI_SERVER=f"{town.url}#host_token={token}",  # the admin gave it to her
    )
    bob = Resident(town, "Bob", SSH_AUTH_SOCK=str(agents["bob"]))
    cara, nora, gus = (Resident(town, name) for name in ("Cara", "Nora", "Gus"))
    town.accounts["/ann-m.keys"] = (tmp_path / "ann-ssh" / "key.pub").read_text()
    town.accounts["/api/v1/users/ann-m"] = '{"created": "2019-05-04T10:00:00Z"}'

    # They prove who they are, each in another way.
    at_once(lambda: prove_account(ann), lambda: prove_mail(bob), lambda: sign_on(cara))

    # Ann founds a community. The others read its rules and join.
    rules = [word for each in RULES for word in ("--rule", each)]
    founded = ann.ask("community", "found", "Long Books", "--summary", "Slowly", *rules)
    community = founded["community"]["id"]
    assert "agree to these rules" in bob.run("community", "join", "Long Books", code=2)
    at_once(*(lambda p=p: p.run("community", "join", community, "--yes") for p in (bob, cara)))
    bobs_id = id_of(ann, community, "Bob")
    assert "Proven: mail at acme.example" in ann.run("profile", "show", bobs_id)
    ann.run("community", "role", community, bobs_id, "moderator")
    ann.run("community", "room", community, ROOM)

    # She plans its evenings, and Bob agrees to organise them with her.
    planned = ann.ask(
        *("event", "plan", TITLE, town.begins.strftime("%Y-%m-%dT%H:%M"), ZONE),
        *("--repeats", "every first tuesday", "--minutes", "90", "--room", ROOM),
        *("--capacity", "1", "--community", community, "--visibility", "public"),
        *("--agenda", "Who reads what; and why", "--organiser", bobs_id),
    )
    event = planned["shown"]["id"]
    assert bob.ask("event", "answer", event, "yes")["shown"]["may_change"]

    # The only seat is taken, and Cara waits for it.
    taken = nora.ask("event", "answer", event, "yes")["upcoming"][0]
    assert (taken["coming"], taken["waiting"], taken["place"]) == (1, 0, 0)
    waits = cara.ask("event", "answer", event, "yes")["upcoming"][0]
    assert (waits["coming"], waits["waiting"], waits["place"]) == (1, 1, 1)

    # They stay connected. Nora gives her seat up, and Cara is told that it is hers.
    hall = town.room(HALL, host_token=token)
    ann_there = ann.enter("host", hall)
    ann_there.joined()
    bob_there, cara_there = (each.enter("join", town.room(HALL)) for each in (bob, cara))
    for each in (bob_there, cara_there):
        each.joined()
    go_home(town, {"Bob": bob_there, "Cara": cara_there})
    nora.run("event", "answer", event, "no")
    seat = cara_there.wait_for("event_news", when=is_of(event))
    assert (seat["kind"], seat["occurrence"]["place"]) == ("seat", 0)

    # The room is opened by who organises, and 15 minutes before at the earliest.
    where: dict[str, Any] = {
        "url": town.room(ROOM),
        "name": "Bob",
        "keeps_name": True,
        "intent": "host",
    }
    where |= {"mic": "tone:440", "speaker": "none"}
    bob_there.say("enter", **where, ref=1)
    assert bob_there.wait_for("refused")["code"] == "hosting_not_allowed"
    town.server.send_signal(signal.SIGUSR1)
    bob_there.say("enter", **where, ref=2)
    assert bob_there.joined()["room"] == ROOM

    # At its door a guest is refused, and one who knocks is let in.
    bob_there.say("change_settings", guests="off", ref=3)
    bob_there.wait_for("done", when=lambda told: told["ref"] == 3)
    quiet = ("--plain", "--mic", "none", "--speaker", "none")
    assert "takes no guests" in gus.run("join", town.room(ROOM), *quiet, code=4)
    bob_there.say("change_settings", knock=True, ref=4)
    bob_there.wait_for("done", when=lambda told: told["ref"] == 4)
    nora_there = nora.enter("join", town.room(ROOM))
    knocked = bob_there.wait_for("knocked")["knockers"]
    ((noras_id, knocker),) = knocked.items()
    assert knocker["person"]["name"] == "Nora"
    bob_there.say("answer_knock", id=noras_id)
    nora_there.joined()

    # Who comes is reminded, wherever they are.
    for each in (ann_there, bob_there, cara_there):
        assert 0 < reminder_of(event, each)["seconds"] <= EARLY

    # They meet: who has proven something comes in, and is heard.
    hers = {**where, "name": "Cara", "intent": "join", "mic": "none", "levels": True}
    cara_there.say("enter", **hers)
    cara_there.joined()
    bob_there.say("unmute")
    cara_there.wait_for("levels", when=lambda told: bool(told["speakers"]))

    # Their calendars are read by others' programs.
    feed = "/" + cara.run("event", "feed").split("/", 3)[3].strip()
    status, headers, own = town.fetch(feed)
    assert status == 200
    assert (headers["cache-control"], headers["x-robots-tag"]) == ("no-store", "noindex")
    status, _, public = town.fetch(f"/c/{community}.ics")
    assert status == 200
    exported = cara.run("event", "export").encode()
    for file in (own, public, exported):
        assert_first_tuesdays(file, event, town.begins)
        assert not re.search("Cara|Nora|Bob|token", file.decode())
    assert TITLE.encode() in town.fetch(f"/e/{event}")[2]
    cara.run("event", "feed", "--revoke")
    assert town.fetch(feed) == town.fetch(feed[:-6] + "00.ics")
