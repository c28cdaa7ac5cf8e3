"""Journeys over the end of a server: people are told, and are back in place at the next one."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

from ..support.held_store import locked
from ..support.patience import PATIENCE
from ..support.processes import Journey, ParticipantProcess, room_on
from .test_faults import on_stage_and_on_air


def test_a_stop_is_told_before_and_the_next_server_has_everyone_in_place(journey: Journey) -> None:
    url, server = journey.serve("--no-tls", "--drain", "1")
    ann, ben = on_stage_and_on_air(journey, url)
    queue: list[ParticipantProcess] = []
    for name in ("Cleo", "Dan"):
        waiting = journey.participant(name, "join", room_on(url, "standup"))
        waiting.joined()
        waiting.say("raise_hand")
        ann.wait_for("hand_raised")
        queue.append(waiting)
    everyone = (ann, ben, *queue)
    server.send_signal(signal.SIGTERM)
    for each in everyone:
        each.wait_for("server_stopping")
        assert each.wait_for("goodbye")["retry"] is True
    assert server.wait(PATIENCE) == 0
    journey.serve("--no-tls", listen=f"127.0.0.1:{url.rpartition(':')[2]}")
    for each in everyone:
        joined = each.wait_for("joined")
        assert (joined["resumed"], joined["you"]) == (True, each.id)
    eve = journey.participant("Eve", "join", room_on(url, "standup"))
    view = eve.joined()["view"]
    assert [hand["id"] for hand in view["hands"]] == [each.id for each in queue]
    roles = {id: (speaker["role"], speaker["muted"]) for id, speaker in view["stage"].items()}
    assert roles == {ann.id: ("host", True), ben.id: ("speaker", True)}


def test_a_backup_made_while_people_talk_brings_the_server_back(journey: Journey) -> None:
    url, server = journey.serve("--no-tls", "--drain", "0")
    ann, ben = on_stage_and_on_air(journey, url)
    ann.say("chat", text="before")
    ben.wait_for("chat_posted")
    backup = journey.folder / "backup.tar"
    said = admin(journey, "backup", str(backup)).stdout
    assert said.startswith(f"{backup} has roomcli.sqlite3, host-invite, invite-secret (")
    ann.say("chat", text="after", ref=7)
    ann.wait_for("done", when=lambda event: event["ref"] == 7)
    server.send_signal(signal.SIGTERM)
    assert server.wait(PATIENCE) == 0
    said = admin(journey, "restore", str(backup)).stdout
    assert said.startswith(f"{journey.folder / 'server'} is as it was at ")
    journey.serve("--no-tls", listen=f"127.0.0.1:{url.rpartition(':')[2]}")
    for each, role in ((ann, "host"), (ben, "speaker")):
        joined = each.wait_for("joined")
        assert joined["resumed"] is True
        assert joined["view"]["stage"][each.id]["role"] == role
    cleo = journey.participant("Cleo", "join", room_on(url, "standup"))
    assert [message["text"] for message in cleo.wait_for("joined")["chat"]] == ["before"]
    ben.say("unmute")
    ann.wait_for("unmuted", when=lambda event: event["id"] == ben.id)


def test_a_store_that_cannot_be_written_stops_no_room_and_the_admin_is_told(
    journey: Journey,
) -> None:
    url, _ = journey.serve("--no-tls")
    ann, ben = on_stage_and_on_air(journey, url)
    with locked(journey.folder / "server"):
        ann.say("chat", text="held in memory")
        assert ben.wait_for("chat_posted")["message"]["text"] == "held in memory"
        deadline = time.monotonic() + PATIENCE
        while "cannot be written" not in admin(journey, "rooms", "list").stderr:
            assert time.monotonic() < deadline
        ben.say("mute")
        ann.wait_for("muted", when=lambda event: event["id"] == ben.id)
        ben.say("unmute")
        ann.wait_for("unmuted", when=lambda event: event["id"] == ben.id)
        cleo = journey.participant("Cleo", "join", room_on(url, "standup"))
        cleo.joined()
    deadline = time.monotonic() + PATIENCE
    while admin(journey, "rooms", "list").stderr:
        assert time.monotonic() < deadline


def admin(journey: Journey, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``roomcli admin`` on the journey's server; it has to work."""
    command = [sys.executable, "-m", "roomcli", "admin", *words]
    ended = subprocess.run(
        [*command, "--data", str(journey.folder / "server")],
        capture_output=True,
        text=True,
        env=journey.environment("server"),
    )
    assert ended.returncode == 0, ended
    return ended
