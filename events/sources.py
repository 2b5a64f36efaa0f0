"""What an adapter to a webhook source must offer. Adapters are pure: bytes in, plain dataclasses out, no database.

An adapter is a module (``orders/stores/shopify.py``, ``tracking/carriers/easypost.py``) with three functions::

    authentic(headers, body, secrets) -> bool     is the body signed with one of the live secrets?
    envelope(headers, body) -> Envelope           the delivery's own key and topic, without parsing more than needed
    read(topic, payload) -> tuple | Ignored       what the payload says, as the dataclasses of ``seen.py``

``headers`` is a plain dict with lower-case names; under ``IN_ADDRESS`` it holds what the address carries as
``?token=``, for sources that can sign nothing (``SECRET_IN_ADDRESS = True`` in the adapter). ``read`` raises
``Unreadable`` for a body that makes no sense.

An adapter that can be asked for what its webhooks lost, or that sends nothing of its own accord (``ONLY_ASKED = True``,
and ``authentic`` believes nobody), offers a fourth, which
only talks to the source, through ``asking.fetch``, and is called outside of every transaction (events/polls.py)::

    poll(asking) -> Polled                        one page of answers, where we stand now, and when to ask again

One page at a time: what was answered is stored, with the cursor, before the next is asked for. A delivery has the key
that the webhook would have had, where that can be known, else one made of the thing's id and version; its body is what
``read`` understands.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, NamedTuple

from django.utils.translation import gettext_noop

from shelf import safe_http
from shelf.reasons import Reason, Refusal

Headers = Mapping[str, str]
IN_ADDRESS = "?token"  # no header can have such a name


class Unreadable(Refusal):
    """The receipt cannot be used as it stands: it is parked with this reason and can be replayed."""


class Waiting(Refusal):
    """The receipt speaks of something we do not know yet; it is parked and replayed when ``waits_for`` appears.

    ``waits_for`` is a plain key such as ``parcel:EZ1000000001``, released by ``events.inbox.release``.
    """

    def __init__(self, waits_for: str, text: str, **values):
        super().__init__(text, **values)
        self.waits_for = waits_for


@dataclass(frozen=True, slots=True)
class Envelope:
    """``key``: unique per delivery within one connection, stable over retries. ``topic``: the source's own word."""

    key: str
    topic: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A correctly signed delivery that is no business of ours; kept, answered with 2xx, not an error."""

    reason: Reason


NO_KEY = gettext_noop("The key must have the form “%(form)s”.")


def two_parts(token: str, form: str) -> tuple[str, str]:
    """A key that consists of two, as ``login:password``."""
    first, _colon, second = token.partition(":")
    if not first or not second:
        raise Unreadable(NO_KEY, form=form)
    return first, second


class KeyRefused(Refusal):
    """The source knows us no longer, or never did: 401 or 403. Only a person can mend it."""


class NotAnswered(Refusal):
    """The source answered with something else than what was asked for. ``wait`` is its own wish, when it said one;
    ``body`` is what it said: SOAP tells its refusals with 500."""

    def __init__(self, answer: int, wait: timedelta | None, text: str, body: bytes = b"", **values):
        super().__init__(text, **values)
        self.status, self.wait, self.body = answer, wait, body


Fetch = Callable[..., safe_http.Answer]  # (method, url, headers=…, body=…); raises KeyRefused, NotAnswered, …


class Wanted(NamedTuple):
    """What to ask about; ``phone`` is what some sources want to hear before they tell all of it."""

    number: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """What ``poll`` may know. ``cursor`` is what it returned last, {} at first; ``began_at`` is when we first asked.

    ``wanted`` holds what to ask about, for sources that are asked about parcels: at most ``Source.at_once``.
    ``address`` is where its API is, without a slash at the end; "" where there is only one.
    """

    address: str
    token: str
    secrets: tuple[str, ...]
    options: Mapping[str, Any]
    cursor: Mapping[str, Any]
    began_at: datetime
    now: datetime
    fetch: Fetch
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was answered about one thing, as if a webhook had brought it."""

    key: str
    topic: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Polled:
    """``cursor`` is plain data for the next asking; ``again_in`` zero says that there is another page already.

    ``asked``: of what was wanted, the numbers that were asked about; None when all were.
    """

    deliveries: tuple[Delivery, ...]
    cursor: dict[str, Any]
    again_in: timedelta
    asked: tuple[str, ...] | None = None


def address_in_options(connection: Any) -> str:
    return connection.options.get("address", "")


@dataclass(frozen=True, slots=True)
class Source:
    """One row of READERS in config/wiring.py: how a source proves itself, what it says, and who keeps it.

    ``authentic``, ``envelope`` and ``read`` are the adapter's own. ``store`` belongs to the app: it gets a batch
    ``[(receipt, seen)]`` of this source, inside a transaction, and returns one outcome per receipt, in order: ``None``
    (done), an ``Ignored``, or a ``Refusal`` (``Unreadable``, ``Waiting``). If it raises, the batch is halved until the
    culprit stands alone. It may set ``receipt.customer_id``.

    ``poll`` is the adapter's too. ``address`` says where the connection's API is. ``wanted(connection, now, limit)``
    gives what to ask about, those first that were not asked about for longest, and none when nothing is under
    way: then nobody is asked. ``asked(connection, numbers, now)`` runs in the transaction that stores the answers.
    """

    name: str
    authentic: Callable[[Headers, bytes, Sequence[str]], bool]
    envelope: Callable[[Headers, bytes], Envelope]
    read: Callable[[str, dict], tuple | Ignored]
    store: Callable[[list[tuple[Any, tuple]]], list["Outcome"]]
    ping: Callable[[Headers, bytes], bool] = lambda headers, body: False
    secret_in_address: bool = False  # the address is printed with it, once
    only_asked: bool = False  # it sends nothing of its own accord: no address, no secret, only a key
    max_bytes: int = 2_000_000  # larger bodies are kept and parked; over 10 MB the door refuses them
    poll: Callable[[Asking], Polled] | None = None
    address: Callable[[Any], str] = address_in_options
    wanted: Callable[[Any, datetime, int], Sequence[Wanted]] | None = None
    asked: Callable[[Any, Sequence[str], datetime], None] | None = None
    at_once: int = 100


Outcome = None | Ignored | Refusal


def name_of(adapter: ModuleType) -> str:
    """A source is called as the file of its adapter, unless that says otherwise: no module can be named 17track."""
    return getattr(adapter, "SOURCE", adapter.__name__.rpartition(".")[2])
