"""The published contents of templates, kept ready in the process: a version never changes once it is published."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from messaging import named
from messaging.actions.archive import Pattern, patterns_of
from messaging.models import TemplateContent, TemplateVersion
from messaging.rendering import CompiledContent, Dressed, dress

KEPT = 300  # contents; ours have 30 KB

_kept: dict[tuple, "Ready"] = {}


@dataclass(slots=True)
class Ready:
    """One language of a published version."""

    version_id: int
    number: int
    language: str
    content: CompiledContent
    wants_preferences: bool  # does it lead to the preference page?
    pattern: Pattern  # of its letters in the archive
    fields: frozenset[str]  # of the registry, which it names
    spaces: frozenset[str]  # the namespaces that it speaks of
    _dressed: dict[tuple[bool, str | None], Dressed] = field(default_factory=dict)

    def dressed(self, capital_you: bool, home: str | None) -> Dressed:
        key = (capital_you, home)
        if key not in self._dressed:
            self._dressed[key] = dress(self.content, self.language, capital_you=capital_you, home=home)
        return self._dressed[key]


def ready_contents(template_ids: Iterable[int]) -> dict[int, dict[str, Ready]]:
    """Template → language → the newest published content. One query; one more for contents not seen before."""
    newest = (
        TemplateVersion.objects.filter(template__in=set(template_ids), published_at__isnull=False)
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    rows = TemplateContent.objects.filter(version__in=newest.values("pk")).values_list(
        "pk", "language", "version__published_at", "version__template_id"
    )
    keys = {(pk, at): (template_id, language) for pk, language, at, template_id in rows}
    _load([key for key in keys if key not in _kept])
    found: dict[int, dict[str, Ready]] = {}
    for key, (template_id, language) in keys.items():
        found.setdefault(template_id, {})[language] = _kept[key]
    return found


def _load(keys: list[tuple]) -> None:
    if not keys:
        return
    if len(_kept) + len(keys) > KEPT:
        _kept.clear()
    rows = TemplateContent.objects.filter(pk__in=[pk for pk, _at in keys]).select_related("version")
    patterns = patterns_of((row.html, row.compiled_text) for row in rows)
    for row, pattern in zip(rows, patterns, strict=True):
        content = CompiledContent(row.subject, row.preheader, row.html, row.compiled_text)
        wants = "preferences_url" in row.html + row.compiled_text
        fields, spaces = named.fields_in(content.sources), named.namespaces_in(content.sources)
        ready = Ready(row.version_id, row.version.number, row.language, content, wants, pattern, fields, spaces)
        _kept[row.pk, row.version.published_at] = ready


def forget() -> None:
    """Nothing is remembered of the database."""
    _kept.clear()
