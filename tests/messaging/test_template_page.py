"""The editor of mails: what its buttons do, what it says beside which field, what two editors see of each other."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from messaging.actions import Written, drafts
from messaging.blocks import new
from messaging.models import LocalMail, Message, Suppression, Template
from orders.actions import save_orders
from tests.builders.door import order_seen
from tests.builders.room import person
from tests.builders.templates import as_form, letter, saved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture
def marketer(client):
    client.force_login(person("marketer"))
    return client


@pytest.fixture
def template():
    return Template.objects.get(slug="order_confirmation")


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen()])[0].order


def url(template, name="change", *args):
    return reverse(f"admin:messaging_template_{name}", args=[template.pk, *args])


def press(client, template, do, written=None, **more):
    return client.post(url(template), as_form(template, written or letter(), do, **more), follow=True)


def texts(template, language="en"):
    return [block.get("text") or block["block"] for block in drafts.working(template).contents[language].blocks]


def said(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


# --- writing ----------------------------------------------------------------------------------------------------------


def test_saving_makes_a_draft_and_says_so(marketer, template):
    answer = press(marketer, template, "save", letter("Good evening"))

    assert texts(template) == ["header", "Good evening", "footer"]
    assert said(answer).startswith("Draft saved at ")
    assert template.versions.filter(state="published").count() == 1


def test_what_is_published_is_shown_before_there_is_a_draft(marketer, template):
    page = marketer.get(url(template) + "?language=uk").content.decode()

    assert 'value="Ми отримали ваше замовлення {{ order.number }}"' in page
    assert "Що ви замовили" in page


@pytest.mark.parametrize(
    ("do", "order_after"),
    [
        ("down:0", ["Hello", "header", "footer"]),
        ("up:1", ["Hello", "header", "footer"]),
        ("up:0", ["header", "Hello", "footer"]),
        ("down:2", ["header", "Hello", "footer"]),
        ("copy:1", ["header", "Hello", "Hello", "footer"]),
        ("remove:1", ["header", "footer"]),
        ("add:button", ["header", "Hello", "button", "footer"]),
        ("remove:99", ["header", "Hello", "footer"]),
        ("add:carousel", ["header", "Hello", "footer"]),
        ("up:x", ["header", "Hello", "footer"]),
    ],
)
def test_blocks_are_moved_by_buttons_without_javascript(marketer, template, do, order_after):
    press(marketer, template, do, letter("Hello"))

    assert texts(template) == order_after


def test_the_order_of_the_page_is_the_order_of_the_mail(marketer, template):
    press(marketer, template, "save", letter("Hello"), block=["b2", "b0", "b1"])

    assert texts(template) == ["footer", "header", "Hello"]


def test_rows_and_ticks_are_read_back(marketer, template):
    rows = [{"title": "Cup", "price": "", "image": "", "url": "https://a.example"}]
    many = [{**new("products", "en"), "products": rows}, {**new("order_summary", "en"), "totals": False}]

    press(marketer, template, "save", Written("Hello", "", "", "", many))

    first, second = drafts.working(template).contents["en"].blocks
    assert first["products"] == rows
    assert (second["lines"], second["totals"]) == (True, False)


def test_a_mistake_stands_beside_its_block_and_field(marketer, template):
    page = press(marketer, template, "save", letter("{{ order.nubmer }}"))

    [wrong] = [form for form in page.context["blocks"] if form.wrong]
    assert [(control.label, control.errors) for control in wrong.controls if control.errors] == [
        ("Text", ["There is no variable “order.nubmer” here."])
    ]
    assert "1 thing to mend before it can be published" in page.content.decode()


def test_publishing_with_a_mistake_publishes_nothing_and_keeps_what_was_typed(marketer, template):
    page = press(marketer, template, "publish", letter("{{ order.nubmer }}"))

    assert page.status_code == 400
    assert "{{ order.nubmer }}" in page.content.decode()
    assert "Block 2, Text, “Text”: There is no variable “order.nubmer” here." in page.content.decode()
    assert template.versions.filter(state="published").count() == 1


def test_publishing_says_which_version_is_live(marketer, template):
    answer = press(marketer, template, "publish")

    assert said(answer) == "Version 2 is live."
    assert drafts.working(template).version.number == 2


def test_of_two_editors_the_second_gets_a_sentence_and_loses_nothing(marketer, template):
    form = as_form(template, letter("Mine"))
    saved(template, letter("Theirs"), person("owner", "petro@shop.example"))

    answer = marketer.post(url(template), form)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Owner saved this mail at" in page and "Nothing of yours is lost" in page
    assert "Mine" in page
    assert texts(template) == ["header", "Theirs", "footer"]
    again = {**form, "token": answer.context["token"]}
    marketer.post(url(template), again)
    assert texts(template) == ["header", "Mine", "footer"]


def test_the_page_that_saves_by_itself_is_told_in_json(marketer, template):
    form = as_form(template, letter("Mine"))

    first = marketer.post(url(template), form, headers={"X-Live": "save"})
    second = marketer.post(url(template), form, headers={"X-Live": "save"})

    assert first.json()["token"] == "2.1"
    assert (second.status_code, second.json()["conflict"][:9]) == (409, "Marketer ")


def test_a_missing_language_starts_as_a_copy_of_another(marketer):
    new_one = drafts.create_template("News", "marketing", "email", {"en": letter("Hello")}, None, drafts.timezone.now())

    page = marketer.get(url(new_one) + "?language=uk").content.decode()
    marketer.post(url(new_one), as_form(new_one, Written("", "", "", "", []), "from:en", "uk"))

    assert "Nobody has written this language yet." in page
    assert texts(new_one, "uk") == ["header", "Hello", "footer"]


def test_mjml_by_hand_and_back(marketer, template):
    press(marketer, template, "raw", letter("Hello"))
    raw = Written.of(drafts.working(template).contents["en"])

    press(marketer, template, "blocks", raw)

    assert raw.blocks is None and "<mj-body" in raw.mjml
    assert texts(template) == ["header", "Hello", "footer"]


def test_mjml_that_was_changed_by_hand_stays_mjml(marketer, template):
    press(marketer, template, "raw", letter("Hello"))
    raw = Written.of(drafts.working(template).contents["en"])

    changed = Written(raw.subject, raw.preheader, raw.mjml.replace("Hello", "Good day"), raw.text)
    page = press(marketer, template, "blocks", changed)

    assert "there is no way back to blocks" in page.content.decode()
    assert "Good day" in page.content.decode()


def test_a_list_of_five_hundred_blocks_is_refused_in_a_sentence(marketer, template):
    many = [{"block": "divider", "look": "line"}] * 500

    answer = press(marketer, template, "save", Written("Hello", "", "", "", many))

    assert answer.status_code == 400
    assert "A mail has at most 50 blocks; this one has 500." in answer.content.decode()
    assert template.versions.count() == 1


def test_a_megabyte_of_mjml_is_refused_in_a_sentence(marketer, template):
    answer = press(marketer, template, "save", Written("Hello", "", "<mjml>" + "a" * 1_000_000, ""))

    assert answer.status_code == 400
    assert "This is longer than 262144 characters, and was not saved." in answer.content.decode()


def test_a_block_that_does_not_exist_can_be_seen_and_removed(marketer, template):
    many = [{"block": "carousel"}, *letter("Hello").blocks]

    page = press(marketer, template, "save", Written("Hello", "", "", "", many))

    assert "There is no block “carousel”." in page.content.decode()
    press(marketer, template, "remove:0", Written("Hello", "", "", "", many))
    assert texts(template) == ["header", "Hello", "footer"]


def test_an_agent_reads_and_cannot_write(client, template):
    client.force_login(person("agent"))

    page = client.get(url(template))
    refused = client.post(url(template), as_form(template, letter()))
    preview = client.post(url(template, "preview"), as_form(template, letter()))

    assert page.status_code == 200 and "Save draft" not in page.content.decode()
    assert (refused.status_code, preview.status_code) == (403, 403)


# --- new ones ---------------------------------------------------------------------------------------------------------


def test_a_new_template_begins_with_a_ready_made_mail(marketer):
    form = {"name": "Spring news", "purpose": "marketing", "channel": "email", "start": "preset:news"}

    marketer.post(reverse("admin:messaging_template_add"), form)

    made = Template.objects.get(slug="spring_news")
    assert (made.purpose_id, made.versions.get().state) == ("marketing", "draft")
    assert sorted(drafts.working(made).contents) == ["en", "ru", "uk"]


def test_a_new_template_begins_as_a_copy(marketer, template):
    form = {"name": "Ours", "purpose": "order_updates", "channel": "email", "start": f"copy:{template.pk}"}

    marketer.post(reverse("admin:messaging_template_add"), form)

    made = drafts.working(Template.objects.get(slug="ours")).contents["en"]
    assert made.subject == "We have your order {{ order.number }}"


def test_a_short_message_has_a_counter_and_no_blocks(marketer):
    form = {"name": "Parcel", "purpose": "order_updates", "channel": "sms", "start": ""}
    marketer.post(reverse("admin:messaging_template_add"), form)
    sms = Template.objects.get(slug="parcel")

    page = press(marketer, sms, "save", Written("", "", "", "Замовлення вирушило. " * 4))

    counted = "all letters (UCS-2) · 84 letters · 2 parts · 50 letters left in this part"
    assert counted in page.content.decode()
    assert "Add a block" not in page.content.decode()


# --- looking ----------------------------------------------------------------------------------------------------------


def test_a_preview_shows_what_is_typed_and_saves_nothing(marketer, template, order):
    form = as_form(template, letter("Order {{ order.number }}", "Hi {{ customer.first_name }}"))

    answer = marketer.post(url(template, "preview"), form).json()

    assert (answer["problems"], answer["subject"]) == ([], "Hi Олена")
    html = marketer.get(answer["url"] + "phone/").content.decode()
    assert "Order #1042" in html and "@media not all" in html
    assert "@media all" in marketer.get(answer["url"] + "dark/").content.decode()
    text = marketer.get(answer["url"] + "text/")
    assert text["Content-Type"].startswith("text/plain") and "Order #1042" in text.content.decode()
    assert template.versions.count() == 1


def test_a_preview_is_shown_in_a_sandbox(marketer, template, order):
    answer = marketer.post(url(template, "preview"), as_form(template, letter())).json()

    policy = marketer.get(answer["url"] + "phone/")["Content-Security-Policy"]
    assert "sandbox" in policy and "script-src" not in policy and "default-src 'none'" in policy


def test_a_preview_names_what_is_wrong_by_block_and_field(marketer, template, order):
    answer = marketer.post(url(template, "preview"), as_form(template, letter("{{ x.__class__ }}"))).json()

    assert answer["problems"] == [{"block": 1, "field": "text", "what": "There is no variable “x.__class__” here."}]
    assert answer["url"] == ""


def test_a_preview_names_what_an_order_does_not_have(marketer, template, order):
    form = as_form(template, letter("{{ shipment.number }}"), sample=f"order:{order.pk}")

    answer = marketer.post(url(template, "preview"), form).json()

    assert answer["said"] == ("Block 2, Text, “Text”: The mail needs “shipment.number”, and it is not known here.")


def test_without_an_order_the_preview_says_so(marketer, template):
    answer = marketer.post(url(template, "preview"), as_form(template, letter())).json()

    assert answer["said"] == "There is no order yet to show this mail with."


def test_an_order_is_found_by_its_number(marketer, template, store):
    save_orders(store, [order_seen(77), order_seen()])

    page = marketer.get(url(template) + "?find=77")

    assert [name.split(" · ")[0] for _value, name in page.context["samples"]] == ["#77"]
    assert page.context["sample"] == page.context["samples"][0][0]


def test_a_stored_draft_with_liquid_out_of_order_can_still_be_looked_at(marketer, template, order):
    saved(template, letter("{% if order.number %} {{ oops"))

    frame = marketer.get(url(template, "mail", "en"))
    page = marketer.get(url(template))

    assert "“{{” is not closed" in frame.content.decode()
    assert page.status_code == 200


def test_every_namespace_is_explained_in_words(marketer, template):
    page = marketer.get(url(template))

    unexplained = [v.name for _space, rows in page.context["variables"] for v in rows if not v.words]
    assert unexplained == []


# --- tests ------------------------------------------------------------------------------------------------------------


def test_a_test_leaves_at_once_marked_and_is_no_message(marketer, template, order):
    cache.clear()

    answer = press(marketer, template, "test", letter("Order {{ order.number }}"), address="me@shop.example")

    mail = LocalMail.objects.get()
    assert (mail.to, mail.subject) == ("me@shop.example", "[Test] Hello")
    assert said(answer).startswith("The test was sent to me@shop.example.")
    assert Message.objects.count() == 0


@pytest.mark.parametrize("address", ["nobody", "a@b.example\r\nBcc: c@d.example", "x" * 400])
def test_a_test_to_no_address_says_so(marketer, template, order, address):
    page = press(marketer, template, "test", address=address)

    assert "is no e-mail address." in page.content.decode()
    assert LocalMail.objects.count() == 0


def test_a_test_to_a_suppressed_address_says_why_not(marketer, template, order):
    Suppression.objects.create(address="me@shop.example", reason="bounced")

    page = press(marketer, template, "test", address="me@shop.example")

    assert "Nothing is sent to me@shop.example: bounced for good." in page.content.decode()


def test_twenty_tests_an_hour_are_enough(marketer, template, order):
    cache.clear()
    marketer_id = marketer.session["_auth_user_id"]
    cache.set(f"mail_tests:{marketer_id}", 20, 60)

    page = press(marketer, template, "test", address="me@shop.example")

    assert "That were 20 tests within an hour. Wait a little." in page.content.decode()
    assert LocalMail.objects.count() == 0


def test_a_server_that_refuses_a_test_is_quoted(marketer, template, order, settings):
    cache.clear()
    settings.EMAIL_URL = "smtp://127.0.0.1:1"

    page = press(marketer, template, "test", address="me@shop.example")

    assert page.status_code == 400
    assert "Nobody answers at this port." in page.content.decode()


# --- versions ---------------------------------------------------------------------------------------------------------


def test_a_version_shows_what_is_different_from_the_one_before(marketer, template, order):
    press(marketer, template, "publish", letter("Good evening", "Thank you"))

    page = marketer.get(url(template, "version", 2) + "?language=en")

    lines = page.context["lines"]
    assert ("old", "We have your order {{ order.number }}") in lines
    assert ("new", "Thank you") in lines and ("new", "Good evening") in lines


def test_an_old_version_is_made_a_draft_by_a_button(marketer, template):
    press(marketer, template, "publish")

    answer = marketer.post(url(template), {"do": "restore:1"}, follow=True)

    assert said(answer) == "Version 1 is a draft now."
    assert drafts.working(template).version.number == 3


def test_name_and_purpose_are_changed_without_a_version(marketer, template):
    marketer.post(url(template), {"do": "settings", "name": "Danke", "purpose": "order_updates"})

    template.refresh_from_db()
    assert (template.name, template.versions.count()) == ("Danke", 1)


def test_the_list_says_what_is_being_written_and_which_languages_are_missing(marketer, template):
    drafts.create_template("Half", "marketing", "email", {"en": letter()}, None, drafts.timezone.now())
    press(marketer, Template.objects.get(slug="half"), "publish")
    saved(template, letter())

    page = marketer.get(reverse("admin:messaging_template_changelist")).content.decode()

    assert "UK, RU" in page
    assert '<span class="pill pill--wait">draft</span>' in page
