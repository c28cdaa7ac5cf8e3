"""Keys that sign statements: this machine's, SSH keys in an agent or a file, the recovery key."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigError, ProtocolError, UsageError
from ..protocol.ssh.keys import MAX_LINE, SshKey, ed25519_key, parse_key_line

if TYPE_CHECKING:
    from ..engine.keys import PersonalKey

THIS_MACHINE = "this machine"
MAX_PUBLIC_FILE = 2 * MAX_LINE
RECOVERY_LETTERS = 56
_OPENSSH = "SHA256:"
"""How ``ssh-add -l`` begins a fingerprint, which can hold a slash."""


@dataclass(frozen=True)
class Signer:
    """A key that can sign: its fingerprint, what its owner calls it, and how it signs a message.

    ``sign`` gives the text form of SSHSIG. It raises ConfigError.
    """

    fingerprint: str
    name: str
    sign: Callable[[bytes], str]
    line: str = ""
    needs_touch: bool = False


def own_signer(key: PersonalKey, name: str = THIS_MACHINE) -> Signer:
    """Return a key of roomcli's own as a signer."""
    from ..engine.own_signature import sign_with_own_key

    return Signer(ed25519_key(key.public).fingerprint, name, partial(sign_with_own_key, key))


def agent_signers() -> list[Signer]:
    """Return the keys that the SSH agent holds. Raises ConfigError."""
    import trio

    from ..engine.ssh_agent import AgentKey, open_agent

    async def held() -> list[AgentKey]:
        async with open_agent() as agent:
            return await agent.list_keys()

    async def sign(key: SshKey, message: bytes) -> str:
        async with open_agent() as agent:
            return await agent.sign(key, message)

    def signer(held: AgentKey) -> Signer:
        key, name = held.key, held.comment or "a key of the agent"

        def sign_now(message: bytes) -> str:
            return trio.run(sign, key, message)

        return Signer(key.fingerprint, name, sign_now, key.line, key.is_security_key)

    return [signer(each) for each in trio.run(held)]


def file_signer(path: Path) -> Signer:
    """Return the SSH key in a file; ssh-keygen signs by it. Raises ConfigError."""
    import trio

    from ..engine.ssh_keygen import sign_with_file

    private = path.with_suffix("") if path.suffix == ".pub" else path
    key = _public_key(path if path.suffix == ".pub" else Path(f"{path}.pub"), private)
    used = private if private.exists() else path  # ssh-keygen finds the rest of it in an agent

    def sign(message: bytes) -> str:
        return trio.run(sign_with_file, used, message)

    return Signer(key.fingerprint, str(path), sign, key.line, key.is_security_key)


def named_ssh_key(word: str) -> Signer:
    """Return the SSH key that somebody names: a file, or a key of the agent.

    That of the agent is named by its comment or the beginning of its fingerprint, ours or that of
    ``ssh-add -l``. Raises UsageError, ConfigError.
    """
    path = Path(word).expanduser()
    if path.is_file() or (os.sep in word and not word.startswith(_OPENSSH)):
        return file_signer(path)
    held = agent_signers()
    found = [each for each in held if _is_named(each, word)]
    if len(found) == 1:
        return found[0]
    raise UsageError(
        f"{len(found)} keys of your agent are named {word}: say the fingerprint of one"
        if found
        else f"your agent holds no key named {word}, and there is no such file"
    )


def typed_recovery_key(question: str = "recovery key") -> PersonalKey:
    """Return the recovery key that somebody types, or that comes on standard input.

    It is never an argument, which others on the machine can read. Raises ConfigError.
    """
    from ..engine.recovery_key import read_recovery_text

    typed = ""
    with _hidden(f"{question}, both lines (nothing is shown): "):
        while sum(map(str.isalnum, typed)) < RECOVERY_LETTERS:
            line = sys.stdin.readline() if sys.stdin is not None else ""
            if not line.strip():
                break
            typed += line
    return read_recovery_text(typed)


@contextlib.contextmanager
def _hidden(question: str) -> Iterator[None]:
    """Ask a person at a terminal, and show nothing of what they type or paste.

    Unlike ``getpass`` this loses no second line of what is pasted.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    import termios

    print(question, end="", file=sys.stderr, flush=True)
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        print(file=sys.stderr)


def local_names(own: str) -> dict[str, str]:
    """Return what the user calls keys: this machine's own, those of the agent, and of ~/.ssh."""
    names: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for path in sorted((Path.home() / ".ssh").glob("*.pub")):
            with contextlib.suppress(ConfigError):
                names[_read_public(path).fingerprint] = f"~/.ssh/{path.stem}"
    with contextlib.suppress(ConfigError):
        names |= {each.fingerprint: each.name for each in agent_signers()}
    return {**names, own: THIS_MACHINE}


def _is_named(signer: Signer, word: str) -> bool:
    if signer.name == word or signer.line == word:
        return True
    shown = word.removeprefix(_OPENSSH)
    return len(shown) >= 4 and (
        signer.fingerprint.startswith(shown.lower())
        or parse_key_line(signer.line).openssh_fingerprint.startswith(_OPENSSH + shown)
    )


def _public_key(public: Path, private: Path) -> SshKey:
    """Return the public key of a pair, which ssh-keygen tells where it is in no file."""
    if public.is_file():
        return _read_public(public)
    if not private.is_file():
        raise ConfigError(f"there is no key {private}")
    words = ["ssh-keygen", "-y", "-f", str(private)]  # it asks for a passphrase on the terminal
    try:
        done = subprocess.run(words, capture_output=True, check=False)
    except OSError:
        raise ConfigError("ssh-keygen is not installed: install OpenSSH's client") from None
    if done.returncode:
        raise ConfigError(f"{private} is no SSH key that ssh-keygen can read")
    return _parsed(done.stdout.decode("utf-8", "replace"), private)


def _read_public(path: Path) -> SshKey:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PUBLIC_FILE)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    return _parsed(content.decode("utf-8", "replace"), path)


def _parsed(line: str, path: Path) -> SshKey:
    try:
        return parse_key_line(line)
    except ProtocolError as error:
        raise ConfigError(f"the key {path} cannot vouch for you: {error}") from None
