"""Check, compile and publish templates; load the presets."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from messaging import contexts
from messaging.models import Template, TemplateContent, TemplateVersion
from messaging.presets import read_presets
from messaging.rendering import TemplateRefused, check_content, compile_content


@dataclass(frozen=True, slots=True)
class Written:
    """What an author wrote in one language."""

    subject: str
    preheader: str
    mjml: str
    text: str


@transaction.atomic
def publish_template(template: Template, contents: Mapping[str, Written], by=None) -> TemplateVersion:
    """Check, compile and publish a new version. Raises TemplateRefused with every problem, its line and variable."""
    problems = [
        problem
        for w in contents.values()
        for problem in check_content(w.subject, w.preheader, w.mjml, w.text, contexts.describe_all())
    ]
    if problems:
        raise TemplateRefused(problems)
    last = template.versions.aggregate(last=Max("number"))["last"] or 0
    version = TemplateVersion.objects.create(
        template=template, number=last + 1, published_at=timezone.now(), created_by=by
    )
    TemplateContent.objects.bulk_create([_compiled(version, language, w) for language, w in contents.items()])
    return version


def _compiled(version: TemplateVersion, language: str, w: Written) -> TemplateContent:
    compiled = compile_content(w.subject, w.preheader, w.mjml, w.text)
    return TemplateContent(
        version=version,
        language=language,
        subject=w.subject,
        preheader=w.preheader,
        mjml=w.mjml,
        text=w.text,
        html=compiled.html,
        compiled_text=compiled.text,
    )


def load_preset_mails() -> list[Template]:
    """Make the preset templates that are missing; those that exist belong to the people who edit them."""
    made = []
    for preset in read_presets():
        name = preset.name.get(settings.LANGUAGE_CODE) or preset.name["en"]
        template, new = Template.objects.get_or_create(
            slug=preset.slug, defaults={"name": name, "purpose_id": preset.purpose}
        )
        if new:
            written = {lang: Written(c.subject, c.preheader, c.mjml, c.text) for lang, c in preset.contents.items()}
            publish_template(template, written)
            made.append(template)
    return made


def published_contents(template_ids: set[int]) -> dict[int, dict[str, TemplateContent]]:
    """The contents of the newest published version of each template, by language."""
    newest = (
        TemplateVersion.objects.filter(template__in=template_ids, published_at__isnull=False)
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    contents: dict[int, dict[str, TemplateContent]] = {}
    for content in TemplateContent.objects.filter(version__in=newest.values("pk")).select_related("version"):
        contents.setdefault(content.version.template_id, {})[content.language] = content
    return contents
