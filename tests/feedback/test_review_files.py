"""Reviews of six other systems: each layout is known by its headings, each row is read or refused with a reason."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feedback.importing import RefusedRow, ReviewFile
from feedback.importing.layouts import LayoutRefused

KYIV = ZoneInfo("Europe/Kyiv")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)

SAMPLES = Path(__file__).parent.parent / "samples" / "review_files"
FILES = {path.stem: path.read_text("utf-8") for path in sorted(SAMPLES.glob("*.csv"))}


def read(text):
    opened = ReviewFile.opened(text.encode(), KYIV)
    return [seen for _line, seen, _raw in opened.read(NOW)]


@pytest.mark.parametrize("source", FILES)
def test_each_layout_is_known_and_says_the_same(source):
    (review,) = read(FILES[source])

    assert (review.source, review.stars, review.text) == (source, 5, "Гріє швидко, тихо.")
    assert (review.author, review.title) == ("Олена К.", "" if source == "woocommerce" else "Чудовий")
    assert review.written_at.date().isoformat() in ("2025-03-02", "2025-03-01")
    assert review.is_about_store == (source == "trustpilot")
    assert review.is_shown
    assert review.external_id


def test_answers_of_the_shop_come_along_with_their_days():
    for source in ("judgeme", "trustpilot", "woocommerce"):
        (review,) = read(FILES[source])
        assert (review.reply, review.replied_at) == ("Дякуємо!", datetime(2025, 3, 3, 8, tzinfo=UTC))


def test_days_without_an_offset_are_the_stores_and_gmt_is_gmt():
    (local,) = read(FILES["yotpo"])
    (gmt,) = read(FILES["woocommerce"])

    assert local.written_at == datetime(2025, 3, 1, 22, tzinfo=UTC)
    assert gmt.written_at == datetime(2025, 3, 2, 10, 12, tzinfo=UTC)


def test_days_of_judge_me_begin_with_the_day_and_those_of_stamped_with_the_month():
    head = "title,body,rating,review_date,reviewer_name,reviewer_email,product_id,product_handle,reply,picture_urls\n"
    (judgeme,) = read(head + "Так,Добре,4,03/04/2025,Петро,,771,,,\n")
    (stamped,) = read(
        "product_id,rating,title,body,author,created_at,published\n771,4,Так,Добре,Петро,03/04/2025,true\n"
    )

    assert judgeme.written_at.astimezone(KYIV).date().isoformat() == "2025-04-03"
    assert stamped.written_at.astimezone(KYIV).date().isoformat() == "2025-03-04"


def test_what_was_not_shown_there_is_not_shown_at_first_here():
    hidden = [FILES["judgeme"].replace(",ok,", ",spam,"), FILES["okendo"].replace("Approved", "Rejected"),
              FILES["woocommerce"].replace(",1,0,5,", ",0,0,5,")]  # fmt: skip

    assert [read(text)[0].is_shown for text in hidden] == [False] * 3


def test_a_row_without_a_number_is_the_same_review_in_another_file():
    (first,) = read(FILES["yotpo"])
    (again,) = read(FILES["yotpo"])
    (other,) = read(FILES["yotpo"].replace("тихо", "гучно"))

    assert first.external_id == again.external_id != other.external_id


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        (",5,2025", ",7,2025", "“7” is no rating from 1 to 5."),
        (",5,2025", ",4.5,2025", "“4.5” is no rating from 1 to 5."),
        (",5,2025", ",,2025", "“” is no rating from 1 to 5."),
        ("2025-03-02 10:12:00 UTC", "yesterday", "“yesterday” is no day that we can read."),
        ("2025-03-02 10:12:00 UTC", "2031-01-01", "It was written on a day that is still to come."),
        ("771,kettle", ",", "It does not say which product it is about."),
        ("Гріє швидко", "Г" * 20_100, "The text is longer than 20000 characters."),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_leaves_the_rest_alone(was, becomes, why):
    good = FILES["judgeme"].splitlines()[1]
    bad = good.replace(was, becomes, 1)

    refused, kept = read(f"{FILES['judgeme'].splitlines()[0]}\n{bad}\n{good}\n")

    assert isinstance(refused, RefusedRow)
    assert (refused.line, str(refused.reason)) == (2, why)
    assert kept.stars == 5


def test_a_table_of_something_else_is_refused_with_the_names_of_those_we_read():
    with pytest.raises(LayoutRefused) as refusal:
        read("name,price\nЧайник,12\n")

    assert "Judge.me, Yotpo, Okendo, Stamped, Trustpilot, WooCommerce" in str(refusal.value)


def test_tags_and_scripts_of_a_file_become_plain_words():
    (review,) = read(FILES["judgeme"].replace("<b>тихо</b>", "<script>alert(1)</script>&lt;i&gt;так"))

    assert review.text == "Гріє швидко, alert(1)<i>так."
