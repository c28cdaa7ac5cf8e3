"""A journey of one person and a thief through two machines, an agent, and a server that is real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ..support.openssh import add_key, agent, make_key, needs_openssh
from ..support.patience import PATIENCE
from ..support.processes import Journey, room_on

pytestmark = needs_openssh


def test_a_stolen_machine_is_cut_off_and_the_owner_stays_who_they_are(
    journey: Journey, tmp_path: Path
) -> None:
    url, _ = journey.serve("--open-hosting")
    server = url.partition("#")[0]  # without its pin: it is known again by what it showed at first
    key = make_key(tmp_path / "id", "-t", "ecdsa", comment="ann@both")
    folder = tmp_path / "agent"
    folder.mkdir()

    def roomcli(machine: str, *words: str, says: str = "", code: int = 0) -> str:
        """Run a command on a machine; return what it prints."""
        around = {"SSH_AUTH_SOCK": str(socket), "ROOMCLI_SERVER": server}
        done = subprocess.run(
            [sys.executable, "-m", "roomcli", *words],
            input=says.encode(),
            capture_output=True,
            env=journey.environment(machine) | around,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, done.stderr.decode()
        assert b"Traceback" not in done.stderr
        told[machine] = done.stderr.decode()
        return done.stdout.decode()

    told: dict[str, str] = {}
    with agent(folder) as socket:
        add_key(socket, tmp_path / "id")
        assert f"{key.fingerprint} (ann@both)" in roomcli("laptop", "profile", "keys", "add")
        assert "for the first time, and nothing proves" in told["laptop"]
        ann = journey.participant("laptop", "host", room_on(url, "tea"))
        ann.joined()
        paper = roomcli("laptop", "profile", "keys", "--recovery")
        assert ann.wait_for("keys_changed")["what"] == "recovery"
        roomcli("desktop", "profile", "import")
        assert "for the first time" in told["desktop"]
        news = ann.wait_for("keys_changed")
        assert (news["what"], news["by"]) == ("joined", key.fingerprint)
        desktop = news["key"]
        # Somebody takes the desktop, and cuts the laptop.
        laptop = roomcli("desktop", "profile", "keys").split()[6]
        roomcli("desktop", "profile", "keys", "revoke", laptop, "--yes")
        assert ann.wait_for("keys_changed")["undo_until"] is not None
        assert ann.wait_for("left")["code"] in ("key_revoked", "left")
        roomcli("laptop", "profile", "show", code=4)
        assert "profile keys undo" in told["laptop"]
        # The owner has it back, and the thief is out.
        fell = roomcli("laptop", "profile", "keys", "undo").splitlines()
        assert fell[0] == f"{laptop} (this machine) is a key of yours again"
        assert desktop in {each.split()[0] for each in fell[1:]}
        roomcli("desktop", "profile", "show", code=4)
        again = journey.participant("laptop", "host", room_on(url, "tea"))
        back = again.joined()
        assert back["view"]["stage"][back["you"]]["role"] == "host"
        assert again.ended() == 0
        # The thief wipes the desktop: until that is settled nobody joins, with whatever key.
        roomcli("desktop", "profile", "import", "--new-key", "--recovery", says=paper, code=4)
        assert "a key of yours was revoked lately" in told["desktop"]
    secret = paper.split("-")[0]
    log = "".join(path.read_text("utf-8", "replace") for path in tmp_path.rglob("*.log"))
    assert secret not in log + "".join(told.values())
