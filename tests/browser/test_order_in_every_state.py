"""The order's page at every moment of an order: it fits the narrowest phone with any font, and can be read."""

import pytest

from orders.links import status_url, stub_url
from orders.verifying import PURPOSE, STAYS
from shelf import links
from tests.browser import moments
from tests.browser.conftest import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROBES = ("wide", "unnamed", "small", "faint")
LANGUAGES = ("uk", "ru", "en")
WIDER = "document.documentElement.style.letterSpacing = '.08em'"  # what a wider font would do
MONEY = (
    moments.paid_in_part, moments.cash_due, moments.payment_failed, moments.refund_sent, moments.refund_waits,
    moments.refund_failed, moments.cash_unclaimed, moments.cash_taken,
)  # fmt: skip
THE_WAY = (
    moments.preparing, moments.shipped, moments.out_for_delivery, moments.attempt_failed, moments.ready,
    moments.storage_ends, moments.day_moved, moments.late, moments.held_up, moments.lost, moments.delivered,
    moments.disputed, moments.returning, moments.returned, moments.prepared_for_counter, moments.ready_at_counter,
    moments.abroad, moments.without_parcel, moments.renewal_failed, moments.pause_asked,
)  # fmt: skip
WISHES = (
    moments.cancel_waits, moments.cancel_refused, moments.cancel_accepted, moments.change_refused,
    moments.return_asked, moments.return_refused, moments.return_approved, moments.return_sent,
    moments.return_received, moments.return_paid, moments.return_called_off, moments.exchanged, moments.credited,
    moments.claimed, moments.repaired,
)  # fmt: skip


@pytest.mark.parametrize("states", [MONEY, THE_WAY, WISHES], ids=["money", "the way", "wishes"])
def test_the_page_fits_and_can_be_read_at_every_moment(visit, store, states):
    window, wrong = visit(), []

    for n, state in enumerate(states):
        order, name = state(store), state.__name__
        if n % 2:  # every second one as the customer who proved it sees it, with the whole address and the codes
            proof = links.make(PURPOSE, order.pk, order.link_version, STAYS)
            cookie = {"name": f"order_{order.pk}", "value": proof, "url": f"{window.root}/o/"}
            window.page.context.add_cookies([cookie])
        page = window.open(f"{status_url(order)}?lang={LANGUAGES[n % 3]}")
        wrong += [f"{name}: {line}" for line in window.looked_at(name, PROBES, (PHONE,))]
        wrong += [f"{name}: {line}" for line in window.looked_at(name, ("wide",), (DESKTOP,))]
        page.set_viewport_size({"width": 320, "height": 844})
        page.evaluate(WIDER)
        window.picture(f"{name}-320")
        wrong += [f"{name}, narrow: {line}" for line in window.ask("wide")]

    assert wrong == []


def test_the_link_that_is_passed_on_fits_and_names_nothing(visit, store):
    window, wrong = visit(), []

    for n, state in enumerate((moments.day_moved, moments.ready, moments.returned, moments.without_parcel)):
        page = window.open(f"{stub_url(state(store))}?lang={LANGUAGES[n % 3]}")
        shown = page.inner_text("body")
        wrong += [word for word in ("Олена", "Хрещатик", "чайник", "Чай", "20450") if word in shown]
        wrong += window.looked_at(f"stub-{state.__name__}", PROBES, (PHONE,))
        page.set_viewport_size({"width": 320, "height": 844})
        page.evaluate(WIDER)
        wrong += window.ask("wide")

    assert wrong == []
