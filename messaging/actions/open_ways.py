"""The ways out of senders, kept open from one round of the post to the next."""

import os
import threading
from typing import Any

from django.conf import settings

from customers.channels import Channel
from messaging.channels import texts
from messaging.channels.email import way_for
from messaging.models import Sender


class _Ways(threading.local):
    """A line is in one conversation at a time and wakes one round: threads of a process share no way."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.open: dict[int, tuple[tuple, Any]] = {}


_ways = _Ways()


def open_way(sender: Sender) -> Any:
    """The sender's way out, kept by this thread until its address or its connections change. Raises NoWayOut."""
    if _ways.pid != os.getpid():  # lines do not survive a fork
        _ways.open.clear()
        _ways.pid = os.getpid()
    wanted = (sender.url or (settings.EMAIL_URL if sender.channel == Channel.EMAIL else ""), sender.connections)
    known = _ways.open.get(sender.pk)
    if known and known[0] == wanted:
        return known[1]
    if known:
        known[1].close()
        del _ways.open[sender.pk]
    way = way_for(*wanted) if sender.channel == Channel.EMAIL else texts.way_for(sender.channel, *wanted)
    _ways.open[sender.pk] = (wanted, way)
    return way


def drop_way(sender_id: int) -> None:
    """Hang up, whatever is under way; what was handed over and not noted is found as unknown when its term ends."""
    _wanted, way = _ways.open.pop(sender_id, (None, None))
    if way is not None:
        way.close()


def leave_idle_ways() -> None:
    for _wanted, way in _ways.open.values():
        way.leave_idle()


def close_ways() -> None:
    """Say good-bye everywhere; for the end of a process, and for tests."""
    for _wanted, way in _ways.open.values():
        way.close()
    _ways.open.clear()
