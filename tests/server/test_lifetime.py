"""Tests of signals, and of files that change while a server runs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import pty
import select
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import processes
from roomcli.cli.admin_line import ask_admin
from roomcli.errors import ConnectionFailed
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.signals import heeded
from roomcli.wire.opening import connect
from roomcli.wire.records import TlsRecords
from roomcli.wire.stream import OutboundStream
from server.public.certificate import Certificates, own_certificate

from ..support.patience import PATIENCE
from ..support.processes import Journey, journey, room_on
from ..support.server_process import Start, listening, logged, start, stopped
from ..support.serving import Client, Turned, serving

__all__ = ["journey", "start"]


@contextlib.contextmanager
def ignoring(*numbers: signal.Signals) -> Iterator[None]:
    """Let processes started in the block ignore signals, as under nohup."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def new_certificate(folder: Path) -> str:
    """Replace the server's certificate by another one, and return its pin."""
    other = folder / "other"
    other.mkdir()
    pin = own_certificate(other).hash.hex()
    (other / "certificate.pem").replace(folder / "certificate.pem")
    other.rmdir()
    return pin


def test_only_what_is_not_ignored_is_heeded() -> None:
    with ignoring(signal.SIGHUP):
        assert heeded((signal.SIGHUP, signal.SIGUSR1)) == (signal.SIGUSR1,)
    assert heeded((signal.SIGHUP, signal.SIGUSR1)) == (signal.SIGHUP, signal.SIGUSR1)


@pytest.mark.parametrize(
    "numbers", [(signal.SIGHUP,), (signal.SIGINT,), (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)]
)
async def test_what_the_starter_ignored_stays_ignored(
    start: Start, numbers: tuple[signal.Signals, ...]
) -> None:
    with ignoring(*numbers):
        process = start("--no-tls")
    async with listening(process) as server:
        host = await server.client(intent="host")
        for number in numbers:
            process.send_signal(number)
        await host.do()
        guest = await server.client(name="Ben")  # it still lets people in
        assert guest.view.role == "listener"
        if signal.SIGTERM in numbers:
            process.kill()
        else:
            assert (await stopped(process))[0] == 0


async def test_a_hangup_reads_the_certificate_again_and_drops_nobody(
    start: Start, tmp_path: Path
) -> None:
    process = start()
    async with listening(process) as server:
        host = await server.client(intent="host")
        late = await server.connected()  # was shown the old one, and has not said hello
        pin = new_certificate(tmp_path / "data")
        process.send_signal(signal.SIGHUP)
        renewed = replace(server.room(), pin=pin)
        guest = None
        with trio.fail_after(PATIENCE):
            while guest is None:  # the signal takes its moment
                with contextlib.suppress(ConnectionFailed):
                    guest = await server.client(renewed, name="Ben")
        assert guest.certificate.hex() == pin
        assert (await late.enter(name="Cleo")).view.role == "listener"
        with pytest.raises(ConnectionFailed, match="another certificate"):
            await server.connected()
        await host.until(object, lambda _: len(host.view.front_row) == 2)
        code, log = await stopped(process)
    assert code == 0
    assert f"the new pin is {pin}" in log


async def test_a_hangup_reads_the_host_token_again(start: Start, tmp_path: Path) -> None:
    process = start("--no-tls", "--authority", "rooms.example.org:443")
    path = tmp_path / "data" / "host-invite"
    async with listening(process) as server:
        first = path.read_text().strip()
        host = await server.client(server.room(host_token=first), intent="host")
        path.unlink()  # which revokes it
        process.send_signal(signal.SIGHUP)
        code = ""
        with trio.fail_after(PATIENCE):
            while code != "hosting_not_allowed":  # the signal takes its moment
                try:
                    await server.client(server.room("other", host_token=first), intent="host")
                except Turned as turned:
                    code = turned.code
        second = path.read_text().strip()
        assert second != first
        await server.client(server.room("third", host_token=second), intent="host")
        await host.do()
        path.write_text("nonsense")
        process.send_signal(signal.SIGHUP)
        data = tmp_path / "data"
        data.rename(tmp_path / "elsewhere")
        process.send_signal(signal.SIGHUP)
        assert process.stdout is not None
        await trio.to_thread.run_sync(process.stdout.readline)  # that it vanished
        exit_code, log = await stopped(process)
    assert exit_code == 0
    assert "host-invite" in log


def test_a_signal_that_nobody_took_does_not_kill_a_server_that_stops() -> None:
    code = (
        "import os, signal, trio\n"
        "from server.lifetime import received_signals\n"
        "async def main():\n"
        "    with received_signals() as signals:\n"
        "        os.kill(os.getpid(), signal.SIGHUP)\n"
        "        await trio.sleep(0)\n"
        "    print('stopped')\n"
        "trio.run(main)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "stopped\n")


async def test_a_hangup_reads_again_what_may_be_proven(start: Start, tmp_path: Path) -> None:
    process, data = start("--no-tls"), tmp_path / "data"
    file = data / "claims.toml"

    async def allowed(*hosts: str) -> None:
        """Wait until these are what the admin is told of."""
        with trio.fail_after(PATIENCE):
            while True:
                asked = functools.partial(ask_admin, data, dict[str, Any], "GET /status")
                told = await trio.to_thread.run_sync(asked)
                if told["claims"]["allow"] == list(hosts):
                    return
                await trio.sleep(0.05)  # the signal takes its moment

    async with listening(process) as server:
        host = await server.client(intent="host")
        await allowed()
        file.write_text('[claims]\nallow = ["git.acme.internal:8443"]\n')
        process.send_signal(signal.SIGHUP)
        await allowed("git.acme.internal:8443")
        file.write_text("[claims]\nallow = 7\n")
        process.send_signal(signal.SIGHUP)
        log = await logged(process, "what it said before still holds")
        await host.do()
        code, _ = await stopped(process)
    assert code == 0
    assert f"{file}: " in log


async def test_a_hangup_sets_other_limits_and_drops_nobody(start: Start, tmp_path: Path) -> None:
    process, file = start("--no-tls"), tmp_path / "data" / "limits.toml"
    async with listening(process) as server:
        host = await server.client(intent="host")
        file.write_text("[per_person]\nlook = [0.001, 1]\n[room]\npeople = 2\n")
        process.send_signal(signal.SIGHUP)
        with trio.fail_after(PATIENCE):
            while True:
                answer = await host.ask(c.ListPeople())
                if isinstance(answer, e.Refused) and (answer.retry_after or 0) > 100:
                    break
                await trio.sleep(0.05)  # the signal takes its moment
        file.write_text("[rooms]\nopen = 0\n")
        process.send_signal(signal.SIGHUP)
        log = await logged(process, f"{file}: rooms.open has to be")
        await host.do(c.Lock())
        code, _ = await stopped(process)
    assert code == 0
    assert "these limits have changed: room.people, per_person.look; rooms that are open" in log
    assert f"{file}: rooms.open has to be a whole number from 1 to 10,000, not 0; the limits" in log


async def test_a_renewed_certificate_is_shown_to_whoever_comes(tmp_path: Path) -> None:
    async with serving(tmp_path, tls=True) as server:
        host = await server.client(intent="host")
        pin = new_certificate(tmp_path)
        assert server.certificates is not None
        server.certificates.renew()  # as `follow` does
        guest = await server.client(replace(server.room(), pin=pin))
        assert guest.certificate.hex() == pin
        await host.do()


async def test_a_renewal_amid_an_opening_changes_nothing_for_it(tmp_path: Path) -> None:
    """A hello is checked against the certificate that its connection was shown."""
    async with serving(tmp_path, tls=True) as server:
        assert server.certificates is not None
        raw = socket.create_connection((server.address.host, server.address.port))
        stream = OutboundStream(raw, server.nursery, voice_max_age=1)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        tls = TlsRecords(context, server_side=False)
        await stream.handshake(tls)
        shown = hashlib.sha256(tls.peer_certificate()).digest()
        new_certificate(tmp_path)
        server.certificates.renew()
        assert server.certificates.current.hash != shown
        room = server.room()
        connection = await connect(server.nursery, stream, room.authority, room.path)
        client = Client(connection, shown, room, Ed25519PrivateKey.generate())
        server.clients.append(client)
        assert (await client.enter(intent="host")).view.role == "host"


async def test_a_certificate_is_followed(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = Certificates(tmp_path)
    renew, looked = certificates.renew, trio.Event()

    def look() -> None:
        renew()
        trio.from_thread.run_sync(looked.set)

    monkeypatch.setattr(certificates, "renew", look)
    pin = new_certificate(tmp_path)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(certificates.watch_files)
        await looked.wait()
        nursery.cancel_scope.cancel()
    assert certificates.current.hash.hex() == pin


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def with_a_password(path: Path) -> None:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    certificate = path.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    path.write_bytes(locked + b"".join(certificate[1:]))


@pytest.mark.parametrize(
    "spoil",
    [
        Path.unlink,
        cut_short,
        with_a_password,
        lambda path: path.write_text(""),
        lambda path: path.write_text("nonsense"),
    ],
)
def test_what_cannot_be_shown_changes_nothing(
    tmp_path: Path, spoil: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    certificates = Certificates(tmp_path)
    before = certificates.current
    spoil(tmp_path / "certificate.pem")
    certificates.renew()
    assert certificates.current == before
    certificates.renew()
    assert len([each for each in caplog.records if "cannot be used" in each.message]) == 1
    (tmp_path / "certificate.pem").unlink(missing_ok=True)
    pin = new_certificate(tmp_path)
    certificates.renew()
    assert certificates.current.hash.hex() == pin


def test_a_server_whose_terminal_is_closed_ends(tmp_path: Path) -> None:
    """Nobody would know of the server, and it would keep the port."""
    command = [sys.executable, "-m", "server", "--listen", "127.0.0.1:0", "--no-tls"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [*command, "--data", str(tmp_path / "data")])
    said = b""
    while b"can open a room" not in said:
        assert select.select([terminal], [], [], PATIENCE)[0], said
        said += os.read(terminal, 4096)
    os.kill(pid, signal.SIGHUP)  # while the terminal is there it goes on
    while b"reading certificate" not in said:
        assert select.select([terminal], [], [], PATIENCE)[0], said
        said += os.read(terminal, 4096)
    assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_participant_outlives_a_terminal_too(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls")
    with ignoring(signal.SIGHUP):
        host = journey.participant("Ann", "host", room_on(url, "standup"))
    host.joined()
    host.process.send_signal(signal.SIGHUP)
    guest = journey.participant("Ben", "join", room_on(url, "standup"))
    guest.joined()
    host.wait_for("participant_joined")
    assert host.ended() == 0
    assert guest.ended() == 0


def test_json_has_no_token(start: Start, tmp_path: Path) -> None:
    process = start("--no-tls", "--authority", "rooms.example.org:443")
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert set(said) == {"event", "url", "host_invite_file"}
    file = Path(said["host_invite_file"])
    assert file == tmp_path / "data" / "host-invite"
    process.send_signal(signal.SIGTERM)
    rest, log = process.communicate()
    assert file.read_bytes().strip() not in rest + log


def test_the_token_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    data = tmp_path / "the data"
    command = [sys.executable, "-m", "server", "--listen", "127.0.0.1:0", "--no-tls"]
    command += ["--authority", "rooms.example.org:443", "--data", str(data)]
    process = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    piped = (process.stdout.readline() + process.stdout.readline()).decode()
    process.terminate()
    token = (data / "host-invite").read_text().strip()
    assert token not in piped + b"".join(process.communicate()).decode()
    line = piped.partition("roomcli host ")[2].strip()
    url = f"wss://rooms.example.org:443/r/standup#host_token={token}"
    assert subprocess.check_output(["sh", "-c", f"printf %s {line}"], text=True) == url

    master, slave = pty.openpty()
    process = processes.start(command, stdout=slave, stderr=subprocess.PIPE)
    os.close(slave)
    shown = b""
    while b"can open a room" not in shown:
        assert select.select([master], [], [], PATIENCE)[0], shown
        shown += os.read(master, 4096)
    process.terminate()
    _, log = process.communicate()
    os.close(master)
    assert f"'{url}'".encode() in shown
    assert token.encode() not in log
