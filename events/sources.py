"""What an adapter to a webhook source must offer. Adapters are pure: bytes in, plain dataclasses out, no database.

An adapter is a module (``orders/stores/shopify.py``, ``tracking/carriers/easypost.py``) with three functions::

    authentic(headers, body, secrets) -> bool     is the body signed with one of the live secrets?
    envelope(headers, body) -> Envelope           the delivery's own key and topic, without parsing more than needed
    read(topic, payload) -> tuple | Ignored       what the payload says, as the dataclasses of ``seen.py``

``headers`` is a plain dict with lower-case names; under ``IN_ADDRESS`` it holds what the address carries as
``?token=``, for sources that can sign nothing (``SECRET_IN_ADDRESS = True`` in the adapter). ``read`` raises
``Unreadable`` for a body that makes no sense.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Source:
    """One row of READERS in config/wiring.py: how a source proves itself, what it says, and who keeps it.

    ``authentic``, ``envelope`` and ``read`` are the adapter's own. ``store`` belongs to the app: it gets a batch
    ``[(receipt, seen)]`` of this source, inside a transaction, and returns one outcome per receipt, in order: ``None``
    (done), an ``Ignored``, or a ``Refusal`` (``Unreadable``, ``Waiting``). If it raises, the batch is halved until the
    culprit stands alone. It may set ``receipt.customer_id``.
    """

    name: str
    authentic: Callable[[Headers, bytes, Sequence[str]], bool]
    envelope: Callable[[Headers, bytes], Envelope]
    read: Callable[[str, dict], tuple | Ignored]
    store: Callable[[list[tuple[Any, tuple]]], list["Outcome"]]
    ping: Callable[[Headers, bytes], bool] = lambda headers, body: False
    secret_in_address: bool = False  # the address is printed with it, once
    max_bytes: int = 2_000_000  # larger bodies are kept and parked; over 10 MB the door refuses them


Outcome = None | Ignored | Refusal


def name_of(adapter: ModuleType) -> str:
    """A source is called as the file of its adapter, unless that says otherwise: no module can be named 17track."""
    return getattr(adapter, "SOURCE", adapter.__name__.rpartition(".")[2])
