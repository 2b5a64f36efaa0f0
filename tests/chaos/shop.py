"""A shop that posts signed orders, and tries again until it has read a whole 2xx, as shops do."""

import http.client
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.builders import shopify
from tests.chaos.house import SECRET, SLUG

Delivery = tuple[str, bytes, dict[str, str]]  # key, body, headers


def order(number: int, **more: object) -> dict:
    email = f"buyer{number}@example.com"
    buyer = shopify.customer(email, id=number, admin_graphql_api_id=f"gid://shopify/Customer/{number}")
    address = shopify.address(phone=f"+38050{number:07}")
    at = datetime.now(UTC).isoformat()
    return shopify.order(
        number, email, customer=buyer, billing_address=address, shipping_address=address, at=at, **more
    )


def delivery(number: int, key: str = "", **more: object) -> Delivery:
    return delivered(key or f"delivery-{number}", json.dumps(order(number, **more)).encode())


def delivered(key: str, body: bytes) -> Delivery:
    return key, body, shopify.signed(body, SECRET, webhook_id=key)


class Shop:
    """``accepted``: keys whose 2xx was read to its end and noted on disk, with the time. ``answers``: all of them."""

    def __init__(self, port: int, file: Path, patience: float = 5) -> None:
        self.port, self.patience = port, patience
        self.accepted: dict[str, float] = {}
        self.answers: Counter[int | str] = Counter()
        self.retry_after: Counter[str] = Counter()
        self.waits: list[float] = []
        self.file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.stopped = threading.Event()

    def deliver(self, deliveries: Iterable[Delivery], per_second: float = 0) -> None:
        connection: http.client.HTTPConnection | None = None
        for key, body, headers in deliveries:
            begun = time.monotonic()
            while not self.stopped.is_set():
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
                if self._try(connection, key, body, headers):
                    break
                connection.close()
                connection = None
                time.sleep(0.1)
            if per_second:
                time.sleep(max(0, begun + 1 / per_second - time.monotonic()))

    def _try(self, connection: http.client.HTTPConnection, key: str, body: bytes, headers: dict[str, str]) -> bool:
        begun = time.monotonic()
        try:
            connection.request("POST", f"/in/shopify/{SLUG}/", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.answers[type(error).__name__] += 1
            return False
        self.waits.append(time.monotonic() - begun)
        self.answers[answer.status] += 1
        if answer.status == 503:
            self.retry_after[answer.headers.get("Retry-After", "absent")] += 1
        if not 200 <= answer.status < 300:
            return False
        os.write(self.file, key.encode() + b"\n")
        os.fdatasync(self.file)
        self.accepted[key] = time.time()
        return True

    @property
    def refused(self) -> int:
        return sum(many for answer, many in self.answers.items() if isinstance(answer, int) and 400 <= answer < 500)

    @property
    def retried(self) -> int:
        return sum(many for answer, many in self.answers.items() if answer != 200)


@contextmanager
def shopping(shop: Shop, *deliveries: Iterable[Delivery], per_second: float = 0) -> Iterator[list[threading.Thread]]:
    """Each iterable is delivered by a thread of its own; at the end all of them are waited for, or stopped."""
    threads = [threading.Thread(target=shop.deliver, args=(each, per_second), daemon=True) for each in deliveries]
    for thread in threads:
        thread.start()
    try:
        yield threads
        for thread in threads:
            thread.join(90)
            assert not thread.is_alive(), "the shop is still trying"
    finally:
        shop.stopped.set()
        with suppress(RuntimeError):
            for thread in threads:
                thread.join(10)
