"""nginx as a proxy before a server, with the least that it needs and else its own defaults."""

from __future__ import annotations

import contextlib
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from . import processes
from .report import NotMeasured

START = 10.0
CONFIGURATION = """
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
        listen 127.0.0.1:{port};
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


def missing_nginx() -> str | None:
    """Return what is missing to run it, if anything."""
    return None if _program() else "needs nginx: apt install nginx"


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def nginx(folder: Path, port: int, behind: str) -> Iterator[int]:
    """Run nginx on a port, before the server at ``behind`` (HOST:PORT); yield its process id."""
    program = _program()
    assert program is not None
    folder.mkdir()
    path = folder / "nginx.conf"
    path.write_text(CONFIGURATION.format(folder=folder, port=port, behind=behind))
    process = processes.start([program, "-p", str(folder), "-c", str(path)])
    try:
        _wait_until_it_listens(port)
        yield process.pid
    finally:
        processes.end(process)


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise NotMeasured("nginx does not listen")


def _program() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
