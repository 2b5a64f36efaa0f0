"""The customer's path: what each point counts, for whom, in what order, and what the page shows of it."""

import csv
import io
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from campaigns import segments
from campaigns.touchpoints import built_in, own, path
from campaigns.touchpoints.drawing import in_words, lying, standing
from campaigns.touchpoints.path import Path, count_path, period
from customers.models import Customer, OpenMatter, Purpose, Stats
from feedback.models import Request
from messaging.models import Message
from orders.models import Order, Store
from shelf.touchpoints import AFTER, PLACES, PURCHASE, Counted, Scope
from tests.builders import room
from tests.builders.touchpoints import told, touchpoint
from tracking.models import Shipment

pytestmark = pytest.mark.django_db

NOON = room.NOON  # orders are placed a minute apart from here
DAY = timedelta(days=1)


def scope(**other):
    known = {"since": NOON - DAY, "until": NOON + DAY, "now": NOON + 2 * DAY}
    return Scope(**(known | other))


def numbers(point):
    return {
        "volume": point.volume,
        "asked": point.asked,
        "answered": point.answered,
        "rated": (point.satisfied, point.rated),
        "left": point.left,
        "waiting": point.waiting,
    }


def only(count, **other):
    [point] = count(scope(**other))
    return numbers(point)


# --- What each point counts ---------------------------------------------------------------------------------------


def test_orders_count_once_and_cancelled_ones_have_left(store):
    placed = room.orders(store, 5)
    Order.objects.filter(pk=placed[0].pk).update(stage="cancelled")
    Order.objects.filter(pk=placed[1].pk).update(stage="refunded")
    Order.objects.filter(pk=placed[2].pk).update(test=True)
    Order.objects.filter(pk=placed[3].pk).update(placed_at=NOON - 3 * DAY)

    assert only(built_in.count_orders) == {
        "volume": 3, "asked": None, "answered": None, "rated": (0, 0), "left": 2, "waiting": None
    }  # fmt: skip


def test_a_confirmation_is_one_for_an_order_however_many_mails_it_took(store, journeys):
    one, two, three, four, five = room.orders(store, 5)
    room.messages([one], state="delivered", purpose_id="order_updates")
    room.messages([one, two], state="sent", purpose_id="order_updates")
    room.messages([three], state="skipped", purpose_id="order_updates")
    room.messages([four], state="ready", purpose_id="order_updates")
    room.messages([five], state="delivered", purpose_id="marketing")

    assert only(built_in.count_confirmations) == {
        "volume": 2, "asked": None, "answered": None, "rated": (0, 0), "left": 1, "waiting": 1
    }  # fmt: skip


def test_a_confirmation_has_a_response_only_where_clicks_are_noticed(store, journeys):
    Purpose.objects.filter(pk="order_updates").update(track_clicks=True)
    made = room.messages(room.orders(store, 3), state="delivered", purpose_id="order_updates")
    Message.objects.filter(pk=made[0].pk).update(clicked_at=NOON)

    found = only(built_in.count_confirmations)

    assert (found["asked"], found["answered"]) == (3, 1)


def test_parcels_and_deliveries_are_told_by_the_order_not_by_the_parcel(store):
    [one, two, three, four, five] = room.orders(store, 5)
    for order, fields in (
        (one, {"shipped_at": NOON, "delivered_at": NOON, "milestone": "delivered"}),
        (one, {"shipped_at": NOON, "milestone": "in_transit"}),
        (two, {"shipped_at": NOON, "milestone": "returning"}),
        (three, {"shipped_at": NOON, "milestone": "in_transit"}),
        (four, {"milestone": "info_received"}),
        (five, {"shipped_at": NOON, "delivered_at": NOON, "milestone": "returned", "disputed": True}),
    ):
        Shipment.objects.create(order=order, number=f"N{Shipment.objects.count()}", **fields)

    parcel, delivery = built_in.count_parcels(scope())

    assert (parcel.volume, parcel.left, parcel.waiting) == (4, 1, 1)
    assert (delivery.volume, delivery.left, delivery.waiting) == (2, 1, 1)


def test_reviews_know_who_answered_who_was_glad_and_who_stays_silent(store):
    happy, cross, silent, fresh, _never_asked = room.orders(store, 5)
    [glad] = room.reviews([happy])
    glad.request.reviews.create(store=store, stars=4, language="en", title="Cup", created_at=NOON)
    [sour] = room.reviews([cross])
    sour.request.reviews.create(store=store, stars=2, language="en", title="Cup", created_at=NOON)
    for order, days in ((silent, 20), (fresh, 1)):
        Request.objects.create(order=order)
        Request.objects.filter(order=order).update(created_at=NOON + 2 * DAY - days * DAY)

    assert only(built_in.count_reviews) == {
        "volume": 2, "asked": 4, "answered": 2, "rated": (1, 2), "left": 1, "waiting": 1
    }  # fmt: skip


def test_open_matters_of_these_customers_are_help(store):
    one, two = room.orders(store, 2)
    for order, closed, opened in ((one, NOON, NOON), (two, None, NOON), (two, NOON, NOON - 9 * DAY)):
        OpenMatter.objects.create(
            customer=order.customer, kind="return", subject_type="order", subject_id=order.pk,
            opened_at=opened, closed_at=closed,
        )  # fmt: skip

    found = only(built_in.count_matters)

    assert (found["volume"], found["answered"], found["waiting"]) == (2, 1, 1)


def test_a_next_order_is_one_after_the_first_of_the_period(store):
    back, _away, _once = room.orders(store, 3)
    [again] = room.orders(store, 1, start=50)
    Order.objects.filter(pk=again.pk).update(customer=back.customer, placed_at=NOON + 40 * DAY)

    soon = only(built_in.count_next_orders)
    late = only(built_in.count_next_orders, now=NOON + 100 * DAY)

    assert (soon["volume"], soon["asked"], soon["left"], soon["waiting"]) == (1, 3, 0, 2)
    assert (late["volume"], late["asked"], late["left"], late["waiting"]) == (1, 3, 2, 0)


def test_a_store_and_a_segment_narrow_every_point(store):
    other = Store.objects.create(slug="other", name="Other", country="UA", currency="UAH")
    mine = room.orders(store, 2)
    room.orders(other, 1, start=10)

    assert only(built_in.count_orders)["volume"] == 3
    assert only(built_in.count_orders, store_id=store.pk)["volume"] == 2
    members = Customer.objects.filter(pk=mine[0].customer_id).values("pk")
    points = {p.name: p.volume for p in count_path(scope(customers=members)).points}
    assert points == {
        "order": 1, "confirmation": 0, "parcel": 0, "delivery": 0, "review": 0, "survey": 0, "support": 0,
        "next_order": 0,
    }  # fmt: skip


# --- The merchant's own -------------------------------------------------------------------------------------------


def test_own_points_count_visits_answers_and_those_who_looked_and_went(store):
    point = touchpoint(store)
    told(point, NOON, 5, 5, 4, 2)
    told(point, NOON - 9 * DAY, 3, 1)

    [found] = own.count_own(scope(until=NOON + 30 * DAY))

    assert numbers(found) == {
        "volume": 5, "asked": 5, "answered": 3, "rated": (2, 3), "left": 2, "waiting": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scale", "said", "good"), [("five", (3, 4, 5), 2), ("ten", (8, 9, 10, 0), 2), ("yes_no", (0, 1, 1), 2)]
)
def test_good_begins_where_the_scale_says(store, scale, said, good):
    told(touchpoint(store, scale=scale), NOON, 9, *said)

    [found] = own.count_own(scope(until=NOON + 30 * DAY))

    assert found.satisfied == good


def test_own_points_cost_two_queries_more_however_many_there_are(store):
    for n in range(6):
        told(touchpoint(store, name=f"Corner {n}"), NOON, 2, 5)

    with CaptureQueriesContext(connection) as asked:
        found = own.count_own(scope(until=NOON + 30 * DAY))

    assert len(found) == 6 and len(asked) == 3


def test_anonymous_answers_belong_to_no_segment_and_the_map_says_so(store):
    told(touchpoint(store), NOON, 5, 5)

    [found] = own.count_own(scope(until=NOON + 30 * DAY, customers=Customer.objects.values("pk")))

    assert found.volume == 0
    assert str(found.trouble) == "Answers are anonymous: they belong to no segment."


# --- Order, period, time ------------------------------------------------------------------------------------------


def test_the_path_stands_in_the_order_of_a_purchase_with_own_points_where_they_belong(store):
    touchpoint(store, name="Shop", place="shop", stands_after="")
    touchpoint(store, name="Box", stands_after="delivery")

    found = [p.name.split("-")[0] for p in count_path(scope(until=NOON + 30 * DAY)).points]

    assert found == [
        "own", "order", "confirmation", "parcel", "delivery", "own", "review", "survey", "support", "next_order"
    ]  # fmt: skip


def test_the_whole_path_costs_one_query_for_each_kind_of_row(store):
    touchpoint(store)
    room.orders(store, 3)

    with CaptureQueriesContext(connection) as asked:
        count_path(scope(until=NOON + 30 * DAY))

    real = [q["sql"] for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert (
        len(real) == 1 + 8 + 3
    )  # the limit; papers, orders, mails, parcels, reviews, surveys, matters, next orders; own


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, (date(2026, 10, 22), date(2026, 11, 20))),
        (date(2026, 11, 1), date(2026, 11, 3), (date(2026, 11, 1), date(2026, 11, 3))),
        (date(2026, 11, 3), date(2026, 11, 1), (date(2026, 11, 1), date(2026, 11, 3))),
        (date(2020, 1, 1), date(2026, 11, 20), (date(2025, 11, 20), date(2026, 11, 20))),
        (date(2026, 11, 18), date(2027, 5, 1), (date(2026, 11, 18), date(2026, 11, 20))),
        (date(2027, 5, 1), None, (date(2026, 11, 20), date(2026, 11, 20))),
    ],
)
def test_a_period_is_in_order_not_in_the_future_and_no_longer_than_a_year(since, until, expected):
    assert period(since, until, date(2026, 11, 20)) == expected


def test_what_takes_too_long_is_left_out_and_said(store, monkeypatch):
    monkeypatch.setattr(path, "SECONDS", 0.05)

    def slow(_scope):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    found = count_path(scope(), [slow, built_in.count_orders])

    assert found.is_cut
    assert [p.name for p in found.points] == ["order"]


def test_only_a_time_limit_is_forgiven():
    def broken(_scope):
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError):
        count_path(scope(), [broken])


# --- The picture --------------------------------------------------------------------------------------------------


def drawn(*points):
    known = Path([Counted("order", "Order", PURCHASE, PLACES["order"], 100, left=4, left_as="cancelled"), *points])
    return known, lying(known, lambda p: f"/to/{p.name}"), standing(known, lambda p: f"/to/{p.name}")


def test_the_picture_names_every_point_for_those_who_cannot_see_it():
    review = Counted("review", "Review <b>", AFTER, 60, 40, asked=80, answered=40, rated=40, satisfied=38)

    _known, *pictures = drawn(review)

    for picture in pictures:
        root = ElementTree.fromstring(picture.replace("&nbsp;", " "))
        assert [node.get("aria-label") for node in root.iter("a")] == [
            "Order: 100, cancelled: 4",
            "Review <b>: 40, response 50%, satisfied 95%",
        ]
        assert root.find("title").text == "The customer's path: of 100 orders, 40 came as far as “Review <b>”."
        assert "style=" not in picture and "<script" not in picture


def test_the_river_narrows_with_the_orders_and_flows_past_points_beside_it():
    _known, picture, _tall = drawn(
        Counted("own-1", "Box", AFTER, 51, 7, is_aside=True), Counted("delivery", "Delivery", AFTER, 50, 50)
    )

    [band] = [d for d in picture.split('"') if d.startswith("M") and "C" in d]
    assert band.split("C")[0].endswith("95.0")  # 118 - 46 / 2: all orders
    assert "106.5" in band  # 118 - 23 / 2: half of them


def test_a_path_without_orders_is_no_division_by_zero():
    empty = Path([Counted("order", "Order", PURCHASE, 20, 0)])

    assert "<svg" in lying(empty, lambda p: "/") and empty.is_empty
    assert "<svg" in lying(Path([]), lambda p: "/")


def test_a_share_that_is_not_whole_is_never_written_as_all():
    point = Counted("review", "Review", AFTER, 60, 1, rated=1000, satisfied=999)

    assert in_words(point) == "Review: 1, satisfied 99%"


# --- The pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def owner(client, store, journeys):
    client.force_login(room.person("owner"))
    with time_machine.travel(NOON + 2 * DAY, tick=False), translation.override("en"):
        yield client


MAP = "/admin/campaigns/touchpoint/"


def test_the_map_shows_numbers_twice_as_a_picture_and_as_a_table(owner, store):
    room.reviews(room.orders(store, 4))

    body = owner.get(MAP).content.decode()

    assert body.count('<svg class="path ') == 2
    assert "Review: 4, response 100%, satisfied 100%" in body
    assert "100% (4 / 4)" in body
    assert "/admin/campaigns/touchpoint/point/review/?since=2026-10-24&amp;until=2026-11-22" in body


def test_an_empty_map_says_what_to_do(owner):
    body = owner.get(MAP).content.decode()

    assert "Nobody came by in these days." in body
    assert "Add a touchpoint" in body


def test_nonsense_in_the_address_is_as_if_it_were_not_there(owner, store):
    room.orders(store, 1)

    def main(asked=""):
        return owner.get(MAP + asked).content.decode().partition("<main")[2].partition("</main>")[0]

    plain = main()
    for asked in ("?since=31.02.2026", "?since=2026-02-31&until=x", "?store=99", "?segment=1%20OR%201"):
        assert main(asked) == plain, asked
    assert "Order: 1" in plain
    assert main("?since=0001-01-01&until=2026-11-22") == main("?since=2025-11-22&until=2026-11-22")  # a year at most


def test_a_segment_narrows_the_map_to_its_members(owner, store):
    many = room.orders(store, 3)
    Stats.objects.filter(customer=many[0].customer_id).update(orders=5)
    loyal = segments.create("Loyal", {"field": "customer.orders", "op": ">=", "value": 3}, NOON)

    body = owner.get(f"{MAP}?segment={loyal.pk}").content.decode()

    assert 'aria-label="Order: 1"' in body
    assert "<b>Loyal</b>" in body


def test_a_segment_on_a_field_that_is_gone_has_nobody_and_says_why(owner, store):
    room.orders(store, 3)
    gone = segments.create("Gone", {"field": "customer.orders", "op": ">=", "value": 3}, NOON)
    gone.versions.update(definition={"field": "customer.shoe_size", "op": ">=", "value": 3})

    body = owner.get(f"{MAP}?segment={gone.pk}").content.decode()

    assert "customer.shoe_size" in body
    assert "Nobody came by in these days." in body


def test_the_map_as_csv_holds_the_same_numbers(owner, store):
    room.reviews(room.orders(store, 4))

    answer = owner.get(MAP + "?export=csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    assert answer["Content-Disposition"] == 'attachment; filename="path-2026-10-24-2026-11-22.csv"'
    review = next(row for row in rows if row[1] == "Review")
    assert review == ["After it arrived", "Review", "4", "4", "4", "100%", "4", "4", "0", "", "0"]


def test_every_built_in_point_opens_its_report(owner, store):
    room.reviews(room.orders(store, 4))

    for name in built_in.TITLES:
        answer = owner.get(f"{MAP}point/{name}/")
        assert answer.status_code == 200, name
    body = owner.get(f"{MAP}point/order/?since=2026-11-19&until=2026-11-22").content.decode()
    assert "19 Nov" in body and 'aria-label="How many, by stretch of the period"' in body
    assert owner.get(f"{MAP}point/nothing/").status_code == 404


def test_a_marketer_opens_a_touchpoint_and_gets_its_code(owner, store):
    user = owner.get(MAP).wsgi_request.user
    form = {
        "name": "Shop on the square", "store": store.pk, "place": "shop", "stands_after": "", "owner": user.pk,
        "scale": "five", "again_minutes": "720", "question_en": "How was the shop?",
    }  # fmt: skip

    answer = owner.post(f"{MAP}add/", form)
    page = owner.get(answer.url).content.decode()

    point = own.find(store_point().qr_link.rsplit("/", 1)[-1])
    assert (point.name, point.owner, point.questions) == ("Shop on the square", user, {"en": "How was the shop?"})
    assert point.qr in page and point.qr_link in page
    assert owner.get(f"{MAP}{point.pk}/qr.svg").content.startswith(b"<svg")
    assert owner.get(f"{MAP}{point.pk}/qr.png").content.startswith(b"\x89PNG")


def store_point():
    from campaigns.models import Touchpoint

    return Touchpoint.objects.get()


def test_a_touchpoint_without_an_owner_or_a_name_is_refused_in_the_form(owner, store):
    answer = owner.post(
        f"{MAP}add/", {"name": "", "store": store.pk, "place": "shop", "scale": "five", "again_minutes": "0"}
    )

    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {"name", "owner", "again_minutes"}


def test_an_answered_scale_stays_as_it_is(owner, store):
    point = touchpoint(store, owner=owner.get(MAP).wsgi_request.user)
    told(point, NOON, 1, 5)

    owner.post(
        f"{MAP}{point.pk}/change/",
        {"deed": "save", "name": "New", "store": store.pk, "place": "shop", "owner": point.owner_id, "scale": "ten",
         "again_minutes": "5"},
    )  # fmt: skip
    point.refresh_from_db()

    assert (point.name, point.scale, point.again_minutes) == ("New", "five", 5)


def test_the_page_of_a_touchpoint_tells_what_was_said(owner, store):
    point = touchpoint(store)
    told(point, NOON, 4, 5, 2)
    point.answers.filter(score=2).update(comment="<b>torn</b> box")

    body = owner.get(f"{MAP}{point.pk}/change/").content.decode()

    assert "50% (2 / 4)" in body
    assert "&lt;b&gt;torn&lt;/b&gt; box" in body


def test_closing_and_a_new_link_are_deeds_of_those_who_may(client, store, journeys):
    point = touchpoint(store)
    client.force_login(room.person("agent"))
    assert client.get(MAP).status_code == 200
    assert client.post(f"{MAP}{point.pk}/change/", {"deed": "close"}).status_code == 403
    assert (type(point).objects.get().closed_at, type(point).objects.get().qr_link) == (None, point.qr_link)
    client.force_login(room.person("marketer"))
    before = point.qr_link

    assert client.post(f"{MAP}{point.pk}/change/", {"deed": "change_link"}).status_code == 302
    assert client.post(f"{MAP}{point.pk}/change/", {"deed": "close"}).status_code == 302

    point.refresh_from_db()
    assert point.qr_link != before and point.closed_at


def test_nobody_opens_the_map_without_signing_in(client, store):
    point = touchpoint(store)

    for address in (MAP, f"{MAP}point/order/", f"{MAP}{point.pk}/qr.svg", f"{MAP}{point.pk}/qr.png"):
        assert client.get(address).status_code == 302


def test_the_map_costs_the_same_for_many_orders_and_points(owner, store):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            owner.get(MAP)
        return len(asked)

    touchpoint(store)
    room.orders(store, 1)
    cost()
    few = cost()
    for n in range(5):
        told(touchpoint(store, name=f"Corner {n}"), NOON, 2, 5)
    room.reviews(room.orders(store, 20, start=5))

    assert cost() == few
    assert reverse("admin:campaigns_touchpoint_changelist") == MAP
