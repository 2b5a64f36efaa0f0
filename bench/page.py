"""The order's page among a million orders, beside a view that draws one small template.

A page is drawn when it is first looked at after a change, and kept: both are told, the goal is about the second look.
By CPU time in one process, through our own middleware (``python -m bench.page cpu``), and by requests a second at eight
connections under gunicorn, where the trivial view has no more middleware than Django starts a project with.
"""

import gc
import http.client
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from threading import Thread

from bench.ground import Ground, web
from bench.load import UNITS, Load
from bench.tables import Row, median, show

GOAL, GOAL_P99, CONNECTIONS = 0.35, 15.0, 8
ORDERS = 1_000_000
ASKED = 2_000  # pages that the load goes round
REQUESTS, ROUNDS = 100, 7
SCRIPT = Path(__file__).with_name("get.lua")


def measure(on: Ground, rounds: int, seconds: float, orders: int = ORDERS) -> None:
    ours = on.home.path / "pages.txt"
    on.run("-m", "bench.page", "fill", str(orders), str(ours))
    on.vacuum("orders_order", "orders_orderpage")
    on.tell("-m", "bench.page", "cpu")
    trivial = on.file("trivial.txt", "/trivial/\n")
    cases = {"trivial template": ("bench.peer.wsgi", trivial), "order page": ("config.wsgi", ours)}
    found: dict[str, list[Load]] = {name: [] for name in cases}
    on.empty("orders_drawnpage")
    with web(on, "config.wsgi") as port:
        draw_all(port, ours)
    for _ in range(rounds):
        for name, (application, paths) in cases.items():
            with web(on, application) as port:
                warm(port, paths)
                found[name].append(ask(port, paths, seconds))
    limit = median([each.per_second for each in found["trivial template"]])
    rows = [
        Row(name, [each.per_second for each in many], limit, f"p99 {median([each.p99_ms for each in many]):.1f} ms")
        for name, many in found.items()
    ]
    title = f"page: order pages a second among {orders:,} orders, {CONNECTIONS} connections"
    show(title, rows, f"goal: {GOAL} of the trivial view, p99 ≤ {GOAL_P99:.0f} ms")


# --- The load -------------------------------------------------------------------------------------------------------


def ask(port: int, paths: Path, seconds: float) -> Load:
    wrk = shutil.which("wrk")
    return _wrk(wrk, port, paths, seconds) if wrk else _python(port, paths, seconds)


def warm(port: int, paths: Path) -> None:
    """Each process compiles its templates at the first request, which a busy machine takes seconds for."""
    for path in paths.read_text().split()[:20] * 3:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()


def draw_all(port: int, paths: Path) -> None:
    """Each page once, over one connection: what the first look costs."""
    warm(port, paths)
    connection, begun = http.client.HTTPConnection("127.0.0.1", port, timeout=60), time.monotonic()
    wanted = paths.read_text().split()[20:]
    for path in wanted:
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()
    took = time.monotonic() - begun
    print(f"\npage, first look: {len(wanted) / took:.0f} a second over one connection, {len(wanted):,} pages")


def _wrk(wrk: str, port: int, paths: Path, seconds: float) -> Load:
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--latency", "-s", str(SCRIPT)]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/", "--", str(paths)], check=True, capture_output=True, text=True
    ).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    rate, p99 = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    assert rate and p99, said
    return Load(float(rate[1]), float(p99[1]) * UNITS[p99[2]])


def _python(port: int, paths: Path, seconds: float) -> Load:
    taken: list[float] = []
    wanted = cycle(paths.read_text().split())
    end = time.monotonic() + seconds

    def read() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < end:
            begun = time.monotonic()
            connection.request("GET", next(wanted))
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{answer.status} from {port}")
            taken.append(time.monotonic() - begun)

    readers = [Thread(target=read) for _ in range(CONNECTIONS)]
    for thread in readers:
        thread.start()
    for thread in readers:
        thread.join()
    return Load(len(taken) / seconds, sorted(taken)[int(len(taken) * 0.99)] * 1000)


# --- Inside Django --------------------------------------------------------------------------------------------------


def fill(orders: int, paths: Path) -> None:
    """One order as a shop and a carrier tell it, and so many copies of its rows."""
    from django.db import connection

    from orders.links import status_url
    from orders.models import Order

    first = _first_order()
    with connection.cursor() as cursor:
        own = ("id", "external_id", "number", "public_id")
        kept = ", ".join(f'"{f.column}"' for f in Order._meta.concrete_fields if f.column not in own)
        cursor.execute(
            f"INSERT INTO orders_order ({kept}, external_id, number, public_id)"
            f" SELECT {kept}, 'copy' || n, '#copy' || n, md5(n::text) FROM orders_order, generate_series(1, %s) n"
            " WHERE id = %s",
            [orders, first.pk],
        )
        cursor.execute(
            "INSERT INTO orders_orderpage (order_id, version, blocks) SELECT o.id, p.version, p.blocks"
            " FROM orders_order o, orders_orderpage p WHERE p.order_id = %s AND o.external_id LIKE 'copy%%'",
            [first.pk],
        )
        cursor.execute("SELECT id FROM orders_order ORDER BY md5(id::text) LIMIT %s", [ASKED])
        asked = Order.objects.in_bulk([pk for (pk,) in cursor.fetchall()])
    paths.write_text("".join(f"/o/{status_url(order).split('/o/')[1]}\n" for order in asked.values()))


def _first_order():
    from datetime import timedelta
    from decimal import Decimal

    from django.utils import timezone

    from orders.actions import save_orders
    from orders.models import Order, Store
    from orders.stores.seen import AddressSeen, LineSeen, OrderSeen
    from tracking.actions import Fulfilled, make_shipments, save_parcels
    from tracking.carriers.seen import CheckpointSeen, ParcelSeen

    store, at = Store.objects.order_by("pk")[0], timezone.now() - timedelta(days=2)
    lines = tuple(LineSeen(str(n), f"Чашка {n}", 1, Decimal(240), Decimal(240), product_id=str(n)) for n in range(3))
    address = AddressSeen("Олена Коваленко", "", "вул. Хрещатик, 22", "", "Київ", "", "01001", "UA")
    seen = OrderSeen("first", "#first", "UAH", Decimal(720), at, at, lines, financial="paid", language="uk",
                     email="olena@example.com", first_name="Олена", address=address)  # fmt: skip
    [saved] = save_orders(store, [seen], quiet=True)
    held = tuple((line.external_id, 1) for line in lines)
    number = "20450000000017"
    make_shipments([Fulfilled(saved.order.pk, "1", "success", "Nova Poshta", (number,), (), held, "", at)], at)
    scans = tuple(
        CheckpointSeen(at + timedelta(hours=7 * n), milestone, city="Львів", country="UA")
        for n, milestone in enumerate(["picked_up", "in_transit", "in_transit", "in_transit"])
    )
    expected = (at + timedelta(days=4)).date()
    save_parcels([(ParcelSeen(number, "nova_poshta", scans, expected), at)], "easypost", timezone.now())
    return Order.objects.get(pk=saved.order.pk)


def cpu() -> None:
    """Microseconds of processor for a request, PostgreSQL's apart: the smallest of the rounds."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest, HttpResponse
    from django.template import engines
    from django.test import RequestFactory
    from django.urls import path

    from config import urls
    from orders.links import status_url, stub_url
    from orders.models import Order

    drawn = engines["django"].from_string("<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1>")

    def trivial(request: HttpRequest) -> HttpResponse:
        return HttpResponse(drawn.render({"title": "ok"}))

    urls.urlpatterns.append(path("bench-trivial/", trivial))
    handler, factory = WSGIHandler(), RequestFactory()
    order = Order.objects.order_by("-pk")[0]
    addresses = {
        "trivial": "/bench-trivial/",
        "page": f"/o/{status_url(order).split('/o/')[1]}",
        "stub": f"/o/{stub_url(order).split('/o/')[1]}",
    }
    # a query of more than the language is drawn each time
    cases = addresses | {f"{name}, drawn": f"{addresses[name]}?drawn=1" for name in ("page", "stub")}

    def one(address: str) -> Callable[[], None]:
        def request() -> None:
            answer = handler.get_response(factory.get(address))
            assert answer.status_code == 200
            answer.close()

        return request

    found: dict[str, list[float]] = {name: [] for name in cases}
    asks = {name: one(address) for name, address in cases.items()}
    gc.collect()
    gc.freeze()
    for _round in range(ROUNDS):
        for name, request in asks.items():
            begun = time.process_time()
            for _ in range(REQUESTS):
                request()
            found[name].append((time.process_time() - begun) / REQUESTS * 1e6)
    best = {name: min(many) for name, many in found.items()}
    said = " · ".join(f"{name} {us:.0f} µs ({best['trivial'] / us:.2f})" for name, us in best.items())
    print(f"\npage, by CPU through the same middleware: {said}")


def main() -> None:
    import django

    django.setup()
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        cpu()


if __name__ == "__main__":
    main()
