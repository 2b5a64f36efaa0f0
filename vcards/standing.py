"""Whose card stands behind a card: its own while the person is here, else the successor's, else none."""

from collections.abc import Iterable, Sequence

from vcards.models import Card

STEPS = 5  # of succession; the editor refuses circles, this ends them


def standing_of(cards: Iterable[Card]) -> dict[int, Card | None]:
    """{card id: the card to show}. One query for each step of succession, none for people who are here."""
    asked = {card.pk: card for card in cards}
    found: dict[int, Card | None] = {}
    waiting: dict[int, int] = {}  # whose successor: card id → successor's id
    _settle(asked.items(), found, waiting)
    for _step in range(STEPS):
        if not waiting:
            break
        rows = Card.objects.select_related("design").in_bulk(set(waiting.values()))
        then, waiting = waiting, {}
        _settle(((pk, rows[follows]) for pk, follows in then.items() if follows in rows), found, waiting)
    return {pk: found.get(pk) for pk in asked}


def _settle(pairs: Iterable[tuple[int, Card]], found: dict[int, Card | None], waiting: dict[int, int]) -> None:
    for pk, card in pairs:
        if card.state == Card.State.ACTIVE:
            found[pk] = card
        elif card.state == Card.State.LEFT and card.successor_id:
            waiting[pk] = card.successor_id


def heirs_of(ids: Sequence[int]) -> set[int]:
    """These cards and all that show them in their place."""
    known, fresh = set(ids), set(ids)
    for _step in range(STEPS):
        fresh = set(Card.objects.filter(successor__in=fresh).values_list("pk", flat=True)) - known
        if not fresh:
            break
        known |= fresh
    return known
