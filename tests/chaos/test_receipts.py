"""What arrives: G1, no accepted webhook is lost; G4, a poisoned one blocks nobody."""

import json
import time

import pytest

from tests.chaos.house import wait_until
from tests.chaos.ledger import count_letters, count_receipts, is_read
from tests.chaos.shop import Shop, delivered, delivery, order, shopping

pytestmark = pytest.mark.chaos

EVENTS = 3000


def test_g1_no_webhook_answered_with_2xx_is_ever_lost(on, house_with, report):
    with house_with("g1", web=1, workers=2, dispatchers=1, beats=1) as house:
        house.ask("UPDATE campaigns_journey SET state = 'paused'")  # this scenario is about what arrives
        shop = Shop(house.port, on.home.path / "accepted-g1")
        halves = [(delivery(n) for n in range(start, EVENTS, 2)) for start in (0, 1)]
        crashes, flushed = [10, 22, 34], [16, 28]
        with shopping(shop, *halves, per_second=70) as threads:
            step = 0
            while step < 44 or house.counts["kills"] < KILLS:  # a worker that is still being born has no child to kill
                step += 1
                time.sleep(house.chance.uniform(0.3, 0.8))
                house.revive()
                if step in crashes:
                    on.crash_postgres()
                    report["PostgreSQL crashes"] = report.get("PostgreSQL crashes", 0) + 1
                elif step in flushed:
                    on.kill_valkey()
                    on.start_valkey()
                    report["Valkey kills"] = report.get("Valkey kills", 0) + 1
                kill_something(house, whole=step % 4 == 0)
        assert not any(thread.is_alive() for thread in threads)
        calm = wait_until(lambda: not house.revive() and is_read(house), 40, "everything is read")
        states = count_receipts(house, set(shop.accepted))
        [(orders,)] = house.ask("SELECT count(*) FROM orders_order")
        [(events,)] = house.ask("SELECT count(*) FROM events_event WHERE kind = 'order.placed'")

        report |= {**house.counts, "tries again": shop.retried, "calm after": f"{calm:.1f} s", **states}
        assert house.counts["kills"] >= KILLS
        assert report["PostgreSQL crashes"] == 3 and report["Valkey kills"] == 2
        assert len(shop.accepted) == EVENTS
        assert states == {"done": EVENTS}
        assert orders == events == EVENTS
        assert shop.refused == 0, shop.answers


def kill_something(house, *, whole: bool) -> None:
    """A whole service now and then, a process of a pool more often: a service takes two seconds to be useful again."""
    if whole:
        house.kill_and_start(house.chance.choice([*house.children]))
    else:
        house.kill_one_child(house.chance.choice(["web", "worker1", "worker2"]))


GOOD = 1500
POISON = {"raise": 15, "exit": 5, "sleep": 3, "memory": 2}
KILLS = 40
BAD = sum(POISON.values()) + 3
MOST_ATTEMPTS = 6  # events.inbox.GIVE_UP_AFTER


def test_g4_a_poisoned_event_or_template_blocks_nobody(on, house_with, report):
    cure = on.home.path / "cure"
    env = {"DJANGO_SETTINGS_MODULE": "tests.chaos.poisoned", "CURE": str(cure)}
    with house_with("g4", env=env, web=1, workers=2, dispatchers=1, beats=1) as house:
        house.ask("UPDATE campaigns_journey SET state = 'paused'")
        house.plan(template="order_confirmation", purpose="loyalty", numbers=[1, 5], spoil=BOMB)
        house.plan(template="order_confirmation", numbers=[6, 55])
        deliveries = [delivery(n) for n in range(GOOD)] + poisons()
        house.chance.shuffle(deliveries)
        shop = Shop(house.port, on.home.path / "accepted-g4")
        begun = time.monotonic()
        with shopping(shop, deliveries[::2], deliveries[1::2]):
            pass
        report["posted in"] = f"{time.monotonic() - begun:.1f} s"
        good = "SELECT count(*) FROM events_receipt WHERE state = 'done'"
        done_after = wait_until(
            lambda: not house.revive() and house.ask(good)[0][0] >= GOOD * 0.99, 60, "the good are read"
        )
        wait_until(lambda: not house.revive() and is_read(house), 90, "everything is read, or given up")
        states, restarts = count_receipts(house, set(shop.accepted)), restarts_of(house)
        gave_up = house.ask("SELECT key, attempts, reason, reason_values FROM events_receipt WHERE state = 'dead'")
        wait_until(lambda: house.states()["sent"] == 50, 20, "the good letters leave")

        report |= {**states, "99 % of the good after": f"{done_after:.1f} s", "worker restarts": restarts}
        report |= {"letters": dict(house.states())}
        assert len(shop.accepted) == GOOD + BAD
        assert states == {"done": GOOD, "dead": sum(POISON.values()), "parked": 3}
        assert done_after < 20 * house.slow
        assert restarts <= BAD
        for key, attempts, reason, values in gave_up:
            assert reason
            assert "exit" in key or attempts == MOST_ATTEMPTS, (key, attempts, reason, values)
        assert house.states() == {"sent": 50, "failed": 5}
        assert count_letters(house).is_clean

        cure.touch()
        on.run("manage.py", "shell", "--no-imports", "-c", REPLAY, env=house.env)
        wait_until(lambda: not house.revive() and is_read(house), 30, "what was given up is read")
        assert count_receipts(house, set(shop.accepted)) == {"done": GOOD + sum(POISON.values()), "parked": 3}
        assert house.ask("SELECT count(*) FROM orders_order")[0][0] == GOOD + sum(POISON.values()) + 1  # the planner's
        assert not house.ask("SELECT * FROM events_underway")


BOMB = "{% for a in (1..9000000) %}{% for b in (1..9000000) %}boom{% endfor %}{% endfor %}"
REPLAY = """
from events.inbox import replay
from events.models import Receipt
replay(Receipt.objects.filter(state="dead"))
"""


def poisons() -> list:
    kinds = [kind for kind, many in POISON.items() for _ in range(many)]
    nested = b'{"id": 1, "line_items": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    large = json.dumps(order(90_002) | {"note": "x" * 5_000_000}).encode()
    real = [("nul", b'{"id": \x00 1}'), ("deep", nested), ("large", large)]
    return [delivery(80_000 + n, key=f"{kind}-{n}", poison=kind) for n, kind in enumerate(kinds)] + [
        delivered(f"bad-{name}", body) for name, body in real
    ]


def restarts_of(house) -> int:
    """Pool processes that ended, and services that the manager had to start again."""
    return house.logs("worker").count("exited with") + house.counts["ended by themselves"]
