"""Tests of the files in deploy/cluster/: two servers, Caddy and what they share fit together."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import processes
from benchmarks.valkey import program
from roomcli.protocol import DEFAULT_PORT
from server.cluster.address import read_addresses
from server.store_choice import judge_url

from . import ROOT
from .support.nginx import free_port
from .support.patience import PATIENCE
from .support.valkey import needed
from .test_deploy import CONTAINER, DEPLOY, container_engine, options

FOLDER = DEPLOY / "cluster"
COMPOSE = (FOLDER / "compose.yaml").read_text("utf-8")
CADDYFILE = (FOLDER / "Caddyfile").read_text("utf-8")
NAME = "rooms.example.org"


def service(name: str) -> str:
    """Return the lines of a service of the compose file."""
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", COMPOSE, re.M)
    assert found is not None
    return found[1]


def variables(folder: Path, name: str) -> dict[str, str]:
    """Return the variables of a file of passwords."""
    lines = (folder / name).read_text().splitlines()
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    """Return a folder with the passwords of a cluster."""
    shutil.copy(FOLDER / "passwords.sh", tmp_path)
    subprocess.run([tmp_path / "passwords.sh"], check=True)
    return tmp_path


def test_the_passwords_are_made_once_and_fit_together(passwords: Path) -> None:
    server = variables(passwords, "server.env")
    [valkey] = read_addresses(server["ROOMCLI_CLUSTER"], is_private=True)
    assert (valkey.host, valkey.port) == ("valkey", 6379)
    assert valkey.password == variables(passwords, "valkey.env")["VALKEY_PASSWORD"]
    assert server["PGPASSWORD"] == variables(passwords, "postgres.env")["POSTGRES_PASSWORD"]
    assert valkey.password != server["PGPASSWORD"]
    for each in passwords.glob("*.env"):
        assert each.stat().st_mode & 0o777 == 0o600
        assert each.name in COMPOSE
    again = subprocess.run([passwords / "passwords.sh"], capture_output=True, check=False)
    assert again.returncode == 1
    assert variables(passwords, "server.env") == server


def test_both_servers_are_started_alike_and_found_where_caddy_looks() -> None:
    [subnet] = re.findall(r"subnet: ([\d./]+)", COMPOSE)
    asked = {}
    for name, port in (("a", DEFAULT_PORT), ("b", DEFAULT_PORT + 1)):
        lines = service(name)
        [command] = re.findall(r"command: (\[.*\])$", lines, re.M)
        asked[name] = found = options(json.loads(command))
        assert found.udp_public == f"{NAME}:{port}"
        assert f'ports: ["{port}:{DEFAULT_PORT}/udp"]' in lines
        assert found.udp_listen.endswith(f":{DEFAULT_PORT}")
        assert found.no_tls
        assert found.listen.endswith(f":{DEFAULT_PORT}")
        judge_url(found.store)
    for key in ("authority", "trust_proxy", "store"):
        assert getattr(asked["a"], key) == getattr(asked["b"], key)
    assert asked["a"].authority == [f"{NAME}:443"]
    assert asked["a"].trust_proxy == [str(ipaddress.ip_network(subnet))]
    assert re.findall(r"^(\S+) \{$", CADDYFILE, re.M) == [NAME]
    assert f"reverse_proxy a:{DEFAULT_PORT} b:{DEFAULT_PORT} {{" in CADDYFILE
    assert "health_uri /readyz" in CADDYFILE


def test_what_the_services_use_is_there(passwords: Path) -> None:
    used = {
        each
        for line in re.findall(r"^    volumes: (.*)$", COMPOSE, re.M)
        for each in json.loads(line)
    }
    files = {each.partition(":")[0] for each in used if each.startswith("./")}
    assert all((FOLDER / each).is_file() for each in files)
    named = {each.partition(":")[0] for each in used} - files
    assert named == set(re.findall(r"^  (\w+): \{\}$", COMPOSE.partition("\nvolumes:\n")[2], re.M))
    variables = set(re.findall(r"env_file: (\S+)$", COMPOSE, re.M))
    assert variables == {each.name for each in passwords.glob("*.env")}
    waited_for = re.findall(r"^    (\w+): \{ condition: service_healthy \}$", COMPOSE, re.M)
    assert waited_for == ["valkey", "postgres"]
    assert all("healthcheck: {" in service(each) for each in waited_for)


def test_a_server_is_well_once_it_answers(tmp_path: Path) -> None:
    [line] = re.findall(r"^    test: (.*)$", COMPOSE, re.M)
    kind, python, *words = json.loads(line)
    assert (kind, python) == ("CMD", "python3")
    assert f":{DEFAULT_PORT}/healthz" in words[-1]
    with processes.server(tmp_path) as (_, url):
        port = url.rpartition(":")[2]
        asking = [sys.executable, *words[:-1], words[-1].replace(str(DEFAULT_PORT), port)]
        assert subprocess.run(asking, check=False).returncode == 0
    assert subprocess.run(asking, check=False, stderr=subprocess.DEVNULL).returncode


def test_nobody_outside_reaches_what_the_servers_share() -> None:
    for name in ("valkey", "postgres"):
        assert "networks: [inside]" in service(name)
        assert "ports:" not in service(name)
    assert "  inside:\n    internal: true" in COMPOSE
    [extras] = re.findall(r'extras: "(.*)"', COMPOSE)
    assert extras == "[cluster,postgres]"
    assert "ARG extras=" in CONTAINER
    assert '".${extras}"' in CONTAINER


def test_caddy_takes_its_file() -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        return
    words = [caddy, "validate", "--adapter", "caddyfile", "--config", str(FOLDER / "Caddyfile")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


@needed("valkey")
def test_valkey_takes_its_file_and_lets_in_whoever_has_the_password(passwords: Path) -> None:
    port = free_port()
    [line] = re.findall(r"^    entrypoint: (\[.*\])$", COMPOSE, re.M)
    shell = json.loads(line)
    shell[-1] = shell[-1].replace("$$", "$").replace("/etc/valkey.conf", "valkey.conf")
    shell[-1] = shell[-1].replace("valkey-server", str(program("valkey")))
    text = (FOLDER / "valkey.conf").read_text("utf-8")
    conf = text.replace("port 6379", f"port {port}").replace("bind * -::*", "bind 127.0.0.1")
    assert conf.count(str(port)) == 1
    (passwords / "valkey.conf").write_text(conf)
    environment = os.environ | variables(passwords, "valkey.env")
    shell[-1] = f"cd {passwords} && {shell[-1]}"
    process = processes.start(shell, environment)
    try:
        password = environment["VALKEY_PASSWORD"]
        assert answered(port, "PING\r\n").startswith("-NOAUTH")
        assert answered(port, f"AUTH {password}\r\nPING\r\n") == "+OK\r\n+PONG\r\n"
    finally:
        answered(port, f"AUTH {environment['VALKEY_PASSWORD']}\r\nSHUTDOWN\r\n")
        processes.end(process)


def answered(port: int, words: str) -> str:
    """Return what a Valkey answers, as soon as it is there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as asking:
                asking.sendall(words.encode())
                asking.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: asking.recv(4096), b"")).decode()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.timeout(900)  # it fetches a Debian, and all libraries
def test_the_servers_run_where_an_engine_is(passwords: Path) -> None:
    engine = container_engine()
    if engine is None or subprocess.run([engine, "compose", "version"], check=False).returncode:
        return  # what can be said without one is tested above
    for name in ("compose.yaml", "valkey.conf", "Caddyfile"):
        shutil.copy(FOLDER / name, passwords)
    text = (passwords / "compose.yaml").read_text().replace("context: ../..", f"context: {ROOT}")
    (passwords / "compose.yaml").write_text(text)

    def run(*words: str) -> None:
        done = subprocess.run([engine, "compose", *words], cwd=passwords, check=False)
        assert done.returncode == 0

    try:
        run("up", "--detach", "--build", "a", "b")
        ask = f"__import__('urllib.request').request.urlopen('http://127.0.0.1:{DEFAULT_PORT}/readyz')"
        for name in ("a", "b"):
            deadline = time.monotonic() + PATIENCE
            words = [engine, "compose", "exec", "-T", name, "python3", "-c", ask]
            while subprocess.run(words, cwd=passwords, check=False).returncode:
                assert time.monotonic() < deadline
                time.sleep(1)
    finally:
        run("down", "--volumes")
