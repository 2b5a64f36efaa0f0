"""Two touchpoints of each demo store, and forty days of people who scanned their codes."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from campaigns.models import Touchpoint, TouchpointAnswer, TouchpointVisit
from campaigns.touchpoints import own
from orders.models import Store
from staff.models import User

DAYS = 40


@dataclass(frozen=True, slots=True)
class Corner:
    """A touchpoint, how many look in a day at most, how they answer (weights of the scale, the lowest first)."""

    store: str
    name: str
    place: str
    scale: str
    questions: dict[str, str]
    visits: int
    weights: tuple[int, ...]
    comments: tuple[tuple[int, str], ...]


CORNERS = (
    Corner(
        *("tea", "Лавка на Подолі", "shop", "five"),
        {"uk": "Як вам у нашій лавці?", "en": "How do you like our shop?", "ru": "Как вам у нас в лавке?"},
        *(4, (1, 1, 2, 6, 10)),
        ((5, "Дали скуштувати три улуни, допомогли обрати."), (2, "Довго чекали на каву поруч, але це не до вас 🙂")),
    ),
    Corner(
        *("tea", "Листівка в коробці", "packaging", "yes_no"),
        {"uk": "Чи все доїхало цілим?", "en": "Did everything arrive in one piece?", "ru": "Всё доехало целым?"},
        *(2, (2, 11)),
        ((0, "Кришка чайника тріснута."), (1, "Пахне на всю кімнату!")),
    ),
    Corner(
        *("paper", "Стенд на ярмарку", "stand", "five"),
        {
            "ru": "Понравились наши открытки?",
            "en": "Do you like our postcards?",
            "uk": "Вам сподобалися наші листівки?",
        },
        *(3, (1, 2, 3, 6, 7)),
        ((4, "Хочется формат побольше."), (5, "Акварель невероятная.")),
    ),
    Corner(
        *("paper", "Вкладыш в посылке", "packaging", "ten"),
        {"ru": "Посоветуете нас другу?", "en": "Would you recommend us to a friend?", "uk": "Порадите нас друзям?"},
        *(2, (0, 0, 0, 1, 0, 1, 1, 2, 4, 5, 7)),
        ((10, "Уже посоветовала!"), (6, "Красиво, но доставка долгая.")),
    ),
    Corner(
        *("linen", "After the checkout", "checkout", "yes_no"),
        {"en": "Did you find everything?", "uk": "Ви знайшли все, що шукали?", "ru": "Вы нашли всё, что искали?"},
        *(3, (3, 10)),
        ((0, "Could not find the sizes of the throws."), (1, "Lovely and quick.")),
    ),
    Corner(
        *("linen", "The card in the parcel", "packaging", "five"),
        {"en": "How did unpacking feel?", "uk": "Як вам розпаковування?", "ru": "Как вам распаковка?"},
        *(2, (0, 1, 2, 5, 8)),
        ((5, "No plastic at all. Thank you."), (3, "The knot was hard to open.")),
    ),
)


def open_touchpoints(stores: list[str], now: datetime) -> None:
    """``stores``: the slugs of tea, paper and linen, in this order."""
    slugs = dict(zip(("tea", "paper", "linen"), stores, strict=True))
    owner = User.objects.order_by("pk").first()
    for corner in CORNERS:
        store = Store.objects.get(slug=slugs[corner.store])
        point = Touchpoint(
            store=store,
            name=corner.name,
            place=corner.place,
            stands_after=own.STANDS_AFTER[corner.place],
            owner=owner,
            scale=corner.scale,
            questions=corner.questions,
        )
        own.save(point)
        Touchpoint.objects.filter(pk=point.pk).update(created_at=now - timedelta(days=DAYS))
        _people(point, corner, now)


def _people(point: Touchpoint, corner: Corner, now: datetime) -> None:
    """The same every time: who looks and what they say depends on the touchpoint's name alone."""
    rng = random.Random(corner.name)  # noqa: S311 - a tale
    lowest, _highest, _good = own.SCALES[point.scale]
    visits, answers, comments = [], [], list(corner.comments)
    for day in range(DAYS, 0, -1):
        for n in range(rng.randint(0, corner.visits)):
            at = now - timedelta(days=day) + timedelta(hours=rng.randint(0, 20), minutes=rng.randint(0, 59))
            visitor = sha256(f"{corner.name}{day}:{n}".encode()).hexdigest()[:32]
            visits.append(TouchpointVisit(touchpoint=point, key=f"{visitor}:0", at=at))
            if rng.random() > 0.55:
                continue
            score = rng.choices(range(lowest, lowest + len(corner.weights)), corner.weights)[0]
            words = next((c for c in comments if c[0] == score), None)
            if words:
                comments.remove(words)
            answers.append(
                TouchpointAnswer(
                    touchpoint=point,
                    visitor=visitor,
                    score=score,
                    comment=words[1] if words else "",
                    language=point.store.language,
                    at=at + timedelta(seconds=40),
                )
            )
    TouchpointVisit.objects.bulk_create(visits)
    TouchpointAnswer.objects.bulk_create(answers)
