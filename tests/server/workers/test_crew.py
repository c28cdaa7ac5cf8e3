"""Tests of a server whose connections workers hold: people of all of them are in one room."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Callable
from typing import cast

import pytest
import trio
import trio.testing

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.limits import ServerLimits
from server.public.cpu_budget import CpuBudget
from server.public.gate import Gate
from server.workers import frames as f
from server.workers.crew import MORE_TO_START, MOST_SILENT, FarWorker
from server.workers.far_rooms import FarRooms

from ...support.crew import at_both, start_crew, workers
from ...support.one_room import share_one_room
from ...support.patience import PATIENCE
from ...support.server_process import Start, listening

__all__ = ["start_crew"]


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    with trio.fail_after(PATIENCE):
        while not await trio.to_thread.run_sync(holds):  # noqa: ASYNC110 - processes tell nobody
            await trio.sleep(0.02)


@pytest.mark.parametrize("options", [(), ("--no-tls",)])
async def test_people_of_all_workers_are_in_one_room(
    start_crew: Start, options: tuple[str, ...]
) -> None:
    process = start_crew(*options)
    async with listening(process) as server:
        host, near, far = await at_both(server)
        await share_one_room(server, host, near, far)


async def test_who_was_at_a_worker_that_died_comes_back_into_their_place(start_crew: Start) -> None:
    process = start_crew("--no-tls")
    async with listening(process) as server:
        host, near, far = await at_both(server)
        await far.do(c.RaiseHand(topic="mine"))
        before = workers(process)
        assert len(before) == 2
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        for each in (host, near, far):
            await each.to_the_end()
        again = await server.client(key=host.key, ticket=host.joined.ticket)
        assert again.joined.resumed
        assert again.id == host.id
        assert [hand.id for hand in again.view.hands] == [far.id]
        back = await server.client(key=far.key, ticket=far.joined.ticket)
        assert back.id == far.id
        await back.do(c.Chat(text="back"))
        assert (await again.until(e.ChatPosted)).message.text == "back"
        assert not workers(process) & before


@pytest.mark.parametrize(
    ("words", "patience"), [(3 * MOST_SILENT, MOST_SILENT), (0, MOST_SILENT + MORE_TO_START)]
)
async def test_a_worker_that_does_nothing_any_more_is_given_up(
    autojump_clock: trio.testing.MockClock, words: int, patience: int
) -> None:
    here, there = trio.testing.memory_stream_pair()
    # Nothing that is said here concerns rooms or people.
    worker = FarWorker(0, cast("Gate", None), FarRooms(), None, CpuBudget())
    setup = f.Setup(0, "", "", "", True, [], [], [], None, 0, [], ServerLimits())
    spoken_at = trio.current_time()
    with trio.fail_after(10 * MOST_SILENT):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker.run, cast("trio.SocketStream", here), setup, nursery)
            for _ in range(words):
                await trio.sleep(1)
                await there.send_all(f.encode_all([f.Gone(7)]))
                spoken_at = trio.current_time()
    assert trio.current_time() - spoken_at == pytest.approx(patience, abs=2)


async def test_workers_end_with_their_parent(start_crew: Start) -> None:
    process = start_crew("--no-tls")
    async with listening(process) as server:
        host, _, _ = await at_both(server)
        children = workers(process)
        process.kill()
        await host.to_the_end()
        await until(lambda: not any(map(is_alive, children)))


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(state.strip()) and "Z" not in state


async def test_everyone_is_told_when_it_stops(start_crew: Start) -> None:
    process = start_crew()
    async with listening(process) as server:
        people = await at_both(server)
        os.killpg(process.pid, signal.SIGTERM)  # as a supervisor does: all processes get it
        for each in people:
            last = (await each.to_the_end())[-1]
            assert isinstance(last, e.Goodbye)
            assert (last.code, last.retry) == ("server_closing", True)
        _, log = await trio.to_thread.run_sync(process.communicate)
    assert process.returncode == 0, log.decode()
    assert "started again" not in log.decode()


async def test_people_of_all_workers_may_finish_before_it_stops(start_crew: Start) -> None:
    process = start_crew("--no-tls", "--drain", "600")
    async with listening(process) as server:
        people = await at_both(server)
        process.send_signal(signal.SIGTERM)
        for each in people:
            await each.until(e.ServerStopping)
        host, near, far = people
        await near.do(c.Chat(text="bye"))
        assert (await far.until(e.ChatPosted)).message.text == "bye"
        await host.do(c.EndRoom())
        with trio.fail_after(PATIENCE):
            await trio.to_thread.run_sync(process.communicate)
    assert process.returncode == 0


async def test_requests_are_answered_and_figures_are_those_of_all(start_crew: Start) -> None:
    process = start_crew("--no-tls", "--admin-listen", "127.0.0.1:0")
    async with listening(process) as server:
        host, near, far = await at_both(server)
        answer = await server.exchange(b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert answer.endswith(b"\r\n\r\nready\n")
        head = await server.exchange(b"HEAD /readyz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert head.endswith(b"\r\n\r\n")
        listed = await server.exchange(b"GET /rooms HTTP/1.1\r\nhost: x\r\n\r\n")
        [room] = json.loads(listed.partition(b"\r\n\r\n")[2])
        assert (room["name"], room["stage"], room["audience"]) == ("standup", 1, 2)
        for each in (near, far):
            each.ack()
        host.speak(b"\xf8word")
        for each in (near, far):
            await each.heard(b"\xf8word")

        def figures() -> tuple[float, float, float]:
            with urllib.request.urlopen(f"{server.admin_url}/metrics", timeout=PATIENCE) as found:
                lines = found.read().decode().splitlines()
            named = dict(each.rsplit(" ", 1) for each in lines if not each.startswith("#"))
            received = float(named['roomcli_voice_frames_received_total{transport="tcp"}'])
            sent = float(named['roomcli_voice_frames_sent_total{transport="tcp"}'])
            return received, sent, float(named['roomcli_connections{place="room"}'])

        await until(lambda: figures() == (1, 3, 3))
        for pid in workers(process):
            os.kill(pid, signal.SIGKILL)
        for each in (host, near, far):
            await each.to_the_end()
        await server.client(key=host.key, ticket=host.joined.ticket)
        await until(lambda: figures()[2] == 1)
        assert figures() == (1, 3, 1), "sums never fall"
