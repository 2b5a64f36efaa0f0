"""The journeys that come with the house: the files, what they need, and their walks in travelled time."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from campaigns import ready_made
from campaigns.actions import load_preset_journeys, publish, set_state
from campaigns.actions.presets import presets_to_come
from campaigns.checking import check
from campaigns.engine import JourneyRefused
from campaigns.models import Journey
from campaigns.ready_made import read_presets
from customers.consent import Said, grant, standing_of
from customers.models import Customer
from events.clocks import tick
from events.facts import KINDS, Fact
from feedback.actions import Answer, ask_for_reviews, submit_review
from feedback.models import Request
from messaging.models import Message, Template
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.journeys import answered, live, place, scan, ship
from tracking.models import Shipment

ROOT = Path(__file__).parents[2]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PRESETS = {preset.slug: preset for preset in read_presets()}
TO_COME = {
    "after_deal": ["fact:deal.won"],
    "tier_upgrade": ["fact:tier.changed"],
}


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


# --- The files ----------------------------------------------------------------------------------------------------


def test_there_are_forty_and_the_main_job_runs_from_the_start():
    assert [preset.number for preset in read_presets()] == list(range(1, 41))
    of_self_service = [
        *("order_cancelled", "cancel_refused", "change_refused", "address_changed", "return_requested"),
        *("return_approved", "return_label", "return_refused", "return_received", "return_settled"),
    ]
    live_ones = [p.slug for p in read_presets() if p.is_live]
    assert live_ones == ["order_confirmation", "shipping_update", "review_request", *of_self_service]
    assert all(set(preset.name) == {"en", "uk", "ru"} for preset in read_presets())


def named_in(plan: dict[str, Any]) -> Iterator[str]:
    """Everything that a plan asks of the house, in the words of ``needs``."""
    start = plan["starts_with"]
    facts = [start] if isinstance(start, str) else []
    if isinstance(start, dict):
        yield f"date:{start['date']}"
    facts += [*plan.get("ends_with", ()), *([plan["goal"]["fact"]] if "goal" in plan else [])]
    yield f"subject:{plan['subject']}"
    for step in plan["steps"]:
        facts += [step["fact"]] if isinstance(step.get("fact"), str) else step.get("fact", [])
        yield from (f"{word}:{step[key]}" for word, key in (("ask", "what"), ("act", "act")) if key in step)
        yield from (f"field:{name}" for name in re.findall(r"'field': '([\w.]+)'", str(step)))
    yield from (f"fact:{kind.removeprefix('customer:')}" for kind in facts)


@pytest.mark.parametrize("slug", PRESETS)
def test_a_preset_names_exactly_what_nobody_brings_yet(slug):
    preset = PRESETS[slug]

    absent = {need for need in named_in(dict(preset.plan)) if not ready_made._is_known(need)}
    assert absent == set(preset.needs) == set(TO_COME.get(slug, []))
    assert bool(preset.comes_with) == bool(preset.needs)


@pytest.mark.django_db
def test_the_plans_of_presets_that_need_nothing_pass_the_check(every_journey):
    ready = sorted(set(PRESETS) - set(TO_COME))

    steps = {slug: list(check(PRESETS[slug].definition, MONDAY).steps) for slug in ready}

    assert steps == {slug: [step["id"] for step in PRESETS[slug].plan["steps"]] for slug in ready}
    assert dict(Journey.objects.values_list("slug", "state")) == {
        slug: "live" if PRESETS[slug].is_live else "draft" for slug in ready
    }


@pytest.mark.django_db
def test_presets_that_need_something_are_refused_and_not_made(every_journey):
    for slug in TO_COME:
        with pytest.raises(JourneyRefused):
            check(PRESETS[slug].definition, MONDAY)

    assert not Journey.objects.filter(slug__in=TO_COME).exists()


@pytest.mark.parametrize("slug", PRESETS)
def test_every_mail_of_a_preset_says_until_when_it_is_of_use(slug):
    sends = [step for step in PRESETS[slug].plan["steps"] if step["do"] in ("send", "ask")]

    assert sends and all(step["late_hours"] for step in sends)


@pytest.mark.django_db
@pytest.mark.usefixtures("every_journey")
def test_every_mail_of_every_preset_is_there():
    wanted = {step["template"] for p in read_presets() for step in p.plan["steps"] if "template" in step}

    assert wanted <= set(Template.objects.values_list("slug", flat=True))


# --- Installations that exist -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_installation_that_exists_gets_what_is_missing_and_keeps_what_was_edited(every_journey, settings):
    edited = Journey.objects.get(slug="win_back")
    publish(edited, {**PRESETS["win_back"].definition, "re_entry": "once"})
    Journey.objects.get(slug="sunset").delete()
    settings.LANGUAGE_CODE = "uk"

    [made] = load_preset_journeys()

    assert (made.slug, made.name, made.state) == ("sunset", "Чи писати далі?", "draft")
    assert edited.versions.count() == 2
    assert load_preset_journeys() == []


@pytest.mark.django_db
def test_a_mail_that_was_thrown_away_keeps_its_journey_out_and_no_other(every_journey):
    Journey.objects.filter(slug__in=["birthday", "sunset"]).delete()
    Template.objects.filter(slug="birthday").delete()

    assert [journey.slug for journey in load_preset_journeys()] == ["sunset"]


@pytest.mark.django_db
def test_a_preset_is_made_by_the_first_call_after_an_app_records_its_fact(every_journey, monkeypatch):
    class TierChanged(Fact):
        kind: ClassVar[str] = ""

    monkeypatch.setitem(KINDS, "tier.changed", TierChanged)

    assert [journey.slug for journey in load_preset_journeys()] == ["tier_upgrade"]
    assert "tier_upgrade" not in [preset.name for preset in presets_to_come()]


def test_an_end_counts_as_soon_as_somebody_records_it(monkeypatch):
    before = PRESETS["referral_ask"].definition["ends_with"]
    monkeypatch.setitem(KINDS, "referral.made", Fact)

    assert "customer:referral.made" not in before
    assert PRESETS["referral_ask"].definition["ends_with"] == [*before, "customer:referral.made"]


# --- What the list of journeys says -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_list_of_journeys_says_what_a_preset_comes_with(every_journey, admin_client):
    page = admin_client.get("/admin/campaigns/journey/").content.decode()

    assert "After a deal: your contact" in page and "Comes with: deals and visits of the sales team." in page
    assert page.count("Comes with: ") == len(TO_COME)


def test_the_table_in_the_docs_is_the_files():
    page = (ROOT / "docs/reference/presets.md").read_text("utf-8")

    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| .+ \| (.*) \|$", page, re.M)
    told = [(str(p.number), p.slug, ", ".join(f"`{need}`" for need in p.needs) or "–") for p in read_presets()]
    assert rows == told


# --- Walks --------------------------------------------------------------------------------------------------------


def run(*slugs: str) -> None:
    """Only these journeys run."""
    Journey.objects.exclude(slug__in=slugs).update(state="draft")
    for journey in Journey.objects.filter(slug__in=slugs, state="draft"):
        set_state(journey, Journey.State.LIVE)


def mails():
    """(mail, when it was sent in Kyiv or what became of it instead)"""
    rows = Message.objects.order_by("id").select_related("template")
    return [(m.template.slug, f"{m.sent_at + 2 * HOUR:%d.%m. %H:%M}" if m.sent_at else m.state) for m in rows]


def agree(order):
    said = Said(order.email, "email", "marketing", "test", timezone.now(), customer=order.customer)
    grant(said)
    answered()


WALKS = [pytest.mark.django_db, pytest.mark.usefixtures("every_journey")]


def walk(test):
    for mark in WALKS:
        test = mark(test)
    return test


@walk
def test_whoever_pays_late_is_reminded_once_and_gets_no_receipt_after_it(store, clock):
    run("payment")

    order = place(store, financial="pending")
    live(clock, MONDAY + 3 * DAY)

    assert mails() == [("payment_reminder", "24.11. 11:00")]
    assert order.financial == "pending"


@walk
def test_whoever_pays_in_time_gets_a_receipt(store, clock):
    run("payment")
    place(store, financial="pending")
    live(clock, MONDAY + 3 * HOUR)

    save_orders(store, [order_seen(updated_at=timezone.now(), financial="paid")])
    tick()
    live(clock, MONDAY + 3 * DAY)

    assert mails() == [("payment_receipt", "23.11. 14:00")]


@walk
def test_whoever_pays_on_delivery_is_not_reminded(store, clock):
    run("payment")

    place(store, financial="pending", payment_method="Післяплата")
    live(clock, MONDAY + 3 * DAY)

    assert mails() == []


@walk
def test_a_parcel_to_a_pickup_point_is_announced_and_reminded_of_twice(store, clock):
    run("delivery_day")
    parcel = ship(place(store))
    scan(parcel, "in_transit")
    live(clock, MONDAY + DAY)
    scan(parcel, "ready_for_pickup")

    live(clock, MONDAY + 10 * DAY)

    assert mails() == [
        ("ready_for_pickup", "24.11. 11:00"),
        ("pickup_reminder", "26.11. 11:00"),
        ("pickup_reminder", "29.11. 11:00"),
    ]


@walk
def test_whoever_collects_the_parcel_is_reminded_no_more(store, clock):
    run("delivery_day")
    parcel = ship(place(store))
    scan(parcel, "in_transit")
    live(clock, MONDAY + HOUR)
    scan(parcel, "out_for_delivery")
    live(clock, MONDAY + 5 * HOUR)
    scan(parcel, "ready_for_pickup")
    live(clock, MONDAY + DAY)
    scan(parcel, "delivered")

    live(clock, MONDAY + 10 * DAY)

    assert mails() == [("out_for_delivery", "23.11. 12:00"), ("ready_for_pickup", "23.11. 16:00")]


@walk
def test_a_failed_attempt_is_told_at_once_and_again_a_day_later_when_nothing_moved(store, clock):
    run("failed_attempt")
    parcel = ship(place(store))
    scan(parcel, "in_transit")
    live(clock, MONDAY + 4 * HOUR)
    scan(parcel, "attempt_failed")

    live(clock, MONDAY + 5 * DAY)

    assert mails() == [("failed_attempt", "23.11. 15:00"), ("failed_attempt_again", "24.11. 15:00")]


@walk
def test_a_parcel_without_a_scan_for_five_days_brings_one_apology(store, clock):
    run("delay_apology")
    scan(ship(place(store)), "in_transit")

    live(clock, MONDAY + 12 * DAY)

    assert mails() == [("delay_apology", "28.11. 11:00")]


@walk
def test_trouble_on_the_way_brings_the_apology_at_once(store, clock):
    run("delay_apology")
    parcel = ship(place(store))
    scan(parcel, "in_transit")
    live(clock, MONDAY + 30 * HOUR)
    scan(parcel, "exception")

    live(clock, MONDAY + 12 * DAY)

    assert mails() == [("delay_apology", "24.11. 17:00")]


@walk
def test_a_parcel_past_its_promised_day_brings_the_apology_in_the_morning(store, clock):
    run("delay_apology")
    parcel = ship(place(store))
    Shipment.objects.update(estimated_on=(MONDAY + DAY).date())
    scan(parcel, "in_transit")
    live(clock, MONDAY + 3 * DAY + 20 * HOUR)  # seven in the morning of the 27th: a day and a night are over
    tick()

    live(clock, MONDAY + 12 * DAY)

    assert mails() == [("delay_apology", "27.11. 10:00")]


@walk
def test_the_day_before_storage_ends_is_told_once(store, clock):
    run("storage_ending")
    parcel = ship(place(store))
    scan(parcel, "ready_for_pickup")
    Shipment.objects.update(stored_until_on=(MONDAY + 4 * DAY).date())
    live(clock, MONDAY + 2 * DAY + 20 * HOUR)  # seven in the morning of the day before
    tick()

    live(clock, MONDAY + 10 * DAY)

    assert mails() == [("storage_ending", "26.11. 09:00")]


@walk
def test_whoever_has_collected_hears_nothing_of_storage(store, clock):
    run("storage_ending")
    parcel = ship(place(store))
    scan(parcel, "ready_for_pickup")
    Shipment.objects.update(stored_until_on=(MONDAY + 4 * DAY).date())
    live(clock, MONDAY + DAY)
    scan(parcel, "delivered")

    live(clock, MONDAY + 10 * DAY)

    assert mails() == []


@walk
def test_a_parcel_that_customs_keep_is_told_of_after_an_hour(store, clock):
    run("parcel_held")
    scan(ship(place(store)), "in_transit", reason="customs")

    live(clock, MONDAY + 10 * DAY)

    assert mails() == [("parcel_held", "23.11. 12:00")]


@walk
def test_a_parcel_that_turns_back_is_told_of_once_whatever_is_scanned_on_its_way(store, clock):
    run("parcel_returning")
    parcel = ship(place(store))
    scan(parcel, "in_transit")
    live(clock, MONDAY + DAY)
    scan(parcel, "returning")
    live(clock, MONDAY + 2 * DAY)
    scan(parcel, "in_transit")
    scan(parcel, "returned")

    live(clock, MONDAY + 10 * DAY)

    assert mails() == [("parcel_returning", "24.11. 11:00")]


def arrive(store, clock, *slugs):
    run(*slugs)
    order = place(store, at=MONDAY - 3 * DAY)
    parcel = ship(order)
    scan(parcel, "in_transit", "delivered")
    return order


@walk
def test_a_delivery_is_told_with_tips_two_days_and_a_check_in_three_days_later(store, clock):
    arrive(store, clock, "delivered", "check_in")

    live(clock, MONDAY + 8 * DAY)

    assert mails() == [("delivered", "23.11. 11:00"), ("care_tips", "25.11. 11:00"), ("check_in", "26.11. 11:00")]


@walk
def test_a_review_is_asked_for_after_a_week_and_once_more_as_soon_as_the_one_ask_in_a_week_allows(store, clock):
    arrive(store, clock, "review_request", "review_reminder")

    live(clock, MONDAY + 30 * DAY)

    # the reminder is due on the 6th
    assert mails() == [("review_request", "01.12. 10:00"), ("review_reminder", "08.12. 10:00")]


@walk
def test_after_a_check_in_the_review_request_waits_for_its_week_and_still_leaves(store, clock):
    arrive(store, clock, "check_in", "review_request")

    live(clock, MONDAY + 30 * DAY)

    assert mails() == [("check_in", "26.11. 11:00"), ("review_request", "03.12. 11:00")]


@walk
def test_whoever_has_reviewed_is_thanked_the_day_after_and_asked_to_tell_a_friend(store, clock):
    order = arrive(store, clock, "thank_you", "referral_ask")
    agree(order)
    live(clock, MONDAY + 2 * DAY)
    review(order, 5)

    live(clock, MONDAY + 20 * DAY)

    assert sorted(mails()) == [("referral_ask", "26.11. 11:00"), ("thank_you", "26.11. 11:00")]


@walk
def test_whoever_gave_two_stars_gets_neither_thanks_nor_an_ask_nor_an_offer(store, clock):
    order = arrive(store, clock, "thank_you", "referral_ask", "cross_sell", "replenishment")
    agree(order)
    live(clock, MONDAY + 2 * DAY)
    review(order, 2)

    live(clock, MONDAY + 50 * DAY)

    assert mails() == []


def review(order, stars):
    with transaction.atomic():
        ask_for_reviews([order], timezone.now())
    line = order.lines.get()
    submit_review(Request.objects.get(order=order), [Answer(line.pk, stars)], "Олена", "uk", timezone.now())
    tick()


@walk
def test_offers_come_after_two_weeks_and_after_45_days_to_those_who_agreed(store, clock):
    order = arrive(store, clock, "cross_sell", "replenishment")
    agree(order)

    live(clock, MONDAY + 50 * DAY)

    assert mails() == [("cross_sell", "07.12. 11:00"), ("replenishment", "07.01. 11:00")]


@walk
def test_without_a_consent_the_offers_say_why_they_did_not_leave(store, clock):
    arrive(store, clock, "cross_sell")

    live(clock, MONDAY + 20 * DAY)

    assert mails() == [("cross_sell", "skipped")]


@walk
def test_whoever_does_not_come_back_hears_of_us_three_times_and_a_new_order_ends_it(store, clock):
    run("win_back")
    agree(place(store))
    live(clock, MONDAY + 100 * DAY)
    three = [("win_back", "22.01. 11:00"), ("win_back_reason", "06.02. 11:00"), ("win_back_offer", "21.02. 11:00")]
    assert mails() == three

    place(store, 1043)
    live(clock, MONDAY + 155 * DAY)
    place(store, 1044)
    live(clock, MONDAY + 170 * DAY)

    assert mails() == three


@walk
def test_a_regular_is_missed_after_one_and_a_half_of_the_usual_time(store, clock):
    run("win_back")
    agree(place(store, 1042))
    live(clock, MONDAY + 40 * DAY)
    place(store, 1043)
    live(clock, MONDAY + 99 * DAY)
    assert mails() == []

    live(clock, MONDAY + 101 * DAY)

    assert mails() == [("win_back", "03.03. 11:00")]


@walk
def test_a_birthday_is_wished_at_ten_where_the_customer_is(store, clock):
    run("birthday")
    order = place(store)
    agree(order)
    Customer.objects.filter(pk=order.customer_id).update(born_on=datetime(1990, 11, 26, tzinfo=UTC).date())

    for days in range(1, 6):  # people are let in day by day
        live(clock, MONDAY + days * DAY)

    assert mails() == [("birthday", "26.11. 10:00")]


@walk
def test_whoever_read_nothing_for_half_a_year_is_asked_once_and_then_left_alone(store, clock):
    run("sunset")
    order = place(store)
    agree(order)

    clock.move_to(MONDAY + 180 * DAY)
    tick()
    clock.move_to(MONDAY + 195 * DAY)
    tick()

    assert [slug for slug, _at in mails()] == ["sunset"]
    assert standing_of(order.email, "email", "marketing").is_no


@walk
def test_whoever_presses_the_button_goes_on_getting_letters(store, clock):
    run("sunset")
    order = place(store)
    agree(order)
    clock.move_to(MONDAY + 180 * DAY)
    tick()
    Message.objects.update(clicked_at=timezone.now() + DAY)

    clock.move_to(MONDAY + 195 * DAY)
    tick()

    assert standing_of(order.email, "email", "marketing").is_yes
