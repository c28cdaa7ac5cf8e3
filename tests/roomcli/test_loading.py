"""Tests of loading: what is loaded is kept from the collector, which works again afterwards."""

from __future__ import annotations

import gc

import pytest

from roomcli.loading import loading


def test_what_is_loaded_is_never_looked_at_again() -> None:
    with loading():
        assert not gc.isenabled()
        loaded: list[object] = [[]]
    assert gc.isenabled()
    assert all(each is not loaded for each in gc.get_objects())


def test_the_collector_works_after_an_import_that_fails() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()
