"""Templates: refused with line and variable, published as versions, used by what waits."""

import pytest
import time_machine

from messaging import actions
from messaging.actions import Written, publish_template
from messaging.models import Message, Template, TemplateVersion
from messaging.rendering import TemplateRefused
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


MJML = """<mjml>
  <mj-body>
    <mj-section><mj-column>
      <mj-text>{body}</mj-text>
    </mj-column></mj-section>
  </mj-body>
</mjml>
"""


def written(subject="Order {{ order.number }}", body="Hello", text=""):
    return {"uk": Written(subject, "", MJML.format(body=body), text)}


@pytest.fixture
def template():
    return Template.objects.get(slug="order_confirmation")


def refused(template, **content):
    with pytest.raises(TemplateRefused) as refusal:
        publish_template(template, written(**content))
    return [(p.line, p.variable) for p in refusal.value.problems], str(refusal.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"body": "{{ order.nubmer }}"}, (4, "order.nubmer")),
        ({"body": "\n{{ customer.password }}"}, (5, "customer.password")),
        ({"subject": "{{ shop.name }}"}, (1, "shop.name")),
        ({"text": "one\ntwo {{ order.totl | money }}"}, (2, "order.totl")),
    ],
)
def test_a_variable_that_nobody_gives_is_refused_with_its_line(template, content, problem):
    before = TemplateVersion.objects.count()

    problems, _said = refused(template, **content)

    assert problems == [problem]
    assert TemplateVersion.objects.count() == before


def test_a_tag_that_is_not_closed_is_refused_with_its_line(template):
    problems, said = refused(template, body="{% if order.number %} hello")

    assert problems[0][0] == 4
    assert said


def test_a_new_version_is_what_waiting_messages_say(store, template):
    message = planned(save_orders(store, [order_seen()])[0].order, MONDAY)

    version = publish_template(template, written(subject="Нове: {{ order.number }}"))
    actions.send_due()

    message.refresh_from_db()
    assert (version.number, message.subject, message.version) == (2, "Нове: #1042", version)


def test_what_was_sent_keeps_the_version_it_was_sent_in(store, template):
    message = planned(save_orders(store, [order_seen()])[0].order, MONDAY)
    actions.send_due()

    publish_template(template, written())

    message.refresh_from_db()
    assert message.version.number == 1


def test_a_version_without_the_readers_language_speaks_one_it_has(store, template):
    publish_template(template, written(subject="{{ order.number }} {{ order.total | money: order.currency }}"))
    message = planned(save_orders(store, [order_seen()])[0].order, MONDAY, language="ru")

    actions.send_due()

    message.refresh_from_db()
    assert message.subject.replace("\xa0", " ") == "#1042 1 330,00 ₴"


def test_a_template_that_was_never_published_sends_nothing_and_says_so(store):
    Template.objects.create(slug="draft", name="Draft", purpose_id="order_updates")
    planned(save_orders(store, [order_seen()])[0].order, MONDAY, "draft")

    actions.send_due()

    message = Message.objects.get()
    assert (message.state, message.why) == ("failed", "The template has no published version.")


def test_preset_mails_that_exist_belong_to_the_people_who_edit_them(template):
    publish_template(template, written())

    assert actions.load_preset_mails() == []
    assert template.versions.count() == 2
