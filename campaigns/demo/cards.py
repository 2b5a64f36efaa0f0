"""The people of the demo's shops: a design and a card for each store, whose orders carry it from the first day."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.demo.portraits import Portrait, drawn
from orders.models import Store
from shelf.images import Image
from vcards import actions
from vcards.models import AssignmentRule, Card, CardText, CompanyDesign, Contact


@dataclass(frozen=True, slots=True)
class Person:
    said: dict[str, tuple[str, str, str, str]]  # language → first name, last name, role, a sentence
    contacts: tuple[tuple[str, str], ...]
    speaks: tuple[str, ...]
    portrait: Portrait


IRYNA = Person(
    {
        "uk": ("Ірина", "Левченко", "Турбується про покупців", "Пам'ятає, який чай ви брали торік."),
        "en": ("Iryna", "Levchenko", "Looks after customers", "Remembers which tea you took last year."),
        "ru": ("Ирина", "Левченко", "Заботится о покупателях", "Помнит, какой чай вы брали в прошлом году."),
    },
    (("mobile", "+380671234500"), ("email", "iryna@example.com"), ("telegram", "https://t.me/example_iryna"),
     ("viber", "+380671234500")),
    ("uk", "en", "ru"),
    Portrait("#e8d9c3", "#f0c9a8", "#4a2f24", "#1f6f5c"),
)  # fmt: skip
DANIEL = Person(
    {
        "en": ("Daniel", "Weber", "Customer care", "Knows every weave by its touch."),
        "uk": ("Даніель", "Вебер", "Турбота про покупців", "Впізнає кожне полотно на дотик."),
        "ru": ("Даниэль", "Вебер", "Забота о покупателях", "Узнаёт каждое полотно на ощупь."),
    },
    (("phone", "+493055500199"), ("email", "daniel@example.com"), ("whatsapp", "+491701234500"),
     ("linkedin", "https://www.linkedin.com/in/example-daniel")),
    ("de", "en"),
    Portrait("#d7dfd8", "#eec3a0", "#2c2622", "#33485e", has_long_hair=False),
)  # fmt: skip
AIDANA = Person(
    {
        "ru": ("Айдана", "Сапарова", "Менеджер заказов", "Отвечает в тот же день."),
        "uk": ("Айдана", "Сапарова", "Менеджерка замовлень", "Відповідає того ж дня."),
        "en": ("Aidana", "Saparova", "Order manager", "Answers on the same day."),
    },
    (("mobile", "+77012345678"), ("email", "aidana@example.com"), ("telegram", "https://t.me/example_aidana")),
    ("kk", "ru", "en"),
    Portrait("#dcd5e6", "#e9bd97", "#1d1a1c", "#a0452e"),
)
BY_LANGUAGE = {"uk": IRYNA, "en": DANIEL, "ru": AIDANA}


def open_cards(store: Store, now: datetime) -> None:
    """One person for each store, by its first language."""
    person = BY_LANGUAGE.get(store.language, DANIEL)
    design = CompanyDesign.objects.create(
        name=store.name,
        store=store,
        accent=store.accent,
        accent_ink=store.accent_ink,
        email=store.support_email,
        phone=store.support_phone,
        url=store.url,
        address=store.address,
        language=store.language,
        languages=store.languages,
    )
    first, last, role, about = person.said[store.language]
    photo = actions.keep_picture(Image(drawn(person.portrait), "image/jpeg", 400, 400))
    card = Card(design=design, state=Card.State.ACTIVE, first_name=first, last_name=last, role=role, about=about,
                languages=list(person.speaks), photo=photo)  # fmt: skip
    actions.save_card(card, now)
    CardText.objects.bulk_create(
        CardText(card=card, language=code, **dict(zip(("first_name", "last_name", "role", "about"), said, strict=True)))
        for code, said in person.said.items()
        if code != store.language
    )
    Contact.objects.bulk_create(
        Contact(card=card, kind=kind, value=value, position=position)
        for position, (kind, value) in enumerate(person.contacts)
    )
    AssignmentRule.objects.create(store=store, card=card)
    actions.redraw([card.pk])
