"""Whose card an order carries, on its page and in its mails."""

import pytest

from events.clocks import tick
from orders.links import status_url
from tests.builders import cards
from tests.builders.door import MONDAY
from tests.builders.journeys import place
from vcards import actions, contexts
from vcards.models import Assignment, AssignmentRule

pytestmark = pytest.mark.django_db


def page(client, order):
    return client.get("/o/" + status_url(order).partition("/o/")[2]).content.decode()


def test_the_order_page_shows_the_manager_with_a_link_of_its_own(client, store, django_assert_num_queries):
    order = cards.ordered(store, cards.card())

    with django_assert_num_queries(4):
        shown = page(client, order)

    assert "Ірина Мельник" in shown and "Менеджерка" in shown
    assert "?for=" in shown


def test_the_block_follows_the_card_and_goes_with_it(client, store):
    made = cards.card()
    order = cards.ordered(store, made)
    follows = cards.card(design=made.design, first_name="Петро", last_name="Гай")

    actions.retire(made, follows, MONDAY)
    assert "Петро Гай" in page(client, order)

    actions.retire(follows, None, MONDAY)
    assert "manager__name" not in page(client, order)


def test_orders_beyond_the_newest_are_drawn_by_the_clock(client, store, monkeypatch):
    made = cards.card()
    order = cards.ordered(store, made)
    monkeypatch.setattr("vcards.actions.cards.AT_ONCE", 0)

    actions.retire(made, None, MONDAY)

    assert Assignment.objects.get().drawn_revision == 2
    assert actions.draw_due() == 1
    assert "manager__name" not in page(client, order)


def test_an_order_takes_the_rule_of_its_store_before_the_rule_of_the_rest(store):
    rest = cards.card()
    own = cards.card(design=rest.design, first_name="Петро")
    AssignmentRule.objects.create(card=rest)
    AssignmentRule.objects.create(card=own, store=store)

    order = place(store)
    tick()

    assert Assignment.objects.get(order=order).card == own


def test_orders_placed_before_a_rule_was_made_keep_nobody(store):
    order = place(store)

    assert not Assignment.objects.filter(order=order).exists()


def test_an_agent_names_another_card_once(store, told):
    made = cards.card()
    order = cards.ordered(store, made)
    other = cards.card(design=made.design, first_name="Петро")

    actions.choose_manager(order, other, MONDAY)
    actions.choose_manager(order, other, MONDAY)

    assert Assignment.objects.get().card == other
    assert told("card.assigned") == [order.customer_id] * 2


def test_a_card_that_is_shown_to_nobody_is_refused_as_manager(store):
    made = cards.card()
    order = cards.ordered(store, made)
    draft = cards.card(design=made.design, state="draft")

    with pytest.raises(actions.CardRefused):
        actions.choose_manager(order, draft, MONDAY)

    assert Assignment.objects.get().card == made


def test_a_mail_is_told_of_the_manager_in_seven_queries_for_any_number(store, django_assert_num_queries):
    made = cards.card()
    orders = [cards.ordered(store, made, number) for number in (1042, 1043, 1044)]

    with django_assert_num_queries(7):
        told = contexts.load([order.pk for order in orders], MONDAY)

    manager = told[orders[0].pk]["manager"]
    assert (manager["name"], manager["role"], manager["phone"]) == ("Ірина Мельник", "Менеджерка", "+380 50 111 2233")
    assert f"/c/{cards.code(made)}/?for=" in manager["url"]
    assert manager["qr_url"].endswith(f"/c/{cards.code(made)}.png?px=336")
