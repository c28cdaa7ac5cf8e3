"""Journeys with two servers that a Valkey joins, one of which dies."""

from __future__ import annotations

import json
import ssl
import time
import urllib.request
from typing import Any

from ..support.patience import PATIENCE
from ..support.processes import Journey, room_on
from ..support.valkey import needed, own_valkey
from .test_faults import on_stage_and_on_air, role_of

pytestmark = needed("valkey")


def listed(url: str) -> list[str]:
    """Return the rooms that the server at this address lists."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    place = url.partition("#")[0].replace("wss:", "https:")
    with urllib.request.urlopen(f"{place}/rooms", context=context) as answer:
        return [each["name"] for each in json.load(answer)]


def wait_until(condition: Any) -> None:
    """Wait until this holds."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_who_knew_one_server_goes_on_at_the_others_that_are_left(journey: Journey) -> None:
    with own_valkey("valkey") as valkey:
        cluster = ("--cluster", str(valkey.address), "--data")
        url, server = journey.serve(*cluster, str(journey.folder / "one"))
        other, second = journey.serve(*cluster, str(journey.folder / "other"))
        journey.participant("Cid", "host", room_on(other, "retro")).wait_for("joined")
        wait_until(lambda: "retro" in listed(url))  # by then it tells of the other
        ann, ben = on_stage_and_on_air(journey, url)
        ann.say("change_settings", topic="lighthouses", ref=7)
        ann.wait_for("done", when=lambda event: event["ref"] == 7)
        server.kill()
        for each, role in ((ann, "host"), (ben, "speaker")):
            again = each.wait_for("joined")
            assert again["resumed"] is True
            assert again["you"] == each.id
            assert role_of(again, each.id) == (role, True)

        third, _ = journey.serve(*cluster, str(journey.folder / "third"))
        journey.participant("Dan", "host", room_on(third, "beekeeping")).wait_for("joined")
        wait_until(lambda: "beekeeping" in listed(other))
        second.terminate()
        for each, role in ((ann, "host"), (ben, "speaker")):
            assert each.wait_for("goodbye")["elsewhere"] is True
            again = each.wait_for("joined")
            assert again["resumed"] is True
            assert role_of(again, each.id) == (role, True)
        assert second.wait(PATIENCE) == 0
