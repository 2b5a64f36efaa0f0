"""Reviews come in from other systems as a job, and go out whole."""

import csv
import io
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from feedback.exporting import COLUMNS, csv_of, json_of
from feedback.importing.keeping import import_reviews
from feedback.models import Review, Site
from feedback.showing import tallies
from staff.models import Job
from tests.builders.door import MONDAY
from tests.builders.google_feed import faults
from tests.builders.reviews import a_product, said
from tests.builders.room import person

SAMPLES = Path(__file__).parent.parent / "samples" / "review_files"
FILES = {path.stem: path.read_text("utf-8") for path in sorted(SAMPLES.glob("*.csv"))}
pytestmark = pytest.mark.django_db


@pytest.fixture
def kettle(store):
    return a_product(store)


def brought(store, source, dry_run=False):
    return import_reviews(store, FILES[source].encode(), dry_run=dry_run, now=MONDAY)


@pytest.mark.parametrize("source", [name for name in FILES if name != "trustpilot"])
def test_reviews_find_their_product_and_are_imported_not_verified(kettle, store, source):
    job = brought(store, source)

    review = Review.objects.get()
    assert (review.product, review.badge, review.state, review.source) == (kettle, "imported", "published", source)
    assert (job.state, job.done, job.total >= 1) == (Job.State.DONE, 1, True)
    assert tallies([kettle.pk])[kettle.pk].stars == (0, 0, 0, 0, 1)


def test_reviews_of_trustpilot_are_about_the_store(store):
    brought(store, "trustpilot")

    assert (Review.objects.get().product, Review.objects.get().reply) == (None, "Дякуємо!")


def test_a_dry_run_says_the_same_and_keeps_nothing(kettle, store):
    job = brought(store, "judgeme", dry_run=True)

    assert (job.done, job.refused, job.dry_run, Review.objects.count()) == (1, 0, True, 0)


def test_the_same_file_again_changes_nothing(kettle, store):
    brought(store, "judgeme")

    job = brought(store, "judgeme")

    assert (job.done, job.refused, Review.objects.count()) == (0, 1, 1)
    assert job.refused_rows.get().why == "It was imported before."


def test_a_product_that_the_store_has_not_is_named(store):
    job = brought(store, "yotpo")

    assert Review.objects.count() == 0
    assert "“Мідний чайник”" in job.refused_rows.get().why


def test_what_was_hidden_there_waits_here(kettle, store):
    import_reviews(store, FILES["judgeme"].replace(",ok,", ",spam,").encode(), now=MONDAY)

    assert Review.objects.get().state == "pending"


def test_the_command_tells_what_it_did(kettle, store, tmp_path):
    file = tmp_path / "reviews.csv"
    file.write_text(FILES["okendo"], "utf-8")
    out = StringIO()

    call_command("import_reviews", file, "--store", store.slug, stdout=out, stderr=StringIO())

    assert out.getvalue().startswith("1 review imported, 0 rows refused")


# --- Out ----------------------------------------------------------------------------------------------------------


def test_everything_goes_out_published_or_not_with_replies_and_days(kettle, store):
    said(kettle, 5, "=HYPERLINK(1)", reply="Дякуємо!", replied_at=MONDAY)
    said(kettle, 1, "Погано", state="rejected", reason="abuse", is_incentivized=True)

    rows = json.loads(b"".join(json_of(store)))
    table = list(csv.DictReader(io.StringIO(b"".join(csv_of(store, "en")).decode("utf-8-sig"))))

    assert [tuple(row) for row in rows] == [COLUMNS, COLUMNS]
    assert [(r["stars"], r["state"], r["reason"], r["is_incentivized"]) for r in rows] == [
        (5, "published", "", False), (1, "rejected", "abuse", True),
    ]  # fmt: skip
    assert rows[0]["replied_at"] == MONDAY.isoformat()
    assert [row["text"] for row in table] == ["'=HYPERLINK(1)", "Погано"]
    assert table[0]["product_id"] == "771"


def test_an_empty_store_exports_an_empty_list(store):
    assert json.loads(b"".join(json_of(store))) == []


def test_who_may_see_reviews_takes_them_along_in_the_room(client, kettle, store):
    said(kettle)
    client.force_login(person("agent", "agent@lavka.example"))

    taken = client.get(f"/admin/feedback/review/all/{store.slug}.json")

    assert len(json.loads(b"".join(taken.streaming_content))) == 1
    assert client.get(f"/admin/feedback/review/all/{store.slug}.exe").status_code == 404


def test_the_google_feed_of_a_store_is_whole_and_streamed(client, kettle, store):

    Site.objects.create(store=store, product_url="https://lavka.example/p/{id}")
    said(kettle, 1, "Погано")
    said(kettle, 5, "Добре", badge="imported", source="judgeme")
    said(kettle, 5, "Чекає", state="pending")

    answer = client.get(f"/reviews/{store.slug}/google.xml")
    body = b"".join(answer.streaming_content)

    assert faults(body) == []
    assert body.count(b"<review>") == 2
    assert body.count(b"<is_verified_purchase>true") == 1
    assert b"https://lavka.example/p/771" in body
