"""The states of a message and the moves between them: all of them, in one table.

``ready`` is planned or leased; a lease is not "in flight": only ``sending``, committed just before the hand-over, is.
A row found ``sending`` after its term is ``unknown``, never ``ready``. News from providers only move a message forward,
from wherever it stands: a provider that delivered a letter knows better than we who wait to send it again.
"""

from collections.abc import Iterable

from django.db.models import QuerySet

from messaging.models import Message, News

State, Kind = Message.State, News.Kind

# A provider's word. It holds for a letter that was handed over at least once, whatever we made of it since.
ARRIVED: set[str] = {State.DELIVERED, State.BOUNCED, State.COMPLAINED}

# from → where a message may go
MOVES: dict[str, set[str]] = {
    State.READY: {
        *(State.READY, State.SENDING, State.SKIPPED, State.EXPIRED, State.FAILED, State.CANCELLED, State.SENT),
        *ARRIVED,
    },
    State.SENDING: {State.SENT, State.READY, State.FAILED, State.UNKNOWN, *ARRIVED},
    # a late answer, a provider's word, a person, or the purpose's rule
    State.UNKNOWN: {State.SENT, State.FAILED, State.READY, *ARRIVED},
    State.SENT: ARRIVED,
    State.DELIVERED: {State.BOUNCED, State.COMPLAINED},  # some servers take a mail and send it back later
    State.BOUNCED: {State.COMPLAINED},
    State.COMPLAINED: set(),
    # from here a message returns by a person's replay, or by news of a hand-over that we had given up
    State.FAILED: {State.READY, State.SENT, *ARRIVED},
    State.SKIPPED: {State.READY, State.SENT, *ARRIVED},
    State.EXPIRED: {State.READY, State.SENT, *ARRIVED},
    State.CANCELLED: {State.SENT, *ARRIVED},
}

LEFT = (State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED)
# What a person may look through and send again; ``unknown`` may have left.
DEAD = (State.FAILED, State.UNKNOWN, State.SKIPPED, State.EXPIRED)

# What each kind of news proves. Whoever opens a mail or clicks in it has it; who tries again later took it.
PROVES: dict[str, str] = {
    Kind.SENT: State.SENT,
    Kind.DEFERRED: State.SENT,
    Kind.DELIVERED: State.DELIVERED,
    Kind.OPENED: State.DELIVERED,
    Kind.CLICKED: State.DELIVERED,
    Kind.UNSUBSCRIBED: State.DELIVERED,
    Kind.BOUNCED: State.BOUNCED,
    Kind.COMPLAINED: State.COMPLAINED,
}


def before(state: str) -> list[str]:
    """The states from which a message may come to this one."""
    return [known for known, onward in MOVES.items() if state in onward]


def move(messages: QuerySet[Message], to: str, **fields) -> int:
    """Move those of these messages that may come to ``to``; how many did. One statement: nobody can come between."""
    return messages.filter(state__in=before(to)).update(state=to, **fields)


def furthest(state: str, proven: Iterable[str]) -> str:
    """Where news that prove these states bring a message; ``state`` itself when they bring nothing new.

    The worker that is ``sending`` will say itself that it was taken; it need not be told.
    """
    onward = [one for one in LEFT if one in set(proven) and one in MOVES[state]]
    if state == State.SENDING and onward == [State.SENT]:
        return state
    return onward[-1] if onward else state
