"""What a journey may name, for the menus of its forms: asked once for a page."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from campaigns import fields
from campaigns.acts import ACTS
from campaigns.checking import CONDITIONS, OF_THE_HOUSE
from campaigns.dates import DATES
from campaigns.engine import OF_CUSTOMER
from campaigns.models import Segment
from campaigns.read_aloud import fact_in_words
from campaigns.subjects import SUBJECTS, anchors_of
from events.facts import KINDS
from feedback.asks import ASKS
from messaging.models import Template

Choices = list[tuple[str, Any]]


@dataclass(slots=True)
class Known:
    """``templates``: names by slug."""

    subject: str
    templates: dict[str, str] = field(default_factory=dict)

    @property
    def template_choices(self) -> Choices:
        return [("", _("choose one")), *sorted(self.templates.items(), key=lambda pair: pair[1].lower())]

    @property
    def facts(self) -> list[tuple[str, Choices]]:
        """By whom they are about."""
        kinds = [(kind, fact_in_words(kind)) for kind in KINDS if not kind.startswith(OF_THE_HOUSE)]
        own = [pair for pair in kinds if pair[0].startswith(SUBJECTS[self.subject].starts or ("",))]
        anything = [(OF_CUSTOMER + kind, words) for kind, words in kinds]
        if self.subject == "customer":
            return [(_("Anything of the customer's"), anything)]
        return [(_("This order or parcel"), own), (_("Anything of the customer's"), anything)]

    @property
    def starts(self) -> Choices:
        begins = SUBJECTS[self.subject].starts or ("",)
        kinds = [kind for kind in KINDS if kind.startswith(begins) and not kind.startswith(OF_THE_HOUSE)]
        return [("", _("choose one")), *((kind, fact_in_words(kind)) for kind in kinds)]

    @property
    def anchors(self) -> Choices:
        return [(name, anchor.label) for name, anchor in anchors_of(self.subject).items()]

    @property
    def asks(self) -> Choices:
        return [(name, asking.label) for name, asking in ASKS.items() if self.subject in asking.subjects]

    @property
    def acts(self) -> Choices:
        fitting = [(name, act.label) for name, act in ACTS.items() if not act.subjects or self.subject in act.subjects]
        return [("", _("choose one")), *fitting]

    @property
    def dates(self) -> Choices:
        return [("", _("choose one")), *((name, date.label) for name, date in DATES.items())]

    @property
    def segments(self) -> Choices:
        return [("", _("choose one")), *Segment.objects.order_by("name").values_list("pk", "name")[:500]]

    @property
    def asked_of(self) -> tuple[str, ...]:
        """Whose fields a condition may ask."""
        return CONDITIONS.get(self.subject, ("customer",))

    @property
    def fields(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """(heading, [(field, label)])"""
        found: dict[str, list[tuple[str, str]]] = {}
        for one in fields.fields_of(*self.asked_of):
            heading = str(one.group or SUBJECTS[one.subject].label)
            found.setdefault(heading, []).append((one.name, str(one.label)))
        return list(found.items())


def known_for(subject: str) -> Known:
    """One query."""
    return Known(subject if subject in SUBJECTS else "order", dict(Template.objects.values_list("slug", "name")))


def flat(groups: list[tuple[str, Choices]]) -> set[str]:
    return {value for _heading, choices in groups for value, _label in choices}
