"""The card's page: what it shows, to whom, and how it is counted."""

import re
from datetime import timedelta

import pytest

from tests.builders import cards
from tests.builders.door import MONDAY
from vcards import actions, tally
from vcards.links import card_path
from vcards.models import Activity, VisitorKey

pytestmark = pytest.mark.django_db


def counted():
    rows = Activity.objects.order_by("pk")
    return [(row.kind, row.share.placement, row.times, row.is_machine) for row in rows.select_related("share")]


def test_the_page_speaks_the_language_that_was_asked_for_and_else_its_own(client):
    address = f"/c/{cards.code(cards.card())}/"

    assert "Ірина Мельник" in cards.opened(client, address, **{"Accept-Language": "uk"}).content.decode()
    assert "Iryna Melnyk" in cards.opened(client, address + "?lang=en").content.decode()


def test_the_page_needs_no_script_and_stays_under_fifty_kilobytes_with_its_styles(client, settings):
    page = cards.opened(client, f"/c/{cards.code(cards.card())}/").content

    files = re.findall(r"/static/(aftercare/[\w.]+)", page.decode())
    size = len(page) + sum((settings.BASE_DIR / "static" / name).stat().st_size for name in set(files))
    assert b"<script" not in page
    assert len(page) < 12_000
    assert size < 40_000


def test_a_scan_is_told_from_a_view_by_the_address_that_the_qr_code_holds(client):
    code = cards.code(cards.card())

    cards.opened(client, f"/c/{code}")
    cards.opened(client, f"/c/{code}/")
    cards.opened(client, f"/c/{code}/")

    assert counted() == [("scan", "mail", 1, False), ("view", "mail", 2, False)]


def test_machines_are_counted_apart(client):
    code = cards.code(cards.card())

    cards.opened(client, f"/c/{code}/", agent="TelegramBot (like TwitterBot)")
    client.head(f"/c/{code}/")

    assert counted() == [("view", "mail", 1, True)]


def test_a_click_leads_where_the_row_says_and_nowhere_else(client):
    made = cards.card()
    code, telegram = cards.code(made), made.contacts.get(kind="telegram")

    response = cards.opened(client, f"/c/{code}/go/{telegram.pk}?to=https://evil.example")

    assert (response.status_code, response["Location"]) == (302, "https://t.me/iryna_tea")
    assert counted() == [("click", "mail", 1, False)]


def test_a_contact_of_another_card_is_not_found_under_this_code(client):
    mine = cards.card()
    other = cards.card(design=mine.design).contacts.get(kind="telegram")

    response = cards.opened(client, f"/c/{cards.code(mine)}/go/{other.pk}")

    assert response.status_code == 404
    assert counted() == []


def test_a_page_that_has_not_changed_is_not_sent_again_and_asks_the_database_nothing(
    client, django_assert_num_queries, monkeypatch
):
    code = cards.code(cards.card())
    etag = cards.opened(client, f"/c/{code}/")["ETag"]
    monkeypatch.setattr(tally, "note", lambda seen: None)

    with django_assert_num_queries(0):
        response = cards.opened(client, f"/c/{code}/", **{"If-None-Match": etag})

    assert (response.status_code, response.content) == (304, b"")


def test_a_change_of_the_card_changes_the_page(client):
    made = cards.card()
    address = f"/c/{cards.code(made)}/"
    before = cards.opened(client, address)

    made.about = "Знає кожен чай."
    actions.save_card(made, MONDAY)
    actions.redraw([made.pk])
    after = cards.opened(client, address, **{"If-None-Match": before["ETag"]})

    assert after.status_code == 200
    assert "Знає кожен чай." in after.content.decode()


def test_a_known_reader_is_told_of_once_a_day_and_an_unknown_one_never(client, store, told):
    made = cards.card()
    order = cards.ordered(store, made)
    code = cards.code(made)

    cards.opened(client, f"/c/{code}/")
    cards.opened(client, card_path(code, order.customer_id))
    cards.opened(client, card_path(code, order.customer_id), agent="Another Mozilla/5.0 (Linux)")

    assert told("card.viewed") == [order.customer_id]


def test_a_saved_card_is_a_fact_of_whoever_was_given_the_link(client, store, told):
    made = cards.card()
    order = cards.ordered(store, made)
    page = cards.opened(client, card_path(cards.code(made), order.customer_id)).content.decode()

    [address] = re.findall(r'href="(/c/\w+\.vcf\?[^"]+)"', page)
    cards.opened(client, address.replace("&amp;", "&"))
    cards.opened(client, address.replace("&amp;", "&"))

    assert told("card.saved") == [order.customer_id]
    assert counted()[-1] == ("save", "mail", 2, False)


def test_a_forged_reader_opens_the_page_and_is_nobody(client, told):
    code = cards.code(cards.card())

    response = cards.opened(client, f"/c/{code}.vcf?for=AQHj2tqR0000000000000000000000000")

    assert response.status_code == 200
    assert told("card.saved") == [None]


@pytest.mark.parametrize("form", ["/", "", ".vcf", ".svg", ".png", ".jpg"])
def test_a_code_that_never_was_is_not_found(client, form):
    assert client.get(f"/c/2222222222{form}").status_code == 404


def test_the_key_that_told_readers_apart_goes_with_its_day(client):
    cards.opened(client, f"/c/{cards.code(cards.card())}/")
    VisitorKey.objects.create(day_on=MONDAY.date() - timedelta(days=400), secret=b"k")

    assert actions.forget_keys() == 1
    assert VisitorKey.objects.count() == 1
