"""Tests of the whole project: ``python -m tests`` runs all of them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The project's root folder."""
