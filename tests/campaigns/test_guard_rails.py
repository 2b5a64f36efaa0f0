"""Before the send button: who gets it and who not, what is missing, where links lead, how heavy it is."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from campaigns import mailing
from campaigns.mailing.links import belongs
from campaigns.models import Campaign
from customers.models import Consent, OpenMatter, Purpose
from messaging.models import Message, Stream, Suppression
from orders.actions import save_orders
from orders.models import Order, OrderLine, Store
from shelf.safe_http import Answer, Blocked, Unreachable
from tests.builders import room
from tests.builders.campaigns import FOOT, campaign, look, mail, said, shop_is_online
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday(settings):
    settings.EMAIL_URL = "smtp://mail.example"
    with time_machine.travel(MONDAY, tick=False) as clock, translation.override("en"):
        yield clock


@pytest.fixture(autouse=True)
def visits(monkeypatch):
    return shop_is_online(monkeypatch)


def buyer(store, number, **overrides):
    known = {"email": f"n{number}@example.com", "customer_id": str(number), "phone": ""}
    return save_orders(store, [order_seen(number, **(known | overrides))])[0].order


# --- Who ----------------------------------------------------------------------------------------------------------


def test_the_audience_is_told_by_reason(lavka):
    buyers = [buyer(lavka, number) for number in range(6)]
    Suppression.objects.create(address=buyers[0].email, reason="bounced")
    Consent.objects.create(address=buyers[1].email, purpose_id="marketing", action="objected", source="test", at=MONDAY)
    Order.objects.filter(pk=buyers[2].pk).update(email="")
    buyers[2].customer.identifiers.filter(kind="email").delete()

    verdict, what, details = said(look(campaign(lavka)), "audience")

    assert (verdict, what) == ("ok", "Will get it: 3 of 6.")
    assert sorted(details) == [
        "No address: the order came without an e-mail (1)",
        "The address is suppressed: mail bounced, or its owner complained (1)",
        "The customer does not want messages of this kind (1)",
    ]


def test_the_dry_run_writes_nothing(lavka):
    buyer(lavka, 1)

    checked = look(campaign(lavka))

    assert checked.state == "checked" and checked.recipients == 1
    assert not Message.objects.filter(cause_type="campaign").exists()


def test_an_audience_of_nobody_cannot_be_sent(lavka):
    checked = look(campaign(lavka))

    assert said(checked, "audience")[:2] == ("stop", "Nobody would get this mail.")
    assert checked.state == "draft"
    with pytest.raises(mailing.CampaignRefused, match="has to be mended first"):
        mailing.send(checked, None, timezone.now())


def test_somebody_with_an_open_matter_gets_it_later(lavka):
    Purpose.objects.filter(pk="marketing").update(waits_for_open_matters=True)
    first, _second = buyer(lavka, 1), buyer(lavka, 2)
    OpenMatter.objects.create(
        customer=first.customer, kind="return", subject_type="order", subject_id=first.pk, opened_at=MONDAY
    )

    what = said(look(campaign(lavka)), "audience")[1]

    assert what == "Will get it: 1 of 2; later, for the reasons below: 1."


def test_the_filter_asks_for_days_orders_language_and_store(lavka):
    buyer(lavka, 1, language="uk")
    buyer(lavka, 2, language="ru")
    buyer(lavka, 3, language="uk", placed_at=MONDAY - timedelta(days=90))
    for number in (4, 5):
        buyer(lavka, number, email="twice@example.com", customer_id="77", language="uk")
    other = Store.objects.create(slug="other", name="Other", country="UA", currency="UAH", language="uk")
    buyer(other, 6)
    everybody = campaign(lavka)

    def reached(**fields):
        Campaign.objects.filter(pk=everybody.pk).update(**fields)
        return look(Campaign.objects.get(pk=everybody.pk)).recipients

    assert reached() == 4
    assert reached(language="uk") == 3
    assert reached(since_on=(MONDAY - timedelta(days=30)).date()) == 2
    assert reached(language="", min_orders=2) == 1
    assert reached(min_orders=1, since_on=None, until_on=(MONDAY - timedelta(days=60)).date()) == 1


def test_two_customers_with_one_address_get_one_mail(lavka):
    first = buyer(lavka, 1, email="family@example.com")
    second = buyer(lavka, 2, email="other@example.com")
    Order.objects.filter(pk=second.pk).update(email="family@example.com")

    checked = look(campaign(lavka))

    assert first.customer_id != second.customer_id
    assert said(checked, "audience")[1:] == (
        "Will get it: 1 of 2.",
        ["The address belongs to another customer, who gets the mail (1)"],
    )


def test_who_got_a_mail_in_the_last_day_is_counted(lavka):
    first, _second = buyer(lavka, 1), buyer(lavka, 2)
    planned(first, MONDAY)
    Message.objects.update(state="sent", sent_at=MONDAY - timedelta(hours=3))

    verdict, what, _details = said(look(campaign(lavka)), "recent")

    assert (verdict, what) == ("warn", "Got a mail from us in the last 24 hours already: 1 of 2.")


def test_readers_of_a_language_that_the_mail_lacks_are_told(lavka):
    buyer(lavka, 1, language="uk")
    buyer(lavka, 2, language="ru")

    verdict, _what, details = said(look(campaign(lavka, template=mail(languages=("en", "uk")))), "languages")

    assert (verdict, details) == ("warn", ["Read Russian, and get it in English: 1."])


# --- What is missing ----------------------------------------------------------------------------------------------


def test_variables_that_are_empty_for_somebody_are_named_and_counted(lavka):
    buyer(lavka, 1)
    nameless = buyer(lavka, 2)
    Order.objects.filter(pk=nameless.pk).update(first_name="", last_name="")
    nameless.customer.first_name = nameless.customer.last_name = ""
    nameless.customer.save()

    verdict, _what, details = said(look(campaign(lavka)), "variables")

    assert (verdict, details) == (
        "warn",
        ["“customer.first_name” is empty for 1 of them; give it a “default”."],
    )


def test_a_variable_with_a_fallback_or_a_question_before_it_is_no_trouble(lavka):
    nameless = buyer(lavka, 2)
    Order.objects.filter(pk=nameless.pk).update(first_name="", last_name="", shipping_method="")
    nameless.customer.first_name = nameless.customer.last_name = ""
    nameless.customer.save()
    words = (
        'Hello {{ customer.first_name | default: "friend" }}'
        f"{{% if order.shipping_method != '' %}}{{{{ order.shipping_method }}}}{{% endif %}} {FOOT}"
    )

    assert said(look(campaign(lavka, template=mail(words))), "variables")[0] == "ok"


def test_a_variable_that_exists_for_nobody_stops_it(lavka):
    buyer(lavka, 1)
    template = mail(f"{{{{ shipment.number }}}} {FOOT}")  # parcels have it; customers do not

    checked = look(campaign(lavka, template=template))

    assert said(checked, "variables")[0] == "stop"
    assert said(checked, "variables")[2] == ["“shipment.number” does not exist for 1 of them."]
    assert said(checked, "rendering")[0] == "stop"
    assert checked.state == "draft"


# --- Links --------------------------------------------------------------------------------------------------------


def linked(store, url, **answers):
    return look(campaign(store, template=mail(f'<a href="{url}">x</a> {FOOT}')))


def test_every_link_is_visited_once_and_the_readers_own_never(lavka, visits):
    buyer(lavka, 1)
    buyer(lavka, 2)

    checked = look(campaign(lavka))

    assert visits == [("HEAD", "https://lavka.example/sale")]
    assert said(checked, "links")[:2] == ("ok", "Links that were visited: 1. All of them open.")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://localhost/x", "https://localhost/x: localhost is an address inside a private network."),
        ("http://localhost:8000/admin", "http://localhost:8000/admin: Port 8000 is closed; 443 and 8443 are open."),
        ("https://10.0.0.5/", "https://10.0.0.5/: 10.0.0.5 is an address inside a private network."),
        ("http://169.254.169.254/", "http://169.254.169.254/: 169.254.169.254 is an address inside a private network."),
        ("https://[::1]/", "https://[::1]/: ::1 is an address inside a private network."),
        ("ftp://lavka.example/x", "ftp://lavka.example/x is no address of a page."),
        ("/sale", "/sale is no address of a page."),
        ("", "A link leads nowhere: its address is empty."),
    ],
)
def test_a_link_to_the_inside_of_a_network_or_to_no_page_stops_it(lavka, monkeypatch, url, why):
    from campaigns.mailing import links
    from shelf import safe_http

    monkeypatch.setattr(links, "fetch", safe_http.fetch)  # the real guard; none of these gets as far as a connection
    buyer(lavka, 1)

    checked = linked(lavka, url)

    verdict, _what, details = said(checked, "links")
    assert (verdict, details) == ("stop", [why])
    assert checked.state == "draft"


@pytest.mark.parametrize(
    ("answer", "verdict", "why"),
    [
        (404, "stop", "https://lavka.example/x answers 404."),
        (500, "stop", "https://lavka.example/x answers 500."),
        (403, "warn", "https://lavka.example/x answers 403 to us; look at it yourself."),
        (301, "ok", None),
        (
            Unreachable("The name %(host)s is unknown.", host="lavka.example"),
            "stop",
            "The name lavka.example is unknown.",
        ),
        (Blocked("This is no web address."), "stop", "This is no web address."),
    ],
)
def test_what_a_link_answers_decides(lavka, monkeypatch, answer, verdict, why):
    shop_is_online(monkeypatch, {"https://lavka.example/x": answer})
    buyer(lavka, 1)

    found = said(linked(lavka, "https://lavka.example/x"), "links")

    assert found[0] == verdict
    assert [why in detail for detail in found[2]] == [True] * bool(why)


def test_a_server_without_head_is_asked_by_get(lavka, monkeypatch):
    buyer(lavka, 1)
    visits = []

    def fetch(method, url, **limits):
        visits.append(method)
        return Answer(405 if method == "HEAD" else 200, {}, b"")

    monkeypatch.setattr("campaigns.mailing.links.fetch", fetch)

    assert said(linked(lavka, "https://lavka.example/x"), "links")[0] == "ok"
    assert visits == ["HEAD", "GET"]


def test_a_link_without_encryption_is_to_be_looked_at(lavka):
    buyer(lavka, 1)

    found = said(linked(lavka, "http://lavka.example/x"), "links")

    assert (found[0], found[2]) == ("warn", ["http://lavka.example/x is not encrypted; write https://."])


def test_a_host_that_is_not_the_shops_has_to_be_confirmed_by_a_person(lavka):
    marta = room.person("marketer")
    buyer(lavka, 1)
    checked = linked(lavka, "https://video.example/x")
    assert said(checked, "links")[0] == "stop"

    mailing.confirm_host(checked, "video.example", marta)
    checked.refresh_from_db()
    assert checked.state == "checking"
    checked = look_on(checked)

    assert checked.confirmed_hosts == ["video.example"]
    assert (said(checked, "links")[0], checked.state) == ("ok", "checked")


def look_on(checked):
    from events.clocks import drain

    drain("campaigns")
    checked.refresh_from_db()
    return checked


def test_a_shop_owns_its_subdomains_and_not_those_who_sound_like_it():
    assert belongs("lavka.example", ["www.lavka.example"])
    assert belongs("shop.lavka.example", ["lavka.example"])
    assert not belongs("evil-lavka.example", ["lavka.example"])
    assert not belongs("lavka.example.evil.example", ["lavka.example"])


def test_where_mail_stays_in_the_house_an_unreachable_shop_is_only_mentioned(lavka, monkeypatch, settings):
    settings.EMAIL_URL = ""
    shop_is_online(monkeypatch, {"https://lavka.example/x": Unreachable("The name %(host)s is unknown.", host="x")})
    buyer(lavka, 1)

    assert said(linked(lavka, "https://lavka.example/x"), "links")[0] == "warn"


# --- The mail itself ----------------------------------------------------------------------------------------------


def test_a_mail_that_needs_an_unsubscribe_link_and_has_none_is_stopped(lavka):
    buyer(lavka, 1)

    checked = look(campaign(lavka, template=mail("Buy!")))

    assert said(checked, "unsubscribe")[:2] == ("stop", "There is no unsubscribe link in the mail.")
    assert checked.state == "draft"


def test_the_plain_text_needs_the_link_too(lavka):
    buyer(lavka, 1)

    checked = look(campaign(lavka, template=mail(text="Buy!")))

    assert said(checked, "unsubscribe")[:2] == ("stop", "There is no unsubscribe link in the plain text.")


def test_what_belongs_to_the_contract_needs_no_unsubscribe_link_but_a_look(lavka):
    buyer(lavka, 1)
    template = mail("We move to another house.", purpose="order_updates")
    Purpose.objects.filter(pk="order_updates").update(needs="nothing")

    assert said(look(campaign(lavka, template=template)), "unsubscribe")[:2] == (
        "warn",
        "“News about orders” goes to all, asked or not, and without an unsubscribe link. Is it no advertising?",
    )


def test_a_mail_beyond_gmails_clip_limit_is_stopped(lavka):
    heavy = buyer(lavka, 1)
    room.lines(heavy)
    row = f"{{% for line in order.lines %}}{'{{ line.title }} ' + 'long ' * 90}{{% endfor %}}"
    body = "".join(f"<mj-text>{row}</mj-text>" for _n in range(40))
    OrderLine.objects.bulk_create(
        [OrderLine(order=heavy, external_id=str(n), title="Cup", quantity=1, price=1, total=1) for n in range(2, 9)]
    )

    checked = look(campaign(lavka, template=mail("x" + FOOT, body=body)))

    verdict, what, _details = said(checked, "size")
    assert verdict == "stop" and "Gmail cuts it off after 102 KB" in what
    assert checked.state == "draft"


def test_size_and_subject_by_their_figures():
    from campaigns.mailing import guards
    from messaging.rendering import RenderedMail

    def judged(kilobytes, needs=True):
        return guards.size([RenderedMail("s", "x" * kilobytes * 1024, "t")], needs).verdict

    assert [judged(89), judged(95), judged(103), judged(103, needs=False)] == ["ok", "warn", "stop", "warn"]
    assert guards.subjects([RenderedMail("x" * 70, "", "")]).verdict == "ok"
    assert guards.subjects([RenderedMail("x" * 71, "", "")]).verdict == "warn"
    assert guards.subjects([RenderedMail("x", "", ""), RenderedMail(" ", "", "")]).verdict == "stop"
    assert guards.plain_text([RenderedMail("x", "", " \n")]).verdict == "stop"


def test_images_are_weighed_and_asked_for_their_words(lavka, monkeypatch):
    heavy = Answer(200, {"content-length": str(700 * 1024), "content-type": "image/jpeg"}, b"")
    light = Answer(200, {"content-length": "2048", "content-type": "image/png"}, b"")
    page = Answer(200, {"content-length": "2048", "content-type": "text/html"}, b"")
    answers = {
        "https://cdn.example/1.jpg": heavy,
        "https://cdn.example/2.png": light,
        "https://cdn.example/3.png": page,
    }
    shop_is_online(monkeypatch, answers)
    buyer(lavka, 1)
    images = "".join(f'<img src="https://cdn.example/{name}">' for name in ("1.jpg", "2.png", "3.png"))

    verdict, what, details = said(look(campaign(lavka, template=mail(images + FOOT))), "images")

    assert (verdict, what) == ("stop", "Images: 3, together 702 KB.")
    assert details == [
        "The image https://cdn.example/1.jpg has 700 KB.",
        "The image https://cdn.example/3.png does not open.",
        *[
            f"The image https://cdn.example/{n} has no words for those who do not see it."
            for n in ("1.jpg", "2.png", "3.png")
        ],
    ]


def test_an_unpublished_template_stops_it(lavka):
    buyer(lavka, 1)
    made = campaign(lavka)
    made.template.versions.all().delete()

    checked = look(made)

    assert said(checked, "template")[:2] == ("stop", "The template has no published version.")
    assert checked.state == "draft"


# --- The house ----------------------------------------------------------------------------------------------------


def test_a_sender_that_is_paused_for_marketing_stops_it(lavka):
    buyer(lavka, 1)
    lavka.sender.marketing_paused_at = MONDAY
    lavka.sender.save()

    assert said(look(campaign(lavka)), "way out")[0] == "stop"


def test_the_pause_of_everything_is_mentioned(lavka):
    buyer(lavka, 1)
    Stream.objects.update_or_create(slug="everything", defaults={"name": "x", "paused_at": MONDAY})

    assert said(look(campaign(lavka)), "way out")[2] == ["All sending is paused."]


def test_a_template_changed_after_the_check_makes_it_stale(lavka):
    buyer(lavka, 1)
    checked = look(campaign(lavka))
    mail("Something else. " + FOOT)

    with pytest.raises(mailing.CampaignRefused, match="changed since the check"):
        mailing.send(checked, None, timezone.now())

    checked.refresh_from_db()
    assert checked.state == "checked"


def test_a_check_grows_stale_within_a_day(lavka, monday):
    buyer(lavka, 1)
    checked = look(campaign(lavka))
    monday.shift(timedelta(hours=25))

    with pytest.raises(mailing.CampaignRefused, match="a day old"):
        mailing.send(checked, None, timezone.now())


def test_a_change_of_the_campaign_makes_it_a_draft_again(lavka):
    marta = room.person("marketer")
    buyer(lavka, 1)
    checked = look(campaign(lavka))
    checked.min_orders = 1
    checked.language = "uk"

    mailing.edit(checked, marta)

    checked.refresh_from_db()
    assert (checked.state, checked.checked_hash, checked.edited_by) == ("draft", "", marta)


def test_a_check_that_fails_on_our_side_says_so_and_stays_a_draft(lavka, monkeypatch, caplog):
    buyer(lavka, 1)
    made = campaign(lavka)
    monkeypatch.setattr("messaging.gate.judge", lambda *args: 1 / 0)

    checked = look(made)

    assert checked.state == "draft"
    assert checked.why == "An error on our side: ZeroDivisionError: division by zero"


def test_two_checks_at_once_count_everybody_once(lavka):
    for number in range(3):
        buyer(lavka, number)
    made = campaign(lavka)
    mailing.check(made)

    for _n in range(6):
        mailing.run_campaigns()

    made.refresh_from_db()
    assert (made.matched, made.recipients, made.state) == (3, 3, "checked")
