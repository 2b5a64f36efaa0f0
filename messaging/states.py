"""The states of a message and the moves between them: all of them, in one table.

``ready`` is planned or leased; a lease is not "in flight": only ``sending``, committed just before the hand-over, is.
A row found ``sending`` after its term is ``unknown``, never ``ready``. News from providers only move a message forward.
"""

from messaging.models import Message

State = Message.State

# from → where a message may go
MOVES: dict[str, set[str]] = {
    State.READY: {State.READY, State.SENDING, State.SKIPPED, State.EXPIRED, State.FAILED, State.CANCELLED},
    State.SENDING: {State.SENT, State.READY, State.FAILED, State.UNKNOWN},
    # a late answer, a provider's word, a person, or the purpose's rule
    State.UNKNOWN: {State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED, State.FAILED, State.READY},
    State.SENT: {State.DELIVERED, State.BOUNCED, State.COMPLAINED},
    State.DELIVERED: {State.BOUNCED, State.COMPLAINED},  # some servers take a mail and send it back later
    State.BOUNCED: {State.COMPLAINED},
    State.COMPLAINED: set(),
    # from here a message returns only by a person's replay
    State.FAILED: {State.READY},
    State.SKIPPED: {State.READY},
    State.EXPIRED: {State.READY},
    State.CANCELLED: set(),
}

# Nothing more happens to these by themselves, and nothing left the house for good.
NEVER_LEFT = (State.SKIPPED, State.EXPIRED, State.FAILED, State.CANCELLED)
LEFT = (State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED)


def before(state: str) -> list[str]:
    """The states from which a message may come to this one."""
    return [known for known, onward in MOVES.items() if state in onward]
