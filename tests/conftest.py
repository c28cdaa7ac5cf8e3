"""Fixtures for more than one file of tests, and the rule that CI skips no test."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .support.postgres import postgres
from .support.processes import journey
from .support.pulse import desktop, plugin, pulse

__all__ = ["desktop", "journey", "plugin", "postgres", "pulse"]

WAITING = (
    *("tests/journeys/", "tests/server/nodes/", "tests/server/workers/"),
    *("tests/test_benchmarks.py", "tests/test_peers.py"),
)
"""How the ids of tests begin that start many processes and wait for them."""


def pytest_configure() -> None:
    """Let the programs that tests start react to signals, and find their bytecode.

    A shell or nohup lets programs in the background ignore some, and their children inherit that.
    Without bytecode, hundreds of programs would compile themselves anew, and each worker all tests.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    for number in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is signal.SIG_IGN:
            usual = number is signal.SIGINT
            signal.signal(number, signal.default_int_handler if usual else signal.SIG_DFL)
    # A property holds on a busy machine too: how long an example takes is not the question.
    settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("busy")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage, of which there is none yet."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays to the end, and let it look less often.

    It took two fifths of the time of screens, most of it for tests and modules that are still used.
    """
    gc.freeze()
    gc.set_threshold(20_000, 5, 5)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files of what mostly waits between the others, to compute beside it in all workers.

    Each worker begins with a part of its own. The files stay whole, for what their tests share.
    """
    places: dict[Path, float] = {}
    for waits in (True, False):
        part = [item for item in items if item.nodeid.startswith(WAITING) == waits]
        for number, item in enumerate(part):
            places.setdefault(item.path, number / len(part))
    items.sort(key=lambda item: places[item.path])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run with skipped tests, since everything is installed there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
