"""People on journeys, one by one."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from campaigns.admin.reports import OUTCOME_WORDS
from campaigns.desk import ENROLMENT_TONES, steps_of
from campaigns.models import Enrolment
from staff.display import link, page_of, pill, when
from staff.lists import ReadingRoom


@admin.register(Enrolment)
class Enrolments(ReadingRoom):
    place = ("talk", 3)
    symbol = "person"
    subject = "enrolment"
    menu_title = _("People on journeys")
    keyset = ("-entered_at", "-pk")
    list_display = ("who", "journey", "state_pill", "step", "wakes", "order_number", "entered")
    list_filter = ("journey", "state")
    list_select_related = ("journey", "customer", "order")

    @admin.display(description=_("customer"))
    def who(self, enrolment):
        return str(enrolment.customer) if enrolment.customer else enrolment.entry_key

    @admin.display(description=_("state"))
    def state_pill(self, enrolment):
        return pill(enrolment.get_state_display(), ENROLMENT_TONES[enrolment.state])

    @admin.display(description=_("wakes at"))
    def wakes(self, enrolment):
        return when(enrolment.wake_at) if enrolment.state == Enrolment.State.ACTIVE else ""

    @admin.display(description=_("order"))
    def order_number(self, enrolment):
        return link(page_of("order", enrolment.order_id), enrolment.order.number) if enrolment.order else ""

    @admin.display(description=_("entered at"))
    def entered(self, enrolment):
        return when(enrolment.entered_at)

    def page(self, request, enrolment):
        return {
            "title": f"{enrolment.journey} · {self.who(enrolment)}",
            "pill": self.state_pill(enrolment),
            "steps": [(step, OUTCOME_WORDS.get(step.outcome, step.outcome)) for step in steps_of(enrolment)],
            "customer_url": page_of("customer", enrolment.customer_id),
            "journey_url": page_of("journey", enrolment.journey_id),
            "order_url": page_of("order", enrolment.order_id),
        }
