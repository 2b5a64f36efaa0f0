"""``manage.py import_orders``: the past, exactly, and in silence."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Enrolment
from customers.models import Customer
from events.clocks import tick
from events.models import Event
from messaging.models import Message
from orders.imports import parts
from orders.models import Order, OrderPage
from staff.models import Job, RefusedRow

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

ROWS = """Номер замовлення;Дата;Ім'я;Телефон;Email;Товар;Артикул;Кількість;Ціна;Доставка;Статус;Мова
1001;03.10.2026 15:05;Коваль Олена Петрівна;050 123 45 67;Olena@Example.com;Крем;CR-1;2;1 234,50;60,00;Оплачено;uk
1001;;;;;Мило;SO-1;1;99,00;;;
1002;04.10.2026;Петро Їжак;067 123 45 67;;Рушник;;;350;;Скасовано;
1003;31.02.2026;Іван;;ivan@example.com;Рушник;;1;350;;;
1004;05.10.2026;Ніхто;;;Рушник;;1;350;;;
1005;05.10.2026;Марія;;maria@example.com;Рушник;;1;дорого;;;
"""


@pytest.fixture
def run(store, tmp_path, capsys):
    def run(*options, rows=ROWS, encoding="cp1251"):
        file = tmp_path / "orders.csv"
        file.write_bytes(rows.encode(encoding))
        call_command("import_orders", str(file), "--store", "lavka", *options)
        return [line for line in capsys.readouterr().out.splitlines() if line.strip()]

    return run


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig"])
def test_every_value_of_a_spreadsheet_is_kept_exactly(run, encoding):
    run(encoding=encoding)

    olena, petro = Order.objects.order_by("number")
    assert (olena.number, olena.email, olena.phone) == ("1001", "olena@example.com", "+380501234567")
    assert (olena.first_name, olena.last_name, olena.language) == ("Олена", "Коваль", "uk")
    assert olena.placed_at.isoformat() == "2026-10-03T12:05:00+00:00"
    assert (olena.subtotal, olena.shipping, olena.total) == (Decimal("2568.00"), Decimal("60.00"), Decimal("2628.00"))
    assert (olena.currency, olena.financial, olena.stage) == ("UAH", "paid", "paid")
    assert list(olena.lines.order_by("pk").values_list("title", "sku", "quantity", "price", "total")) == [
        ("Крем", "CR-1", 2, Decimal("1234.50"), Decimal("2469.00")),
        ("Мило", "SO-1", 1, Decimal("99.00"), Decimal("99.00")),
    ]
    assert (petro.number, petro.email, petro.phone, petro.stage) == ("1002", "", "+380671234567", "cancelled")
    assert petro.placed_at.isoformat() == "2026-10-03T21:00:00+00:00"
    assert (olena.customer.stats.orders, petro.customer.stats.orders) == (1, 0)


def test_refused_rows_are_told_with_their_line_and_the_rest_goes_in(run):
    said = run()

    job = Job.objects.get()
    assert said == [
        "line 5: “31.02.2026” is no date. Write it as 2026-11-24 or 24.11.2026.",
        "line 6: There is neither an e-mail address nor a telephone number.",
        "line 7: “дорого” is no number.",
        f"2 orders imported, 3 rows refused (job {job.pk})",
    ]
    assert (job.state, job.done, job.refused) == ("done", 2, 3)
    assert RefusedRow.objects.get(line=6).row["Ім'я"] == "Ніхто"


def test_the_past_sends_nothing_starts_nothing_and_wakes_nobody(run):
    run()

    tick()

    assert Order.objects.count() == 2
    assert (Message.objects.count(), Enrolment.objects.count()) == (0, 0)
    assert set(Event.objects.values_list("kind", flat=True)) == {"order.placed", "order.paid", "order.cancelled"}
    assert not Event.objects.filter(handled_at=None).exists()


def test_a_dry_run_reads_everything_and_keeps_only_its_report(run):
    said = run("--dry-run")

    assert said[-1].startswith("2 orders would be imported, 3 rows refused")
    assert (Job.objects.get().dry_run, RefusedRow.objects.count()) == (True, 3)
    kept = (Order.objects.count(), Customer.objects.count(), Event.objects.count(), OrderPage.objects.count())
    assert kept == (0, 0, 0, 0)


def test_the_same_file_again_changes_nothing(run):
    run()
    before = list(Order.objects.order_by("pk").values_list("pk", "total", "source_updated_at"))

    run()

    assert list(Order.objects.order_by("pk").values_list("pk", "total", "source_updated_at")) == before
    assert Event.objects.count() == 4
    assert Customer.objects.get(first_name="Олена").stats.orders == 1


def test_the_report_speaks_the_language_that_was_asked_for(run):
    assert "line 5" not in run("--language", "uk")[0]


def test_a_file_that_is_no_table_is_a_sentence_and_a_failed_job(run):
    with pytest.raises(CommandError):
        run(rows="\x89PNG\r\n", encoding="latin-1")

    assert Job.objects.get().state == "failed"
    assert Job.objects.get().error


def test_an_error_of_ours_does_not_leave_a_job_running_for_ever(run, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr(parts.actions, "backfill_orders", fail)
    with pytest.raises(RuntimeError):
        run()

    assert (Job.objects.get().state, Job.objects.get().error) == ("failed", "RuntimeError: disk full")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("x.csv", "--store", "nobody"), "There is no store nobody. Stores: lavka."),
        (("/nowhere/x.csv", "--store", "lavka"), "There is no file /nowhere/x.csv."),
    ],
)
def test_a_wrong_name_is_a_sentence(store, words, sentence):
    with pytest.raises(CommandError) as refusal:
        call_command("import_orders", *words)

    assert str(refusal.value) == sentence
