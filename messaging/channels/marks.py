"""How providers learn our mark of a letter, and which of them recognise a letter that they had before."""

from datetime import timedelta
from typing import Any

from anymail.backends.resend import EmailBackend as AnymailResend

from messaging.identity import METADATA

# anymail refuses metadata for these: their APIs have no place for it. Their news bring tags back.
WITHOUT_METADATA = ("mailersend", "postal")
# Brevo keeps metadata and cannot search for it; it searches tags.
TAGGED = (*WITHOUT_METADATA, "brevo")

# Schemes whose provider answers a second request with the same key as the first, and for how long it remembers.
# Resend: resend.com/docs/dashboard/emails/idempotency-keys. Brevo's key lasts 15 or 30 minutes (its pages disagree) and
# its answer to a repetition is not documented: it is asked by lookup instead.
# TurboSMS: sequence_id, "a request to be executed only once" (turbosms.ua/en/api.html); it names no end, so an hour.
REMEMBERS: dict[str, timedelta] = {"resend": timedelta(hours=24), "turbosms": timedelta(hours=1)}


def put_mark(mail: Any, scheme: str, mark: str) -> None:
    """Give a Django mail the mark in the place that this provider keeps and tells again."""
    mail.aftercare_mark = mark  # read by the backend below
    if scheme not in WITHOUT_METADATA:
        mail.metadata = {METADATA: mark}  # anymail's own names
    if scheme in TAGGED:
        mail.tags = [mark]


class ResendBackend(AnymailResend):
    """Resend with its Idempotency-Key, for which anymail 15 has no place."""

    def build_message_payload(self, message: Any, defaults: dict) -> Any:
        payload = super().build_message_payload(message, defaults)
        if mark := getattr(message, "aftercare_mark", ""):
            payload.headers["Idempotency-Key"] = mark
        return payload


def had_it_before(error: Exception) -> bool:
    """Does the provider refuse a letter because it took one with this key already?

    Links in a letter are signed anew each time it is written, so a repetition is seldom byte for byte the same.
    """
    response = getattr(error, "response", None)
    if getattr(response, "status_code", 0) != 409:
        return False
    try:
        said = response.json()  # type: ignore[union-attr]
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("name") == "invalid_idempotent_request"
