"""The one question of a touchpoint and its answers, in the reader's language."""

from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from campaigns.models import Touchpoint
from campaigns.touchpoints.own import SCALES

# What a scale asks where the merchant wrote nothing in that language.
USUAL = {
    "five": gettext_lazy("How was it?"),
    "ten": gettext_lazy("How likely are you to recommend us to a friend?"),
    "yes_no": gettext_lazy("Was everything all right?"),
}
STARS = {
    "1": pgettext_lazy("stars", "Bad"),
    "2": pgettext_lazy("stars", "So-so"),
    "3": pgettext_lazy("stars", "All right"),
    "4": pgettext_lazy("stars", "Good"),
    "5": pgettext_lazy("stars", "Excellent"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    word: str
    is_chosen: bool


def question_of(point: Touchpoint, language: str) -> str:
    return point.questions.get(language, "").strip() or str(USUAL[point.scale])


def question_in(point: Touchpoint, language: str) -> str:
    """As a reader of that language is asked, whoever looks now."""
    with translation.override(language):
        return question_of(point, language)


def choices_of(point: Touchpoint, chosen: str = "") -> list[Choice]:
    lowest, highest, _good = SCALES[point.scale]
    values = [str(score) for score in range(lowest, highest + 1)]
    if point.scale == Touchpoint.Scale.YES_NO:
        values.reverse()  # people read yes before no
    return [Choice(value, word_for(point.scale, value), value == chosen) for value in values]


def word_for(scale: str, value: str) -> str:
    if scale == Touchpoint.Scale.YES_NO:
        return pgettext("answer", "Yes") if value == "1" else pgettext("answer", "No")
    return str(STARS[value]) if scale == Touchpoint.Scale.FIVE else value
