"""Publishing journeys: checked against what exists, immutable, paused and live."""

import pytest
import time_machine

from campaigns.actions import JourneyRefused, advance_due, load_preset_journeys, publish, set_state
from campaigns.models import Enrolment, Journey
from events.clocks import tick
from messaging.models import Message, Template
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def confirmation():
    return Journey.objects.get(slug="order_confirmation")


def definition(**overrides):
    steps = [{"id": "confirm", "do": "send", "template": "order_confirmation"}]
    return {"starts_with": "order.placed", "steps": steps} | overrides


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"starts_with": "order.eaten"}, "There is no fact called “order.eaten”."),
        ({"ends_with": ["order.eaten"]}, "There is no fact called “order.eaten”."),
        ({"starts_with": "mail.received"}, "“mail.received” does not speak of the subject “order”."),
        (
            {"steps": [{"id": "a", "do": "send", "template": "nothing"}]},
            "Step “a”: there is no template “nothing”.",
        ),
        ({"steps": []}, "The journey has no steps."),
    ],
)
def test_a_journey_that_cannot_work_is_refused_and_the_live_version_stays(confirmation, wrong, sentence):
    with pytest.raises(JourneyRefused) as refusal:
        publish(confirmation, definition(**wrong))

    assert str(refusal.value) == sentence
    assert confirmation.versions.count() == 1


def test_people_inside_finish_the_version_that_they_entered(store, confirmation, monday):
    slow = definition(steps=[{"id": "w", "do": "wait", "hours": 1}, *definition()["steps"]])
    publish(confirmation, slow)
    save_orders(store, [order_seen(1)])
    tick()
    assert Enrolment.objects.get(journey=confirmation).version.number == 2

    publish(confirmation, definition())
    save_orders(store, [order_seen(2)])
    tick()
    assert list(Message.objects.values_list("subject", flat=True).filter(subject__contains="#2").order_by("id")) != []
    assert Message.objects.count() == 1
    monday.shift(3600)
    tick()

    assert Message.objects.count() == 2
    assert dict(Enrolment.objects.filter(journey=confirmation).values_list("version__number", "state")) == {
        2: "done",
        3: "done",
    }


def test_a_paused_journey_starts_nobody_moves_nobody_and_holds_its_mails(store, confirmation):
    save_orders(store, [order_seen(1)])
    for name in ("events", "journeys"):
        from events import clocks

        clocks.drain(name)
    set_state(confirmation, Journey.State.PAUSED)
    save_orders(store, [order_seen(2)])
    tick()
    assert list(Message.objects.values_list("state", flat=True)) == ["ready"]

    set_state(confirmation, Journey.State.LIVE)
    tick()

    assert list(Message.objects.values_list("state", flat=True)) == ["sent"]


def test_presets_that_exist_are_left_to_the_people_who_edit_them(confirmation):
    publish(confirmation, definition())
    there = set(Journey.objects.values_list("slug", flat=True))

    assert there == {"order_confirmation", "review_request", "shipping_update"}
    assert load_preset_journeys(there) == []
    assert confirmation.versions.count() == 2


def test_a_template_that_is_gone_does_not_stop_the_others(store, confirmation):
    Template.objects.create(slug="brief", name="Brief", purpose_id="order_updates")
    publish(confirmation, definition(steps=[{"id": "a", "do": "send", "template": "brief"}, *definition()["steps"]]))
    Template.objects.filter(slug="brief").delete()
    save_orders(store, [order_seen()])

    tick()

    assert list(Message.objects.values_list("template__slug", "state")) == [("order_confirmation", "sent")]


def test_one_version_that_nobody_can_read_sets_its_people_aside_and_nobody_else(store, confirmation):
    save_orders(store, [order_seen(1), order_seen(2)])
    from events import clocks

    clocks.drain("events")
    broken = publish(confirmation, definition())
    broken.definition = {"starts_with": "order.placed"}
    type(broken).objects.filter(pk=broken.pk).update(definition=broken.definition)
    stuck = Enrolment.objects.filter(journey=confirmation).first()
    Enrolment.objects.filter(pk=stuck.pk).update(version=broken)

    advance_due()

    stuck.refresh_from_db()
    assert (stuck.state, stuck.wake_at) == ("failed", None)
    assert stuck.why == "An error on our side: JourneyRefused: The journey has no steps."
    others = Enrolment.objects.filter(journey=confirmation).exclude(pk=stuck.pk)
    assert [e.state for e in others] == ["done"]
