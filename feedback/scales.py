"""The three questions of the field, each with its own scale, words at its ends and what counts as good.

NPS (Reichheld): 0 to 10, promoters from 9 on, detractors up to 6. CSAT: 1 to 5, satisfied are 4 and 5. CES 2.0 (CEB):
seven degrees of agreement that it was easy, 5 to 7 agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

NPS, CSAT, CES = "nps", "csat", "ces"


@dataclass(frozen=True, slots=True)
class Scale:
    """``low`` and below is a bad answer, ``good`` and above a good one. ``of_order`` asks about an order, ``of_shop``
    about the shop as a whole. ``pause``: how long a person is left alone with the same question about the shop.
    """

    lowest: int
    highest: int
    low: int
    good: int
    worst: Any
    best: Any
    of_order: Any
    of_shop: Any
    pause: timedelta

    @property
    def scores(self) -> range:
        return range(self.lowest, self.highest + 1)

    def read(self, typed: str) -> int | None:
        """A score as a form or a link spells it; None for anything else."""
        return {str(score): score for score in self.scores}.get(typed)

    def band(self, score: int) -> str:
        return "low" if score <= self.low else "good" if score >= self.good else "middle"


RECOMMEND = _("How likely are you to recommend %(store)s to a friend?")
SCALES: Mapping[str, Scale] = {
    NPS: Scale(
        0, 10, 6, 9, _("not at all likely"), _("extremely likely"), RECOMMEND, RECOMMEND, timedelta(days=90)
    ),
    CSAT: Scale(
        1, 5, 2, 4, _("very dissatisfied"), _("very satisfied"),
        _("How satisfied are you with your order %(number)s?"), _("How satisfied are you with %(store)s?"),
        timedelta(days=7),
    ),
    CES: Scale(
        1, 7, 3, 5, _("strongly disagree"), _("strongly agree"),
        _("“%(store)s made it easy to get what I ordered.” Do you agree?"),
        _("“%(store)s made it easy to get things settled.” Do you agree?"),
        timedelta(days=7),
    ),
}  # fmt: skip
