"""Tests of signing by an SSH agent: a real one, and such as answer nonsense."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from roomcli.engine.ssh_agent import MAX_ANSWER, SIGN_SECONDS, SshAgent, open_agent
from roomcli.errors import ConfigError
from roomcli.protocol.ssh.keys import ed25519_key
from roomcli.protocol.ssh.wire import pack_string
from server.people.signatures import signer_of

from ...support import openssh
from ...support.openssh import needs_openssh
from ...support.security_key import SoftSecurityKey

MESSAGE = b"Ann and Bob are one.\n"
KEY = ed25519_key(bytes(range(32)))


@needs_openssh
async def test_a_real_agent_signs_by_every_kind_of_key(tmp_path: Path) -> None:
    with openssh.agent(tmp_path) as place:
        made = {}
        for kind, options in openssh.KINDS.items():
            made[kind] = openssh.make_key(tmp_path / kind, *options, comment=f"{kind} of Ann")
            openssh.add_key(place, tmp_path / kind)
        async with open_agent(str(place)) as agent:
            held = await agent.list_keys()
            assert {each.comment: each.key for each in held} == {
                f"{kind} of Ann": key for kind, key in made.items()
            }
            for each in held:
                text = await agent.sign(each.key, MESSAGE)
                assert signer_of(text, MESSAGE) == each.key
                assert openssh.fits(tmp_path, text, MESSAGE)


@needs_openssh
async def test_an_agent_without_a_key_refuses_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = openssh.make_key(tmp_path / "key", "-t", "ed25519")
    with openssh.agent(tmp_path) as place:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
        async with open_agent() as agent:
            assert await agent.list_keys() == []
            with pytest.raises(ConfigError, match="refused"):
                await agent.sign(key, MESSAGE)
            openssh.add_key(place, tmp_path / "key")
            assert [each.key for each in await agent.list_keys()] == [key]


async def test_without_an_agent_one_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(ConfigError, match="ssh-add"):
        async with open_agent():
            pass
    for path in (tmp_path / "gone", tmp_path / ("x" * 200), Path("a\0b")):
        with pytest.raises(ConfigError, match="cannot be reached"):
            async with open_agent(str(path)):
                pass


async def answered(answer: bytes, ask: Callable[[SshAgent], Awaitable[object]]) -> object:
    """Ask an agent that answers with these bytes, whatever it is asked, and then closes."""
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.send_all(answer)
    await theirs.send_eof()
    return await ask(SshAgent(ours))


def signed(signature: bytes) -> bytes:
    """Return an agent's answer with a signature."""
    return pack_string(b"\x0e" + pack_string(signature))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0",
        pack_string(b""),
        (MAX_ANSWER + 1).to_bytes(4, "big"),
        pack_string(b"\x05"),
        pack_string(b"\x0c\0\0\0\x01"),
        pack_string(b"\x0c\xff\xff\xff\xff"),
        pack_string(b"\x0c\0\0\0\0x"),
        pack_string(b"\x0e\0\0\0\0"),
        pack_string(b"\x0c\0\0\0\0")[:-1],
    ],
)
async def test_nonsense_for_a_list_is_told_in_one_line(answer: bytes) -> None:
    with pytest.raises(ConfigError) as refused:
        await answered(answer, lambda agent: agent.list_keys())
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "answer",
    [
        pack_string(b"\x05"),
        signed(b""),
        signed(pack_string(b"ssh-ed25519") + pack_string(bytes(63))),
        signed(pack_string(b"rsa-sha2-512") + pack_string(bytes(64))),
        pack_string(b"\x0e" + pack_string(pack_string(b"ssh-ed25519") + bytes(4)) + b"rest"),
    ],
)
async def test_a_signature_that_is_none_is_told_in_one_line(answer: bytes) -> None:
    with pytest.raises(ConfigError) as refused:
        await answered(answer, lambda agent: agent.sign(KEY, MESSAGE))
    assert "\n" not in str(refused.value)


async def test_keys_that_cannot_vouch_are_left_out_and_comments_are_harmless() -> None:
    device = SoftSecurityKey("sk-ssh-ed25519@openssh.com")
    entries = [
        (pack_string(b"ssh-dss") + pack_string(b"1"), b"old"),
        (KEY.blob + b"\0", b"damaged"),
        (device.key.blob, b"my \x1b[31mkey\n\xff"),
        (KEY.blob, b"x" * 1000),
    ]
    packed = b"".join(pack_string(blob) + pack_string(comment) for blob, comment in entries)
    answer = pack_string(b"\x0c" + len(entries).to_bytes(4, "big") + packed)
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.send_all(answer)
    found = await SshAgent(ours).list_keys()
    assert [each.key for each in found] == [device.key, KEY]
    assert found[0].comment.startswith("my key")
    assert found[0].comment.isprintable()
    assert len(found[1].comment) <= 80


async def test_a_device_in_the_agent_that_was_not_touched_is_told() -> None:
    device = SoftSecurityKey("sk-ssh-ed25519@openssh.com")
    untouched = pack_string(device.key.type.encode()) + pack_string(bytes(64)) + bytes(5)
    with pytest.raises(ConfigError, match="not touched"):
        await answered(signed(untouched), lambda agent: agent.sign(device.key, MESSAGE))


async def test_an_agent_that_never_answers_is_given_up(
    autojump_clock: trio.testing.MockClock,
) -> None:
    ours, _ = trio.testing.memory_stream_pair()
    with pytest.raises(ConfigError, match="touch"):
        await SshAgent(ours).sign(KEY, MESSAGE)
    assert trio.current_time() == pytest.approx(SIGN_SECONDS, abs=1)
