"""Share codes: one for each placement of a card, opened when first needed, and revoked."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from events.facts import Recorded, record_all
from vcards import pages
from vcards.contacts import CardRefused
from vcards.events import CardShared
from vcards.links import new_code
from vcards.models import Card, ShareCode

Placement = ShareCode.Placement
MOST = 200  # codes of one card


@transaction.atomic
def codes_for(card_ids: Collection[int], placements: Iterable[str], now: datetime) -> dict[tuple[int, str], str]:
    """{(card id, placement): code} of the codes without a note; those that are missing are opened."""
    wanted = {(pk, str(placement)) for placement in placements for pk in card_ids}
    known = _codes(card_ids)
    if missing := sorted(wanted - known.keys()):
        rows = [ShareCode(code=new_code(), card_id=pk, placement=placement) for pk, placement in missing]
        ShareCode.objects.bulk_create(rows, ignore_conflicts=True)
        made = ShareCode.objects.filter(code__in=[row.code for row in rows])
        _tell(made, now)
        known = _codes(card_ids)
    return {key: known[key] for key in wanted if key in known}


def code_for(card_id: int, placement: str, now: datetime) -> str:
    return codes_for([card_id], [placement], now)[card_id, str(placement)]


@transaction.atomic
def open_share(card: Card, placement: str, label: str, now: datetime) -> ShareCode:
    """A code for one more placement: a fair, a pack of printed cards. The same note has the same code."""
    if placement not in Placement.values:
        raise CardRefused(_("There is no placement “%(placement)s”."), placement=placement[:20])
    if card.shares.count() >= MOST:
        raise CardRefused(_("A card has at most %(most)s codes."), most=MOST)
    label = " ".join(label.replace("\0", "").split())[:80]
    found = card.shares.filter(placement=placement, label=label, revoked_at=None).first()
    if found is None:
        found = card.shares.create(code=new_code(), placement=placement, label=label)
        _tell([found], now)
    return found


@transaction.atomic
def revoke(share: ShareCode, now: datetime) -> None:
    """From now on its address says that it is no longer in use. The order page and mails get a new code when needed."""
    if share.revoked_at is None:
        share.revoked_at = now
        share.save(update_fields=["revoked_at"])
    pages.forget()
    transaction.on_commit(pages.forget)


def _codes(card_ids: Collection[int]) -> dict[tuple[int, str], str]:
    rows = ShareCode.objects.filter(card__in=card_ids, label="", revoked_at=None)
    return {(pk, placement): code for pk, placement, code in rows.values_list("card_id", "placement", "code")}


def _tell(made: Iterable[ShareCode], now: datetime) -> None:
    record_all([Recorded(CardShared(row.pk, row.placement), ("card", row.card_id), None, now) for row in made])
