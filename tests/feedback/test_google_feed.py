"""Google's product review feed 2.4: every element in its place, every review in it, nothing that it refuses."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.feed import NO_ADDRESS, NO_TEXT, PERSONAL, Line, left_out, written
from tests.builders import google_feed as google

SAMPLES = Path(os.environ.get("SAMPLES_DIR") or "/nonexistent") / "feedback"
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def line(number=1, **fields):
    told = {
        "id": number, "author": "Олена К.", "stars": 5, "title": "", "text": "Гріє швидко.", "written_at": MONDAY,
        "review_url": "https://care.example/reviews/lavka/7/", "product_name": "Мідний чайник",
        "product_url": "https://lavka.example/kettle",
    }  # fmt: skip
    return Line(**(told | fields))


FULL = {
    "title": "Чудовий", "sku": "K-1", "gtin": "4006381333931", "mpn": "K1", "brand": "Лавка", "language": "uk",
    "country": "UA", "pros": ["швидкий"], "cons": ["важкий"], "photos": ["https://care.example/p/1.jpg"],
    "is_verified": True, "was_paid": True, "was_asked": True, "order": "1001",
}  # fmt: skip


def fed(*lines, publisher="Лавка"):
    return b"".join(written(publisher, lines))


def test_a_file_with_everything_and_one_with_the_least_follow_the_rules():
    for body in (fed(line(1, **FULL), line(2)), fed(line()), fed()):
        assert google.faults(body) == []


def test_the_flags_and_the_buyer_are_told():
    body = fed(line(**FULL), line(2, author="")).decode()

    assert "<is_verified_purchase>true</is_verified_purchase><is_incentivized_review>true" in body
    assert "<collection_method>post_fulfillment</collection_method><transaction_id>1001" in body
    assert '<reviewer><name is_anonymous="true">Anonymous</name></reviewer>' in body
    assert "<collection_method>unsolicited</collection_method></review>" in body
    assert "<review_timestamp>2026-11-23T09:00:00Z</review_timestamp>" in body


def test_low_stars_are_in_the_file_as_high_ones_are():
    body = fed(*[line(n, stars=n) for n in range(1, 6)]).decode()

    assert [f">{n}</overall>" in body for n in range(1, 6)] == [True] * 5


def test_what_the_rules_do_not_let_in_is_left_out_and_counted():
    refused = [
        line(1, text=" "), line(2, product_url=""), line(3, text="Пишіть на o@x.com"),
        line(4, text="Телефон +380 67 123-45-67"), line(5, title="www.spam.example"),
    ]  # fmt: skip

    assert left_out([*refused, line(6, text="Служить з 2021 року, 100 грн за 2 кг")]) == {
        NO_TEXT: 1, NO_ADDRESS: 1, PERSONAL: 3,
    }  # fmt: skip
    assert fed(*refused) == fed()


def test_html_and_characters_that_are_no_xml_harm_nothing():
    hostile = "</content><script>alert(1)</script>&amp;\x00\x0b\ufffe ]]> \u202eלהיט"

    body = fed(line(title=hostile, text=hostile, author=hostile, product_name=hostile))

    assert google.faults(body) == []
    assert b"<script>" not in body


def test_it_is_written_in_pieces_whatever_its_length():
    pieces = list(written("Лавка", (line(n) for n in range(1, 1001))))

    assert len(pieces) == 7  # the head, five of two hundred, the end
    assert google.faults(b"".join(pieces)) == []


def test_the_reader_of_the_rules_notices_what_is_wrong():
    good = fed(line(1, **FULL)).decode()

    swapped = good.replace("<is_verified_purchase>true</is_verified_purchase>", "").replace(
        "<review_url", "<is_verified_purchase>true</is_verified_purchase><review_url"
    )
    assert "another order" in google.faults(swapped.encode())[0]
    assert google.faults(good.replace("Гріє швидко.", " ").encode()) == ["<content> is no text: ' '"]
    assert google.faults(good.replace("00Z", "00").encode()) == ["<review_timestamp> has no zone"]
    assert google.faults(good.replace("<ratings>", "<stars/><ratings>").encode())[0].startswith(
        "<stars> does not belong"
    )


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="SAMPLES_DIR is not set")
def test_the_rules_are_those_of_the_schema_2_2():
    assert google.rules_of_xsd((SAMPLES / "google_product_reviews_2.2.xsd").read_bytes()) == google.RULES_2_2
    sample = (SAMPLES / "google_product_reviews_2.2_sample.xml").read_bytes()
    assert google.faults(sample, google.RULES_2_2) == []
