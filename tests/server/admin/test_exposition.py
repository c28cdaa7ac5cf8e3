"""Tests of the figures for Prometheus: those of a real server, read by the library's own parser."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.admin.exposition import Metrics
from server.admin.metrics import (
    MeasuredTimes,
    measure_cluster,
    measure_port,
    measure_readiness,
    measure_rooms,
    measure_store,
)
from server.cluster_state import ClusterState
from server.histogram import BOUNDS
from server.readiness import Readiness

from ... import ROOT
from ...support.serving import RunningServer, serving

DASHBOARD = json.loads((ROOT / "deploy" / "grafana.json").read_text("utf-8"))
OF_PROCESS = {
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_open_fds",
    "process_max_fds",
}
"""Figures of the process that the library has where there is a /proc."""
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def measured(server: RunningServer) -> Metrics:
    """Return the figures of a server, as its main program puts them together."""
    metrics = Metrics()
    assert server.listener is not None
    assert server.gate is not None
    for source in (
        partial(measure_readiness, Readiness(is_started=True)),
        partial(measure_rooms, server.hub),
        partial(measure_port, server.gate, server.listener.count_all),
        partial(measure_cluster, lambda: ClusterState(name="one")),
        partial(measure_store, server.store),
    ):
        metrics.add(source)
    return metrics


async def told(metrics: Metrics) -> list[Metric]:
    """Return the figures as Prometheus reads them."""
    text = await metrics.expose()
    assert (text.status, text.content_type.partition(";")[0]) == (200, "text/plain")
    return list(text_string_to_metric_families(text.content.decode()))


def samples(families: list[Metric]) -> Samples:
    """Return the values by name and labels."""
    return {
        (each.name, frozenset(each.labels.items())): each.value
        for family in families
        for each in family.samples
    }


async def talk(server: RunningServer, room: str = "standup") -> None:
    """Let two people be in a room, one of whom is heard, and one refused."""
    host = await server.client(server.room(room), intent="host")
    guest = await server.client(server.room(room), name="Ben")
    await host.do(c.Unmute())
    host.speak(b"word")
    await guest.heard(b"word")
    assert isinstance(await guest.ask(c.EndRoom()), e.Refused)


async def test_the_figures_are_those_of_the_server(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        metrics = measured(server)
        await talk(server)
        values = samples(await told(metrics))

        def value(name: str, **labels: str) -> float:
            return values[name, frozenset(labels.items())]

        assert value("roomcli_rooms") == value("roomcli_ready") == 1
        assert value("roomcli_people", role="host") == value("roomcli_people", role="listener") == 1
        assert value("roomcli_people", role="cohost") == 0
        assert value("roomcli_connections", place="room") == 2
        assert value("roomcli_voice_frames_received_total", transport="tcp") == 1
        assert value("roomcli_voice_frames_sent_total", transport="tcp") == 2
        assert value("roomcli_voice_bundles_skipped_total", transport="tcp") == 0
        assert value("roomcli_refusals_total", code="not_allowed") == 1
        assert value("roomcli_store_writable") == 1
        assert value("roomcli_tasks") > 2 * value("roomcli_connections", place="room")
        # In a small room one round serves stage and audience.
        assert value("roomcli_fanout_seconds_count") == 1
        assert value("roomcli_fanout_seconds_bucket", le="+Inf") == 1
        steps = [value("roomcli_tick_lateness_seconds_bucket", le=str(end)) for end in BOUNDS]
        assert steps == sorted(steps)


async def test_what_is_counted_never_falls_while_people_come_and_go(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        metrics = measured(server)
        before: Samples = {}
        for number in range(3):
            await talk(server, f"room-{number}")
            counted = [
                each for each in await told(metrics) if each.type in ("counter", "histogram")
            ]
            now = samples(counted)
            assert [name for name in before if now[name] < before[name]] == []
            assert sum(now.values()) > sum(before.values())
            before = now
            for client in server.clients:
                await client.go()


async def test_whom_the_server_turned_away_or_sent_away_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        guest = await server.client(intent="host")
        server.hub.dismiss_all("server_closing", "the server stops")
        await guest.to_the_end()
        with monkeypatch.context() as patch:
            patch.setattr(server.hub.allowances, "take_connection", lambda address, now: 1.0)
            assert await server.exchange(b"GET / HTTP/1.0\r\n\r\n") == b""
        values = samples(await told(measured(server)))
        turned_away = "roomcli_connections_turned_away_total"
        assert values[turned_away, frozenset({("reason", "too_often")})] == 1
        assert values["roomcli_goodbyes_total", frozenset({("code", "server_closing")})] == 1


async def test_nobody_and_no_room_is_named(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        metrics = measured(server)
        await talk(server)
        text = (await metrics.expose()).content.decode()
        assert "standup" not in text
        assert not re.search(r"\b(Ann|Ben)\b", text)
        assert "127.0.0.1" not in text
        assert not re.search("[0-9a-f]{32}", text)


async def test_a_source_is_asked_in_the_thread_of_the_rooms(tmp_path: Path) -> None:
    """Else what it goes through could change meanwhile."""
    metrics, asked = Metrics(), []

    def source() -> Any:
        asked.append(trio.lowlevel.current_task())
        return iter(())

    metrics.add(source)
    await metrics.expose()
    assert asked == [trio.lowlevel.current_task()]


@pytest.fixture
async def families(tmp_path: Path) -> list[Metric]:
    """Return all figures of a server in which something has happened."""
    async with serving(tmp_path) as server:
        await talk(server)
        return await told(measured(server))


def expressions() -> list[str]:
    """Return what the dashboard asks for."""
    targets = [each for panel in DASHBOARD["panels"] for each in panel.get("targets", ())]
    variables = DASHBOARD["templating"]["list"]
    queries = [each["definition"] for each in variables if "definition" in each]
    return [each["expr"] for each in targets] + queries


async def test_the_dashboard_asks_for_what_is_measured_and_shows_all_of_it(
    families: list[Metric],
) -> None:
    names = {each.name for family in families for each in family.samples}
    names |= {f"{each.name}_total" for each in families if each.type == "counter"} | OF_PROCESS
    asked = set(re.findall(r"\b(?:roomcli|process)_\w+", " ".join(expressions())))
    assert len(asked) > 20
    assert asked - names == set()
    shown = {re.sub("_(bucket|sum|count)$", "", name) for name in asked}
    ours = {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    assert {name for name in ours if name.startswith("roomcli_")} - shown == set()


async def test_the_dashboard_parts_figures_by_labels_that_they_have(
    families: list[Metric],
) -> None:
    labels: dict[str, set[str]] = {}
    for family in families:
        for each in family.samples:
            labels.setdefault(each.name, set()).update(each.labels)
    parted = 0
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            [*names] = re.findall(r"\broomcli_\w+", target["expr"])
            by = set(re.findall(r"by \((\w+)\)", target["expr"]))
            by |= set(re.findall(r"{{(\w+)}}", target["legendFormat"])) - {"instance"}
            for name in names:
                if name in labels and by:
                    parted += 1
                    assert by <= labels[name], target["expr"]
    assert parted > 5


def test_the_panels_of_the_dashboard_lie_beside_each_other() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) > 20
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        if panel["type"] != "row":
            assert panel["description"]
            assert panel["targets"]


async def test_the_page_for_admins_tells_every_figure_in_its_own_words(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "self-hosting.md").read_text("utf-8")
    rows = re.findall(r"^\| `(roomcli_\w+)`(?: by `(\w+)`)? \| (\w+) \| (.+) \|$", page, re.M)
    async with serving(tmp_path) as server:
        figures = measured(server).measure()
    assert rows == [
        (each.name, "", "histogram", each.help)
        if isinstance(each, MeasuredTimes)
        else (each.name, "".join(each.labels), each.kind, each.help)
        for each in figures
    ]
