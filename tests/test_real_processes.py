"""Three hundred orders through real processes: web, Celery worker and beat, PostgreSQL, Valkey, an SMTP server.

While the confirmations leave, the worker is killed twice and Valkey is emptied once. No mocks, and no ``tick``.

SMTP has no way to tell whether a mail that was being handed over at the moment of a kill was taken. The honest limit
is one such mail per kill and connection: it is named ``unknown``, and a person with the provider's log settles it.
"""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import httpx
import psycopg2
import pytest
import redis

from config.children import Child
from config.rehearsal import Rehearsal
from config.stack import Stack, listen
from tests.builders import shopify
from tests.builders.mail_provider import Provider, mail_provider

pytestmark = pytest.mark.processes

ORDERS = 300
SECRET = "shop-secret"
CONNECTIONS = 2 * 8  # the worker has two processes, each with as many lines as a sender may hold at once


class Installation(Stack):
    """`manage.py up` in a folder of its own, whose worker may be killed without everything being stopped."""

    def kill_worker(self) -> None:
        """SIGKILL for the worker and all its processes, as when a machine runs out of memory."""
        os.killpg(self.worker.process.pid, signal.SIGKILL)
        self.worker.process.wait()

    def start_worker(self) -> None:
        self.workers[1] = self._child("worker", self.worker.process.args)

    @property
    def worker(self) -> Child:
        return self.workers[1]

    def ask(self, question: str) -> list[tuple]:
        with psycopg2.connect(self.env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall()

    def states(self) -> dict[str, int]:
        return dict(self.ask("SELECT state, count(*) FROM messaging_message GROUP BY state"))


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with mail_provider(seconds_per_mail=0.005) as running:
        yield running


@pytest.fixture(scope="module")
def installation(provider) -> Iterator[Installation]:
    # Its servers answer within milliseconds, so the longest hand-over may be short: a mail that a dead worker was
    # handing over is named unknown that much sooner.
    rehearsal = Rehearsal(env={"EMAIL_URL": provider.url, "EMAIL_TIMEOUT": "2"})
    with ExitStack() as stack:
        stack.callback(rehearsal.home.remove)
        rehearsal.home.open()
        rehearsal.home.claim("test")
        it = Installation(rehearsal.home, rehearsal.environment(), listen("127.0.0.1", 0), demo=False)
        it.start(stack)
        made = rehearsal.manage("connect", "shopify", "lavka", "--secret", SECRET)
        assert made.returncode == 0, made.stderr
        it.manage = rehearsal.manage
        yield it


def post(client: httpx.Client, number: int) -> None:
    email = f"buyer{number}@example.com"
    buyer = shopify.customer(email, id=number, admin_graphql_api_id=f"gid://shopify/Customer/{number}")
    address = shopify.address(phone=f"+38050{number:07}")
    order = shopify.order(
        number,
        email=email,
        customer=buyer,
        billing_address=address,
        shipping_address=address,
        at=datetime.now(UTC).isoformat(),
    )
    body, headers = shopify.delivery(order, SECRET)
    answer = client.post("/in/shopify/lavka/", content=body, headers=headers)
    assert answer.status_code == 200


@contextmanager
def client_of(installation: Installation) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{installation.port}", timeout=10) as client:
        yield client


def wait_until(what: Callable[[], bool], seconds: float) -> float:
    """How long it took; fails after ``seconds``."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < seconds, f"not within {seconds} s"
        time.sleep(0.002)
    return time.monotonic() - begun


def settle_with_log(installation: Installation, provider: Provider) -> None:
    """What a person does in the admin with the provider's log beside it."""
    taken = [mail.message_id for mail in provider.log]
    settled = installation.manage(
        "shell",
        "--no-imports",
        "-c",
        "import json\n"
        "from messaging.actions import settle_unknown\n"
        "from messaging.identity import mark_of\n"
        "from messaging.models import Message\n"
        f"taken = {{each[1:].partition('@')[0] for each in json.loads({json.dumps(taken)!r})}}\n"
        "for message in Message.objects.filter(state='unknown'):\n"
        "    settle_unknown(message, arrived=mark_of(message) in taken)\n",
    )
    assert settled.returncode == 0, settled.stderr


def test_an_order_becomes_a_mail_within_seconds(installation, provider):
    provider.log.clear()

    with client_of(installation) as client:
        post(client, 1)
        wait_until(lambda: len(provider.log) == 1, seconds=10)

    assert provider.log[0].recipient == "buyer1@example.com"


def test_300_orders_become_300_mails_though_the_worker_dies_twice_and_redis_forgets(installation, provider):
    provider.log.clear()
    before = installation.states().get("sent", 0)
    numbers = range(1001, 1001 + ORDERS)

    with client_of(installation) as client, ThreadPoolExecutor(4) as shop:
        posted = [shop.submit(post, client, number) for number in numbers]
        wait_until(lambda: len(provider.log) >= 40, seconds=60)
        installation.kill_worker()
        redis.Redis.from_url(installation.env["REDIS_URL"]).flushall()
        installation.start_worker()
        for each in posted:
            each.result()
        wait_until(lambda: len(provider.log) >= 120, seconds=60)
        installation.kill_worker()
        installation.start_worker()
    wait_until(lambda: set(installation.states()) <= {"sent", "unknown"}, seconds=120)
    unknown = installation.states().get("unknown", 0)
    settle_with_log(installation, provider)
    wait_until(lambda: installation.states() == {"sent": before + ORDERS}, seconds=30)

    assert unknown <= 2 * CONNECTIONS
    assert installation.ask("SELECT count(*) FROM orders_order") == [(before + ORDERS,)]
    assert Counter(mail.recipient for mail in provider.log) == {f"buyer{n}@example.com": 1 for n in numbers}
