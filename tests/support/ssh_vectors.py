"""Keys and signatures of OpenSSH in a file; tests.conformance.make_ssh_vectors makes it anew."""

from __future__ import annotations

import json
from typing import Any

from .. import ROOT

SSH_VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (ROOT / "tests" / "ssh_vectors.json").read_text("utf-8")
)


def why(vector: dict[str, Any]) -> str:
    """Return what a vector is about, as the name of its test."""
    return str(vector.get("why") or vector["type"])
