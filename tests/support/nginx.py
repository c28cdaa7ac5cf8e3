"""A real nginx before a server, with the configuration that is shipped."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio

from benchmarks import processes
from roomcli.protocol.address import Address

from .patience import PATIENCE
from .tls_site import make_authority

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_nginx = pytest.mark.skipif(
    # Elsewhere a loopback has one address, and nobody to tell apart.
    PROGRAM is None or sys.platform != "linux",
    reason="nginx is not installed",
)
CONFIGURATION = (processes.ROOT / "deploy" / "nginx.conf").read_text("utf-8")
_AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream roomcli {{ {servers} }}
    include {folder}/roomcli.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx: its port, the pin of its certificate, and the log of who asked for what."""

    port: int
    pin: str
    log: Path

    def address(self, room: str, prefix: str = "") -> Address:
        """Return the address of a room behind it."""
        return Address("localhost", self.port, True, room, self.pin, prefix=prefix)

    async def connected(self, source: str = "127.0.0.1") -> trio.SSLStream[trio.SocketStream]:
        """Connect to it from an address of this machine."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        stream = await trio.open_tcp_stream("127.0.0.1", self.port, local_address=source)
        return trio.SSLStream(stream, context, https_compatible=True)


def free_port() -> int:
    """Return a port of loopback at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextlib.asynccontextmanager
async def nginx(folder: Path, port: int, *server_ports: int) -> AsyncIterator[Nginx]:
    """Run nginx at ``port`` before the servers at these ports, as the shipped file says.

    Of several each gets the next connection in turn, or another one if it does not take it.
    """
    _lay(folder, port, server_ports)
    assert PROGRAM is not None
    errors = folder / "error.log"
    command = [PROGRAM, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(errors)]
    process = processes.start(command, stderr=subprocess.DEVNULL)
    pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(_certificate(folder))).hexdigest()
    try:
        with trio.fail_after(PATIENCE):
            while True:
                assert process.poll() is None, errors.read_text()
                with contextlib.suppress(OSError):
                    await (await trio.open_tcp_stream("127.0.0.1", port)).aclose()
                    break
                await trio.sleep(0.02)
        yield Nginx(port, pin, folder / "roomcli.log")
    finally:
        process.kill()
        process.wait()


def _lay(folder: Path, port: int, server_ports: tuple[int, ...]) -> None:
    """Write what nginx reads: the shipped file, with ports and places of this test."""
    folder.mkdir()
    make_authority(folder, "localhost")
    text = CONFIGURATION
    for shipped, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("    listen [::]:443 ssl;\n", ""),
        ("/etc/letsencrypt/live/rooms.example.org/fullchain.pem", f"{folder}/site.pem"),
        ("/etc/letsencrypt/live/rooms.example.org/privkey.pem", f"{folder}/site.pem"),
        ("/var/log/nginx/", f"{folder}/"),
        ("http://127.0.0.1:7420", "http://roomcli"),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    (folder / "roomcli.conf").write_text(text)
    servers = " ".join(f"server 127.0.0.1:{each} max_fails=0;" for each in server_ports)
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, servers=servers))


def _certificate(folder: Path) -> str:
    begin = "-----BEGIN CERTIFICATE"
    return begin + (folder / "site.pem").read_text().partition(begin)[2]
