"""Ask what became of texts: some providers bring no news by themselves, so a clock fetches them while they can still
change."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from customers.channels import Channel
from messaging.actions.news import note_news
from messaging.channels import texts
from messaging.channels.ways import NoWayOut
from messaging.identity import mark_of
from messaging.models import Message, Sender
from messaging.news import Told
from shelf.reasons import Refusal

log = logging.getLogger(__name__)

AFTER = timedelta(minutes=1)  # nobody reads a message sooner
FOR = timedelta(days=2)  # what is not delivered by then never is


def ask_for_statuses() -> int:
    """One question for each sender of texts; how many news were told that we did not know."""
    senders = Sender.objects.exclude(channel=Channel.EMAIL).exclude(url="")
    return sum(_ask(s, provider.ask) for s in senders if (provider := texts.provider_of(s.url)) and provider.ask)


def _ask(sender: Sender, ask: Callable[[texts.Account, list[str]], dict[str, str]]) -> int:
    now = timezone.now()
    waiting = (
        Message.objects.filter(sender=sender, created_at__gte=now - FOR * 2, sent_at__gte=now - FOR)
        .filter(
            Q(state=Message.State.SENT) | Q(state=Message.State.DELIVERED, opened_at=None) & ~Q(channel=Channel.SMS)
        )
        .filter(sent_at__lte=now - AFTER)
        .exclude(provider_id="")
        .order_by("-sent_at")[: texts.ASKED_AT_ONCE]
    )
    by_id = {m.provider_id: m for m in waiting}
    if not by_id:
        return 0
    try:
        account = texts.account_of(sender.channel, sender.url)
        said = ask(account, list(by_id))
    except (Refusal, NoWayOut, texts.ProviderSaid) as error:
        log.warning("sender %s cannot be asked what became of its texts: %s", sender.slug, error)
        return 0
    known = texts.PROVIDERS[account.scheme].statuses
    told = [
        _told(by_id[one], account.scheme, word, *known[word])
        for one, word in said.items()
        if one in by_id and word in known
    ]
    new = [one for one in told if one.kind != "sent"]
    note_news(new, now)
    return len(new)


def _told(m: Message, provider: str, word: str, kind: str, is_final: bool) -> Told:
    return Told(
        provider=provider,
        key=f"{m.provider_id}:{word}",
        kind=kind,
        at=None,
        address=m.address,
        mark=mark_of(m),
        provider_id=m.provider_id,
        detail=word,
        is_final=is_final,
    )
