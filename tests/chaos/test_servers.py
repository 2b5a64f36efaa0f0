"""Servers that go away: G7, Valkey; G8, PostgreSQL; and G10, two of everything at once."""

import re
import subprocess
import sys
import time

import httpx
import pytest

from config.data_folder import ROOT
from tests.chaos.house import wait_until
from tests.chaos.ledger import count_letters, count_receipts, is_read, is_settled
from tests.chaos.shop import Shop, delivery, shopping

pytestmark = pytest.mark.chaos


def is_over(house, letters: int) -> bool:
    """Everything is read and answered, and so many letters are planned and settled."""
    return is_read(house) and is_settled(house) and sum(house.states().values()) == letters


def test_g7_without_redis_it_is_only_slower(on, house_with, report):
    with house_with("g7", web=1, workers=2, dispatchers=1, beats=1) as house:
        shop = Shop(house.port, on.home.path / "accepted-g7")
        with shopping(shop, (delivery(n) for n in range(300)), per_second=12):
            for _ in range(5):
                time.sleep(2)
                on.ask_valkey("FLUSHALL")
                report["FLUSHALL"] = report.get("FLUSHALL", 0) + 1
            on.kill_valkey()
            gone_at = time.time()
            time.sleep(13)
            answers = [house.status("/"), find_my_order(house)]
            time.sleep(2)
            on.start_valkey()
            back_at = time.time()
        wait_until(lambda: is_over(house, 300), 40, "every order has its letter")
        states, letters = count_receipts(house, set(shop.accepted)), count_letters(house)
        waits = waits_for_letters(house, shop, gone_at, back_at)

        report |= {**letters.states, "tries again": shop.retried, "without Redis for": f"{back_at - gone_at:.0f} s"}
        report |= {"p99 without": f"{waits[len(waits) * 99 // 100]:.2f} s", "pages": answers}
        assert report["FLUSHALL"] == 5 and back_at - gone_at >= 15
        assert states == {"done": 300}
        assert letters.is_clean and letters.states == {"sent": 300}, letters
        assert set(shop.answers) == {200}, shop.answers
        assert max(shop.waits) < 5 * house.slow
        assert answers == [200, 200]
        assert waits[len(waits) * 99 // 100] < 15 * house.slow
        revived = wait_until(lambda: worker_is_awake(house), 30, "Celery hears Valkey again")
        report["Celery hears again after"] = f"{revived:.1f} s"


def find_my_order(house) -> int:
    """The one page of people that counts in Redis."""
    with httpx.Client(base_url=f"http://127.0.0.1:{house.port}", timeout=10) as person:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', person.get("/o/find/").text)
        assert token
        form = {"number": "#999", "email": "buyer1@example.com", "csrfmiddlewaretoken": token[1]}
        return person.post("/o/find/", data=form).status_code


def waits_for_letters(house, shop, first: float, last: float) -> list[float]:
    """From a delivery's 2xx to its letter in the provider's log, of what was accepted between two moments."""
    taken = {line["to"]: line["at"] for line in house.taken()}
    pairs = ((at, f"buyer{key.removeprefix('delivery-')}@example.com") for key, at in shop.accepted.items())
    return sorted(taken[address] - at for at, address in pairs if first <= at <= last)


def worker_is_awake(house) -> bool:
    """Without the dispatcher: is a clock still run by Celery?"""
    if "dispatcher1" in house.children:
        house.kill("dispatcher1")
        del house.children["dispatcher1"]
        house.calm_since = time.time()
    return house.has_beaten_since(house.calm_since)


def test_g8_a_database_that_restarts_costs_a_503_and_heals(on, house_with, report):
    with house_with("g8", web=1, workers=2, dispatchers=1, beats=1, through_proxy=True) as house:
        pids = house.pids()
        shop = Shop(house.port, on.home.path / "accepted-g8", patience=12)
        healed = []
        with shopping(shop, (delivery(n) for n in range(450)), per_second=15):
            for _ in range(3):
                time.sleep(1.5)
                on.crash_postgres()
                report["PostgreSQL crashes"] = report.get("PostgreSQL crashes", 0) + 1
                healed.append(heal(house, on))
            for _ in range(8):
                time.sleep(1)
                [(ended,)] = on.ask(TERMINATE, house.name)
                report["sessions terminated"] = report.get("sessions terminated", 0) + ended
            healed.append(heal(house, on))
            on.outside.tell("database_line", "set", blackhole=True)
            time.sleep(10)
            on.outside.tell("database_line", "set")
            healed.append(heal(house, on))
        wait_until(lambda: is_over(house, 451), 40, "every order has its letter")
        states, letters = count_receipts(house, set(shop.accepted)), count_letters(house)
        sessions = on.ask("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", house.name)[0][0]

        report |= {**letters.states, "tries again": shop.retried, "503": shop.answers[503], "sessions": sessions}
        report |= {"held": on.outside.counts("database_line")["held"], "healed within": f"{max(healed):.1f} s"}
        assert report["PostgreSQL crashes"] == 3 and report["sessions terminated"] >= 16 and report["held"] >= 1
        assert states == {"done": 451}  # with the one that asks whether it has healed
        assert letters.is_clean, letters
        assert letters.states["sent"] + letters.unknown == 451
        assert set(shop.answers) <= {200, 503, "TimeoutError"}, shop.answers
        assert set(shop.retry_after) <= {"10"}
        assert max(healed) < 5 * house.slow
        assert sessions <= SESSIONS
        assert house.pids() == pids and not house.revive()
        assert not errors_of_celery_alone(house)


def errors_of_celery_alone(house) -> str:
    """What Celery's workers log in twelve seconds without the dispatcher, when all is well again."""
    house.kill("dispatcher1")
    del house.children["dispatcher1"]
    before, since = len(house.logs("worker")), time.time()
    time.sleep(12)
    assert house.has_beaten_since(since + 5)
    return house.logs("worker")[before:]


TERMINATE = """
WITH ended AS (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid())
SELECT count(*) FROM ended
"""
# web 2 × 4 threads, workers 2 × 2, a dispatcher, and our own question
SESSIONS = 8 + 4 + 1 + 2


def heal(house, on) -> float:
    """How long until the web takes a delivery and every clock beats."""
    since = on.ask("SELECT extract(epoch FROM clock_timestamp())::float")[0][0]
    late = "SELECT count(*) FILTER (WHERE extract(epoch FROM at) <= %s) FROM events_heartbeat"
    shop = Shop(house.port, on.home.path / "accepted-probe", patience=2)
    begun = time.monotonic()
    shop.deliver([delivery(900_000)])
    wait_until(lambda: house.ask(late, since)[0][0] == 0, 20, "every clock beats again")
    return time.monotonic() - begun


def test_g10_two_of_everything_change_nothing(on, house_with, report):
    with house_with("g10", workers=2, dispatchers=3, beats=2) as house:
        house.plan(template="order_confirmation", numbers=[1, 500], within=18)
        prepare = [sys.executable, "-m", "config.preparation", "--no-demo"]
        counted = {table: house.ask(f"SELECT count(*) FROM {table}") for table in MADE_ONCE}
        deploys = [subprocess.Popen(prepare, env=house.env, cwd=ROOT) for _ in range(2)]
        results = [deploy.wait(60) for deploy in deploys]
        wait_until(lambda: is_settled(house), 60, "every message is settled")
        letters = count_letters(house)

        report |= {**letters.states, "beats": 2, "dispatchers": 3, "deploys": len(results)}
        assert results == [0, 0]
        assert letters.is_clean and letters.states == {"sent": 500}, letters
        assert {table: house.ask(f"SELECT count(*) FROM {table}") for table in MADE_ONCE} == counted
        assert not house.revive()


MADE_ONCE = ["messaging_template", "messaging_templateversion", "campaigns_journey", "campaigns_journeyversion"]
