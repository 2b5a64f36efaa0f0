"""Check, compile and publish templates; load the presets. Drafts and who approves them: drafts.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from customers.channels import Channel
from messaging import blocks, contexts
from messaging.blocks import BlockProblem, BlocksRefused
from messaging.blocks.fields import NEEDED
from messaging.models import Template, TemplateContent, TemplateVersion
from messaging.presets import read_presets
from messaging.rendering import CannotRender, CompiledContent, TemplateProblem, TemplateRefused
from messaging.rendering.sandbox import check_limited, check_pieces_limited, compile_limited
from shelf.reasons import Reason, Refusal

LONGEST_CHAIN = 8  # there are four channels
# stands in for the mail where a channel has nothing but a text
_NO_MAIL = "<mjml><mj-body></mj-body></mjml>"


@dataclass(frozen=True, slots=True)
class Written:
    """What an author wrote in one language: a list of blocks, or raw MJML with a text part."""

    subject: str
    preheader: str
    mjml: str
    text: str
    blocks: Sequence[Mapping[str, Any]] | None = None
    made_of: Sequence[Mapping[str, Any]] | None = None  # the blocks that the raw MJML was made of

    @classmethod
    def of(cls, content: TemplateContent) -> "Written":
        fields = ("subject", "preheader", "mjml", "text", "blocks", "made_of")
        return cls(*(getattr(content, name) for name in fields))

    def sources(self, language: str) -> tuple[str, str]:
        """MJML and plain text. Blocks must have passed their check."""
        if self.blocks is None:
            return self.mjml, self.text
        return blocks.to_mjml(self.blocks, language), blocks.to_text(self.blocks, language)


def known_variables() -> dict[str, Any]:
    """Everything a mail may name."""
    return blocks.described(contexts.describe_all())


def problems_of(w: Written, language: str, channel: str = Channel.EMAIL) -> list[TemplateProblem]:
    """All that is wrong with one language, by block and field or by part and line. Read in the limited child."""
    known = known_variables()
    if channel != Channel.EMAIL:
        return [p for p in check_limited("-", "", _NO_MAIL, w.text, known) if p.part == "text"] + _empty_text(w)
    if w.blocks is None:
        return check_limited(w.subject, w.preheader, w.mjml, w.text, known)
    found = [*blocks.check(w.blocks), *_liquid_problems(w.blocks, known)]
    if found:
        lines = check_limited(w.subject, w.preheader, _NO_MAIL, "", known)
        return [p for p in lines if p.part in ("subject", "preheader")] + found
    mjml, text = w.sources(language)
    lines = check_limited(w.subject, w.preheader, mjml, text, known)
    # a list whose fields are all well and that makes no mail: too long, or a fault of ours
    return [p if p.part in ("subject", "preheader") else BlockProblem(1, 1, p.what, p.variable) for p in lines]


def _liquid_problems(many: Sequence[Mapping], known: Mapping) -> list[BlockProblem]:
    sources = blocks.liquid_sources(many)
    if not sources:
        return []
    try:
        answers = check_pieces_limited([source for _at, _path, source in sources], known)
    except CannotRender as refusal:
        return [BlockProblem(1, 1, refusal.reason)]
    return [
        blocks.in_block(problem, many, at, path)
        for (at, path, _source), problems in zip(sources, answers, strict=True)
        for problem in problems
    ]


def _empty_text(w: Written) -> list[TemplateProblem]:
    return [] if w.text.strip() else [TemplateProblem(1, 1, Reason(NEEDED), part="text")]


def refuse_problems(contents: Mapping[str, Written], channel: str) -> None:
    """Raises TemplateRefused with every problem of every language."""
    found = [problem for language, w in contents.items() for problem in problems_of(w, language, channel)]
    if found:
        raise BlocksRefused(found) if isinstance(found[0], BlockProblem) else TemplateRefused(found)


def compiled(w: Written, language: str, channel: str) -> CompiledContent:
    """As it will be filled in. Raises TemplateRefused."""
    if channel != Channel.EMAIL:
        return CompiledContent("", "", "", w.text)
    return compile_limited(w.subject, w.preheader, *w.sources(language))


@transaction.atomic
def publish_template(template: Template, contents: Mapping[str, Written], by=None) -> TemplateVersion:
    """Check, compile and publish a new version. Raises TemplateRefused with every problem, its line and variable."""
    refuse_problems(contents, template.channel)
    mails = {language: compiled(w, language, template.channel) for language, w in contents.items()}
    return _new_version(template, contents, mails, by)


def _new_version(
    template: Template, contents: Mapping[str, Written], mails: Mapping[str, CompiledContent], by=None
) -> TemplateVersion:
    version = TemplateVersion.objects.create(
        template=template, number=next_number(template), published_at=timezone.now(), created_by=by
    )
    TemplateContent.objects.bulk_create([row(version, lang, w, mails[lang]) for lang, w in contents.items()])
    return version


def next_number(template: Template) -> int:
    return (template.versions.aggregate(last=Max("number"))["last"] or 0) + 1


def row(version: TemplateVersion, language: str, w: Written, mail: CompiledContent | None = None) -> TemplateContent:
    return TemplateContent(
        version=version,
        language=language,
        subject=w.subject,
        preheader=w.preheader,
        blocks=w.blocks,
        made_of=w.made_of,
        mjml=w.mjml,
        text=w.text,
        html=mail.html if mail else "",
        compiled_text=mail.text if mail else "",
    )


def load_preset_mails(slugs: Collection[str] | None = None) -> list[Template]:
    """Make the preset templates that are missing, all or these; those that exist belong to the people who edit them.

    The presets are our own files, held by their tests: they are compiled here, without the limited child.
    """
    made = []
    for preset in read_presets():
        if slugs is not None and preset.slug not in slugs:
            continue
        name = preset.name.get(settings.LANGUAGE_CODE) or preset.name["en"]
        template, new = Template.objects.get_or_create(
            slug=preset.slug, defaults={"name": name, "purpose_id": preset.purpose}
        )
        if new:
            written = {lang: Written(c.subject, c.preheader, "", "", c.blocks) for lang, c in preset.contents.items()}
            _new_version(template, written, {lang: c.compiled() for lang, c in preset.contents.items()})
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


def best_language(by_language: Mapping[str, Any], language: str) -> str:
    """What a reader of ``language`` is written in: that, else the house's language, English, or any."""
    wanted = (language, settings.LANGUAGE_CODE.partition("-")[0], "en")
    return next((code for code in wanted if code in by_language), next(iter(by_language), ""))


def refuse_loop(template: Template, instead: Template | None) -> None:
    """A chain of channels must end. Raises Refusal for one that comes back to where it began."""
    chain, following = [template], instead
    while following:
        chain.append(following)
        if following.pk == template.pk:
            names = " → ".join(one.name for one in chain)
            raise Refusal(_("This chain never ends: %(names)s."), names=names)
        following = following.instead if len(chain) <= LONGEST_CHAIN else template
