"""Tests that docs/identity.md names tests that exist, all refusals, and the code's numbers."""

from __future__ import annotations

import ast
import re

import pytest

from roomcli.protocol import ssh
from roomcli.protocol.ssh.keys import CURVES, ED25519, MAX_RSA, MIN_RSA, RSA, SK_ED25519
from roomcli.protocol.ssh.sshsig import NAMESPACE
from roomcli.protocol.statements import STATEMENT_SECONDS, Statement, statement_text
from server.people.claims.refusals import REFUSED_CLAIMS
from server.people.keyring.refusals import REFUSALS
from server.people.keyring.state import COVERED_SECONDS, MAX_KEYS, UNDO_SECONDS

from .. import ROOT

PAGE = (ROOT / "docs" / "identity.md").read_text("utf-8")
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
OF_SIGNATURES = {"wrong_namespace", "bad_signature"}
"""The codes that ``server.people.signatures`` has besides those of the formats."""


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table in a section, but for its head."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def named_tests(cell: str) -> list[tuple[str, str]]:
    """Return the tests that a cell names, as the end of a path and a name."""
    return re.findall(r"`([\w/]+\.py)::(test_\w+)`", cell)


@pytest.mark.parametrize(
    ("heading", "least"),
    [("Attacks", 30), ("Known servers", 3), ("What is proven", 25), ("What is hidden", 10)],
)
def test_every_attack_names_a_test_that_exists(heading: str, least: int) -> None:
    attacks = [row for row in rows(heading) if len(row) == 3 and row[2].startswith("`")]
    assert len(attacks) > least
    for attack, _, cell in attacks:
        named = named_tests(cell)
        assert named, attack
        for end, name in named:
            places = [path for path in TESTS if str(path).endswith(f"/{end}")]
            assert len(places) == 1, end
            tree = ast.parse(places[0].read_text("utf-8"))
            functions = (ast.FunctionDef, ast.AsyncFunctionDef)
            assert name in {each.name for each in tree.body if isinstance(each, functions)}, name


def test_every_refusal_of_a_claim_is_described() -> None:
    told = {name for row in rows("What is proven") for name in re.findall(r"`(\w+)`", row[0])}
    folder = ROOT / "server" / "people" / "claims"
    source = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    raised = set(re.findall(r"NotProven\(\s*\"(\w+)\"", source))
    assert {"bad_account", "not_listed"} <= raised
    assert raised | set(REFUSED_CLAIMS) <= told


def test_every_refusal_is_described_and_no_other() -> None:
    described = [re.findall(r"`(\w+)`", row[0])[0] for row in rows("Refusals")]
    of_formats = set(re.findall(r"^    (\w+) +\S", ssh.__doc__ or "", re.MULTILINE))
    assert len(of_formats) == 8
    assert set(described) == {*REFUSALS, *of_formats, *OF_SIGNATURES}
    assert len(described) == len(set(described))


def test_the_codes_of_signatures_are_those_that_are_raised() -> None:
    sources = [*(ROOT / "roomcli/protocol/ssh").glob("*.py"), ROOT / "server/people/signatures.py"]
    source = "\n".join(path.read_text("utf-8") for path in sources)
    raised = set(re.findall(r"(?:ProtocolError|SshReader)\([^\"]*\"(\w+)\"", source))
    of_formats = set(re.findall(r"^    (\w+) +\S", ssh.__doc__ or "", re.MULTILINE))
    assert raised == of_formats | OF_SIGNATURES


def test_every_refusal_of_the_rules_is_used() -> None:
    folder = ROOT / "server" / "people" / "keyring"
    source = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    used = set(re.findall(r"\"(\w+)\"", "\n".join(re.findall(r"refusal\([^)]*\)", source))))
    assert used == set(REFUSALS)


def test_the_numbers_and_names_are_those_of_the_code() -> None:
    assert f"`{NAMESPACE}`" in PAGE
    for kind in (ED25519, RSA, SK_ED25519, *CURVES):
        assert kind in PAGE.replace("`…", "`ecdsa-sha2-nistp")
    assert f"{MIN_RSA} to {MAX_RSA} bits" in PAGE
    assert f"good for {STATEMENT_SECONDS / 60:.0f} minutes" in PAGE
    assert f"For {UNDO_SECONDS / 3600:.0f} hours" in PAGE
    assert f"{MAX_KEYS} keys in the last {COVERED_SECONDS / 86400:.0f} days" in PAGE


def test_a_statement_has_the_lines_of_the_page() -> None:
    statement = Statement(
        purpose="join", server="rooms.example:7443", nonce="0" * 64, at=1764118000.5, key="", by=""
    )
    written = statement_text(statement).decode().splitlines()
    told = PAGE.split("```\n")[1].splitlines()
    assert [line.partition(":")[0] for line in told] == [line.partition(":")[0] for line in written]
    assert told[:3] == written[:3]
    assert told[4] == written[4]
    purposes = [re.findall(r"`(\w+)`", row[0])[0] for row in rows("What is signed")]
    assert sorted(purposes) == sorted(["join", "unite", "revoke", "undo", "split", "recovery"])
