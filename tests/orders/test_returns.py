"""Returns from the order's page: who may, until when, what may not, each step once, and hostile forms."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from customers.models import OpenMatter
from events.clocks import tick
from events.models import Event
from orders.actions import OrderRefused, report_refunds
from orders.actions.replacing import Piece, send_replacement
from orders.actions.returning import (
    Asked,
    Label,
    approve_return,
    cancel_return,
    note_sent_back,
    receive_return,
    refuse_return,
    request_return,
    send_label,
    settle_return,
)
from orders.models import (
    NotReturnable,
    Order,
    OrderLine,
    OrderPage,
    Product,
    Replacement,
    Return,
    ReturnFile,
    ReturnTerms,
)
from orders.stores.seen import PaymentSeen, RefundSeen
from tests.builders.cards import picture
from tests.builders.door import line_seen
from tests.builders.room import person
from tests.builders.self_service import asker, door, placed, policy, prove, text
from tests.shelf.test_images import SVG, bomb
from tracking.actions import Fulfilled, make_shipments

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


def delivered(store, at=NOW - 3 * DAY, **overrides):
    order = placed(store, **{"lines": (line_seen(quantity=2), line_seen("Чашка", "200.00")), **overrides})
    Order.objects.filter(pk=order.pk).update(
        delivered_at=at, parcels_delivered_at=at, dispatched_at=at - DAY, stage="delivered"
    )
    order.refresh_from_db()
    return order


@pytest.fixture
def order(store):
    policy(store, gives_credit=True, warranty_months=12)
    return delivered(store)


def kettle(order):
    return order.lines.get(title="Чайник")


def asked(order, n=1, **more):
    return Asked({kettle(order).pk: n}, **{"reason": "size", **more})


def nothing(order):
    return not Return.objects.exists() and not OpenMatter.objects.exists()


# --- Asking -----------------------------------------------------------------------------------------------------------


def test_a_return_waits_for_a_decision_and_asks_stop(client, order):
    prove(client, order)
    form = {f"q_{kettle(order).pk}": "1", "reason": "size", "wish": "exchange", "words": "Too small"}

    answer = client.post(door(order, "return"), form, follow=True)

    made = Return.objects.get()
    assert "We have your request" in text(answer)
    assert (made.state, made.kind, made.wish, made.reason) == ("requested", "return", "exchange", "size")
    assert list(made.lines.values_list("title", "quantity")) == [("Чайник", 1)]
    assert OpenMatter.objects.get(closed_at=None).kind == "return"
    assert Event.objects.filter(kind="return.requested", subject_id=made.pk).count() == 1


def test_without_the_code_of_the_mail_nobody_returns(client, order):
    answer = client.post(door(order, "return"), {f"q_{kettle(order).pk}": "1", "reason": "size", "wish": "refund"})

    assert "/verify/" in answer["Location"]
    assert nothing(order)


def test_more_pieces_than_bought_are_refused(client, order):
    prove(client, order)

    answer = client.post(door(order, "return"), {f"q_{kettle(order).pk}": "3", "reason": "size", "wish": "refund"})

    assert "“Чайник”: you can return 2, not 3." in text(answer)
    assert (answer.status_code, nothing(order)) == (422, True)


@pytest.mark.parametrize("pieces", ["-1", "1e9", "0x1", "½", "9" * 30, " ", "0"])
def test_tampered_quantities_change_nothing(client, order, pieces):
    prove(client, order)

    answer = client.post(door(order, "return"), {f"q_{kettle(order).pk}": pieces, "reason": "size", "wish": "refund"})

    assert (answer.status_code, nothing(order)) == (422, True)


def test_a_line_of_another_order_is_refused(store, order):
    foreign = kettle(delivered(store, number=1043))

    with pytest.raises(OrderRefused, match="does not hold what was chosen"):
        request_return(asker(order), Asked({foreign.pk: 1}, "size"), NOW)

    assert nothing(order)


def test_the_same_piece_cannot_come_back_in_two_tabs(order):
    request_return(asker(order), asked(order, 2), NOW)

    with pytest.raises(OrderRefused, match="It is in a return already"):
        request_return(asker(order), asked(order, 1), NOW)

    assert Return.objects.count() == 1


def test_what_was_refused_or_called_off_may_be_asked_for_again(order):
    first = request_return(asker(order), asked(order, 2), NOW)
    cancel_return(first.pk, asker(order), NOW)

    request_return(asker(order), asked(order, 2), NOW)

    assert list(Return.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "requested"]


@pytest.mark.parametrize(("days", "may"), [(14, True), (15, False)])
def test_ukraine_gives_fourteen_days_from_the_delivery(store, days, may):
    order = delivered(store, NOW - days * DAY)

    if may:
        assert request_return(asker(order), asked(order), NOW).state == "requested"
    else:
        with pytest.raises(OrderRefused, match="It could be returned until"):
            request_return(asker(order), asked(order), NOW)


def test_the_window_runs_from_the_parcel_that_holds_the_item(store):
    order = delivered(store, NOW - 20 * DAY)
    OrderLine.objects.filter(pk=kettle(order).pk).update(delivered_at=NOW - 2 * DAY)

    request_return(asker(order), asked(order), NOW)

    with pytest.raises(OrderRefused, match="“Чашка” cannot be returned"):
        request_return(asker(order), Asked({order.lines.get(title="Чашка").pk: 1}, "size"), NOW)


def test_a_store_gives_more_days_than_the_law_but_never_fewer(store):
    policy(store, return_days=3)
    late = delivered(store, NOW - 10 * DAY)

    assert request_return(asker(late), asked(late), NOW).state == "requested"


def test_the_terms_of_countries_stand_there_with_their_source(db):
    days = dict(ReturnTerms.objects.values_list("country", "days"))

    assert days == {"UA": 14, "RU": 7, "EU": 14, "*": 14}
    assert not ReturnTerms.objects.filter(source="").exists()
    assert ReturnTerms.of_country("PL").country == "EU"
    assert ReturnTerms.of_country("JP").country == "*"


def test_goods_of_a_forbidden_category_do_not_come_back(client, order):
    Product.objects.filter(pk=kettle(order).product_id).update(category="Cosmetics")
    prove(client, order)

    page = text(client.get(door(order, "return")))
    with pytest.raises(OrderRefused, match="“Чайник” cannot be returned"):
        request_return(asker(order), asked(order), NOW)

    assert "What cannot be returned, and why" in page
    assert nothing(order)


@pytest.mark.parametrize("known", [{"tags": ["вінтаж", "Final Sale"]}, {"category": "FINAL SALE "}])
def test_goods_of_a_tag_or_a_category_that_the_merchant_names_do_not_come_back(store, order, known):
    NotReturnable.objects.create(name="Sale", words=["final sale"], why="Sold for good.", store=store)
    Product.objects.filter(pk=kettle(order).product_id).update(**known)
    cup = order.lines.get(title="Чашка")

    with pytest.raises(OrderRefused, match=r"“Чайник” cannot be returned\. Sold for good\."):
        request_return(asker(order), asked(order), NOW)

    assert nothing(order)
    assert request_return(asker(order), Asked({cup.pk: 1}, "size"), NOW).lines.get().title == "Чашка"


def test_what_was_cancelled_before_it_left_cannot_come_back_and_what_left_all_the_same_can(order):
    Order.objects.filter(pk=order.pk).update(cancelled_at=NOW, dispatched_at=None)
    with pytest.raises(OrderRefused, match="This order is cancelled already"):
        request_return(asker(order), asked(order), NOW)
    assert nothing(order)

    Order.objects.filter(pk=order.pk).update(dispatched_at=NOW - DAY)

    assert request_return(asker(order), asked(order), NOW).state == "requested"


def test_a_merchant_names_one_product_that_does_not_come_back(store, order):
    NotReturnable.objects.create(name="Kettle", product=kettle(order).product, why="Sold as seen.", store=store)

    with pytest.raises(OrderRefused, match="Sold as seen"):
        request_return(asker(order), asked(order), NOW)

    assert nothing(order)


def test_before_the_delivery_nothing_comes_back(store):
    order = placed(store)

    with pytest.raises(OrderRefused, match="It has not arrived yet"):
        request_return(asker(order), asked(order), NOW)


def test_a_warranty_claim_outlives_the_time_for_returns(store, order):
    old = delivered(store, NOW - 200 * DAY, number=1050)

    made = request_return(asker(old), asked(old, kind="warranty", wish="repair", reason="faulty"), NOW)

    assert (made.kind, made.state) == ("warranty", "requested")


def test_where_no_warranty_is_given_none_is_claimed(store, order):
    policy(store, warranty_months=None)

    with pytest.raises(OrderRefused, match="does not offer this"):
        request_return(asker(order), asked(order, kind="warranty", wish="repair", reason="faulty"), NOW)


def test_an_order_of_five_hundred_lines_is_drawn_and_taken(client, store, django_assert_max_num_queries):
    order = delivered(store, lines=tuple(line_seen(f"Thing {n}", "10.00", quantity=2) for n in range(500)))
    prove(client, order)
    every = {f"q_{pk}": "1" for pk in order.lines.values_list("pk", flat=True)}

    with django_assert_max_num_queries(12):
        page = client.get(door(order, "return"))
    answer = client.post(door(order, "return"), {**every, "reason": "size", "wish": "refund"})

    assert (page.status_code, answer.status_code) == (200, 302)
    assert Return.objects.get().lines.count() == 500


# --- Photos -----------------------------------------------------------------------------------------------------------


def form_with(order, *photos):
    files = [SimpleUploadedFile(f"{n}.jpg", raw, "image/jpeg") for n, raw in enumerate(photos)]
    return {f"q_{kettle(order).pk}": "1", "reason": "damaged", "wish": "refund", "photos": files}


def test_a_photo_is_made_anew_without_its_metadata(client, order):
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    prove(client, order)

    client.post(door(order, "return"), form_with(order, picture(3000, 2000, exif=exif.tobytes())))

    kept = bytes(ReturnFile.objects.get().data)
    assert Image.open(BytesIO(kept)).size == (1600, 1067)
    assert b"Secret" not in kept


@pytest.mark.parametrize("hostile", [SVG, bomb(), b"%PDF-1.7", b"\xff\xd8\xff" + b"\0" * 99], ids=list("sbpj"))
def test_a_hostile_photo_is_refused_with_a_sentence_and_nothing_is_kept(client, order, hostile):
    prove(client, order)

    answer = client.post(door(order, "return"), form_with(order, picture(40, 40), hostile))

    assert answer.status_code == 422
    assert "Not sent yet" in text(answer)
    assert nothing(order) and not ReturnFile.objects.exists()


def test_five_photos_are_one_too_many(client, order):
    prove(client, order)

    answer = client.post(door(order, "return"), form_with(order, *[picture(20, 20)] * 5))

    assert "At most 4 photos, please." in text(answer)
    assert nothing(order)


def test_photos_open_for_their_customer_and_for_nobody_else(client, store, order):
    prove(client, order)
    client.post(door(order, "return"), form_with(order, picture(40, 40)))
    made, kept = Return.objects.get(), ReturnFile.objects.get()
    other = delivered(store, number=1043)
    prove(client, other)

    own = client.get(f"{door(order, 'return')}{made.pk}/files/{kept.pk}")
    foreign = client.get(f"{door(other, 'return')}{made.pk}/files/{kept.pk}")

    assert (own.status_code, own["Content-Type"], foreign.status_code) == (200, "image/jpeg", 404)


def test_another_orders_return_is_as_absent_as_none(client, store, order):
    made = request_return(asker(order), asked(order), NOW)
    other = delivered(store, number=1043)
    prove(client, other)

    answer = client.post(f"{door(other, 'return')}{made.pk}/", {"deed": "cancel"})

    assert (answer.status_code, Return.objects.get().state) == (404, "requested")
    with pytest.raises(OrderRefused):
        cancel_return(made.pk, asker(other), NOW)


# --- The way ----------------------------------------------------------------------------------------------------------


def test_a_return_goes_its_way_to_the_money(client, order):
    agent = person("agent")
    made = request_return(asker(order), asked(order), NOW)

    approve_return(made.pk, agent, NOW)
    send_label(made.pk, Label(data=b"%PDF-1.7 label", carrier="nova_poshta", number="59000"), agent, NOW)
    note_sent_back(made.pk, "", "", NOW, asker(order))
    receive_return(made.pk, agent, NOW)
    settle_return(made.pk, agent, NOW, Decimal("1250.00"))

    made.refresh_from_db()
    told = list(Event.objects.filter(kind__startswith="return.").order_by("pk").values_list("kind", flat=True))
    assert (made.state, made.refunded, made.number) == ("refunded", Decimal("1250.00"), "59000")
    assert told[0] == "return.requested" and told[-1] == "return.settled"
    assert {"return.approved", "return.labelled", "return.shipped", "return.received"} <= set(told)
    assert not OpenMatter.objects.filter(kind="return", closed_at=None).exists()


def test_each_step_is_taken_once(order):
    agent = person("agent")
    made = request_return(asker(order), asked(order), NOW)
    approve_return(made.pk, agent, NOW)

    with pytest.raises(OrderRefused, match="This return is in another state now"):
        approve_return(made.pk, agent, NOW)

    assert Event.objects.filter(kind="return.approved").count() == 1


def test_a_no_closes_the_matter_and_needs_words(order):
    agent = person("agent")
    made = request_return(asker(order), asked(order), NOW)

    with pytest.raises(OrderRefused, match="Please say why"):
        refuse_return(made.pk, "", agent, NOW)
    refuse_return(made.pk, "It was worn.", agent, NOW)

    made.refresh_from_db()
    assert (made.state, made.refusal) == ("refused", "It was worn.")
    assert not OpenMatter.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize(
    "label", [Label(), Label(data=b"<script>"), Label(url="http://x.example"), Label(url="javascript:1")]
)
def test_what_is_no_label_is_refused(order, label):
    agent = person("agent")
    made = request_return(asker(order), asked(order), NOW)
    approve_return(made.pk, agent, NOW)

    with pytest.raises(OrderRefused, match="A label is a PDF"):
        send_label(made.pk, label, agent, NOW)

    made.refresh_from_db()
    assert (made.state, ReturnFile.objects.count()) == ("approved", 0)


def test_the_shops_refund_settles_the_return_that_waits_for_it(store, order):
    made = request_return(asker(order), asked(order), NOW)
    receive_return(approve_return(made.pk, person("agent"), NOW).pk, None, NOW)
    money = PaymentSeen("r1", "refund", Decimal("1250.00"), "paid", NOW)

    report_refunds(store, [RefundSeen("1042", (money,))], NOW)
    tick()

    made.refresh_from_db()
    assert (made.state, made.refunded) == ("refunded", Decimal("1250.00"))


def test_a_free_replacement_costs_nothing_and_counts_for_nobody(order):
    made = request_return(asker(order), asked(order, wish="exchange"), NOW)
    before = order.customer.stats.orders

    free = send_replacement(
        order.pk, [Piece("", 1, kettle(order).pk), Piece("Lid")], "Broken", person("agent"), NOW, made.pk
    )

    assert (free.number, free.total, free.lines.count()) == ("#1042-R1", Decimal(0), 2)
    assert Replacement.objects.get().original == order
    order.customer.stats.refresh_from_db()
    assert order.customer.stats.orders == before
    assert not Event.objects.filter(kind="order.placed", subject_id=free.pk).exists()
    make_shipments([Fulfilled(free.pk, "1", "success", "Nova Poshta", ("20450000000017",), (), (), "", NOW)], NOW)
    [parcel] = OrderPage.objects.get(order=free).blocks["parcels"]
    assert (parcel["number"], OrderPage.objects.get(order=order).blocks.get("parcels", [])) == ("20450000000017", [])
