"""The machine on which a figure is measured, and how much its processes use of it."""

from __future__ import annotations

import os
import platform
import resource
import time
from pathlib import Path

_PROC = Path("/proc")
_SCHEDULED = 2
"""The clock of what the scheduler gave to all threads of a process (clock_getcpuclockid(3))."""


def description() -> dict[str, object]:
    """Describe the machine as each figure has to mention it."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def has_proc() -> bool:
    """Whether /proc tells how much a process used; macOS has no /proc."""
    return (_PROC / "self" / "stat").exists()


def lift_file_limit() -> None:
    """Allow as many open files as the system lets us: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process in user and kernel mode, with all its threads.

    It is that of the process's own clock, in nanoseconds: what /proc says goes by ticks of 10 ms.
    """
    return time.clock_gettime(~pid << 3 | _SCHEDULED)


def busy_seconds() -> float:
    """Return the CPU time used on all cores, including time lost to other virtual machines."""
    fields = (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that are still there."""
    return [int(each) for each in (_PROC / f"{pid}/task/{pid}/children").read_text().split()]


def rss_kib(pid: int) -> int:
    """Return the resident memory of a process in KiB, without kernel buffers."""
    for line in (_PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def _cpu_model() -> str:
    try:
        lines = (_PROC / "cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
