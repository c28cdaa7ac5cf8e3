"""Journeys with a server whose store is in PostgreSQL, which stands still, and which is killed."""

from __future__ import annotations

import os

import pytest

from benchmarks.postgres import frozen

from ..support.patience import PATIENCE
from ..support.postgres import Postgres
from ..support.processes import Journey, room_on
from .test_faults import on_stage_and_on_air


def test_a_ban_that_was_acknowledged_outlives_a_kill(
    journey: Journey, postgres: Postgres, capfd: pytest.CaptureFixture[str]
) -> None:
    store = ("--store", postgres.new_database())
    url, server = journey.serve("--no-tls", *store)
    ann, ben = on_stage_and_on_air(journey, url)
    ann.say("ban", id=ben.id, ref=1)
    ann.wait_for("done", when=lambda event: event["ref"] == 1)
    server.kill()
    server.wait(PATIENCE)
    journey.serve("--no-tls", *store, listen=f"127.0.0.1:{url.rpartition(':')[2]}")
    assert ann.wait_for("joined")["resumed"] is True
    again = journey.participant("Ben", "join", room_on(url, "standup"))
    assert again.wait_for("left")["code"] == "banned"
    assert "begins without rooms" not in capfd.readouterr().err, (
        "its folder is empty, not its store"
    )


def test_a_room_goes_on_while_postgres_stands_still(journey: Journey, postgres: Postgres) -> None:
    store = postgres.new_database()
    url, _ = journey.serve("--no-tls", "--store", store)
    ann, ben = on_stage_and_on_air(journey, url)
    with frozen(postgres.serving(store)):
        ann.say("chat", text="still here")
        assert ben.wait_for("chat_posted")["message"]["text"] == "still here"
        ann.say("ban", id=ben.id, ref=1)
        refused = ann.wait_for("refused", when=lambda event: event["ref"] == 1)
        assert "it holds, and will be written" in refused["text"]
        stranger = journey.participant("Cid", "join", room_on(url, "standup"))
        assert stranger.wait_for("left")["code"] == "try_later"
    ann.say("lock", ref=2)
    ann.wait_for("done", when=lambda event: event["ref"] == 2)
    assert os.listdir(journey.folder / "server").count("roomcli.sqlite3") == 0
