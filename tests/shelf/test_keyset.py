from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import DecimalField, ExpressionWrapper, F
from django.test.utils import CaptureQueriesContext

from events.models import Connection, Event
from shelf.keyset import capped_count, page_after

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
NEWEST_FIRST = ("-at", "-id")


def test_walking_forward_shows_every_row_once_and_in_order():
    facts(23, at_once=4)

    pages = walk(Event.objects.all(), NEWEST_FIRST, size=5)

    assert [len(page.rows) for page in pages] == [5, 5, 5, 5, 3]
    assert [row for page in pages for row in page.rows] == list(Event.objects.order_by("-at", "-id"))
    assert pages[0].previous_cursor == ""
    assert pages[-1].next_cursor == ""


def test_walking_back_shows_the_same_pages():
    facts(23, at_once=4)
    forward = walk(Event.objects.all(), NEWEST_FIRST, size=5)

    back, page = [], forward[-1]
    while page.previous_cursor:
        page = page_after(Event.objects.all(), NEWEST_FIRST, page.previous_cursor, 5)
        back.append(page)

    assert [page.rows for page in back] == [page.rows for page in forward[-2::-1]]
    assert page_after(Event.objects.all(), NEWEST_FIRST, back[0].next_cursor, 5).rows == forward[-1].rows


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_list_that_fits_one_page_has_no_cursors(count):
    facts(count)

    page = page_after(Event.objects.all(), NEWEST_FIRST, size=5)

    assert (len(page.rows), page.next_cursor, page.previous_cursor) == (count, "", "")


def test_rows_that_came_meanwhile_neither_repeat_nor_hide_others():
    old = facts(10)
    first = page_after(Event.objects.all(), NEWEST_FIRST, size=5)

    facts(3, since=NOON + timedelta(hours=1))
    second = page_after(Event.objects.all(), NEWEST_FIRST, first.next_cursor, 5)

    assert first.rows + second.rows == old[::-1]


def test_back_at_the_start_a_short_page_is_filled():
    facts(8)
    second = page_after(
        Event.objects.all(), NEWEST_FIRST, page_after(Event.objects.all(), NEWEST_FIRST, size=5).next_cursor, 5
    )
    Event.objects.filter(pk__in=Event.objects.order_by("-at", "-id")[:3].values("pk")).delete()

    page = page_after(Event.objects.all(), NEWEST_FIRST, second.previous_cursor, 5)

    assert page.rows == list(Event.objects.order_by("-at", "-id"))
    assert (page.next_cursor, page.previous_cursor) == ("", "")


def test_the_way_back_stays_open_when_the_rest_of_the_list_is_gone():
    facts(8)
    first = page_after(Event.objects.all(), NEWEST_FIRST, size=5)
    Event.objects.filter(at__lt=first.rows[-1].at).delete()

    empty = page_after(Event.objects.all(), NEWEST_FIRST, first.next_cursor, 5)

    assert empty.rows == []
    assert page_after(Event.objects.all(), NEWEST_FIRST, empty.previous_cursor, 5).rows == first.rows


def test_directions_may_be_mixed_and_values_may_be_text():
    for source, slug in [("b", "1"), ("a", "2"), ("a", "1"), ("їжак", "1"), ("b", "2"), ("", "3")]:
        Connection.objects.create(source=source, slug=slug)

    pages = walk(Connection.objects.all(), ("source", "-slug"), size=2)

    assert [row for page in pages for row in page.rows] == list(Connection.objects.order_by("source", "-slug"))
    assert len(pages) == 3


def test_values_may_be_decimals_and_annotated():
    facts(7)
    halves = Event.objects.annotate(half=ExpressionWrapper(F("id") * Decimal("0.5"), DecimalField(decimal_places=2)))

    pages = walk(halves, ("half", "id"), size=3)

    assert [row.id for page in pages for row in page.rows] == list(
        Event.objects.order_by("id").values_list("id", flat=True)
    )


def test_rows_may_be_dicts():
    facts(5)

    pages = walk(Event.objects.values("at", "id", "kind"), NEWEST_FIRST, size=2)

    assert [row["id"] for page in pages for row in page.rows] == list(
        Event.objects.order_by("-at", "-id").values_list("id", flat=True)
    )


def test_null_cannot_order_a_list():
    facts(3)

    with pytest.raises(TypeError):
        page_after(Event.objects.all(), ("-handled_at", "-id"), size=2)


@pytest.mark.parametrize(
    "cursor", [None, "", "x", "…", "=" * 9, "a" * 3000, "\x00", "W10", "WyJmIixbImkiLCIxIl1d", "AAAAAAAAAABbXQ"]
)
def test_a_bad_cursor_leads_to_the_first_page(cursor):
    facts(6)

    page = page_after(Event.objects.all(), NEWEST_FIRST, cursor, 5)

    assert page.rows == list(Event.objects.order_by("-at", "-id")[:5])
    assert page.previous_cursor == ""


def test_a_cursor_is_good_for_its_own_list_and_order_only():
    facts(6)
    Connection.objects.create(source="a", slug="1")
    cursor = page_after(Event.objects.all(), NEWEST_FIRST, size=2).next_cursor

    assert page_after(Event.objects.all(), ("at", "id"), cursor, 2).previous_cursor == ""
    assert page_after(Connection.objects.all(), ("created_at", "id"), cursor, 2).previous_cursor == ""


def test_no_changed_cursor_is_taken():
    facts(6)
    cursor = page_after(Event.objects.all(), NEWEST_FIRST, size=2).next_cursor
    first = page_after(Event.objects.all(), NEWEST_FIRST, size=2)

    for place in range(0, len(cursor) - 1, 3):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert page_after(Event.objects.all(), NEWEST_FIRST, changed, 2) == first


def test_a_page_is_one_query_along_an_index():
    facts(6)
    cursor = page_after(Event.objects.all(), NEWEST_FIRST, size=2).next_cursor

    with CaptureQueriesContext(
        connection,
    ) as queries:
        page_after(Event.objects.filter(customer_id=1), NEWEST_FIRST, cursor, 2)

    assert len(queries) == 1
    assert '"at" <= ' in queries[0]["sql"]


def test_counts_stop_at_the_cap():
    facts(6)

    assert capped_count(Event.objects.all(), cap=5) == (5, True)
    assert capped_count(Event.objects.all(), cap=6) == (6, False)
    assert capped_count(Event.objects.none()) == (0, False)
    with CaptureQueriesContext(connection) as queries:
        capped_count(Event.objects.order_by("-at"), cap=5)
    assert "LIMIT 6" in queries[0]["sql"]
    assert "ORDER BY" not in queries[0]["sql"]


def facts(count, at_once=1, since=NOON):
    return Event.objects.bulk_create(
        Event(kind="Happened", at=since + timedelta(seconds=turn // at_once), customer_id=1) for turn in range(count)
    )


def walk(queryset, order, size):
    pages = [page_after(queryset, order, size=size)]
    while pages[-1].next_cursor:
        pages.append(page_after(queryset, order, pages[-1].next_cursor, size))
    return pages
