"""Coupons: a file of codes, journeys and cancellations that give them, mails that name them, pools that run out."""

from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from campaigns.models import StepTaken
from events.clocks import tick
from events.models import Event
from loyalty import contexts, lends
from loyalty.actions import Issue, LoyaltyRefused, import_codes, issue_coupon
from loyalty.models import Coupon, Pool, Programme
from messaging.models import Message
from orders.actions import save_orders
from orders.models import Order
from staff.models import Job
from tests.builders import loyalty as made
from tests.builders.door import MONDAY, order_seen
from tests.builders.journeys import journey, only, place, send
from tests.builders.loyalty import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def refused(job):
    return [(row.line, row.why) for row in job.refused_rows.order_by("line")]


# --- The file -------------------------------------------------------------------------------------------------------

FILE = "Код;Хто\nA-1;x\nB 2;x\n;y\na-1;x\nC-3;x\nHUNDRED-001;x\n"


def test_each_line_that_cannot_be_taken_says_why():
    pool = made.pool(1)

    job = import_codes(pool, FILE.encode("cp1251"))

    assert refused(job) == [
        (3, "A code is one word, without spaces, commas and semicolons."),
        (4, "There is no code in this line."),
        (5, "The same code stands in line 2."),
        (7, "The code is in the pool “Hundred off” already."),
    ]
    assert (job.done, job.refused, job.total, job.state) == (2, 4, 6, "done")
    assert set(pool.coupons.values_list("code", flat=True)) == {"HUNDRED-001", "A-1", "C-3"}


def test_a_dry_run_says_the_same_and_brings_in_nothing():
    pool = made.pool(1)

    job = import_codes(pool, FILE.encode(), dry_run=True)

    assert (job.done, job.refused) == (2, 4)
    assert Coupon.objects.count() == 1


def test_the_same_file_again_brings_in_nothing_and_codes_need_no_heading():
    pool = made.pool(0)

    first = import_codes(pool, b"A-1\nA-2\nA-3\n")
    again = import_codes(pool, b"A-1\nA-2\nA-3\n")

    assert (first.done, again.done, again.refused) == (3, 0, 3)


def test_a_file_without_a_column_of_codes_is_refused_whole():
    pool = made.pool(0)

    with pytest.raises(Exception, match="No column is called “code”"):
        import_codes(pool, b"name,city\nA,B\n")

    assert not Coupon.objects.exists()


def test_ten_thousand_codes_are_a_few_statements(django_assert_max_num_queries):
    pool = made.pool(0)
    file = "code\n" + "\n".join(f"BULK-{n:05}" for n in range(10_000))

    with django_assert_max_num_queries(40):
        job = import_codes(pool, file.encode())

    assert (job.done, pool.coupons.count()) == (10_000, 10_000)


def test_the_page_of_a_pool_tries_a_file_and_takes_it(admin_client):
    pool = made.pool(0)

    def post(deed):
        file = SimpleUploadedFile("codes.csv", b"code\nA-1\nA 2\n")
        return admin_client.post(f"/admin/loyalty/pool/{pool.pk}/codes/", {"file": file, "deed": deed}).content.decode()

    assert "1 code would come in." in post("try")
    assert not Coupon.objects.exists()
    assert "1 code came in." in post("import")
    assert Coupon.objects.get().code == "A-1"
    assert Job.objects.filter(kind="import_codes").count() == 2


# --- Journeys -------------------------------------------------------------------------------------------------------


def give(pool="hundred"):
    return {"id": "gift", "do": "act", "act": "issue_coupon", "with": {"pool": pool}}


def test_a_journey_gives_a_coupon_before_its_mail_which_names_it(store, journeys):
    made.pool()
    only(journey("thanks", give(), send()))

    order = place(store)

    coupon = Coupon.objects.get(state="issued")
    assert (coupon.code, coupon.customer_id, coupon.cause) == ("HUNDRED-001", order.customer_id, "journey")
    told = contexts.load([order.pk], MONDAY)[order.pk]["coupon"]
    assert told == {"code": "HUNDRED-001", "worth": "−100\xa0₴", "expires_on": None, "url": "", "terms": ""}


def test_rendering_gives_nothing_away(store, journeys):
    made.pool()
    only(journey("plain", send()))

    order = place(store)

    assert Message.objects.get(key__startswith="journey:plain").state == "sent"
    assert contexts.load([order.pk], MONDAY) == {}
    assert not Coupon.objects.exclude(state="free").exists()


def test_an_empty_pool_refuses_the_step_and_the_mail_goes_on_without(store, journeys):
    made.pool(0)
    only(journey("thanks", give(), send()))

    place(store)

    assert list(StepTaken.objects.order_by("seq").values_list("step", "outcome"))[:1] == [("gift", "refused")]
    assert Message.objects.get(key__startswith="journey:thanks").state == "sent"


def test_a_journey_gives_points_once_and_without_a_programme_none(store, journeys):
    step = {"id": "gift", "do": "act", "act": "award_points", "with": {"points": 40, "reason": "Welcome"}}
    only(journey("welcome", step))

    first = place(store)
    assert made.standing(first.customer_id) == (0, 0, 0)
    made.programme()
    second = place(store, 1043)

    assert made.standing(second.customer_id) == (40, 0, 0)


def test_what_an_agent_gave_is_no_news_for_a_mail_about_an_order(store):
    pool = made.pool()
    order = made.delivered(store)
    issue_coupon(Issue(pool.pk, order.customer_id, "k", "agent", ("customer", order.customer_id)), MONDAY)

    assert contexts.load([order.pk], MONDAY) == {}
    assert contexts.load_for_people([order.pk], MONDAY) == {}


# --- Cancellations --------------------------------------------------------------------------------------------------


def cancel(store, number=1042, **more):
    save_orders(store, [order_seen(number, updated_at=timezone.now(), cancelled_at=timezone.now(), **more)])
    tick()


def test_who_had_paid_for_an_order_that_is_cancelled_gets_a_coupon_once(store):
    made.programme(cancel_pool=made.pool())
    made.delivered(store)

    cancel(store)
    cancel(store)

    assert [c.key for c in Coupon.objects.filter(state="issued")] == [f"order:{Order.objects.get().pk}:cancelled"]
    assert list(Event.objects.filter(kind="coupon.issued").values_list("data__cause", flat=True)) == ["cancellation"]


@pytest.mark.parametrize("unpaid", [{"financial": "pending"}, {"cancel_reason": "fraud"}])
def test_an_order_that_nobody_paid_or_a_cheats_order_brings_none(store, unpaid):
    made.programme(cancel_pool=made.pool())

    save_orders(store, [order_seen(**unpaid)])
    cancel(store, **unpaid)

    assert not Coupon.objects.exclude(state="free").exists()


def test_cancelling_again_and_again_collects_nothing(store):
    made.programme(cancel_pool=made.pool())
    for number in (1042, 1043, 1044):
        made.delivered(store, number)
        cancel(store, number)

    assert Coupon.objects.filter(state="issued").count() == 1


# --- Running out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_active": False}, "The pool “Hundred off” gives no coupons at present."),
        (
            {"ends_on": MONDAY.date() - DAY},
            "The codes of the pool “Hundred off” were good until 22 November 2026. Import new ones into another pool.",
        ),
    ],
)
def test_a_pool_that_gives_none_says_why(store, change, said):
    pool = made.pool()
    order = made.delivered(store)
    Pool.objects.update(**change)

    with pytest.raises(LoyaltyRefused) as refusal:
        issue_coupon(Issue(pool.pk, order.customer_id, "k", "agent", ("customer", order.customer_id)), MONDAY)

    assert str(refusal.value) == said
    assert not Coupon.objects.exclude(state="free").exists()


def test_the_home_page_warns_before_a_pool_is_empty():
    made.pool(21, "plenty", name="Plenty")
    assert lends.tiles(MONDAY) == []

    made.pool(20, "few", name="Few")
    [tile] = lends.tiles(MONDAY)

    assert (tile.value, tile.note, tile.tone, tile.shelf) == ("1", "Few: 20", "wait", "trouble")


# --- The room -------------------------------------------------------------------------------------------------------


def test_the_customers_page_gives_points_and_a_coupon_once_each(store, admin_client):
    made.programme()
    pool = made.pool()
    order = made.delivered(store)
    give = f"/admin/loyalty/transaction/give/{order.customer_id}"

    for _n in range(2):
        admin_client.post(f"{give}/points/", {"points": "40", "reason": "Запізнилась", "key": "k1"})
        admin_client.post(f"{give}/coupon/", {"pool": str(pool.pk), "reason": "Розбита чашка", "key": "k2"})

    assert made.standing(order.customer_id) == (40, 0, 0)
    assert Coupon.objects.filter(state="issued").count() == 1
    page = admin_client.get(f"/admin/customers/customer/{order.customer_id}/change/").content.decode()
    assert "40 points" in page and "HUNDRED-001" in page and "Запізнилась" in page


@pytest.mark.parametrize("posted", [{}, {"points": "-5", "reason": "x"}, {"points": "٣", "reason": "x"}])
def test_a_gift_that_is_none_says_so_and_gives_nothing(store, admin_client, posted):
    made.programme()
    order = made.delivered(store)

    answer = admin_client.post(f"/admin/loyalty/transaction/give/{order.customer_id}/points/", posted, follow=True)

    assert "Points are a whole number between 1 and 1000000." in answer.content.decode()
    assert made.entries() == []


@pytest.mark.parametrize("page", ["transaction", "pool", "coupon", "programme"])
def test_the_lists_open_and_can_be_taken_out(store, admin_client, page):
    made.programme()
    made.pool()
    order = made.delivered(store)
    admin_client.post(f"/admin/loyalty/transaction/give/{order.customer_id}/points/", {"points": "4", "reason": "x"})

    assert admin_client.get(f"/admin/loyalty/{page}/").status_code == 200
    if page in ("transaction", "coupon"):
        table = b"".join(admin_client.get(f"/admin/loyalty/{page}/?export=csv").streaming_content).decode()
        assert ("Goodwill" if page == "transaction" else "HUNDRED-001").lower() in table.lower()


def test_the_programme_is_tried_on_the_orders_of_ninety_days_before_it_is_stored(store, admin_client):
    save_orders(store, [order_seen(n) for n in (1, 2, 3)])
    typed = {
        "name": "Thanks",
        "rounding": "down",
        "pending_days": "14",
        "expires_after_days": "365",
        "goodwill_a_day": "500",
        "points_UAH": "1",
        "amount_UAH": "10",
    }

    tried = admin_client.post("/admin/loyalty/programme/add/", typed | {"_try": "1"}).content.decode()
    assert "3 orders of the last 90 days would have earned 375 points." in tried
    assert not Programme.objects.exists()

    admin_client.post("/admin/loyalty/programme/add/", typed | {"_save": "1"})
    [rule] = Programme.objects.get().rules.all()
    assert (rule.currency, rule.points, rule.amount) == ("UAH", 1, Decimal(10))
    assert admin_client.get("/admin/loyalty/programme/add/").status_code == 403


def test_half_a_rule_is_refused(store, admin_client):
    typed = {"name": "Thanks", "rounding": "down", "pending_days": "14", "goodwill_a_day": "5", "points_UAH": "1"}

    page = admin_client.post("/admin/loyalty/programme/add/", typed | {"_save": "1"}).content.decode()

    assert "one of the two is missing" in page
    assert not Programme.objects.exists()


@pytest.mark.parametrize(
    "worth",
    [
        {"kind": "amount", "worth": "100", "currency": ""},
        {"kind": "percent", "worth": "101"},
        {"kind": "shipping", "worth": "5"},
        {"kind": "amount", "currency": "UAH"},
    ],
)
def test_a_pool_says_what_it_is_worth_or_is_refused_with_a_sentence(admin_client, worth):
    typed = {"name": "X", "slug": "x", "warns_at": "5", "is_active": "on", **worth}

    page = admin_client.post("/admin/loyalty/pool/add/", typed).content.decode()

    assert "A sum of money needs a currency, per cent lie between 0 and 100" in page
    assert not Pool.objects.exists()
