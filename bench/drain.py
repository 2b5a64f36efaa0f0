"""From receipts to orders, facts, enrolments and planned messages, beside an ORM view and beside one SQL statement.

Every order is new and so is its customer; three lines each. What is planned for an order is an enrolment or a message.
"""

import re
import subprocess
import sys
from datetime import UTC, datetime
from itertools import islice

import psycopg2
from psycopg2.extras import execute_values

from bench.bodies import bodies, request
from bench.ground import SLUG, Ground, web
from bench.load import load
from bench.peer.statement import STATEMENT
from bench.tables import Row, median, show
from config.data_folder import ROOT
from config.embedded import postgres_programs

WORKERS = 2
GOAL = 0.20

# Business rows, by what they are to the merchant; the peer's tables hold the same.
OURS = {
    "customers": "customers_customer",
    "orders": "orders_order",
    "lines": "orders_orderline",
    "facts": "events_event",
    "enrolments": "campaigns_enrolment",
    "messages": "messaging_message",
}
PEER = {
    "customers": "peer_customer",
    "orders": "peer_order",
    "lines": "peer_line",
    "facts": "peer_event",
    "messages": "peer_message",
}
BESIDES = "customers_identifier, customers_stats, orders_orderpage, campaigns_steptaken, events_receipt"


def measure(on: Ground, rounds: int, seconds: float, orders: int) -> None:
    found: dict[str, list[float]] = {"one statement (pgbench)": [], "ORM view": [], "ours": []}
    written: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        found["ours"].append(drained(on, orders))
        written["ours"] = count(on, OURS, orders)
        found["ORM view"].append(viewed(on, seconds))
        written["ORM view"] = count(on, PEER)
        if rate := stated(on, seconds):
            found["one statement (pgbench)"].append(rate)
            written["one statement (pgbench)"] = count(on, PEER)
    limit = median(found["one statement (pgbench)"] or found["ORM view"])
    rows = [Row(name, values, limit, spelled(written[name])) for name, values in found.items() if values]
    show(
        f"drain: orders a second, {WORKERS} workers", rows, f"must: the ORM view's rate; goal: {GOAL} of the statement"
    )


def fill(on: Ground, orders: int) -> None:
    now = datetime.now(UTC)
    [(connection_id,)] = on.ask("SELECT id FROM events_connection WHERE slug = %s", SLUG)
    waiting = [
        (connection_id, number, "orders/create", body, now, now)
        for number, body in islice(bodies(now.isoformat()), orders)
    ]
    with psycopg2.connect(on.env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        execute_values(
            cursor,
            "INSERT INTO events_receipt (connection_id, key, topic, body, state, reason, reason_values, waits_for,"
            " attempts, received_at, next_at) VALUES %s",
            waiting,
            template="(%s, %s, %s, %s, 'waiting', '', '{}', '', 0, %s, %s)",
        )


def drained(on: Ground, orders: int) -> float:
    on.empty(BESIDES, *OURS.values())
    fill(on, orders)
    env = on.env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.worker"],
            env=env,
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(WORKERS)
    ]
    for worker in workers:
        worker.stdout.readline()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return orders / max(float(worker.communicate()[0]) for worker in workers)


def viewed(on: Ground, seconds: float) -> float:
    on.empty(*PEER.values())
    deliveries = (request("/orm/", number, body) for number, body in bodies(datetime.now(UTC).isoformat()))
    with web(on, "bench.peer.wsgi") as port:
        load(port, deliveries, 1, most_per_second=2000)
        return load(port, deliveries, seconds, most_per_second=2000).per_second


def stated(on: Ground, seconds: float) -> float | None:
    """The physical limit: the same rows by one prepared statement, eight clients, no Python. None without pgbench."""
    pgbench = postgres_programs() / "pgbench"
    if not pgbench.exists():
        return None
    on.empty(*PEER.values())
    script = on.file("statement.sql", STATEMENT)
    command = [pgbench, "-n", "-M", "prepared", "-c", "8", "-j", "2", "-T", f"{seconds:.0f}", "-f", script]
    said = subprocess.run([*command, on.env["DATABASE_URL"]], check=True, capture_output=True, text=True).stdout
    rate = re.search(r"tps = ([\d.]+)", said)
    assert rate, said
    return float(rate[1])


def count(on: Ground, tables: dict[str, str], orders: int | None = None) -> dict[str, float]:
    """Rows per order; SystemExit when an order is missing or came twice."""
    rows = {name: on.ask(f"SELECT count(*) FROM {table}")[0][0] for name, table in tables.items()}
    if orders is not None and rows["orders"] != orders:
        raise SystemExit(f"{orders} orders went in and {rows['orders']} came out")
    return {name: rows[name] / rows["orders"] for name in tables}


def spelled(rows: dict[str, float]) -> str:
    return f"{sum(rows.values()):.0f} rows: " + ", ".join(f"{many:.0f} {name}" for name, many in rows.items())
