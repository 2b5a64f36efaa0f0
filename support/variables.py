"""The variables of tickets in words, for those who write mails and macros."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "ticket.number": _("the ticket's number"),
    "ticket.title": _("what the ticket is about"),
    "ticket.url": _("link to the page with the conversation"),
    "ticket.agent": _("who has taken the ticket; may be empty"),
    "answer.text": _("the answer that this mail carries"),
    "answer.agent": _("who wrote the answer"),
}
