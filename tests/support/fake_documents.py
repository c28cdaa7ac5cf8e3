"""A fetcher that finds what a test put there, and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from server.fetching.fetcher import Document, Fetcher, FetchFailed
from server.fetching.targets import AllowedHosts


class FakeDocuments(Fetcher):
    """Gives documents by their addresses; what is not there is answered 404.

    A document is a body, a status, an error to raise, or a function of the form that was posted.
    """

    def __init__(self, allowed: AllowedHosts | None = None, **_: object) -> None:
        self.allowed = allowed or AllowedHosts()
        self._contexts = {}
        self.documents: dict[str, object] = {}
        self.asked: list[str] = []
        self.posted: list[tuple[str, bytes, Mapping[str, str]]] = []

    async def fetch(
        self,
        url: str,
        *,
        person: str = "",
        form: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        """Return what the test put there."""
        self.allowed.read_url(url)
        await trio.lowlevel.checkpoint()
        self.asked.append(url)
        if form is not None:
            self.posted.append((url, form, headers or {}))
        found = self.documents.get(url, 404)
        if callable(found):
            found = found(form or b"")
        if isinstance(found, FetchFailed):
            raise found
        if isinstance(found, int):
            return Document(found, b"not for anybody's eyes")
        if isinstance(found, tuple):
            return Document(*found)
        assert isinstance(found, bytes)
        return Document(200, found)


def down() -> FetchFailed:
    """Return the error of a place that is out of order."""
    return FetchFailed("unreachable", "it cannot be reached")
