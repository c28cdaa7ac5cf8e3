"""Proxies before a server, each with the least that it needs and else its own defaults."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.public.certificate import own_certificate

from . import machine, processes
from .processes import Child
from .report import NotMeasured

START = 10.0
NGINX = """
daemon off;
pid {folder}/pid;
error_log {folder}/errors;
worker_rlimit_nofile 65536;
events {{ worker_connections 32768; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port}{ssl};
        location / {{
            proxy_pass http://{behind};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""
NGINX_TLS = """ ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/certificate.pem"""
CADDY = """
{{
    admin off
    auto_https off
    default_sni localhost
    log {{
        output file {folder}/errors
    }}
}}
{scheme}://:{port} {{
    bind 127.0.0.1
    {tls}
    reverse_proxy {behind}
}}
"""
CADDY_TLS = "tls {folder}/certificate.pem {folder}/certificate.pem"
PROXIES = ("nginx", "caddy")


@dataclass(frozen=True)
class RunningProxy:
    """A server, its URL through the proxy, and the proxy's processes."""

    server: Child
    url: str
    pids: list[int]


def missing_proxy(name: str) -> str | None:
    """Return what is missing to run it, if anything."""
    return None if _program(name) else f"needs {name}: apt install {name}"


@contextlib.contextmanager
def behind_proxy(
    name: str, folder: Path, *options: str, tls: bool = False
) -> Iterator[RunningProxy]:
    """Run a server and a proxy before it, which ends TLS if there is to be any."""
    port, place = _free_port(), folder / name
    authority = f"127.0.0.1:{port}"
    trust = ("--authority", authority, "--trust-proxy", "127.0.0.1", "--open-hosting")
    place.mkdir()
    pin = own_certificate(place).hash.hex() if tls else ""
    with processes.server(folder, *trust, *options) as (server, url):
        behind = url.partition("#")[0].rpartition("/")[2]
        process = processes.start(_command(name, place, port, behind, tls=tls), _world(place))
        try:
            _wait_until_it_listens(name, port)
            through = f"wss://{authority}#pin={pin}" if tls else f"ws://{authority}"
            yield RunningProxy(server, through, [process.pid, *machine.children(process.pid)])
        finally:
            processes.end(process)


def _command(name: str, folder: Path, port: int, behind: str, *, tls: bool) -> list[str]:
    """Lay the configuration, and return the command."""
    program = _program(name)
    assert program is not None
    path = folder / "proxy.conf"
    if name == "nginx":
        ssl = NGINX_TLS.format(folder=folder) if tls else ""
        path.write_text(NGINX.format(folder=folder, port=port, behind=behind, ssl=ssl))
        return [program, "-p", str(folder), "-c", str(path)]
    scheme, lines = ("https", CADDY_TLS.format(folder=folder)) if tls else ("http", "")
    path.write_text(CADDY.format(folder=folder, scheme=scheme, port=port, behind=behind, tls=lines))
    return [program, "run", "--adapter", "caddyfile", "--config", str(path)]


def _world(folder: Path) -> dict[str, str]:
    """Return an environment in which the proxy keeps all it writes in a folder."""
    return os.environ | {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }


def _free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_listens(name: str, port: int) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise NotMeasured(f"{name} does not listen")


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")
