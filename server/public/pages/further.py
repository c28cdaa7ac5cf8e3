"""Makes the further pages of lists that are too long for one page."""

from __future__ import annotations

from .coming_up import Cursor, cursor_of
from .filling import MAX_EVENTS_SHOWN, MAX_ROOMS_SHOWN, Showing, cut_page
from .models import ListPage, PageLink

LIVE, COMING, COMMUNITIES = "Live now", "Coming up", "Communities"
MAX_DIGITS = 4
"""Digits of the number of a page, or of a later one there is none."""
FRONT = PageLink(name="All of this server")


class FurtherPages:
    """What lists show beyond their first page. None is for what is not there, as everywhere."""

    def __init__(self, showing: Showing) -> None:
        self._showing = showing

    def live(self, number: str) -> ListPage | None:
        """Return a page of the listed rooms."""
        page, more = cut_page(self._showing.rooms(), _number(number), MAX_ROOMS_SHOWN)
        next_path = f"live/{_number(number) + 1}" if more else ""
        return ListPage(title=LIVE, of=FRONT, rooms=page, next_path=next_path) if page else None

    def coming(self, after: str) -> ListPage | None:
        """Return a page of what is coming up, after the cursor of the page before."""
        cursor = _cursor(after)
        if cursor is None:
            return None
        page, more = cut_page(self._showing.coming.everything(cursor), 1, MAX_EVENTS_SHOWN)
        next_path = f"coming/{cursor_of(page[-1])}" if more else ""
        return ListPage(title=COMING, of=FRONT, events=page, next_path=next_path) if page else None

    def communities(self, number: str) -> ListPage | None:
        """Return a page of the communities that everybody may find."""
        page, more = self._showing.communities(_number(number))
        if not page:
            return None
        next_path = f"communities/{_number(number) + 1}" if more else ""
        return ListPage(title=COMMUNITIES, of=FRONT, communities=page, next_path=next_path)

    def live_in(self, community: str, number: str) -> ListPage | None:
        """Return a page of the listed rooms of a community."""
        of = self._showing.names.community_link(community)
        page, more = cut_page(self._showing.rooms_of(community), _number(number), MAX_ROOMS_SHOWN)
        if of is None or not page:
            return None
        next_path = f"{of.path}/live/{_number(number) + 1}" if more else ""
        return ListPage(title=LIVE, of=of, rooms=page, next_path=next_path)

    def coming_in(self, community: str, number: str) -> ListPage | None:
        """Return a page of what a community has planned."""
        of = self._showing.names.community_link(community)
        if of is None:
            return None
        lines = self._showing.coming.of_community(community)
        page, more = cut_page(lines, _number(number), MAX_EVENTS_SHOWN)
        next_path = f"{of.path}/coming/{_number(number) + 1}" if more else ""
        return ListPage(title=COMING, of=of, events=page, next_path=next_path) if page else None

    def coming_with(self, person: str, number: str) -> ListPage | None:
        """Return a page of what somebody who has a page organises, or speaks at."""
        shown = self._showing.person_page(person)
        if shown is None:
            return None
        of = PageLink(name=shown.name, path=f"p/{person}")
        lines = self._showing.coming.with_person(person)
        page, more = cut_page(lines, _number(number), MAX_EVENTS_SHOWN)
        next_path = f"{of.path}/coming/{_number(number) + 1}" if more else ""
        return ListPage(title=COMING, of=of, events=page, next_path=next_path) if page else None


def _number(text: str) -> int:
    """Return the number of a page; one that no list has for what is none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    return max(int(text), 1) if is_number else 10**MAX_DIGITS


def _cursor(text: str) -> Cursor | None:
    at, _, rest = text.partition("-")
    event, _, day = rest.partition("-")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        return None
    return float(at), event, day
