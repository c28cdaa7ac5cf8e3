"""Tests of the admin's certificate: where it may lie, what is wrong with it, and its renewal."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from roomcli.errors import ConfigError, ConnectionFailed, UsageError
from server.public.certificate import SOON, Certificates
from server.public.certificate_place import CertificatePlace, chosen_place

from ...support.patience import PATIENCE
from ...support.server_process import Start, listening, logged, start, stopped
from ...support.serving import Client
from ...support.tls_site import make_authority

__all__ = ["start"]
DAY = 24 * 3600.0


def write_pair(chain: Path, key: Path, *, days: int = 30) -> None:
    """Write a new certificate for rooms.test that an authority signed, and its key."""
    folder = chain.parent / "authority"
    folder.mkdir(exist_ok=True)
    make_authority(folder, "rooms.test", days=days)
    begin = b"-----BEGIN CERTIFICATE"
    secret, _, rest = (folder / "site.pem").read_bytes().partition(begin)
    chain.write_bytes(begin + rest)
    key.write_bytes(secret)


def as_one_file(folder: Path) -> CertificatePlace:
    """The chain, and below it the key."""
    chain, key = folder / "all.pem", folder / "key.pem"
    write_pair(chain, key)
    chain.write_bytes(chain.read_bytes() + key.read_bytes())
    key.unlink()
    return CertificatePlace(chain)


def as_two_files(folder: Path) -> CertificatePlace:
    """Each by its own name."""
    place = CertificatePlace(folder / "tls.crt", folder / "secret.pem")
    write_pair(folder / "tls.crt", folder / "secret.pem")
    return place


def by_certbot(folder: Path) -> CertificatePlace:
    """A folder with links into another one, and what else certbot has there."""
    archive, live = folder / "archive", folder / "live"
    archive.mkdir()
    live.mkdir()
    write_pair(archive / "fullchain1.pem", archive / "privkey1.pem")
    for name in ("fullchain", "privkey"):
        (live / f"{name}.pem").symlink_to(archive / f"{name}1.pem")
    (live / "cert.pem").symlink_to(archive / "fullchain1.pem")
    (live / "README").write_text("This directory contains your keys and certificates.")
    return CertificatePlace(live)


def by_caddy(folder: Path) -> CertificatePlace:
    """A folder with a pair of files by the server's name."""
    there = folder / "rooms.test"
    there.mkdir()
    write_pair(there / "rooms.test.crt", there / "rooms.test.key")
    (there / "rooms.test.json").write_text("{}")
    return CertificatePlace(there)


@pytest.mark.parametrize("laid", [as_one_file, as_two_files, by_certbot, by_caddy])
def test_it_is_taken_as_it_is_laid(
    tmp_path: Path, laid: Callable[[Path], CertificatePlace]
) -> None:
    current = Certificates(tmp_path, laid(tmp_path)).current
    assert current.certified == ("rooms.test",)
    assert not (tmp_path / "certificate.pem").exists(), "none of its own is made"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda live: (live / "privkey.pem").unlink(), "privkey.pem: No such file"),
        (lambda live: (live / "fullchain.pem").unlink(), "neither fullchain.pem with privkey.pem"),
        (lambda live: (live / "privkey.pem").write_text("x"), "its key is missing, or none in PEM"),
        (lambda live: (live / "fullchain.pem").write_text("x"), "it holds no certificate in PEM"),
        (
            lambda live: write_pair(live / "other.pem", live / "privkey.pem"),
            "the key in privkey.pem is that of another certificate",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line_and_the_one_before_is_shown(
    tmp_path: Path,
    change: Callable[[Path], None],
    told: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = by_certbot(tmp_path)
    certificates = Certificates(tmp_path, place)
    before = certificates.current
    change(place.certificate)
    certificates.renew()
    certificates.renew()
    assert certificates.current is before
    [line] = [each.getMessage() for each in caplog.records]
    assert told in line
    assert str(place.certificate) in line
    assert line.endswith("; until it can, the one before is shown")
    with pytest.raises(ConfigError) as error:
        Certificates(tmp_path, place)
    assert told in str(error.value)
    assert "\n" not in line


def test_of_several_in_a_folder_none_is_guessed(tmp_path: Path) -> None:
    for name in ("a.test", "b.test"):
        write_pair(tmp_path / f"{name}.crt", tmp_path / f"{name}.key")
    with pytest.raises(ConfigError, match=r"\(a\.test\.crt, b\.test\.crt\): name one"):
        Certificates(tmp_path, CertificatePlace(tmp_path))


def test_a_pair_of_which_one_half_is_written_is_left_until_it_is_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = by_caddy(tmp_path)
    certificates = Certificates(tmp_path, place)
    before = certificates.current
    chain, key = place.files()
    write_pair(tmp_path / "new.crt", tmp_path / "new.key")
    (tmp_path / "new.crt").replace(chain)
    certificates.renew_settled()
    (tmp_path / "new.key").replace(key)
    certificates.renew_settled()
    assert certificates.current is before
    caplog.set_level(logging.INFO)
    certificates.renew_settled()
    assert certificates.current.hash != before.hash
    [line] = [each.getMessage() for each in caplog.records]
    assert line.startswith("another certificate is shown from now on, good until 2")


def test_its_end_is_told_once_a_day_before_it_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificates = Certificates(tmp_path, as_two_files(tmp_path))
    end = certificates.current.until
    for now in (end - SOON - 1, end - SOON + 1, end - SOON + 60, end - 60, end + DAY):
        certificates.warn_of_end(now)
    told = [each.getMessage() for each in caplog.records]
    assert [each.split()[3] for each in told] == ["ends", "ends", "ended"]
    write_pair(tmp_path / "tls.crt", tmp_path / "secret.pem")
    certificates.renew()
    certificates.warn_of_end(end - SOON - 60)
    assert len(caplog.records) == 3


def test_options_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    assert chosen_place(None, None, no_tls=True) is None
    with pytest.raises(UsageError, match="name that too, by --certificate"):
        chosen_place(None, file, no_tls=False)
    with pytest.raises(UsageError, match="--no-tls"):
        chosen_place(file, None, no_tls=True)
    with pytest.raises(UsageError, match="leave out --key"):
        chosen_place(tmp_path, file, no_tls=False)


async def test_a_server_shows_a_renewed_one_and_drops_nobody(start: Start, tmp_path: Path) -> None:
    place = by_caddy(tmp_path)
    process = start("--certificate", str(place.certificate))
    async with listening(process) as server:
        host = await server.client(intent="host")
        write_pair(*place.files())
        pin = Certificates(tmp_path, place).current.hash.hex()
        process.send_signal(signal.SIGHUP)
        guest: Client | None = None
        with trio.fail_after(PATIENCE):
            while guest is None:  # the signal takes its moment
                try:
                    guest = await server.client(replace(server.room(), pin=pin), name="Ben")
                except ConnectionFailed:
                    await trio.sleep(0.05)
        (tmp_path / "rooms.test/rooms.test.key").write_text("spoilt")
        process.send_signal(signal.SIGHUP)
        spoilt = "its key is missing, or none in PEM; until it can, the one before is shown"
        log = await logged(process, spoilt)
        await guest.do()
        await host.do()
        code, _ = await stopped(process)
    assert code == 0
    assert "another certificate is shown from now on, good until" in log
