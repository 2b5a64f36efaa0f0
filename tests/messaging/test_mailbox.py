"""The local mailbox: what would have been sent, for staff, while no provider is set."""

import pytest
import time_machine

from messaging import actions
from messaging.models import LocalMail
from orders.actions import save_orders
from staff.models import User
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def mail(store):
    planned(save_orders(store, [order_seen()])[0].order, MONDAY)
    actions.send_due()
    return LocalMail.objects.get()


@pytest.fixture
def agent(client):
    client.force_login(User.objects.create_superuser("agent@lavka.example", "x" * 12))
    return client


def paths(mail):
    return ["/mailbox/", f"/mailbox/{mail.pk}/", f"/mailbox/{mail.pk}/html/"]


def test_a_stranger_is_asked_to_sign_in(client, mail):
    assert [client.get(path).status_code for path in paths(mail)] == [302, 302, 302]


def test_the_agent_sees_the_mail_as_it_would_arrive(agent, mail):
    listed, opened, html = (agent.get(path, {"view": "text"}) for path in paths(mail))

    assert "olena@example.com" in listed.content.decode()
    assert "Чайник" in opened.content.decode()
    assert "Чайник" in html.content.decode()


def test_the_html_stands_in_a_frame_that_may_run_nothing(agent, mail):
    policy = agent.get(paths(mail)[2]).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy


@pytest.mark.parametrize(("q", "found"), [("olena", True), ("1042", True), ("petro", False), ("\0olena", True)])
def test_mails_are_found_by_address_and_subject(agent, mail, q, found):
    page = agent.get("/mailbox/", {"q": q}).content.decode()

    assert (f"/mailbox/{mail.pk}/" in page) is found


def test_with_a_real_provider_there_is_no_mailbox(agent, mail, settings):
    settings.EMAIL_URL = "smtp://mail.example"

    assert [agent.get(path).status_code for path in paths(mail)] == [404, 404, 404]
