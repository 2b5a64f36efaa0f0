"""Cards, designs and their pictures are kept, changed, and retired."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop as _

from events.facts import record
from shelf.images import Image
from vcards import pages
from vcards.actions.assigning import draw
from vcards.actions.shares import codes_for
from vcards.contacts import CardRefused
from vcards.events import CardRetired
from vcards.models import Card, CompanyDesign, Picture, ShareCode
from vcards.pictures import contrast, digest_of
from vcards.standing import STEPS, heirs_of

LEAST_CONTRAST = 4.5  # WCAG 2.2 AA, for text of any size
AT_ONCE = 500  # orders whose pages are drawn in the same transaction; a clock draws the rest
STANDARD = (ShareCode.Placement.ORDER_PAGE, ShareCode.Placement.MAIL, ShareCode.Placement.AFTER_DEAL)


@transaction.atomic
def save_card(card: Card, now: datetime, by_id: int | None = None) -> None:
    """Keep the card's own columns; ``redraw`` follows when its texts and contacts are kept too."""
    before = Card.objects.select_for_update().filter(pk=card.pk).values_list("state", flat=True).first()
    _check_succession(card)
    is_leaving = card.state == Card.State.LEFT and before != Card.State.LEFT
    card.left_at = (card.left_at or now) if card.state == Card.State.LEFT else None
    card.save()
    if card.state == Card.State.ACTIVE:
        codes_for([card.pk], STANDARD, now)
    if is_leaving:
        record(CardRetired(card.successor_id), subject=("card", card.pk), at=now, created_by_id=by_id)


@transaction.atomic
def retire(card: Card, successor: Card | None, now: datetime, by_id: int | None = None) -> None:
    """Its person has left: from now on its codes show the successor's card, or how to reach the company."""
    card.state, card.successor = Card.State.LEFT, successor
    save_card(card, now, by_id)
    redraw([card.pk])


@transaction.atomic
def redraw(ids: Collection[int]) -> None:
    """These cards changed: their pages and those that show them in their place are made anew."""
    touched = heirs_of(list(ids))
    Card.objects.filter(pk__in=touched).update(revision=F("revision") + 1)
    draw(touched, AT_ONCE)
    pages.forget()
    transaction.on_commit(pages.forget)


@transaction.atomic
def save_design(design: CompanyDesign) -> None:
    check_colours(design.accent, design.accent_ink)
    design.revision += 1
    design.save()
    redraw(list(design.cards.values_list("pk", flat=True)))


def check_colours(accent: str, ink: str) -> None:
    found = contrast(accent, ink)
    if found < LEAST_CONTRAST:
        raise CardRefused(
            _("This text on this colour has a contrast of %(found)s : 1; people need %(least)s : 1 to read it."),
            found=f"{found:.1f}",
            least=f"{LEAST_CONTRAST:.1f}",
        )


def keep_picture(made: Image) -> Picture:
    """The picture's row; the same picture has one."""
    digest = digest_of(made.data)
    kept, _created = Picture.objects.get_or_create(
        digest=digest,
        defaults={"data": made.data, "media_type": made.media_type, "width": made.width, "height": made.height},
    )
    return kept


def _check_succession(card: Card) -> None:
    """Nobody is followed, at last, by themselves."""
    follows, seen = card.successor, 0
    while follows is not None and seen < STEPS:
        if follows.pk == card.pk:
            raise CardRefused(_("Succession that leads back to %(name)s: name somebody else."), name=card.name)
        follows, seen = follows.successor, seen + 1
    if follows is not None:
        raise CardRefused(_("More than %(most)s people one after another: name the last of them."), most=STEPS)
