"""The rules of a community: who may do what, what follows, and who may know of it. Pure.

    found(command, founder, now, ...)        a new community and its first events
    decide(state, actor, command, now, ...)  the events of a command, or CommandRefused
    forgotten, united, split_off, raised     the events when the server knows people otherwise
    evolve(state, event)                     the state after an event
    visible_to(state, viewer, now)           the community as somebody sees it, or None
    news_of(before, event, after, ...)       who is told what

Time, randomness and what people are called come in as arguments. Replaying the journal gives the
state.
"""

from .decide import Deciding, decide
from .describing import ENTROPY_BYTES, found
from .evolve import evolve
from .journal import CommunityJournal
from .judge import judge, no_such_community
from .moderating import banned_too
from .news import news_of
from .record import Who
from .state import (
    Application,
    Community,
    CommunityBan,
    KeptCommunity,
    Membership,
    PersonalInvitation,
    Relation,
    kept,
    log_name,
    new_community,
)
from .succession import forgotten, raised, split_off, united
from .visible import STRANGER, VisibleCommunity, visible_to

__all__ = [
    "ENTROPY_BYTES",
    "STRANGER",
    "Application",
    "Community",
    "CommunityBan",
    "CommunityJournal",
    "Deciding",
    "KeptCommunity",
    "Membership",
    "PersonalInvitation",
    "Relation",
    "VisibleCommunity",
    "Who",
    "banned_too",
    "decide",
    "evolve",
    "forgotten",
    "found",
    "judge",
    "kept",
    "log_name",
    "new_community",
    "news_of",
    "no_such_community",
    "raised",
    "split_off",
    "united",
    "visible_to",
]
