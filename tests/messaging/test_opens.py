"""The picture that tells of opening, and who loads pictures without opening anything."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from messaging.actions import clicks
from messaging.machines import is_machine_click, is_machine_open, is_prefetch
from messaging.models import Message, News
from orders.actions import save_orders
from shelf import links
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
NOON = MONDAY + timedelta(hours=3)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0",
        "",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "Mozilla/5.0 (compatible; YandexImageResizer/2.0; +http://yandex.com/bots)",
        "Mozilla/5.0 (compatible; Linux x86_64; Mail.RU_Bot/Img/2.0; +https://help.mail.ru/webmaster/indexing/robots)",
        "Barracuda Sentinel (EE)",
        "python-requests/2.32",
        "curl/8.7",
    ],
)
def test_proxies_and_scanners_are_machines(agent):
    assert is_machine_open(agent)
    assert is_machine_click(agent)


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
        "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 YaBrowser/24.10 Mobile Safari/537.36",
        "Microsoft Office/16.0 (Microsoft Outlook 16.0.17328; Pro)",
    ],
)
def test_people_are_people(agent):
    assert not is_machine_open(agent)
    assert not is_machine_click(agent)


def test_nobody_opens_a_mail_in_two_seconds_nor_clicks_in_ten():
    assert is_machine_open(PHONE, 1.9) and not is_machine_open(PHONE, 2.0)
    assert is_machine_click(PHONE, 9.9) and not is_machine_click(PHONE, 10.0)
    assert is_machine_click(PHONE, 60, "HEAD")


def test_a_browser_that_looks_ahead_says_so():
    assert is_prefetch({"Sec-Purpose": "prefetch;prerender"}) and is_prefetch({"X-Purpose": "preview"})
    assert not is_prefetch({"User-Agent": PHONE})


# --- At the door ----------------------------------------------------------------------------------------------------


@pytest.fixture
def letter(store, journeys):
    message = planned(save_orders(store, [order_seen()])[0].order, MONDAY)
    Message.objects.update(state="sent", handed_off_at=MONDAY, sent_at=MONDAY)
    return message


def load(message, agent=PHONE, at=NOON, method="get"):
    path = f"/k/{links.code(clicks.OPEN, message.pk)}.gif"
    with time_machine.travel(at, tick=False):
        answer = getattr(Client(), method)(path, headers={"User-Agent": agent})
    message.refresh_from_db()
    return answer


def test_who_loads_the_picture_has_opened_the_mail(letter):
    answer = load(letter)

    [news] = News.objects.all()
    assert (answer.status_code, answer["Content-Type"], answer.content[:6]) == (200, "image/gif", b"GIF89a")
    assert answer["Cache-Control"] == "private, no-store"
    assert (news.kind, news.provider, news.is_machine, news.detail) == ("opened", "aftercare", False, PHONE)
    assert (letter.opened_at, letter.clicked_at, letter.state) == (NOON, None, "delivered")


@pytest.mark.parametrize(("agent", "at"), [("Mozilla/5.0", NOON), (PHONE, MONDAY + timedelta(seconds=1))])
def test_a_machine_is_noted_and_opens_nothing(letter, agent, at):
    load(letter, agent, at)

    assert (News.objects.get().is_machine, letter.opened_at) == (True, None)


def test_a_person_after_a_machine_counts(letter):
    load(letter, "Mozilla/5.0")
    load(letter)

    assert letter.opened_at == NOON


def test_the_same_picture_loaded_ten_times_in_a_row_is_one_opening(letter):
    for _ in range(10):
        load(letter)

    assert News.objects.count() == 1


def test_head_opens_nothing(letter):
    load(letter, method="head")

    assert News.objects.count() == 0


@pytest.mark.django_db
def test_a_code_that_is_not_ours_shows_the_same_point_and_nothing_is_noted():
    for code in ("nothing", "x" * 30, links.make("unsubscribe", 1), links.code(clicks.CLICK, 1, 1)):
        answer = Client().get(f"/k/{code}.gif")

        assert (answer.status_code, answer["Content-Type"], News.objects.count()) == (200, "image/gif", 0)


@pytest.mark.django_db
def test_a_letter_that_is_gone_shows_the_point_all_the_same():
    answer = Client().get(f"/k/{links.code(clicks.OPEN, 10**9)}.gif", headers={"User-Agent": PHONE})

    assert (answer.status_code, News.objects.count()) == (200, 0)
