"""Who gets which wording, and who nothing: drawn by a hash, so that nobody ever changes sides."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_noop as _

from campaigns.models import Campaign, Variant
from messaging.actions import Written, publish_template
from messaging.models import Message, Template, TemplateVersion
from shelf.reasons import Reason, Refusal

OWN = "A"  # the campaign's own template
HELD_OUT = Reason(_("In the group that gets nothing, so that the effect of the campaign can be measured."))
MOST = 4


class VariantRefused(Refusal):
    """It is no test of this campaign."""


@dataclass(frozen=True, slots=True)
class Share:
    name: str
    percent: int
    template_id: int


def shares_of(campaign: Campaign) -> list[Share]:
    """The holdout, the variants by age, and the campaign's own template for the rest; 100 percent in all."""
    others = [Share(v.name, v.percent, v.template_id) for v in campaign.variants.order_by("pk")]
    held = [Share(Message.HOLDOUT, campaign.holdout_percent, campaign.template_id)] if campaign.holdout_percent else []
    rest = 100 - sum(share.percent for share in [*held, *others])
    return [*held, *others, Share(OWN if others else "", rest, campaign.template_id)]


def bucket(customer_id: int, campaign_id: int) -> int:
    """0 to 99, the same for ever."""
    digest = hashlib.sha256(f"campaign:{campaign_id}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100


def share_for(shares: list[Share], customer_id: int, campaign_id: int) -> Share:
    place = bucket(customer_id, campaign_id)
    ends = accumulate(share.percent for share in shares)
    return next(share for share, end in zip(shares, ends, strict=True) if place < end)


def templates_of(campaign: Campaign) -> list[int]:
    """Those that are really sent, the campaign's own first."""
    return list(
        dict.fromkeys([campaign.template_id, *campaign.variants.order_by("pk").values_list("template_id", flat=True)])
    )


# --- Changing them ------------------------------------------------------------------------------------------------


@transaction.atomic
def add_variant(
    campaign: Campaign,
    percent: int,
    template: Template | None = None,
    subjects: Mapping[str, str] | None = None,
    by=None,
) -> Variant:
    """Another template, or the campaign's own with other subjects. Raises VariantRefused."""
    known = list(campaign.variants.order_by("pk"))
    if len(known) + 1 >= MOST:
        raise VariantRefused(
            _("At most %(count)s wordings in one test: of more, none would be told apart."), count=MOST
        )
    if percent < 1 or campaign.holdout_percent + percent + sum(v.percent for v in known) > 99:
        raise VariantRefused(_("Together they must leave at least one percent for the campaign's own mail."))
    name = next(letter for letter in "BCDEFGH" if letter not in {v.name for v in known})
    subjects = {language: words.strip() for language, words in (subjects or {}).items() if words.strip()}
    template = template or _with_subjects(campaign, name, subjects, by)
    if template.purpose_id != campaign.template.purpose_id or template.channel != campaign.template.channel:
        raise VariantRefused(_("The other template has another purpose or channel: then it is no test."))
    return Variant.objects.create(campaign=campaign, name=name, percent=percent, template=template)


def _with_subjects(campaign: Campaign, name: str, subjects: Mapping[str, str], by) -> Template:
    """A copy of the campaign's template that differs in its subjects alone."""
    version = (
        TemplateVersion.objects.filter(template=campaign.template, published_at__isnull=False)
        .order_by("-number")
        .first()
    )
    if version is None:
        raise VariantRefused(_("The template has no published version."))
    contents = {content.language: Written.of(content) for content in version.contents.all()}
    changed = {
        language: replace(w, subject=subjects[language]) if language in subjects else w
        for language, w in contents.items()
    }
    if changed == contents:
        raise VariantRefused(_("Choose another template, or write another subject."))
    slug = f"{slugify(campaign.template.slug)[:30]}-{campaign.pk}-{name.lower()}"
    copy, _new = Template.objects.get_or_create(
        slug=slug,
        defaults={
            "name": f"{campaign.template.name} · {name}"[:120],
            "purpose_id": campaign.template.purpose_id,
            "channel": campaign.template.channel,
        },
    )
    publish_template(copy, changed, by)
    return copy


def drop_variant(campaign: Campaign, name: str) -> None:
    campaign.variants.filter(name=name).delete()
