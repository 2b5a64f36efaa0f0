"""Templates as people write them: a draft that is saved as one types, a second person who approves, old versions.

A template has at most one open version, a draft or one that waits for approval. Published versions never change: what
is wrong with one is mended in the next.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_noop as _

from customers.channels import Channel
from messaging import blocks
from messaging.actions.templates import (
    Written,
    compiled,
    next_number,
    published_contents,
    refuse_problems,
    row,
)
from messaging.models import Template, TemplateContent, TemplateVersion
from shelf.reasons import Reason, Refusal
from staff.models import User

DRAFT, REVIEW, PUBLISHED = (TemplateVersion.State[name] for name in ("DRAFT", "REVIEW", "PUBLISHED"))
MAY_APPROVE = "messaging.approve_mail"
BIGGEST = 256 * 1024  # characters of one language as JSON: four times what a mail may have

SAVED_BY_ANOTHER = _("%(name)s saved this mail at %(time)s, after you had opened it.")
TOO_BIG = _("This is longer than %(most)s characters, and was not saved.")
NOT_ALLOWED = _("Only somebody who may approve mails can publish here. Ask for approval.")
YOUR_OWN = _("Somebody else has to approve what you wrote yourself.")
NOTHING_OPEN = _("There is no draft.")
OPEN_ALREADY = _("There is a draft already. Publish it or throw it away first.")


class SavedByAnother(Refusal):
    """Two people, or one in two windows, edit the same mail; ``version`` is what the other one saved."""

    def __init__(self, version: TemplateVersion, time: str):
        super().__init__(SAVED_BY_ANOTHER, name=str(version.changed_by or version.created_by or "?"), time=time)
        self.version = version


@dataclass(frozen=True, slots=True)
class Working:
    """What an editor has before him: the open version, else the published one. ``token`` names that state."""

    version: TemplateVersion | None
    contents: dict[str, TemplateContent]

    @property
    def is_open(self) -> bool:
        return self.version is not None and self.version.state != PUBLISHED

    @property
    def token(self) -> str:
        return f"{self.version.number}.{self.version.saves}" if self.version and self.is_open else ""


def open_version(template: Template) -> TemplateVersion | None:
    """The draft, or what waits for approval."""
    several = template.versions.exclude(state=PUBLISHED).select_related("created_by", "changed_by")
    return several.order_by("-number").first()


def working(template: Template) -> Working:
    version = open_version(template)
    if version:
        return Working(version, {content.language: content for content in version.contents.all()})
    contents = published_contents({template.pk}).get(template.pk, {})
    return Working(next((content.version for content in contents.values()), None), contents)


@transaction.atomic
def create_template(
    name: str, purpose: str, channel: str, contents: Mapping[str, Written], by: User | None, now: datetime
) -> Template:
    """A template with a first draft. Its short name is made from its name."""
    template = Template.objects.create(slug=_free_slug(name), name=name, purpose_id=purpose, channel=channel)
    _new_draft(template, contents, by, now)
    return template


def _free_slug(name: str) -> str:
    # Cyrillic names leave nothing in ASCII: then it is called by what it is
    start = slugify(name)[:60].replace("-", "_") or "mail"
    taken = set(Template.objects.filter(slug__startswith=start).values_list("slug", flat=True))
    return next(slug for slug in (start, *(f"{start}_{n}" for n in range(2, 10_000))) if slug not in taken)


@transaction.atomic
def save_draft(
    template: Template, language: str, written: Written, token: str, by: User | None, now: datetime
) -> TemplateVersion | None:
    """Save one language; it need not be right yet. None when it says what is published and there is no draft.

    ``token``: the state that the author began with. Raises SavedByAnother if it is not the present one, and Refusal
    for what is too big or no mail at all. A version that waits for approval becomes a draft again.
    """
    written = _in_shape(written, template.channel)
    Template.objects.select_for_update().get(pk=template.pk)
    draft = open_version(template)
    if draft is None:
        live = published_contents({template.pk}).get(template.pk, {})
        if language in live and Written.of(live[language]) == written:
            return None
        draft = _new_draft(template, {code: Written.of(content) for code, content in live.items()}, by, now)
    elif token != f"{draft.number}.{draft.saves}":
        raise SavedByAnother(draft, _clock(draft.changed_at))
    return _put(draft, language, written, by, now)


def _put(draft: TemplateVersion, language: str, written: Written, by: User | None, now: datetime) -> TemplateVersion:
    TemplateContent.objects.filter(version=draft, language=language).delete()
    row(draft, language, written).save()
    return _touched(draft, by, now)


def _touched(draft: TemplateVersion, by: User | None, now: datetime) -> TemplateVersion:
    draft.state, draft.saves, draft.changed_by, draft.changed_at = DRAFT, draft.saves + 1, by, now
    draft.save(update_fields=["state", "saves", "changed_by", "changed_at"])
    return draft


def _in_shape(written: Written, channel: str) -> Written:
    size = len(json.dumps([written.blocks, written.mjml, written.text, written.subject, written.preheader]))
    if size > BIGGEST:
        raise Refusal(TOO_BIG, most=BIGGEST)
    if channel != Channel.EMAIL:
        return Written("", "", "", written.text)
    if written.blocks is None:
        return Written(
            written.subject[:300], written.preheader[:300], written.mjml, written.text, None, written.made_of
        )
    return Written(written.subject[:300], written.preheader[:300], "", "", blocks.shape(written.blocks))


def _new_draft(template: Template, contents: Mapping[str, Written], by: User | None, now: datetime) -> TemplateVersion:
    draft = TemplateVersion.objects.create(
        template=template, number=next_number(template), state=DRAFT, created_by=by, changed_by=by, changed_at=now
    )
    TemplateContent.objects.bulk_create([row(draft, language, w) for language, w in contents.items()])
    return draft


@transaction.atomic
def drop_language(template: Template, language: str, token: str, by: User | None, now: datetime) -> None:
    """Take one language out of the draft. Readers of that language get another one."""
    Template.objects.select_for_update().get(pk=template.pk)
    draft = open_version(template)
    if draft is None:
        live = published_contents({template.pk}).get(template.pk, {})
        draft = _new_draft(template, {code: Written.of(content) for code, content in live.items()}, by, now)
    elif token != f"{draft.number}.{draft.saves}":
        raise SavedByAnother(draft, _clock(draft.changed_at))
    draft.contents.filter(language=language).delete()
    _touched(draft, by, now)


def ask_for_approval(template: Template, by: User, now: datetime) -> TemplateVersion:
    """The draft waits for somebody who may approve. Raises TemplateRefused while anything is wrong with it."""
    draft = _open(template)
    refuse_problems(_written(draft), template.channel)
    draft.state, draft.changed_at = REVIEW, now
    draft.save(update_fields=["state", "changed_at"])
    return draft


def back_to_draft(template: Template) -> TemplateVersion:
    draft = _open(template)
    draft.state = DRAFT
    draft.save(update_fields=["state"])
    return draft


def why_not_publish(version: TemplateVersion, by: User) -> Reason | None:
    """Nothing, unless MAILS_NEED_APPROVAL: then one who may approve, and who did not write it."""
    if not settings.MAILS_NEED_APPROVAL:
        return None
    if not by.has_perm(MAY_APPROVE):
        return Reason(NOT_ALLOWED)
    return Reason(YOUR_OWN) if by.pk in (version.changed_by_id or version.created_by_id,) else None


def publish_draft(template: Template, token: str, by: User, now: datetime) -> TemplateVersion:
    """The draft becomes what is sent from now on. Raises Refusal, TemplateRefused, SavedByAnother.

    It is read and compiled outside of the transaction, for that takes a second; the token says that it is still the
    same when it is written.
    """
    draft = _open(template)
    if token != f"{draft.number}.{draft.saves}":
        raise SavedByAnother(draft, _clock(draft.changed_at))
    if reason := why_not_publish(draft, by):
        raise Refusal(reason.text, **reason.values)
    contents = _written(draft)
    refuse_problems(contents, template.channel)
    rows = [row(draft, lang, w, compiled(w, lang, template.channel)) for lang, w in contents.items()]
    with transaction.atomic():
        Template.objects.select_for_update().get(pk=template.pk)
        same = TemplateVersion.objects.filter(pk=draft.pk, saves=draft.saves).exclude(state=PUBLISHED)
        approved = {"approved_by": by, "approved_at": now} if by.pk != draft.changed_by_id else {}
        if not same.update(state=PUBLISHED, published_at=now, **approved):
            raise SavedByAnother(TemplateVersion.objects.get(pk=draft.pk), _clock(now))
        draft.contents.all().delete()
        TemplateContent.objects.bulk_create(rows)
    draft.refresh_from_db()
    return draft


@transaction.atomic
def discard_draft(template: Template) -> None:
    """Throw the open version away. It was never sent, so no message refers to it."""
    Template.objects.select_for_update().get(pk=template.pk)
    _open(template).delete()


@transaction.atomic
def restore(template: Template, number: int, by: User | None, now: datetime) -> TemplateVersion:
    """An old version as a new draft. Raises Refusal while there is another draft."""
    Template.objects.select_for_update().get(pk=template.pk)
    if open_version(template):
        raise Refusal(OPEN_ALREADY)
    old = template.versions.get(number=number)
    return _new_draft(template, _written(old), by, now)


def _open(template: Template) -> TemplateVersion:
    version = open_version(template)
    if version is None:
        raise Refusal(NOTHING_OPEN)
    return version


def _written(version: TemplateVersion) -> dict[str, Written]:
    return {content.language: Written.of(content) for content in version.contents.order_by("language")}


def to_raw(written: Written, language: str) -> Written:
    """What the blocks make, to go on by hand. They are kept: see ``to_blocks``. Raises TemplateRefused."""
    if written.blocks is None:
        return written
    refuse_problems({language: written}, Channel.EMAIL)
    mjml, text = written.sources(language)
    return Written(written.subject, written.preheader, mjml, text, None, list(written.blocks))


def to_blocks(written: Written, language: str) -> Written | None:
    """Back to blocks, if the MJML is still what they made; else None."""
    if written.made_of is None:
        return None
    made = Written(written.subject, written.preheader, "", "", written.made_of)
    return made if made.sources(language) == (written.mjml, written.text) else None


def _clock(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%H:%M}" if at else "?"
