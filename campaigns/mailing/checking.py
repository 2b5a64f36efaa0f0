"""The check before the send button: the whole audience by the batch, the mail on trial, every link.

First people, a batch per transaction with the figures so far in the campaign's row, so that a worker that dies costs
one batch; then the mail, outside any transaction, for links take seconds. Nothing is written but the result.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_noop as _

from campaigns.mailing import audience, guards, links
from campaigns.mailing.audience import Person
from campaigns.mailing.guards import Guard, Verdict
from campaigns.mailing.variants import shares_of, templates_of
from campaigns.models import Campaign
from customers.models import Purpose
from messaging import contexts, gate, named
from messaging.actions import published_contents
from messaging.models import Message, Stream, TemplateContent, TemplateVersion
from messaging.rendering import CannotRender, CompiledContent, RenderedMail, render
from messaging.rendering.problems import LiquidFault
from messaging.rendering.uses import Name, shown_variables
from shelf.reasons import Reason

BATCH = 1000
SAMPLES = 40
FRESH = timedelta(hours=24)
RECENT = timedelta(hours=24)
VISIT = timedelta(minutes=5)  # how long one worker may be at the links, before another tries
# They stand for each reader's own links.
UNSUBSCRIBE, PREFERENCES = "https://reader.invalid/u/", "https://reader.invalid/p/"

NOTHING: dict[str, Any] = {
    "after": 0, "matched": 0, "people": 0, "here": 0, "get": 0, "later": 0, "recent": 0,
    "reasons": [], "empty": {}, "absent": {}, "languages": {}, "samples": [],
}  # fmt: skip


def fingerprint(campaign: Campaign) -> str:
    """What a check was about: the published text, the audience, the store. Empty when there is no published text."""
    templates = templates_of(campaign)
    published = TemplateVersion.objects.filter(template__in=templates, published_at__isnull=False)
    newest = dict(published.order_by("number").values_list("template_id", "pk"))
    if len(newest) < len(templates):
        return ""
    about = [
        newest[campaign.template_id],
        campaign.template.purpose_id,
        [campaign.store_id, campaign.store.sender_id, campaign.language, campaign.min_orders],
        [str(campaign.since_on), str(campaign.until_on), campaign.segment_id],
        [[share.name, share.percent, newest[share.template_id]] for share in shares_of(campaign)],
    ]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def is_fresh(campaign: Campaign, now: datetime) -> bool:
    return bool(
        campaign.checked_hash
        and campaign.checked_at
        and now - campaign.checked_at < FRESH
        and campaign.checked_hash == fingerprint(campaign)
    )


# --- People -------------------------------------------------------------------------------------------------------


def look_at_people(campaign_id: int, now: datetime) -> int:
    """One batch; how many rows were looked at, 0 at the end (then the mail is due) or when somebody else is at it."""
    with transaction.atomic():
        campaign = (
            Campaign.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("template__purpose", "store")
            .filter(pk=campaign_id, state=Campaign.State.CHECKING)
            .first()
        )
        if campaign is None or campaign.figures.get("all"):
            return 0
        figures = {**NOTHING, **campaign.figures}
        people, seen, last = audience.walk(campaign, figures["after"], BATCH, now)
        many = published_contents(set(templates_of(campaign))).values()
        _count(figures, campaign, people, {name for contents in many for name in _shown(contents)}, now)
        figures |= {"after": last, "matched": figures["matched"] + seen, "all": not seen}
        campaign.figures = figures
        campaign.save(update_fields=["figures"])
        return max(seen, 1)


def _shown(contents: Mapping[str, TemplateContent]) -> set[Name]:
    try:
        return shown_variables(source for c in contents.values() for source in c.sources)
    except LiquidFault:
        return set()  # a broken source is said by the trial


def _count(figures: dict, campaign: Campaign, people: Sequence[Person], shown: set[Name], now: datetime) -> None:
    """Add a batch to the figures: whom the gate lets through now, whom later, whom not and why; what is unknown."""
    asked = [person for person in people if person.objection is None]
    messages = audience.imagined(campaign, asked, now)
    decisions = gate.judge(messages, now)
    verdicts = [decisions[message.pk] for message in messages]
    reasons: Counter[str] = Counter({json.dumps(row[:2]): row[2] for row in figures["reasons"]})
    reasons.update(_key(person.objection) for person in people if person.objection)
    reasons.update(_key(d.why) for d in verdicts if d.verdict != "send")
    get = [person for person, d in zip(asked, verdicts, strict=True) if d.verdict == "send"]
    later = [person for person, d in zip(asked, verdicts, strict=True) if d.verdict == "hold"]
    figures["reasons"] = [[*json.loads(key), n] for key, n in reasons.most_common(30)]
    figures["people"] += len(people)
    figures["here"] += sum(person.objection is not audience.NOT_HERE for person in people)
    figures["get"] += len(get)
    figures["later"] += len(later)
    figures["languages"] = dict(Counter(figures["languages"]) + Counter(p.language for p in get))
    figures["recent"] += _written_lately(get, now)
    _note_unknown(figures, [*get, *later], shown, now)
    known = Counter(language for language, _order in figures["samples"])
    for person in get:
        if len(figures["samples"]) < SAMPLES and known[person.language] < SAMPLES // 3:
            known[person.language] += 1
            figures["samples"] = [*figures["samples"], [person.language, person.order_id]]


def _key(reason: Reason) -> str:
    return json.dumps([reason.text, reason.values])


def _written_lately(people: Sequence[Person], now: datetime) -> int:
    sent = Message.objects.filter(customer_id__in=[p.customer_id for p in people], sent_at__gte=now - RECENT)
    # The index of the timeline is by created_at: a message that left today was hardly planned a month ago.
    return sent.filter(created_at__gte=now - timedelta(days=31)).values("customer_id").distinct().count()


def _note_unknown(figures: dict, people: Sequence[Person], shown: set[Name], now: datetime) -> None:
    if not people or not shown:
        return
    data = contexts.load([("buyer", person.order_id) for person in people], now, {".".join(name[:2]) for name in shown})
    empty, absent = Counter(figures["empty"]), Counter(figures["absent"])
    for person in people:
        for name in shown:
            found = _look_up(data.get(("buyer", person.order_id), {}), name)
            if found is _ABSENT:
                absent[".".join(name)] += 1
            elif found in (None, "", [], {}):
                empty[".".join(name)] += 1
    figures["empty"], figures["absent"] = dict(empty), dict(absent)


_ABSENT = object()


def _look_up(data: object, name: Name) -> object:
    for key in name:
        if not isinstance(data, Mapping):
            return None if key in ("size", "first", "last") else _ABSENT
        if key not in data:
            return _ABSENT
        data = data[key]
    return data


# --- The mail -----------------------------------------------------------------------------------------------------


def look_at_mail(campaign_id: int, now: datetime) -> int:
    """The second half: one worker takes it, writes the mail on trial, visits its links, and keeps what is to say."""
    taken = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.CHECKING, figures__all=True).exclude(
        lease_until__gt=now
    )
    if not taken.update(lease_until=now + VISIT):
        return 0
    campaign = Campaign.objects.select_related("template__purpose", "store__sender").get(pk=campaign_id)
    campaign.figures["everybody"] = 0 < audience.everybody(campaign) <= campaign.figures["here"]
    about = fingerprint(campaign)
    found = list(all_guards(campaign, now))
    verdict = guards.worst([g.as_data() for g in found])
    # a check that was asked for anew meanwhile took the mark of this one away
    Campaign.objects.filter(pk=campaign_id, state=Campaign.State.CHECKING, lease_until=now + VISIT).update(
        state=Campaign.State.DRAFT if verdict == "stop" else Campaign.State.CHECKED,
        guards=[g.as_data() for g in found],
        figures=campaign.figures,
        checked_hash=about if verdict != "stop" else "",
        checked_at=now,
        matched=campaign.figures["matched"],
        recipients=campaign.figures["get"] + campaign.figures["later"],
        lease_until=None,
    )
    return 1


def all_guards(campaign: Campaign, now: datetime) -> Iterator[Guard]:
    """In the order in which they are read: who, what, then how it will go."""
    figures, purpose = campaign.figures, campaign.template.purpose
    needs_unsubscribe = purpose.needs != Purpose.Needs.NOTHING
    every = published_contents(set(templates_of(campaign)))
    contents = every.get(campaign.template_id)
    yield guards.people(figures)
    if not contents or len(every) < len(templates_of(campaign)):
        yield Guard("template", "stop", Reason(_("The template has no published version.")))
        return
    if not figures["get"] + figures["later"]:
        return  # of nobody's mail there is nothing to say
    yield guards.recent(figures)
    if figures.get("everybody"):
        yield guards.everybody(figures["here"], figures["get"] + figures["later"])
    yield guards.languages(figures, set.intersection(*(set(one) for one in every.values())) or set(contents))
    mails, refusals = _on_trial(figures["samples"], list(every.values()), now)
    variables = guards.variables(figures)
    if variables.verdict != "ok" or not refusals:  # a trial that failed may have failed for want of one
        yield variables
    yield guards.rendering(refusals)
    if mails:
        yield guards.subjects(mails)
        yield from _links(mails, campaign)
        yield from _images(mails)
        yield guards.unsubscribe(mails, (UNSUBSCRIBE, PREFERENCES), needs_unsubscribe, purpose.pk)
        yield guards.size(mails, needs_unsubscribe)
        yield guards.plain_text(mails)
    recipients = figures["get"] + figures["later"]
    yield _way_out(campaign)
    if not (figures.get("everybody") and recipients > guards.EVERYBODY_ABOVE):  # it says so itself
        yield guards.second_person(recipients, settings.CAMPAIGN_SECOND_PERSON_ABOVE)
    yield guards.canary(recipients, settings.CAMPAIGN_CANARY, settings.CAMPAIGN_CANARY_MINUTES)


def _on_trial(
    samples: Sequence[tuple[str, int]], every: Sequence[Mapping[str, TemplateContent]], now: datetime
) -> tuple[list[RenderedMail], list[Reason]]:
    """Each wording, for each of the samples."""
    fields = {name for contents in every for c in contents.values() for name in named.fields_in(c.sources)}
    data = contexts.load([("buyer", order_id) for _language, order_id in samples], now, fields)
    mails, refusals = [], []
    for (language, order_id), contents in product(samples, every):
        content = contents.get(language) or contents.get("en") or next(iter(contents.values()))
        try:
            mails.append(_mail(content, data[("buyer", order_id)]))
        except CannotRender as refusal:
            refusals.append(refusal.reason)
        except KeyError:
            continue  # gone since it was counted
    return mails, refusals


def _mail(content: TemplateContent, data: Mapping[str, Any]) -> RenderedMail:
    ours = dict.fromkeys(contexts.MESSAGE["message"], "")
    ours |= {"language": content.language, "reason": "…"}
    ours |= {"unsubscribe_url": UNSUBSCRIBE, "preferences_url": PREFERENCES}
    compiled = CompiledContent(content.subject, content.preheader, content.html, content.compiled_text)
    with translation.override(content.language):
        return render(compiled, {**data, "message": ours}, content.language, data["zone"])


def _links(mails: Sequence[RenderedMail], campaign: Campaign) -> Iterator[Guard]:
    found = list(dict.fromkeys(url for mail in mails for url in guards.links_and_images(mail.html)[0]))
    ours = urlsplit(settings.PUBLIC_URL)
    foreign = [url for url in found if url not in (UNSUBSCRIBE, PREFERENCES) and not _is_ours(url, ours.netloc)]
    own = [host for host in (links.host_of(campaign.store.url),) if host]
    visited = links.visit_all(foreign[: links.MOST], own, campaign.confirmed_hosts)
    said: list[tuple[Verdict, Reason]] = [v.said for v in visited if v.said]
    if len(foreign) > links.MOST:
        text = _("More links than these were not visited: %(count)s.")
        said.append(("warn", Reason(text, {"count": len(foreign) - links.MOST})))
    yield guards.links(said, min(len(foreign), links.MOST))


def _is_ours(url: str, netloc: str) -> bool:
    """A link that we make for each reader; visiting it would be the reader's own click."""
    try:
        return urlsplit(url).netloc == netloc
    except ValueError:
        return False


def _images(mails: Sequence[RenderedMail]) -> Iterator[Guard]:
    images = [image for mail in mails for image in guards.links_and_images(mail.html)[1]]
    ours = urlsplit(settings.PUBLIC_URL).netloc
    urls = list(dict.fromkeys(src for src, _alt in images))
    visited = links.weigh_all([url for url in urls if not _is_ours(url, ours)][: links.MOST])
    said: list[tuple[Verdict, Reason]] = [v.said for v in visited if v.said]
    mute = sorted({src for src, alt in images if alt is None})
    said += [
        ("warn", Reason(_("The image %(url)s has no words for those who do not see it."), {"url": u[:200]}))
        for u in mute
    ]
    heaviest = max((len(set(guards.links_and_images(mail.html)[1])) for mail in mails), default=0)
    yield guards.images(said, heaviest, sum(v.weight for v in visited))


def _way_out(campaign: Campaign) -> Guard:
    """Does anything hold its messages back before they begin?"""
    said: list[tuple[Verdict, Reason]] = []
    sender = campaign.store.sender
    if sender and sender.marketing_paused_at and campaign.template.purpose_id in ("marketing", "loyalty"):
        said.append(("stop", Reason(_("The sender is paused for marketing: too many complaints."))))
    if sender and sender.paused_until:
        said.append(("warn", Reason(_("The sender is paused at the moment: %(why)s"), {"why": sender.why_paused})))
    if Stream.objects.filter(slug=Stream.EVERYTHING, paused_at__isnull=False).exists():
        said.append(("warn", Reason(_("All sending is paused."))))
    if not said:
        return guards.guard("way out", _("The sender is ready."))
    return guards.guard("way out", _("The sender is not ready."), said)
