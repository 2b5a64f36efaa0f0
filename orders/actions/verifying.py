"""The third tier of the order's page: six digits by mail prove that the visitor reads the order's own mailbox.

The digits are kept nowhere. They follow from a random seed in the row and the installation's key, so that neither the
database nor a copy of it tells them; the mail's archive masks them (shelf.links.mask). A million possibilities, five
tries a code, ten codes a day: who has the signed link and tries for a year opens one order of fifty, having sent its
owner ten mails on each day of it.
"""

import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_noop as _

from messaging.actions import Planned, plan, stream
from messaging.models import Template
from orders.actions.contacts import OrderRefused
from orders.actions.speaking import speak
from orders.models import Order, PageCode
from shelf.links import signing_key

TEMPLATE = "page_code"
LIVES = timedelta(minutes=15)
CODES_PER_HOUR, CODES_PER_DAY = 3, 10
TRIES = 5  # of one code
KEPT = timedelta(days=1)  # rows, for the count of the day


def digits_of(code: PageCode) -> str:
    key = signing_key("orders.page_code", settings.SECRET_KEY)
    number = int.from_bytes(hmac.digest(key, f"{code.order_id}:{code.seed}".encode(), "sha256")[:8])
    return f"{number % 1_000_000:06d}"


@transaction.atomic
def mail_code(order: Order, now: datetime) -> None:
    """A new code to the order's own address; silence where it has none, or when enough were asked for."""
    locked = Order.objects.select_for_update(of=("self",)).select_related("store", "customer").get(pk=order.pk)
    template = Template.objects.filter(slug=TEMPLATE).first()
    if template is None or not locked.email or _had_enough(locked, now):
        return
    code = PageCode.objects.create(order=locked, created_at=now)
    plan(
        [
            Planned(
                key=f"page_code:{code.pk}",
                stream_id=stream("account", "Account").pk,
                template_id=template.pk,
                customer_id=locked.customer_id,
                address=locked.email,
                language=speak(locked),
                subject=("page_code", code.pk),
                cause=("page_code", code.pk),
                send_after=now,
                expires_at=now + LIVES,
                country=locked.store.country,
                sender_id=locked.store.sender_id,
            )
        ]
    )


def _had_enough(order: Order, now: datetime) -> bool:
    asked = list(PageCode.objects.filter(order=order, created_at__gt=now - KEPT).values_list("created_at", flat=True))
    return len(asked) >= CODES_PER_DAY or sum(at > now - timedelta(hours=1) for at in asked) >= CODES_PER_HOUR


def check_code(order: Order, typed: str, now: datetime) -> None:
    """Use up the order's newest code. Refused alike when it is wrong, used, too old, tried too often, or never was."""
    if not _fits(order, typed, now):  # outside the transaction: a try counts although it is refused
        raise OrderRefused(_("This is not the code that we mailed last, or it is too old. You may ask for a new one."))


@transaction.atomic
def _fits(order: Order, typed: str, now: datetime) -> bool:
    code = PageCode.objects.select_for_update().filter(order=order).order_by("-created_at", "-pk").first()
    if code is None or code.used_at or code.tries >= TRIES or now >= code.created_at + LIVES:
        return False
    is_right = constant_time_compare(digits_of(code), "".join(sign for sign in typed if sign in "0123456789"))
    PageCode.objects.filter(pk=code.pk).update(tries=F("tries") + 1, used_at=now if is_right else None)
    return is_right


def forget_codes() -> int:
    """The clock: codes of yesterday go."""
    old = PageCode.objects.filter(created_at__lt=timezone.now() - KEPT).order_by("created_at").values_list("pk")[:500]
    return PageCode.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]
