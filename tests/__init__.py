"""Tests of everything: ``python -m tests`` runs them all."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The project's root."""
