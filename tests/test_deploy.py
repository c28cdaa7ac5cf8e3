"""Tests of the files in deploy/: that systemd takes the unit, and that what they name is there."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from roomcli.protocol import DEFAULT_PORT
from server.options import add_arguments

from . import ROOT
from .support.patience import PATIENCE
from .test_requirements import PROJECT

DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "roomcli.service").read_text("utf-8")
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text("utf-8")
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
INSTALLED = {file for files in SETUPTOOLS["data-files"].values() for file in files}
"""Files that are installed beside the packages: without them there is nothing to install."""
EXPOSED = 2.0
"""The most that systemd may say of how exposed the service is, of 10."""
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


def options(words: list[str]) -> argparse.Namespace:
    """Return a server's options as it reads them; fails the test for what it does not know."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    return parser.parse_args(words)


def told_by_systemd(*words: str) -> str:
    """Return all that systemd-analyze says; fails the test if it finds fault."""
    done = subprocess.run(
        ["systemd-analyze", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@needs_systemd
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    here = str(Path(sys.executable).parent)
    unit = tmp_path / "roomcli.service"
    unit.write_text(UNIT.replace("/opt/roomcli/bin", here))
    assert told_by_systemd("verify", str(unit)) == ""


@needs_systemd
def test_the_service_can_reach_little_of_its_machine() -> None:
    said = told_by_systemd("security", "--offline=yes", str(DEPLOY / "roomcli.service"))
    exposed = re.search(r"exposure level for roomcli\.service: ([\d.]+)", said)
    assert exposed is not None
    assert float(exposed[1]) <= EXPOSED


def test_the_unit_starts_the_server_with_options_that_it_has() -> None:
    settings = dict(re.findall(r"^(\w+)=(.*)$", UNIT, re.M))
    program, *words = shlex.split(settings["ExecStart"])
    assert Path(program).name in PROJECT["scripts"]
    assert words.pop() == "$OPTIONS"
    further = re.search(r'OPTIONS="(.*)"', UNIT)
    assert further is not None
    asked = options([*words, *shlex.split(further[1])])
    assert asked.data == Path("/var/lib", settings["StateDirectory"])
    assert float(settings["TimeoutStopSec"]) > asked.drain + 5


def test_the_container_holds_what_it_is_built_from_and_starts_the_server() -> None:
    assert set(re.findall(r"^FROM (\S+)", CONTAINER, re.M)) == {"debian:bookworm-slim"}
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINER, re.M)
    sources = {source for line in copied for source in line.split()}
    assert all((ROOT / source).exists() for source in sources)
    needed = {"pyproject.toml", "constraints.txt", PROJECT["readme"], "roomcli", "server"}
    assert sources >= needed | INSTALLED
    [entry] = re.findall(r"^ENTRYPOINT (\[.*\])$", CONTAINER, re.M)
    program, *words = json.loads(entry)
    assert Path(program).name in PROJECT["scripts"]
    [volume] = re.findall(r"^VOLUME (\S+)$", CONTAINER, re.M)
    assert options(words).data == Path(volume)
    packages = re.findall(r"--no-install-recommends (.*) \\$", CONTAINER, re.M)[-1].split()
    assert "ca-certificates" in packages, "no other server's TLS is believed without"
    assert f"EXPOSE {DEFAULT_PORT}/tcp {DEFAULT_PORT}/udp" in CONTAINER


def test_compose_builds_that_container_and_opens_its_ports() -> None:
    [folder] = re.findall(r"^ +context: (\S+)$", COMPOSE, re.M)
    [file] = re.findall(r"^ +dockerfile: (\S+)$", COMPOSE, re.M)
    assert (DEPLOY / folder / file).resolve() == DEPLOY / "Containerfile"
    assert re.findall(r'"(\d+:\d+/\w+)"', COMPOSE) == [
        f"{DEFAULT_PORT}:{DEFAULT_PORT}/{transport}" for transport in ("tcp", "udp")
    ]
    [command] = re.findall(r"^ +command: (\[.*\])$", COMPOSE, re.M)
    assert options(json.loads(command)).authority == [f"rooms.example.org:{DEFAULT_PORT}"]


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_server_behind_a_proxy_is_started_where_the_proxy_looks(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    line = re.search(r"^# +roomcli serve (.*)$", text, re.M)
    assert line is not None
    asked = options(shlex.split(line[1]))
    assert asked.no_tls
    assert asked.trust_proxy == ["127.0.0.1"]
    assert set(re.findall(r"127\.0\.0\.1:\d+", text)) == {asked.listen}


def container_engine() -> str | None:
    """Return the program that runs containers here, if there is one that works."""
    for program in filter(None, map(shutil.which, ("podman", "docker"))):
        asked = subprocess.run([program, "ps"], capture_output=True, check=False, timeout=PATIENCE)
        if asked.returncode == 0:
            return program
    return None


@pytest.mark.timeout(900)  # it fetches a Debian, and all libraries
def test_the_container_runs_where_an_engine_is() -> None:
    engine = container_engine()
    if engine is None:
        return  # what can be said without one is tested above

    def run(*words: str) -> str:
        command = [engine, *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    run("build", "--file", "deploy/Containerfile", "--tag", "roomcli-tested", ".")
    limits = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")
    container = run("run", "--detach", *limits, "roomcli-tested", "--jsonl")
    try:
        following = [engine, "logs", "--follow", container]
        with subprocess.Popen(following, stdout=subprocess.PIPE) as log:
            assert log.stdout is not None
            assert json.loads(log.stdout.readline())["event"] == "listening"
            run("stop", container)
        assert run("inspect", "--format", "{{.State.ExitCode}}", container) == "0"
    finally:
        run("rm", "--force", "--volumes", container)
