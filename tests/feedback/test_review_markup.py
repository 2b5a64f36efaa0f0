"""JSON-LD of product reviews, read back as a search engine reads it."""

from datetime import UTC, datetime
from decimal import Decimal

from feedback.markup import product, script
from tests.builders.schema_org import faults, read_page

SCORE = {"count": 3, "mean": Decimal("4.67")}
REVIEW = {
    "stars": 5, "title": "Чудовий", "text": "Гріє швидко.", "author": "Олена К.", "nobody": "Покупець",
    "written_at": datetime(2026, 11, 20, 9, tzinfo=UTC), "language": "uk", "photos": ["https://care.example/1.jpg"],
}  # fmt: skip


def told(reviews=(REVIEW,), score=SCORE, name="Мідний чайник"):
    made = product(name, "https://care.example/reviews/lavka/7/", "https://i.example/k.jpg", "K-1", score, reviews)
    return read_page(f"<html><head>{script(made)}</head></html>")


def test_a_product_says_its_mean_and_the_reviews_on_the_page():
    (found,) = told()

    assert faults(found) == []
    assert found["aggregateRating"]["ratingValue"] == "4.67"
    assert found["aggregateRating"]["reviewCount"] == 3
    assert found["review"][0]["author"] == {"@type": "Person", "name": "Олена К."}
    assert found["review"][0]["datePublished"] == "2026-11-20"


def test_without_a_review_nothing_is_marked_up():
    assert told((), {"count": 0, "mean": Decimal(0)}) == []


def test_a_nameless_author_and_a_review_without_words_are_whole_too():
    (found,) = told([{**REVIEW, "author": "", "title": "", "text": "", "photos": [], "language": ""}])

    assert faults(found) == []
    assert found["review"][0]["author"]["name"] == "Покупець"
    assert "reviewBody" not in found["review"][0]


def test_nothing_breaks_out_of_the_script():
    hostile = "</script><script>alert(1)</script><!-- ]]> \u2028 & '\""

    (found,) = told([{**REVIEW, "text": hostile, "author": hostile, "title": hostile}], name=hostile)

    assert (found["name"], found["review"][0]["reviewBody"]) == (hostile, hostile)
    assert faults(found) == []


def test_the_reader_notices_what_google_would_refuse():
    (found,) = told()

    assert faults({**found, "name": ""}) == ["Product lacks name"]
    assert faults({**found, "stars": 5}) == ["Product has no property stars"]
    broken = {**found, "aggregateRating": {**found["aggregateRating"], "reviewCount": 0}}
    assert faults(broken) == ["AggregateRating counts nothing"]
    assert faults({**found, "@type": "Organization"}) == ["Organization may not carry stars about itself"]
