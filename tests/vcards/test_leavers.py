"""A code outlives the person on its card, and never shows what was theirs."""

import pytest

from tests.builders import cards
from tests.builders.door import MONDAY
from vcards import actions
from vcards.actions import CardRefused
from vcards.models import Activity, Card

pytestmark = pytest.mark.django_db
OLD = ("Ірина", "Мельник", "Iryna", "Melnyk", "+380501112233", "50 111 2233", "iryna")


def petro(design):
    return cards.card(design=design, first_name="Петро", last_name="Гай")


@pytest.mark.parametrize("form", ["/", "", ".vcf", ".jpg", ".svg"])
def test_nothing_of_a_person_who_left_is_shown_again(client, form):
    made = cards.card()
    code = cards.code(made)
    cards.opened(client, f"/c/{code}/?lang=uk")

    actions.retire(made, None, MONDAY)
    response = cards.opened(client, f"/c/{code}{form}?lang=uk")

    assert response.status_code == {"/": 410, "": 410, ".svg": 200}.get(form, 404)
    assert not [old for old in OLD if old in response.content.decode()]


def test_a_code_without_a_successor_says_how_to_reach_the_company(client):
    made = cards.card()
    code = cards.code(made)

    actions.retire(made, None, MONDAY)
    page = cards.opened(client, f"/c/{code}/").content.decode()

    assert "We are still here for you" in page
    assert "mailto:shop@example.com" in page


def test_the_successor_answers_under_the_old_code(client):
    made = cards.card()
    code, follows = cards.code(made), petro(made.design)

    actions.retire(made, follows, MONDAY)
    page = cards.opened(client, f"/c/{code}/?lang=uk").content.decode()
    file = cards.opened(client, f"/c/{code}.vcf?lang=uk").content.decode()

    assert "Петро Гай" in page and "FN:Петро Гай" in file
    assert "Ірина" not in page + file


def test_a_link_of_the_old_card_leads_nowhere(client):
    made = cards.card()
    code, telegram = cards.code(made), made.contacts.get(kind="telegram")

    actions.retire(made, petro(made.design), MONDAY)
    response = cards.opened(client, f"/c/{code}/go/{telegram.pk}")

    assert response.status_code == 404
    assert not Activity.objects.exists()


def test_a_revoked_code_shows_nobody(client):
    made = cards.card()
    share = made.shares.get(placement="mail")

    actions.revoke(share, MONDAY)
    response = cards.opened(client, f"/c/{share.code}/")

    assert response.status_code == 410
    assert "no longer in use" in response.content.decode()
    assert cards.code(made) != share.code


def test_nobody_is_followed_by_themselves_in_the_end():
    made = cards.card()
    follows = petro(made.design)
    actions.retire(made, follows, MONDAY)

    with pytest.raises(CardRefused) as refused:
        actions.retire(follows, Card.objects.get(pk=made.pk), MONDAY)

    assert str(refused.value) == "Succession that leads back to Петро Гай: name somebody else."
    assert Card.objects.get(pk=follows.pk).state == Card.State.ACTIVE


def test_a_draft_has_no_page(client):
    made = cards.card(state=Card.State.DRAFT)
    share = actions.open_share(made, "printed", "", MONDAY)

    assert client.get(f"/c/{share.code}/").status_code == 404
