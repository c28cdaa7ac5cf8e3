"""Tests that imported libraries are declared, and that CI installs the declared versions."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from . import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LIBRARIES = [Requirement(each) for each in PROJECT["dependencies"]]
EXTRAS = {
    name: [Requirement(each) for each in asked]
    for name, asked in PROJECT["optional-dependencies"].items()
}
NAMED_OTHERWISE = {"dateutil": "python-dateutil"}
"""Libraries whose module has another name than they have themselves."""
EXACT = [each for each in LIBRARIES if str(each.specifier).startswith("==")]


def names(requirements: list[Requirement]) -> set[str]:
    """Return the names of libraries in their canonical spelling."""
    return {canonicalize_name(each.name) for each in requirements}


def constraints() -> dict[str, Requirement]:
    """Return the exact versions that tests and CI install."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(each.name): each for each in pins}


def version(pin: Requirement) -> str:
    """Return the only version that a pin allows."""
    (only,) = pin.specifier
    assert only.operator == "=="
    return only.version


def imported(*folders: str) -> set[str]:
    """Return the libraries that are imported anywhere in these folders."""
    own = {"roomcli", "server", "tests", "benchmarks"}
    found = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module)
    tops = {name.partition(".")[0] for name in found}
    libraries = tops - own - sys.stdlib_module_names
    return {canonicalize_name(NAMED_OTHERWISE.get(name, name)) for name in libraries}


def installed_with(requirements: list[Requirement]) -> Iterator[Requirement]:
    """Yield these requirements, as far as they apply here, and everything that they require."""
    waiting, seen = list(requirements), set[str]()
    while waiting:
        each = waiting.pop()
        if str(each) in seen or (each.marker and not each.marker.evaluate({"extra": ""})):
            continue
        seen.add(str(each))
        yield each
        for text in requires(each.name) or ():
            needed = Requirement(text)
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in ("", *each.extras)
            ):
                needed.marker = None
                waiting.append(needed)


def test_every_library_that_is_imported_is_declared() -> None:
    assert imported("roomcli", "server") > {"trio", "trio-websocket", "wsproto"}
    # What --store needs, and a cluster, has whoever asks for it.
    asked = [*LIBRARIES, *EXTRAS["postgres"], *EXTRAS["cluster"]]
    assert imported("roomcli", "server") - names(asked) == set()
    declared = names([*LIBRARIES, *(each for asked in EXTRAS.values() for each in asked)])
    assert imported("tests", "benchmarks") - declared == set()


def test_constraints_hold_all_that_the_test_line_installs_in_versions_that_are_declared() -> None:
    pins, exact = constraints(), names(EXACT)
    # PESQ is built where there is a compiler; what it needs we need ourselves.
    others = (*EXTRAS["quality"], *EXTRAS["fuzz"])
    for each in (*installed_with([*LIBRARIES, *EXTRAS["test"]]), *others):
        name = canonicalize_name(each.name)
        if name not in exact:
            assert name in pins, f"constraints.txt has no {name}"
            assert each.specifier.contains(version(pins[name])), f"{each}, but {pins[name]}"


def test_the_lowest_versions_are_the_lower_bounds_that_are_declared() -> None:
    run = subprocess.run(
        [sys.executable, ".ci/lowest.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    pins = [Requirement(line) for line in run.stdout.splitlines()]
    declared = [*LIBRARIES, *EXTRAS["test"]]
    assert [each.name for each in pins] == [each.name for each in declared]
    for pin, asked in zip(pins, declared, strict=True):
        assert str(pin.marker) == str(asked.marker)
        bounds = {f"{each.operator}{each.version}" for each in asked.specifier}
        assert {f">={version(pin)}", f"=={version(pin)}"} & bounds, asked
