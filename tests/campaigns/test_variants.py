"""A test of wordings: drawn by a hash, a holdout that gets nothing, and those whom a campaign missed."""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from campaigns import mailing
from campaigns.mailing.dry_run import foresee
from campaigns.mailing.variants import VariantRefused, bucket
from campaigns.models import Variant
from customers.actions import open_matters
from customers.consent import Said, note
from messaging.actions import Written, publish_template
from messaging.models import LocalMail, Message, Suppression, Template
from orders.models import Order
from tests.builders.campaigns import FOOT, campaign, look, mail, mjml, said, shop_is_online
from tests.builders.door import MONDAY
from tests.builders.mailings import buyers, leave, states, step

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HELD_OUT = "In the group that gets nothing, so that the effect of the campaign can be measured."


@pytest.fixture(autouse=True)
def monday(monkeypatch):
    shop_is_online(monkeypatch)
    with time_machine.travel(MONDAY, tick=False) as clock, translation.override("en"):
        yield clock


def other_mail(purpose="marketing", slug="other"):
    template = Template.objects.create(slug=slug, name="Other words", purpose_id=purpose)
    words = {code: Written("Other words", "", mjml(f"<mj-text>Hello. {FOOT}</mj-text>"), "") for code in ("en", "uk")}
    publish_template(template, words)
    return template


def run(made, monday):
    mailing.send(look(made), None, timezone.now())
    monday.shift(5 * MINUTE)
    step(made)
    leave()
    return step(made)


def drawn(made):
    return {m.customer_id: m.variant for m in mailing.messages_of(made)}


# --- Wordings -----------------------------------------------------------------------------------------------------


def test_two_subjects_go_to_two_halves_and_each_person_stays_in_theirs(lavka, monday):
    orders = buyers(lavka, 40)
    made = campaign(lavka)
    mailing.add_variant(made, 50, subjects={"uk": "Знижки в {{ store.name }}", "en": ""})

    assert run(made, monday) == "done"

    expected = {o.customer_id: "B" if bucket(o.customer_id, made.pk) < 50 else "A" for o in orders}
    assert drawn(made) == expected
    subjects = Counter(LocalMail.objects.values_list("subject", flat=True))
    halves = Counter(expected.values())
    assert subjects == {"Знижки в Лавка": halves["B"], "Sale at Лавка": halves["A"]}
    assert min(halves.values()) > 8


def test_another_content_is_another_template(lavka, monday):
    buyers(lavka, 20)
    made = campaign(lavka)
    other = other_mail()
    mailing.add_variant(made, 98, other)

    run(made, monday)

    assert {m.variant: m.template_id for m in mailing.messages_of(made)}["B"] == other.pk


def test_percentages_are_kept_over_many_people():
    hits = Counter(bucket(customer, 7) // 10 for customer in range(100_000))

    assert max(abs(n - 10_000) for n in hits.values()) < 300
    assert bucket(1, 7) == bucket(1, 7) != bucket(1, 8)


@pytest.mark.parametrize(
    ("percent", "template", "subjects", "why"),
    [
        (100, None, {"en": "x"}, "Together they must leave at least one percent for the campaign's own mail."),
        (0, None, {"en": "x"}, "Together they must leave at least one percent for the campaign's own mail."),
        (50, None, {}, "Choose another template, or write another subject."),
        (50, "loyalty", {}, "The other template has another purpose or channel: then it is no test."),
    ],
)
def test_what_is_no_test_is_refused_and_changes_nothing(lavka, percent, template, subjects, why):
    made = campaign(lavka)
    template = template and other_mail(template)

    with pytest.raises(VariantRefused) as refusal:
        mailing.add_variant(made, percent, template, subjects)

    assert str(refusal.value) == why
    assert not Variant.objects.exists()


def test_a_variant_makes_the_check_void_and_is_checked_like_the_rest(lavka):
    buyers(lavka, 3)
    made = look(campaign(lavka))
    broken = other_mail()
    publish_template(broken, {"uk": Written("No way out", "", mjml("<mj-text>Hello</mj-text>"), "")})
    mailing.add_variant(made, 50, broken)

    with pytest.raises(mailing.CampaignRefused, match="Something was changed since the check"):
        mailing.send(made, None, timezone.now())
    mailing.edit(made, None)
    look(made)

    assert made.state == "draft"
    assert said(made, "unsubscribe")[:2] == ("stop", "There is no unsubscribe link in the mail.")


# --- Holdout ------------------------------------------------------------------------------------------------------


def test_the_holdout_is_written_down_as_not_sent_with_its_reason(lavka, monday):
    orders = buyers(lavka, 40)
    made = campaign(lavka, holdout_percent=20)

    assert run(made, monday) == "done"

    out = {o.customer_id for o in orders if bucket(o.customer_id, made.pk) < 20}
    rows = mailing.messages_of(made)
    assert out and {m.customer_id for m in rows.filter(variant="holdout")} == out
    assert {(m.state, m.why) for m in rows.filter(variant="holdout")} == {("skipped", HELD_OUT)}
    assert states(made) == {"sent": 40 - len(out), "skipped": len(out)}
    assert LocalMail.objects.count() == 40 - len(out)


def test_the_check_counts_the_holdout_among_those_who_do_not_get_it(lavka):
    orders = buyers(lavka, 40)
    made = look(campaign(lavka, holdout_percent=20))

    out = sum(bucket(o.customer_id, made.pk) < 20 for o in orders)
    assert made.recipients == 40 - out
    assert f"{HELD_OUT[:-1]} ({out})" in said(made, "audience")[2]


# --- The dry run --------------------------------------------------------------------------------------------------


def test_person_by_person_who_would_get_it_who_not_and_why(lavka):
    orders = buyers(lavka, 5)
    made = campaign(lavka)
    Suppression.objects.create(address="n1@example.com", reason="bounced")
    open_matters("ticket", {("ticket", 7): orders[2].customer_id}, MONDAY)
    note(Said("n3@example.com", "email", "marketing", "test", MONDAY), "withdrawn")

    found, following = foresee(made, 0, MONDAY)

    assert following == 0
    assert [(row.decision.verdict, str(row.decision.why)) for row in found] == [
        ("send", ""),
        ("skip", "The address is suppressed: mail bounced, or its owner complained."),
        ("hold", "Something is not settled with this customer (ticket): only news of their orders go out."),
        ("skip", "The customer does not want messages of this kind."),
        ("send", ""),
    ]
    assert not Message.objects.exists()


def test_a_page_of_the_dry_run_costs_the_same_however_long(lavka, django_assert_num_queries):
    buyers(lavka, 40)
    made = campaign(lavka)

    with django_assert_num_queries(12) as few:
        first, following = foresee(made, 0, MONDAY, 5)
    with django_assert_num_queries(len(few)):
        foresee(made, following, MONDAY, 30)

    assert len(first) == 5


# --- Those whom it missed -----------------------------------------------------------------------------------------


def missed(lavka, monday):
    """Twelve people whose addresses were suppressed just before it left; some of them are in the holdout anyway."""
    buyers(lavka, 12)
    made = look(campaign(lavka, holdout_percent=30))
    mailing.send(made, None, timezone.now())
    Suppression.objects.bulk_create([Suppression(address=f"n{n}@example.com", reason="bounced") for n in range(12)])
    monday.shift(5 * MINUTE)
    step(made)
    leave()
    step(made)
    return made


def test_a_second_try_is_counted_first_and_reaches_only_those_whom_it_missed(lavka, monday):
    made = missed(lavka, monday)
    out = mailing.messages_of(made).filter(variant="holdout").count()
    assert made.state == "done" and states(made) == {"skipped": 12}
    Suppression.objects.all().delete()
    reached = mailing.messages_of(made).exclude(variant="holdout")
    expected = set(reached.values_list("address", flat=True))

    job = mailing.rehearse_misses(made, None, timezone.now())
    counted = job.options["outcome"]
    assert LocalMail.objects.count() == 0 and counted["go"] == len(expected)
    assert [n for text, _values, n in counted["refused"] if text == HELD_OUT] == [out]
    mailing.retry_misses(made, None, timezone.now())
    leave()

    assert set(LocalMail.objects.values_list("to", flat=True)) == expected
    assert (step(made), states(made)) == ("done", {"skipped": 12 - len(expected), "sent": len(expected)})


def test_a_second_try_of_a_changed_text_is_refused(lavka, monday):
    made = missed(lavka, monday)
    mail(subject="Changed")

    with pytest.raises(mailing.CampaignRefused, match="It cannot go on"):
        mailing.rehearse_misses(made, None, timezone.now())

    assert states(made) == {"skipped": 12}


def test_a_cancelled_campaign_has_no_second_try(lavka, monday):
    buyers(lavka, 3)
    made = look(campaign(lavka))
    mailing.send(made, None, timezone.now())
    monday.shift(5 * MINUTE)
    step(made)
    mailing.cancel(made, None, timezone.now())

    with pytest.raises(mailing.CampaignRefused, match="It is not being sent"):
        mailing.rehearse_misses(made, None, timezone.now())


# --- Everybody ----------------------------------------------------------------------------------------------------


def test_a_segment_that_matches_everyone_is_warned_of_and_needs_a_second_person(lavka):
    buyers(lavka, 60)
    everybody = look(campaign(lavka))

    verdict, words, details = said(everybody, "everybody")
    assert verdict == "warn"
    assert words == "This is everybody: all 60 customers of the store, and no condition leaves anybody out."
    assert details == ["Somebody else has to approve it before it starts."]
    mailing.send(everybody, None, timezone.now())
    assert (everybody.state, everybody.starts_at) == ("approval", None)
    assert not LocalMail.objects.exists()


def test_a_condition_that_leaves_one_out_is_not_everybody(lavka):
    buyers(lavka, 60)
    Order.objects.filter(email="n0@example.com").update(placed_at=MONDAY - timedelta(days=400))
    made = look(campaign(lavka, since_on=MONDAY.date() - timedelta(days=30)))

    mailing.send(made, None, timezone.now())

    assert made.state == "armed"
    assert not [guard for guard in made.guards if guard["name"] == "everybody"]
