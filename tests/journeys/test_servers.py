"""A journey at home at two servers at once, of which one dies and comes back."""

from __future__ import annotations

import json
import sys

from benchmarks.processes import LineProcess
from roomcli.protocol.address import parse_address

from ..support.patience import PATIENCE
from ..support.processes import Journey, room_on

OPTIONS = ("--no-tls", "--open-hosting")


def test_two_servers_are_shown_and_one_dies_and_comes_back(journey: Journey) -> None:
    first, _ = journey.serve(*OPTIONS)
    data = ("--data", str(journey.folder / "second"))
    second, process = journey.serve(*OPTIONS, *data)
    tea = journey.participant("tea", "host", room_on(first, "tea"))
    nap = journey.participant("nap", "host", room_on(second, "nap"))
    for host in (tea, nap):
        host.joined()
    roomcli = [sys.executable, "-m", "roomcli"]
    ann = journey.environment("ann")
    reader = journey.started(LineProcess.start([*roomcli, "--plain", "--server", first], ann))
    reader.read_until("Room tea", PATIENCE)
    reader.write_line(f"/add_server {second}")
    # The list of a server is that of up to a second before: it may come without the room at first.
    reader.read_until(f"Server {second}: ", PATIENCE)
    reader.read_until("Room nap", PATIENCE)

    process.kill()
    process.wait()
    reader.read_until(f"{second}: cannot be reached", PATIENCE)
    tea.say("end_room")
    reader.read_until(f"{first}: Room tea is closed", PATIENCE)
    journey.serve(*OPTIONS, *data, listen=f"127.0.0.1:{parse_address(second).port}")
    reader.read_until(f"{second}: reached again", PATIENCE)
    nap.wait_for("joined")

    reader.write_line("nap\n/enter nap\nhello from a pipe\n/list_people")
    reader.read_until(f"On {second}", PATIENCE)
    posted = nap.wait_for("chat_posted")["message"]
    assert posted["text"] == "hello from a pipe", "what is piped behind /enter is for the room"
    reader.read_until("Audience: ", PATIENCE)
    reader.write_line("/leave")
    reader.read_until(f"Server {second}", PATIENCE)
    reader.write_line("/quit")

    script = journey.started(LineProcess.start([*roomcli, "--jsonl", "--server", first], ann))
    heard: set[str] = set()
    while heard < {first, second}:
        told = json.loads(script.read_until('"home_shown"', PATIENCE)[-1])
        heard.add(told["server"])
    script.write_line(json.dumps({"command": "search", "text": "nap", "server": second, "ref": 1}))
    found = json.loads(script.read_until('"search_results"', PATIENCE)[-1])
    assert (found["server"], [room["name"] for room in found["rooms"]]) == (second, ["nap"])
    script.write_line('{"command": "leave"}')
    assert json.loads(script.read_until('"left"', PATIENCE)[-1])["exit_code"] == 0
