"""What leaves: G2, nobody gets a letter twice; G3, it leaves in time; G6, a provider that is away costs only time."""

import time

import pytest

from tests.chaos.house import House, wait_until
from tests.chaos.ledger import count_letters, is_settled

pytestmark = pytest.mark.chaos

LEASE = 4  # seconds: SEND_LEASE_SECONDS in house.QUICK
CONNECTIONS = 8  # at most so many hand-overs are under way in one process

LETTERS = 4000
KILLS = 34


def test_g2_no_customer_gets_the_same_message_twice(on, house_with, report):
    with house_with("g2", workers=2, dispatchers=1, beats=1) as house:
        house.plan(template="order_confirmation", numbers=[1, LETTERS], within=20)
        on.outside.tell("smtp_line", "set", swallow=0.02, latency=0.001)
        crashes, freezes = [8, 20, 32], [4, 15, 26]
        step = 0
        while step < 40 or house.counts["kills"] < KILLS:
            step += 1
            time.sleep(house.chance.uniform(0.3, 0.8))
            house.revive()
            if step in crashes:
                on.crash_postgres()
                report["PostgreSQL crashes"] = report.get("PostgreSQL crashes", 0) + 1
            elif step in freezes:
                freeze_a_sender(house)
            elif step % 6 == 5:
                house.kill_and_start(house.chance.choice([*house.children]))
            else:
                house.kill_one_child(house.chance.choice(["worker1", "worker2"]))
        on.outside.tell("smtp_line", "set")
        calm = wait_until(lambda: not house.revive() and is_settled(house), 60, "every message is settled")
        letters, line = count_letters(house), on.outside.counts("smtp_line")

        report |= {**house.counts, "replies swallowed": line["swallowed"], "calm after": f"{calm:.1f} s"}
        report |= {**letters.states, "sent once more": letters.resent, "counted doubles": len(letters.counted)}
        assert house.counts["kills"] >= KILLS
        assert report["PostgreSQL crashes"] == 3 and house.counts["freezes"] == 3 and line["swallowed"] >= 10
        assert letters.is_clean, letters
        assert sum(letters.states.values()) == LETTERS
        # Whoever dies or is never answered leaves at most one unclear letter per open connection.
        in_hand = house.counts["kills"] + 3 * 6 + line["swallowed"]
        assert letters.unknown + letters.resent <= in_hand * CONNECTIONS


def freeze_a_sender(house: House) -> None:
    """SIGSTOP for twice the lease: it wakes up believing that it still holds what others have sent meanwhile."""
    name = house.chance.choice(["worker1", "worker2", "dispatcher1"])
    pids = house.forked(name) or [house.children[name].process.pid]
    house.freeze(house.chance.choice(pids), 2 * LEASE)


def test_g3_a_due_message_leaves_within_seconds_while_one_worker_lives(on, house_with, report):
    with house_with("g3", workers=2, dispatchers=2, beats=1) as house:
        house.plan(template="order_confirmation", numbers=[1, 1000], within=20, after=2)
        begun = time.time() + 2
        sleep_until(begun + 5)
        for name in ("worker1", "worker2", "beat1", "dispatcher2"):
            house.kill(name)
        sleep_until(begun + 10)
        house.kill("dispatcher1")
        house.run("dispatcher1", house.commands["dispatcher1"])
        killed_at = time.time()
        wait_until(lambda: is_settled(house), 60, "every message is settled")
        letters, taken = count_letters(house), house.taken()
        up = min(line["at"] for line in taken if line["at"] > killed_at)
        due = dict(house.ask("SELECT address, extract(epoch FROM send_after)::float FROM messaging_message"))
        waits = sorted(line["at"] - (up if killed_at - 1 < due[line["to"]] < up else due[line["to"]]) for line in taken)
        p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]

        report |= {**house.counts, **letters.states}
        report |= {"a worker again after": f"{up - killed_at:.1f} s"}
        report |= {"p50": f"{p50:.2f} s", "p99": f"{p99:.2f} s", "longest": f"{waits[-1]:.2f} s"}
        assert house.counts["kills"] == 5
        assert letters.is_clean, letters
        assert p50 < 1 * house.slow
        assert p99 < 5 * house.slow
        assert waits[-1] < (LEASE + 5) * house.slow


def sleep_until(moment: float) -> None:
    time.sleep(max(0, moment - time.time()))


OUTAGE = [  # (what the provider does, seconds)
    ("refuses connections", 4),
    ("answers 421", 4),
    ("answers 451", 3),
    ("blackhole", 5),
]
MOST_PROBES = 40  # in four seconds, by two processes: hundreds of letters wait, and few are tried
CAP = 80  # letters a second, when it is back


@pytest.mark.parametrize("way", ["smtp", "http"])
def test_g6_a_provider_down_for_hours_costs_only_time(on, house_with, report, way):
    # An hour becomes two and a half seconds: sixteen seconds are an outage of six and a half hours.
    env = {"BACK_OFF_SCALE": "0.0007"}
    if way == "http":
        env["EMAIL_URL"] = f"resend://key?api_url=http://127.0.0.1:{on.outside.ports['http_line']}/"
    with house_with(f"g6-{way}", workers=1, dispatchers=1, beats=1, env=env) as house:
        before, held = on.outside.counts(way), on.outside.counts(f"{way}_line")["held"]
        misbehave(on, way, "refuses connections")
        house.plan(template="order_confirmation", purpose="review_requests", numbers=[1, 200])
        house.plan(template="order_confirmation", numbers=[201, 400])
        house.plan(template="order_confirmation", numbers=[401, 420], expires=6)
        attempts = {}
        for trouble, seconds in OUTAGE:
            asked = on.outside.counts(way)["attempts"]
            if trouble != "refuses connections":
                misbehave(on, way, trouble)
            time.sleep(seconds)
            attempts[trouble] = on.outside.counts(way)["attempts"] - asked
        back_at = time.time()
        misbehave(on, way, "is back")
        calm = wait_until(lambda: not house.revive() and is_settled(house), 60, "every message is settled", every=0.5)
        letters, taken = count_letters(house), [line for line in house.taken() if line["at"] > back_at]

        report |= {**letters.states, "sent once more": letters.resent, "all settled after": f"{calm:.1f} s"}
        report |= {"attempts": attempts, "refused": (on.outside.counts(way) - before)["refused"]}
        assert on.outside.counts(f"{way}_line")["held"] > held and sum(attempts.values()) >= 3
        assert max(attempts.values()) <= MOST_PROBES
        assert letters.is_clean, letters
        assert letters.states["failed"] == 0, house.ask(WHY_FAILED)
        assert letters.states["expired"] == 20
        assert len(taken) >= 350
        assert busiest_second(taken) <= CAP + 2 * CONNECTIONS  # the limit counts MAIL, and these were under way
        assert median_place(taken, 201, 400) < median_place(taken, 1, 200)


WHY_FAILED = "SELECT DISTINCT reason, reason_values FROM messaging_message WHERE state = 'failed' LIMIT 3"


def misbehave(on, way: str, how: str) -> None:
    line = f"{way}_line"
    if how == "refuses connections":
        on.outside.tell(line, "shut")
    elif how == "answers 421":
        on.outside.tell(line, "open")
        on.outside.tell(way, "be", mood="busy")
    elif how == "answers 451":
        on.outside.tell(way, "be", mood="later")
    elif how == "blackhole":
        on.outside.tell(line, "set", blackhole=True)
    elif how == "is back":
        on.outside.tell(line, "set")
        on.outside.tell(way, "be", cap=CAP)


def busiest_second(taken: list[dict]) -> int:
    at = sorted(line["at"] for line in taken)
    return max(sum(start <= moment < start + 1 for moment in at) for start in at)


def median_place(taken: list[dict], first: int, last: int) -> int:
    """At which place the median letter of m<first> … m<last> left."""
    places = [place for place, line in enumerate(taken) if first <= int(line["to"][1:].partition("@")[0]) <= last]
    return sorted(places)[len(places) // 2]
