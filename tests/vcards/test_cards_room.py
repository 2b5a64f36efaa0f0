"""The editor of cards: what is kept, refused and shown, and to whom."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.builders import cards, room
from tests.builders.door import MONDAY
from vcards import actions
from vcards.models import Assignment, AssignmentRule, Card, CompanyDesign, ShareCode

pytestmark = pytest.mark.django_db
LIST = "/admin/vcards/card/"


def form(design, **overrides):
    none = {f"contacts-{name}": n for name, n in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))}
    known = {"design": design.pk, "state": "active", "first_name": "Олег", "last_name": "Дмитренко", "role": "Керівник"}
    return {**none, **known, **overrides}


def contact(number, kind, value):
    named = {"kind": kind, "value": value, "label": "", "position": number, "in_file": "on", "id": "", "card": ""}
    return {f"contacts-{number}-{name}": typed for name, typed in named.items()}


def test_a_card_is_made_with_its_contacts_cleaned_its_photo_made_anew_and_its_codes(admin_client):
    photo = SimpleUploadedFile("me.jpg", cards.picture(), "image/jpeg")
    rows = contact(0, "mobile", "050 111 22 33 ua") | contact(0, "mobile", "+380 50 111 22 33")
    rows |= contact(1, "telegram", "@oleg_tea") | {"contacts-TOTAL_FORMS": 2}

    typed = form(cards.design(), first_name_en="Oleh", new_photo=photo, languages=["uk", "en"])
    response = admin_client.post(f"{LIST}add/", typed | rows)

    made = Card.objects.get()
    assert response.status_code == 302
    assert [c.value for c in made.contacts.all()] == ["+380501112233", "https://t.me/oleg_tea"]
    assert (made.photo.width, made.photo.media_type, made.languages) == (400, "image/jpeg", ["uk", "en"])
    assert made.texts.get().first_name == "Oleh"
    assert set(made.shares.values_list("placement", flat=True)) == {"order_page", "mail", "after_deal"}


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("mobile", "call me", "is no telephone number"),
        ("email", "a@b\r\nBcc: c@d", "is no e-mail address"),
        ("site", "javascript:alert(1)", "is no https address"),
        ("telegram", "https://t.me.evil.example/x", "does not lead to Telegram"),
    ],
)
def test_a_contact_that_leads_nowhere_is_refused_with_a_sentence(admin_client, kind, value, said):
    rows = contact(0, kind, value) | {"contacts-TOTAL_FORMS": 1}

    response = admin_client.post(f"{LIST}add/", form(cards.design()) | rows)

    assert said in response.content.decode()
    assert not Card.objects.exists()


def test_an_svg_as_photo_is_refused_with_a_sentence(admin_client):
    svg = SimpleUploadedFile("me.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "image/jpeg")

    response = admin_client.post(f"{LIST}add/", form(cards.design(), new_photo=svg))

    assert "SVG drawings are not taken" in response.content.decode()
    assert not Card.objects.exists()


def test_the_preview_shows_what_was_typed_and_keeps_nothing(admin_client):
    rows = contact(0, "telegram", "oleg_tea") | contact(1, "site", "javascript:x") | {"contacts-TOTAL_FORMS": 2}

    response = admin_client.post(f"{LIST}preview/", form(cards.design(), last_name="<b>Д</b>") | rows)

    page = response.content.decode()
    assert "Олег &lt;b&gt;Д&lt;/b&gt;" in page and "@oleg_tea" in page
    assert "javascript" not in page
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert not Card.objects.exists()


def test_people_change_their_own_card_and_no_other_and_not_whose_it_is(client):
    agent = room.person("agent")
    own = cards.card(user=agent)
    other = cards.card(design=own.design, first_name="Петро")
    client.force_login(agent)

    client.post(f"{LIST}{own.pk}/change/", form(own.design, first_name="Ірена", state="left"))
    refused = client.post(f"{LIST}{other.pk}/change/", form(own.design, first_name="Ірена"))

    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.first_name, own.state, own.user, refused.status_code) == ("Ірена", "active", agent, 403)
    assert other.first_name == "Петро"


def test_a_card_without_readers_says_how_they_come(admin_client):
    page = admin_client.get(f"{LIST}{cards.card().pk}/change/").content.decode()

    assert "Nobody has opened this card yet" in page


def test_figures_tell_readers_scans_saves_clicks_and_leave_machines_out(admin_client, client):
    made = cards.card()
    code, telegram = cards.code(made), made.contacts.get(kind="telegram")
    for address in (f"/c/{code}", f"/c/{code}/", f"/c/{code}.vcf", f"/c/{code}/go/{telegram.pk}"):
        cards.opened(client, address)
    cards.opened(client, f"/c/{code}/", agent="WhatsApp/2.23.20")

    page = admin_client.get(f"{LIST}{made.pk}/change/").content.decode()

    row = "".join(f'<td class="num">{n}</td>' for n in (1, 1, 1, 1))
    assert row in page.replace("\n", "").replace("                ", "")
    assert "1 visit by machines is not counted." in page
    assert '<svg class="bars"' in page


def test_a_code_is_made_for_a_placement_and_revoked(admin_client):
    made = cards.card()
    address = f"{LIST}{made.pk}/shares/"

    admin_client.post(address, {"placement": "printed", "label": " spring  fair "})
    share = made.shares.get(placement="printed")
    admin_client.post(address, {"revoke": share.pk})

    share.refresh_from_db()
    assert (share.label, share.revoked_at is not None, len(share.code)) == ("spring fair", True, 10)
    assert ShareCode.objects.filter(card=made).count() == 4


def test_colours_that_cannot_be_read_are_refused(admin_client):
    typed = {"name": "Tea", "accent": "#77aa99", "accent_ink": "#ffffff", "language": "uk", "languages": ["uk"]}

    response = admin_client.post("/admin/vcards/companydesign/add/", typed)

    assert "a contrast of 2.6 : 1; people need 4.5 : 1" in response.content.decode()
    assert not CompanyDesign.objects.exists()


def test_an_agent_gives_an_order_another_manager(client, store):
    made = cards.card()
    order = cards.ordered(store, made)
    other = cards.card(design=made.design, first_name="Петро")
    client.force_login(room.person("agent"))

    client.post(f"/admin/vcards/card/manager/{order.pk}/", {"card": other.pk})

    assert Assignment.objects.get().card == other
    assert "Петро" in client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()


@pytest.mark.parametrize("page", ["card", "companydesign", "assignmentrule"])
def test_empty_lists_say_what_to_do(admin_client, page):
    assert AssignmentRule.objects.count() == 0
    assert admin_client.get(f"/admin/vcards/{page}/").status_code == 200


def test_saving_a_card_again_keeps_its_codes():
    made = cards.card()
    before = set(made.shares.values_list("code", flat=True))

    actions.save_card(made, MONDAY)

    assert set(made.shares.values_list("code", flat=True)) == before
