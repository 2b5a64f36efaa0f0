"""The past by the thousand ends in the same rows as one order after the other."""

import os
import signal
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Identifier, Stats
from events.models import Event
from orders.actions import backfill_orders, backfilling, save_orders
from orders.imports import import_orders, parts
from orders.models import Order, OrderLine, OrderPage, Product
from staff.models import Job, RefusedRow
from tests.builders.door import MONDAY, line_seen, order_seen

DAY = timedelta(days=1)
ODD = 'Крем\t"45+" \\N \\. {a,b}\r\n😀'

HISTORY = (
    order_seen(1),
    order_seen(2, MONDAY - 40 * DAY, total=Decimal("10.50"), currency="EUR"),
    order_seen(3, customer_id="", email="petro@example.com", phone="+380671234567", first_name="", last_name=""),
    order_seen(4, MONDAY + DAY, customer_id="", email="petro@example.com", phone="", first_name="Петро"),
    # the same telephone, another address: a family, not a person
    order_seen(5, customer_id="", email="maria@example.com", phone="+380671234567", language="ru"),
    order_seen(6, customer_id="", email="", phone="050 123 45 67", financial="refunded"),
    order_seen(7, financial="pending", cancelled_at=MONDAY, cancel_reason="customer"),
    order_seen(8, customer_id="", email="noreply@example.com", phone="", lines=()),
    replace(
        order_seen(9, first_name=ODD, discount_codes=("ВОСЕНИ 10", 'a"b', "{}", "\\")), number=ODD[:60],
        lines=(line_seen(ODD, quantity=3), line_seen("Мило", "0.01", sku="SO-1"), line_seen("Мило", "0.02")),
    ),
    order_seen(10, paid_at=MONDAY + DAY, financial="partly_refunded", refunded=Decimal("5.00"), discreet=True),
)  # fmt: skip


def what_is_kept() -> dict[str, list]:
    """Every row that an order leaves, without keys and the moments of writing."""
    people = {c.pk: (c.first_name, c.last_name, c.language, c.country, c.time_zone) for c in Customer.objects.all()}
    names = {o.pk: o.external_id for o in Order.objects.all()}
    goods = {p.pk: p.external_id for p in Product.objects.all()}

    def rows(model, *left_out):
        fields = [f.attname for f in model._meta.concrete_fields if f.attname not in ("id", "created_at", *left_out)]
        for row in model.objects.values(*fields):
            row["customer_id"] = people.get(row.get("customer_id"))
            row["order_id"] = names.get(row.get("order_id"))
            row["product_id"] = goods.get(row.get("product_id"))
            yield str(sorted(row.items()))

    pages = [str((names[p.order_id], p.version, without_ids(p.blocks))) for p in OrderPage.objects.all()]
    facts = [
        (e.kind, e.at, e.subject_type, names[e.subject_id], people.get(e.customer_id), str(e.data),
         e.key and e.key.rpartition(":")[0], e.handled_at is not None)
        for e in Event.objects.filter(subject_type="order")
    ]  # fmt: skip
    return {
        "orders": sorted(rows(Order, "public_id", "updated_at")),
        "lines": sorted(rows(OrderLine)),
        "pages": sorted(pages),
        "identifiers": sorted(rows(Identifier)),
        "figures": sorted(rows(Stats)),
        "facts": sorted(map(str, facts)),
    }


def without_ids(blocks: dict) -> dict:
    order = blocks["order"]
    return {**blocks, "order": {**order, "lines": [{**line, "id": 0, "product": 0} for line in order["lines"]]}}


def kept_by(act) -> dict[str, list]:
    with transaction.atomic():
        act()
        found = what_is_kept()
        transaction.set_rollback(True)
    return found


# --- The same rows ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("batches", [[HISTORY], [HISTORY[:4], HISTORY[4:]], [[one] for one in HISTORY]])
def test_a_backfill_keeps_exactly_what_saving_one_by_one_would(store, batches):
    one_by_one = kept_by(lambda: [save_orders(store, batch, quiet=True) for batch in batches])

    by_the_thousand = kept_by(lambda: [backfill_orders(store, batch) for batch in batches])

    assert by_the_thousand == one_by_one
    assert len(one_by_one["orders"]) == 10 and len(one_by_one["figures"]) == 3


@pytest.mark.django_db
def test_an_order_that_we_know_already_goes_the_ordinary_way(store):
    save_orders(store, [order_seen(1, updated_at=MONDAY + DAY, total=Decimal("900.00"))])

    backfill_orders(store, [order_seen(1), order_seen(2)])

    assert list(Order.objects.order_by("number").values_list("number", "total")) == [
        ("#1", Decimal("900.00")),
        ("#2", Decimal("1330.00")),
    ]
    assert Stats.objects.get().orders == 2


@pytest.mark.django_db
def test_an_order_twice_in_a_batch_is_one(store):
    newer = replace(order_seen(1), total=Decimal("5.00"), updated_at=MONDAY + DAY)

    backfill_orders(store, [newer, order_seen(1)])

    assert [o.total for o in Order.objects.all()] == [Decimal("5.00")]
    assert Stats.objects.get().orders == 1


@pytest.mark.django_db
def test_an_order_that_a_webhook_brings_at_the_same_moment_is_kept_once(store, monkeypatch):
    enlist = backfilling.enlist

    def met_and_overtaken(sightings, now):
        found = enlist(sightings, now)
        webhook = Customer.objects.create(first_name="Олена")
        Order.objects.create(
            store=store, external_id="1", number="#1", customer=webhook, placed_at=MONDAY, currency="UAH"
        )
        return found

    monkeypatch.setattr(backfilling, "enlist", met_and_overtaken)
    backfill_orders(store, [order_seen(1)])

    assert [o.number for o in Order.objects.all()] == ["#1"]
    assert [(c.first_name, c.stats.orders) for c in Customer.objects.all()] == [("Олена", 1)]


@pytest.mark.django_db
def test_a_thousand_orders_take_as_many_statements_as_ten(store):
    def statements(first, count):
        with CaptureQueriesContext(connection) as seen:
            backfill_orders(store, [
                order_seen(n, customer_id="", email=f"u{n}@example.com", phone=f"+38050{n:07}")
                for n in range(first, first + count)
            ])  # fmt: skip
        return len(seen)

    statements(5000, 1)

    assert statements(0, 10) == statements(1000, 1000)


# --- The whole file -----------------------------------------------------------------------------------------------

HEAD = "number,date,product,price,email\n"


def file_of(path, orders: int, bad: int = 0):
    rows = [f"{n},2024-01-{1 + n % 28:02},Мило,1.00,u{n}@example.com\n" for n in range(orders)]
    rows += [f"bad-{n},2024-01-01,Мило,much,u{n}@example.com\n" for n in range(bad)]
    path.write_text(HEAD + "".join(rows))
    return path


@pytest.mark.django_db
def test_an_import_that_was_cut_off_goes_on_where_it_stopped(store, tmp_path, monkeypatch):
    file = file_of(tmp_path / "orders.csv", 1200, bad=3)
    begun = []

    def stumble(store, orders):
        begun.append(len(orders))
        if len(begun) == 2:
            raise RuntimeError("power cut")
        backfill_orders(store, orders)

    monkeypatch.setattr(parts.actions, "backfill_orders", stumble)
    with pytest.raises(RuntimeError):
        import_orders(store, file)
    cut_off = Job.objects.get()
    job = import_orders(store, file)

    assert (cut_off.state, cut_off.done, cut_off.options["next_part"]) == ("failed", 500, 1)
    assert (job.pk, job.state, job.done, job.refused, job.total) == (cut_off.pk, "done", 1200, 3, 1203)
    assert begun == [500, 500, 500, 200]
    assert (Order.objects.count(), RefusedRow.objects.count(), Event.objects.filter(kind="order.placed").count()) == (
        1200,
        3,
        1200,
    )


@pytest.mark.django_db
def test_another_file_begins_anew(store, tmp_path, monkeypatch):
    monkeypatch.setattr(parts.actions, "backfill_orders", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        import_orders(store, file_of(tmp_path / "orders.csv", 10))
    monkeypatch.undo()

    job = import_orders(store, file_of(tmp_path / "orders.csv", 11))

    assert (job.state, job.done, Job.objects.count()) == ("done", 11, 2)


@pytest.mark.django_db(transaction=True)
def test_two_processes_share_a_file_and_report_in_its_order(store, tmp_path):
    file, done = file_of(tmp_path / "orders.csv", parts.WORTH_IT + 700, bad=2), []

    job = import_orders(store, file, processes=2, progress=lambda job: done.append(job.done))

    assert done == [*range(500, 5501, 500), 5700]
    assert (job.state, job.done, job.refused) == ("done", 5700, 2)
    assert Order.objects.count() == Customer.objects.count() == 5700
    assert [row.line for row in RefusedRow.objects.order_by("pk")] == [5702, 5703]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_fails_the_job_and_the_next_run_ends_it(store, tmp_path, monkeypatch):
    file = file_of(tmp_path / "orders.csv", parts.WORTH_IT)

    def die(store, orders):
        if orders[0].number == "3000":
            os.kill(os.getpid(), signal.SIGKILL)
        backfill_orders(store, orders)

    monkeypatch.setattr(parts.actions, "backfill_orders", die)
    with pytest.raises(RuntimeError, match="killed"):
        import_orders(store, file, processes=2)
    monkeypatch.undo()
    assert Job.objects.get().state == "failed"
    job = import_orders(store, file, processes=2)

    assert (job.state, job.done, Job.objects.count()) == ("done", 5000, 1)
    assert Order.objects.count() == Event.objects.filter(kind="order.placed").count() == 5000


@pytest.mark.django_db(transaction=True)
def test_one_import_into_a_store_at_a_time(store, tmp_path):
    file = file_of(tmp_path / "orders.csv", 3)
    elsewhere = connections["default"].copy()
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('import_orders'), %s)", [store.pk])

        with pytest.raises(CommandError, match="just now"):
            call_command("import_orders", str(file), "--store", "lavka")
        cursor.execute("SELECT pg_advisory_unlock(hashtext('import_orders'), %s)", [store.pk])
    elsewhere.close()
    call_command("import_orders", str(file), "--store", "lavka")

    assert Order.objects.count() == 3
