"""A design, a card, its code, a reader."""

from datetime import datetime
from io import BytesIO
from typing import Any

from orders.actions import save_orders
from orders.models import Order
from tests.builders.door import MONDAY, order_seen
from vcards import actions, pages
from vcards.models import AssignmentRule, Card, CardText, CompanyDesign, Contact, ShareCode

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1"


def design(**overrides: Any) -> CompanyDesign:
    known = {
        "name": "Лавка чаю",
        "email": "shop@example.com",
        "phone": "+380 44 123 45 67",
        "url": "https://tea.example",
        "address": "Київ, Хрещатик 22",
        "language": "uk",
        "languages": ["uk", "en", "ru"],
    }
    return CompanyDesign.objects.create(**(known | overrides))


def card(now: datetime = MONDAY, **overrides: Any) -> Card:
    """Iryna, who is here, with a telephone, a mail and Telegram; in English her name is written otherwise."""
    known = {"first_name": "Ірина", "last_name": "Мельник", "role": "Менеджерка", "state": Card.State.ACTIVE}
    made = Card(**(known | {"design": overrides.pop("design", None) or design()} | overrides))
    actions.save_card(made, now)
    CardText.objects.create(card=made, language="en", first_name="Iryna", last_name="Melnyk", role="Manager")
    for position, (kind, value) in enumerate(
        [("mobile", "+380501112233"), ("email", "iryna@example.com"), ("telegram", "https://t.me/iryna_tea")]
    ):
        Contact.objects.create(card=made, kind=kind, value=value, position=position)
    actions.redraw([made.pk])
    made.refresh_from_db()
    return made


def code(made: Card, placement: str = ShareCode.Placement.MAIL) -> str:
    return actions.code_for(made.pk, placement, MONDAY)


def ordered(store: Any, made: Card, number: int = 1042) -> Order:
    """Olena's order, which carries this card by the rule of its store."""
    AssignmentRule.objects.get_or_create(store=store, defaults={"card": made})
    [saved] = save_orders(store, [order_seen(number)])
    actions.assign_by_rules([saved.order.pk], MONDAY)
    return saved.order


def opened(client: Any, address: str, agent: str = PHONE, **more: Any) -> Any:
    return client.get(address, headers={"User-Agent": agent, **more})


def picture(width: int = 900, height: int = 600, form: str = "JPEG", **more: Any) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (width, height), "#c27a00").save(out, form, **more)
    return out.getvalue()


def forget() -> None:
    """As another process would find it."""
    pages.forget()
