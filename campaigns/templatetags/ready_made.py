"""The journeys that cannot run here yet, for the list of journeys."""

from django import template

from campaigns.actions.presets import NotYet, presets_to_come

register = template.Library()


@register.simple_tag(name="presets_to_come")
def to_come() -> list[NotYet]:
    return presets_to_come()
