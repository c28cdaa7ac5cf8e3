"""Tests of which characters a terminal shows: what is set first counts, and nothing is no word."""

from __future__ import annotations

import pytest

from roomcli.cli.charset import ascii_alone


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, ""),
        ({"LANG": "C"}, "LANG=C"),
        ({"LANG": "C.UTF-8"}, ""),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, "LC_ALL=POSIX"),
        ({"LC_ALL": "", "LC_CTYPE": "en_GB.UTF-8", "LANG": "C"}, ""),
    ],
)
def test_the_locale_says_it(environment: dict[str, str], says: str) -> None:
    assert ascii_alone(environment) == says
