"""Templates: refused with line and variable, drafted, approved, published as versions, used by what waits."""

from datetime import timedelta

import pytest
import time_machine

from messaging import actions
from messaging.actions import Written, drafts, publish_template
from messaging.actions.drafts import SavedByAnother
from messaging.blocks import new
from messaging.models import Message, Template, TemplateContent, TemplateVersion
from messaging.rendering import TemplateRefused
from orders.actions import save_orders
from shelf.reasons import Refusal
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned
from tests.builders.room import person
from tests.builders.templates import NOON, letter, saved

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
    there = set(Template.objects.values_list("slug", flat=True))

    assert actions.load_preset_mails(there) == []
    assert template.versions.count() == 2


# --- drafts -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def oksana():
    return person("marketer", "oksana@shop.example")


@pytest.fixture
def petro():
    return person("owner", "petro@shop.example")


def publish(template, by, at=NOON):
    return drafts.publish_draft(template, drafts.working(template).token, by, at)


def test_a_draft_changes_nothing_of_what_is_sent(store, template, oksana):
    message = planned(save_orders(store, [order_seen()])[0].order, MONDAY, language="en")

    draft = saved(template, letter(subject="Not yet"), oksana)
    actions.send_due()

    message.refresh_from_db()
    assert message.subject == "We have your order #1042"
    assert (draft.number, draft.state, draft.saves, draft.changed_by) == (2, "draft", 1, oksana)


def test_a_draft_takes_the_other_languages_from_what_is_published(template, oksana):
    draft = saved(template, letter(), oksana)

    assert sorted(draft.contents.values_list("language", flat=True)) == ["en", "ru", "uk"]


def test_saving_what_is_published_makes_no_draft(template, oksana):
    content = drafts.working(template).contents["en"]

    assert saved(template, Written.of(content), oksana) is None
    assert template.versions.count() == 1


def test_a_published_draft_is_what_is_sent(store, template, oksana):
    message = planned(save_orders(store, [order_seen()])[0].order, MONDAY, language="en")
    saved(template, letter("Order {{ order.number }} is here.", "Thank you"), oksana)

    version = publish(template, oksana)
    actions.send_due()

    message.refresh_from_db()
    assert (message.subject, message.version) == ("Thank you", version)
    assert "Order #1042 is here." in message.body.text


def test_of_two_editors_the_second_is_told_and_the_first_keeps_what_he_saved(template, oksana, petro):
    began_with = drafts.working(template).token
    saved(template, letter("Oksana's"), oksana)

    with pytest.raises(SavedByAnother) as told:
        drafts.save_draft(template, "en", letter("Petro's"), began_with, petro, NOON + timedelta(minutes=5))

    assert str(told.value) == "Marketer saved this mail at 14:00, after you had opened it."
    [content] = TemplateContent.objects.filter(version__template=template, version__state="draft", language="en")
    assert content.blocks[1]["text"] == "Oksana's"


def test_what_the_second_wrote_is_saved_when_he_says_so_again(template, oksana, petro):
    saved(template, letter("Oksana's"), oksana)

    saved(template, letter("Petro's"), petro)

    assert drafts.working(template).contents["en"].blocks[1]["text"] == "Petro's"


def test_a_draft_need_not_be_right_until_it_is_published(template, oksana):
    saved(template, letter("{{ order.nubmer }}"), oksana)

    with pytest.raises(TemplateRefused, match="Block 2, Text, “Text”: There is no variable “order"):
        publish(template, oksana)

    assert template.versions.filter(published_at__isnull=False).count() == 1


def test_what_is_too_big_is_not_saved(template, oksana):
    with pytest.raises(Refusal, match="longer than 262144 characters"):
        saved(template, letter("a" * 1_000_000), oksana)

    assert template.versions.count() == 1


def test_a_published_version_never_changes(template, oksana):
    before = list(TemplateContent.objects.filter(version__template=template).order_by("pk").values())

    saved(template, letter(), oksana)
    publish(template, oksana)
    saved(template, letter("Again"), oksana)

    kept = TemplateContent.objects.filter(pk__in=[row["id"] for row in before])
    assert list(kept.order_by("pk").values()) == before


def test_an_old_version_comes_back_as_a_draft(template, oksana):
    saved(template, letter(), oksana)
    publish(template, oksana)

    draft = drafts.restore(template, 1, oksana, NOON)

    assert (draft.number, draft.state) == (3, "draft")
    assert draft.contents.get(language="en").subject == "We have your order {{ order.number }}"
    with pytest.raises(Refusal, match="There is a draft already"):
        drafts.restore(template, 1, oksana, NOON)


def test_a_draft_that_is_thrown_away_leaves_what_is_published(template, oksana):
    saved(template, letter(), oksana)

    drafts.discard_draft(template)

    assert [v.state for v in template.versions.all()] == ["published"]


def test_a_language_that_is_taken_out_falls_back_to_another(store, template, oksana):
    message = planned(save_orders(store, [order_seen()])[0].order, MONDAY, language="uk")
    drafts.drop_language(template, "uk", "", oksana, NOON)
    publish(template, oksana)

    actions.send_due()

    message.refresh_from_db()
    assert message.subject == "We have your order #1042"


# --- approval ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def approval(settings):
    settings.MAILS_NEED_APPROVAL = True


def test_without_the_setting_the_author_publishes(template, oksana):
    saved(template, letter(), oksana)

    version = publish(template, oksana)

    assert (version.state, version.created_by, version.approved_by) == ("published", oksana, None)


@pytest.mark.usefixtures("approval")
def test_a_marketer_asks_and_an_owner_approves(template, oksana, petro):
    saved(template, letter(), oksana)

    waiting = drafts.ask_for_approval(template, oksana, NOON)
    with pytest.raises(Refusal, match="Only somebody who may approve mails"):
        publish(template, oksana)
    version = publish(template, petro)

    assert waiting.state == "review"
    assert (version.created_by, version.approved_by, version.approved_at) == (oksana, petro, NOON)


@pytest.mark.usefixtures("approval")
def test_nobody_approves_what_he_wrote_himself(template, petro):
    saved(template, letter(), petro)

    with pytest.raises(Refusal, match="Somebody else has to approve what you wrote yourself"):
        publish(template, petro)


@pytest.mark.usefixtures("approval")
def test_a_change_takes_the_request_for_approval_back(template, oksana):
    saved(template, letter(), oksana)
    drafts.ask_for_approval(template, oksana, NOON)

    assert saved(template, letter("One word more"), oksana).state == "draft"


def test_what_has_mistakes_cannot_be_sent_for_approval(template, oksana):
    saved(template, letter("{{ order.nubmer }}"), oksana)

    with pytest.raises(TemplateRefused):
        drafts.ask_for_approval(template, oksana, NOON)

    assert drafts.open_version(template).state == "draft"


# --- raw MJML ---------------------------------------------------------------------------------------------------------


def test_blocks_become_mjml_and_come_back_while_nobody_has_changed_it():
    raw = drafts.to_raw(letter(), "en")

    assert raw.blocks is None and raw.mjml.startswith("<mjml") and "Hello {{ customer.first_name }}" in raw.text
    assert drafts.to_blocks(raw, "en").blocks == letter().blocks


def test_there_is_no_way_back_to_blocks_from_what_was_changed_by_hand():
    raw = drafts.to_raw(letter(), "en")

    changed = Written(raw.subject, raw.preheader, raw.mjml.replace("Hello", "Good day"), raw.text, None, raw.made_of)

    assert drafts.to_blocks(changed, "en") is None


# --- new ones ---------------------------------------------------------------------------------------------------------


def test_a_new_template_is_a_draft_with_a_short_name_of_its_own(oksana):
    first = drafts.create_template("Winter news", "marketing", "email", {"en": letter()}, oksana, NOON)
    second = drafts.create_template("Winter news", "marketing", "email", {}, oksana, NOON)
    third = drafts.create_template("Зимові новини", "marketing", "email", {}, oksana, NOON)

    assert [t.slug for t in (first, second, third)] == ["winter_news", "winter_news_2", "mail"]
    assert first.versions.get().state == "draft"


def test_a_short_message_is_plain_text_with_variables(oksana):
    sms = drafts.create_template("Parcel", "order_updates", "sms", {}, oksana, NOON)
    saved(sms, Written("", "", "", "Order {{ order.nubmer }}"), oksana)

    with pytest.raises(TemplateRefused, match="There is no variable “order"):
        publish(sms, oksana)
    saved(sms, Written("", "", "", "Order {{ order.number }} has left."), oksana)

    assert publish(sms, oksana).contents.get().compiled_text == "Order {{ order.number }} has left."


def test_a_published_list_keeps_its_blocks_for_the_editor(template, oksana):
    saved(template, Written("Hello", "", "", "", [{**new("text", "en"), "text": "x", "only_if": "discount"}]), oksana)

    content = publish(template, oksana).contents.get(language="en")

    assert content.blocks == [{"block": "text", "only_if": "discount", "text": "x", "style": "plain", "rule": False}]
    assert "{% if order and order.discount > 0 %}" in content.html
