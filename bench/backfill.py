"""A million past orders: ``manage.py import_orders``, every value checked, beside COPY and set-based inserts unchecked.

*limit* writes customer, order and two lines, and nothing else, into plain tables from rows that are ready, in one
transaction on one connection: COPY into a staging table, then three INSERT … SELECT. Ours reads a CSV as a person's
spreadsheet writes it and writes what a shop's webhook would: customer, two identifiers, figures, order, two lines, the
page and two facts.
"""

import csv
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import psycopg2

from bench.ground import Ground
from bench.tables import Row, median, show
from config.data_folder import ROOT

MUST, GOAL = 0.5, 0.8
MEGABYTES = 300
HEAD = (
    *("Number", "Date", "Product", "SKU", "Quantity", "Price", "Status", "Email", "Phone"),
    *("First name", "Last name", "Country", "City", "Address"),
)
OURS = (
    *("customers_customer", "orders_order", "orders_orderline", "orders_orderpage", "events_event"),
    *("customers_identifier", "customers_stats", "staff_job"),
)
PLAIN = ("peer_customer", "peer_order", "peer_line")


def measure(on: Ground, rounds: int, orders: int) -> None:
    found: dict[str, list[float]] = {"limit": [], "ours": []}
    most = 0.0
    file = on.home.path / "orders.csv"
    write_file(file, orders)
    for _ in range(rounds):
        on.empty(*PLAIN)
        found["limit"].append(copied(on, orders))
        on.empty(*OURS)
        rate, megabytes = imported(on, file, orders)
        found["ours"].append(rate)
        most = max(most, megabytes)
    middle = median(found["limit"])
    rows = [Row(name, values, middle) for name, values in found.items()]
    show(f"backfill of {orders:,} orders: orders a second", rows, f"must: {MUST} of the limit; goal: {GOAL}")
    print(f"  memory of all its processes: {most:.0f} MB; must: under {MEGABYTES} MB", flush=True)


def write_file(path: Path, orders: int) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEAD)
        for n in range(orders):
            day = f"2024-{1 + n % 12:02}-{1 + n % 28:02} 12:{n % 60:02}"
            person = [f"olena{n}@example.com", f"+38050{n % 10_000_000:07}", "Олена", "Коваль", "UA", "Київ"]
            for product in (1, 2):
                goods = [f"Товар {n % 50} {product}", f"SKU-{n % 50}-{product}", 1, "250.00", "paid"]
                rows.writerow([f"A-{n}", day, *goods, *person, f"вул. Лесі {n % 200}"])


def imported(on: Ground, file: Path, orders: int) -> tuple[float, float]:
    """Orders a second, the start of the command included, and the megabytes that its processes had together."""
    command = [sys.executable, "manage.py", "import_orders", str(file), "--store", "bench"]
    begun = time.monotonic()
    ran = subprocess.Popen(command, env=on.env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0.0
    while ran.poll() is None:
        most = max(most, sum(map(own_megabytes, [ran.pid, *children(ran.pid)])))
        time.sleep(0.2)
    seconds = time.monotonic() - begun
    [(kept,)] = on.ask("SELECT count(*) FROM orders_order")
    if ran.returncode or kept != orders:
        raise SystemExit(f"{kept} of {orders} orders were imported, exit {ran.returncode}")
    return orders / seconds, most


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def own_megabytes(pid: int) -> float:
    """What the process occupies, pages it shares with others by their share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def copied(on: Ground, orders: int) -> float:
    connection = psycopg2.connect(on.env["DATABASE_URL"])
    begun = time.monotonic()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE staged (email text, phone text, number text, token text, placed_at timestamptz,"
            " total numeric, lines jsonb) ON COMMIT DROP"
        )
        for first in range(0, orders, 20_000):
            cursor.copy_expert("COPY staged FROM STDIN", StringIO("".join(map(staged, range(first, first + 20_000)))))
        cursor.execute("ANALYZE staged")
        for statement in SETS:
            cursor.execute(statement)
    connection.close()
    return orders / (time.monotonic() - begun)


LINES = '[["1","SKU-1","Product one",1,250.00],["2","SKU-2","Product two",1,250.00]]'


def staged(n: int) -> str:
    return f"olena{n}@example.com\t+380501234567\tA-{n}\t{n:032x}\t2024-01-01 12:00+00\t500.00\t{LINES}\n"


SETS = (
    "INSERT INTO peer_customer (email, phone, first_name, last_name, created_at)"
    " SELECT DISTINCT ON (email) email, phone, 'Olena', 'Koval', now() FROM staged ON CONFLICT (email) DO NOTHING",
    "INSERT INTO peer_order"
    " (external_id, number, public_id, customer_id, financial, placed_at, currency, total, address)"
    " SELECT number, number, token, c.id, 'paid', placed_at, 'UAH', total, '{}' FROM staged"
    " JOIN peer_customer c USING (email) ON CONFLICT (external_id) DO NOTHING",
    "INSERT INTO peer_line (order_id, external_id, sku, title, quantity, price)"
    " SELECT o.id, l->>0, l->>1, l->>2, (l->>3)::int, (l->>4)::numeric FROM staged"
    " JOIN peer_order o ON o.external_id = staged.number, jsonb_array_elements(lines) l",
)
