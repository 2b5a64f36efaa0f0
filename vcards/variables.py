"""The variables of the manager in words, for those who write mails."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "manager.name": _("name of the person who looks after the order"),
    "manager.role": _("what this person does; may be empty"),
    "manager.phone": _("this person's telephone number; may be empty"),
    "manager.email": _("this person's e-mail address; may be empty"),
    "manager.photo_url": _("this person's photo; may be empty"),
    "manager.url": _("link to this person's business card"),
    "manager.file_url": _("link that puts this person into the reader's contacts"),
    "manager.qr_url": _("picture of the card's QR code"),
}
