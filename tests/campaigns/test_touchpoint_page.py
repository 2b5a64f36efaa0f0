"""The page behind a touchpoint's code: looking is noted, answering counts once."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import TouchpointAnswer, TouchpointVisit
from campaigns.touchpoints import own
from tests.builders.door import MONDAY
from tests.builders.touchpoints import path, phone, scores, touchpoint

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    cache.clear()
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def point(store):
    return touchpoint(store, questions={"uk": "Чи все доїхало цілим?"})


def test_looking_changes_nothing_but_one_note_of_a_visit(point):
    olena = phone()

    for _again in range(3):
        assert olena.get(path(point)).status_code == 200

    assert TouchpointVisit.objects.count() == 1
    assert TouchpointAnswer.objects.count() == 0


def test_an_answer_with_a_comment_is_kept_without_anything_that_leads_to_a_person(point):
    olena = phone()
    olena.get(path(point))

    sent = olena.post(path(point) + "?lang=uk", {"score": "4", "comment": "  Кришка тріснута.\x00 "})

    assert sent.status_code == 302
    assert "Дякуємо" in olena.get(sent.url).content.decode()
    row = TouchpointAnswer.objects.values().get()
    visitor = row.pop("visitor")
    del row["id"]
    expected = {"touchpoint_id": point.pk, "score": 4, "comment": "Кришка тріснута.", "language": "uk", "at": MONDAY}
    assert row == expected
    assert len(visitor) == 32 and "198.51.100.7" not in visitor


def test_a_comment_is_optional(point):
    phone().post(path(point), {"score": "5"})

    assert TouchpointAnswer.objects.get().comment == ""


def test_the_same_browser_that_answers_again_has_changed_its_mind(point):
    olena = phone()
    olena.get(path(point))

    olena.post(path(point), {"score": "1", "comment": "cold"})
    olena.post(path(point), {"score": "4"})

    assert scores(point) == [4]
    assert point.visits.count() == 1


def test_two_phones_behind_one_wifi_count_twice(point):
    for someone in (phone(), phone()):
        someone.get(path(point))
        someone.post(path(point), {"score": "5"})

    assert scores(point) == [5, 5]
    assert point.visits.count() == 2


def test_a_browser_without_cookies_counts_once_a_day(point, monday):
    for score in ("2", "3"):
        phone().post(path(point), {"score": score})
    monday.shift(timedelta(days=1))
    phone().post(path(point), {"score": "5"})

    assert scores(point) == [3, 5]


def test_after_the_stretch_of_time_the_same_browser_counts_again(point, monday):
    olena = phone()
    olena.get(path(point))
    olena.post(path(point), {"score": "1"})

    monday.shift(timedelta(minutes=point.again_minutes + 1))
    olena.post(path(point), {"score": "5"})

    assert scores(point) == [1, 5]


def test_a_tablet_on_a_stand_counts_everybody_who_comes_a_minute_later(store, monday):
    stand = touchpoint(store, place="stand", again_minutes=1)
    tablet = phone()
    for score in ("5", "4", "2"):
        tablet.get(path(stand))
        tablet.post(path(stand), {"score": score})
        monday.shift(timedelta(minutes=1, seconds=5))

    assert scores(stand) == [5, 4, 2]
    assert stand.visits.count() == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "TelegramBot (like TwitterBot)"},
        {"User-Agent": "WhatsApp/2.24 A"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"User-Agent": ""},
        {"Sec-Purpose": "prefetch;prerender"},
    ],
)
def test_machines_that_look_are_not_counted(point, headers):
    assert phone().get(path(point), headers=headers).status_code == 200

    assert TouchpointVisit.objects.count() == 0


def test_a_head_request_is_no_visit(point):
    assert phone().head(path(point)).status_code == 200

    assert TouchpointVisit.objects.count() == 0


@pytest.mark.parametrize("said", ["", "0", "6", "-1", "4.5", "five", "４"])
def test_what_is_no_answer_of_the_scale_is_refused_in_words(point, said):
    answer = phone().post(path(point) + "?lang=en", {"score": said, "comment": "kept in the form"})

    assert answer.status_code == 422
    assert "Please choose an answer first." in answer.content.decode()
    assert "kept in the form" in answer.content.decode()
    assert TouchpointAnswer.objects.count() == 0


def test_ten_and_yes_no_have_their_own_answers(store):
    ten, yes_no = touchpoint(store, scale="ten"), touchpoint(store, scale="yes_no")

    phone().post(path(ten), {"score": "10"})
    phone().post(path(ten), {"score": "0"}, headers={"User-Agent": "other phone"})
    phone().post(path(yes_no), {"score": "0"})
    assert phone().post(path(yes_no), {"score": "2"}).status_code == 422

    assert scores(ten) == [10, 0]
    assert scores(yes_no) == [0]


def test_a_forged_a_foreign_and_a_revoked_code_look_alike(point):
    before = path(point)
    own.change_link(point)

    forged = path(point)[:-1] + ("A" if path(point)[-1] != "A" else "B")
    for address in (before, forged, "/q/x", "/q/" + "a" * 70):
        assert phone().get(address).status_code == 404
        assert phone().post(address, {"score": "5"}).status_code == 404

    assert phone().get(path(point)).status_code == 200
    assert TouchpointAnswer.objects.count() == 0


def test_a_closed_question_says_so_and_takes_nothing(point):
    own.close(point, MONDAY)

    page = phone().get(path(point) + "?lang=en")
    sent = phone().post(path(point) + "?lang=en", {"score": "5"})

    assert "This question is closed" in page.content.decode()
    assert sent.status_code == 422 and "your answer was not kept" in sent.content.decode()
    assert (TouchpointVisit.objects.count(), TouchpointAnswer.objects.count()) == (0, 0)


def test_too_many_answers_from_one_network_wait_an_hour(point, monkeypatch):
    monkeypatch.setattr("campaigns.views.ANSWERS_PER_HOUR", 3)

    codes = [phone(agent=f"phone {n}").post(path(point), {"score": "5"}).status_code for n in range(5)]
    elsewhere = phone(address="203.0.113.9").post(path(point), {"score": "5"})

    assert codes == [302, 302, 302, 429, 429]
    assert elsewhere.status_code == 302
    assert len(scores(point)) == 4


def test_an_answer_needs_neither_script_nor_cookie(point):
    strict = Client(enforce_csrf_checks=True, headers={"User-Agent": "Lynx/2.9"})

    assert strict.post(path(point), {"score": "3"}).status_code == 302
    assert scores(point) == [3]


@pytest.mark.parametrize(
    ("language", "words"),
    [("uk", "Чи все доїхало цілим?"), ("en", "How was it?"), ("ru", "Как вам?")],
)
def test_it_asks_in_the_readers_language(point, language, words):
    body = phone().get(path(point), headers={"Accept-Language": language}).content.decode()

    assert f'<html lang="{language}"' in body
    assert words in body or language == "ru"  # the Russian words come with the translations


def test_a_language_the_shop_does_not_speak_is_answered_in_the_shops_own(point, store):
    store.languages = ["uk", "ru"]
    store.save()

    assert '<html lang="uk"' in phone().get(path(point), headers={"Accept-Language": "en"}).content.decode()


def test_the_page_is_private_and_its_cookie_is_for_the_server_alone(point):
    answer = phone().get(path(point))

    assert answer["Cache-Control"] == "private, no-store"
    assert answer.cookies["touch"]["httponly"] and answer.cookies["touch"]["samesite"] == "Lax"


def test_looking_and_answering_cost_a_fixed_number_of_queries(point):
    olena = phone()
    with CaptureQueriesContext(connection) as look:
        olena.get(path(point))
    with CaptureQueriesContext(connection) as say:
        olena.post(path(point), {"score": "5"})

    assert len(look) == 2  # the point with its store; the note
    assert len(say) == 7  # the point; the lock, the earlier answer, the row and its visit in one transaction


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_answer(point):
    together = threading.Barrier(4)
    tapped = own.Browser("a-cookie-of-olena", "198.51.100.7", "phone")

    def tap(score: str) -> None:
        together.wait()
        own.answer(point, tapped, score, "", "uk", MONDAY)
        connections.close_all()

    taps = [threading.Thread(target=tap, args=(score,)) for score in "2345"]
    [one.start() for one in taps]
    [one.join() for one in taps]

    assert len(scores(point)) == 1
