"""Give each parser inputs that a fuzzer makes by following the parser's branches.

``python -m benchmarks.guided_fuzz [--targets NAME ...] [--seconds 60] [--json]``. Needs Atheris,
which there is for Linux: ``pip install '.[fuzz]'``. Each target (``benchmarks.guided_target``) has
a process of its own, one after the other, and begins with the golden vectors. A target fails by
any error but the one that it may raise, by 10 s for one input, or by a gigabyte of memory.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import machine
from .mutants import golden_bytes
from .processes import ROOT
from .report import NotMeasured, conclude, parser, publish

TARGETS = ("messages_of_clients", "messages_of_servers", "heads", "frames", "datagrams")
KINDS = ("commands", "events", "uplink", "bundles", "acks", "invalid")
STARTS = 120
"""Seconds that a target may need besides: its code is rewritten as it is imported."""


def run(target: str, seconds: int) -> dict[str, Any]:
    """Fuzz one target for so long; return how many inputs it took, and how it failed, if it did."""
    with tempfile.TemporaryDirectory(prefix="guided") as folder:
        for number, seed in enumerate(golden_bytes(*KINDS)):
            Path(folder, str(number)).write_bytes(seed)
        settings = json.dumps({"target": target, "seconds": seconds, "seeds": folder})
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.guided_target", settings],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds + STARTS,
        )
    counted = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    said = [line for line in done.stderr.splitlines() if not line.startswith(("INFO:", "#"))]
    failed = "" if done.returncode == 0 else "\n".join(said)[-2000:]
    return {"inputs": int(counted[1]) if counted else 0, "failed": failed}


def main() -> int:
    """Fuzz the targets and print the result. Returns 1 if one failed."""
    options = parser("Inputs for each parser, made by following its branches.")
    options.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    options.add_argument("--seconds", type=int, default=60, help="for each target")
    given = options.parse_args()
    if not 0 < given.seconds <= 3600:
        options.error("--seconds up to 3600")
    if importlib.util.find_spec("atheris") is None:
        raise NotMeasured("needs Atheris: pip install '.[fuzz]'")
    targets = {target: run(target, given.seconds) for target in given.targets}
    result = {
        "benchmark": "guided_fuzz",
        "settings": {"seconds": given.seconds},
        "inputs": sum(each["inputs"] for each in targets.values()),
        "targets": targets,
        "held": not any(each["failed"] for each in targets.values()),
        "peers": {},
        "ratio_to": {},
        "machine": machine.description(),
    }
    publish(result, given.json)
    return 0 if result["held"] else 1


if __name__ == "__main__":
    conclude(main)
