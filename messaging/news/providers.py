"""Every provider of which anymail reads news or mails, and how each proves itself. Without a proof no door is open.

A provider that signs what it brings is believed by its signature; the others by the user and password in the address
that they were given (NEWS_SECRET). Mailgun's signature covers its time and token, not the body: it is asked for both.
"""

import hmac
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anymail.exceptions import AnymailConfigurationError, AnymailImproperlyInstalled, AnymailWebhookValidationFailure
from anymail.utils import get_request_basic_auth
from anymail.webhooks import (
    amazon_ses,
    brevo,
    mailersend,
    mailgun,
    mailjet,
    mailtrap,
    mandrill,
    postal,
    postmark,
    resend,
    sendgrid,
    sparkpost,
    unisender_go,
)
from anymail.webhooks.base import AnymailBaseWebhookView
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from shelf.signatures import matches_any

SVIX_WINDOW = 300  # seconds that Svix and Standard Webhooks allow a signature to be old


class NotSetUp(Exception):
    """Nobody has given this door a secret: it does not exist."""


class Forged(Exception):
    """Whoever knocked could not prove to be the provider."""


class SesNews(amazon_ses.AmazonSESTrackingWebhookView):
    """SES without boto3, which it needs only to confirm a subscription by itself: here a person does that once."""

    auto_confirm_enabled = False

    def __init__(self, **kwargs: Any) -> None:
        AnymailBaseWebhookView.__init__(self, **kwargs)


class SesMail(amazon_ses.AmazonSESInboundWebhookView):
    """Likewise, for mails in the notification itself; those kept in S3 need boto3."""

    auto_confirm_enabled = False

    def __init__(self, **kwargs: Any) -> None:
        try:
            super().__init__(**kwargs)
        except AnymailImproperlyInstalled:
            AnymailBaseWebhookView.__init__(self, **kwargs)


@dataclass(frozen=True, slots=True)
class Provider:
    """``news_key``, ``mail_key``: the setting that holds the key of its signature, and how anymail's view calls it."""

    name: str
    news: type[AnymailBaseWebhookView]
    mail: type[AnymailBaseWebhookView] | None = None
    news_key: tuple[str, str] = ("", "")
    mail_key: tuple[str, str] = ("", "")
    must_sign: bool = False  # anymail's view refuses to work without the key
    covers_body: bool = True
    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # the mail view's: argument → setting, default

    def view(self, door: str, proven: bool = False) -> AnymailBaseWebhookView:
        """anymail's view of this door. Raises NotSetUp. ``proven``: only to read what the door let in."""
        made = self.news if door == "news" else self.mail
        setting, argument = self.news_key if door == "news" else self.mail_key
        if made is None:
            raise NotSetUp(f"{self.name} brings no mails")
        key = settings.PROVIDER_KEYS.get(setting, "") if setting else ""
        secret = list(settings.NEWS_SECRET)
        if not proven and not key and (self.must_sign or not secret):
            raise NotSetUp(f"set {setting if self.must_sign else ' or '.join(filter(None, (setting, 'NEWS_SECRET')))}")
        arguments: dict[str, Any] = {"webhook_secret": secret if not key or not self.covers_body else []}
        if self.name == "resend" and key:  # whose signature anymail checks with a package that we do without
            arguments["webhook_secret"] = ["checked below"]
        elif argument:
            arguments[argument] = key or ("unused" if self.must_sign else None)
        if door == "mail":
            for name, (source, default) in self.options.items():
                arguments[name] = settings.PROVIDER_KEYS.get(source) or default
        try:
            return made(**arguments)
        except (AnymailConfigurationError, AnymailImproperlyInstalled) as error:
            raise NotSetUp(str(error)) from error
        except ValueError as error:  # a public key that is none
            raise NotSetUp(f"{setting}: {error}") from error

    def is_open(self, door: str) -> bool:
        try:
            self.view(door)
        except NotSetUp:
            return False
        return True

    def check(self, door: str, request: HttpRequest) -> None:
        """Raises Forged for whoever is not the provider, NotSetUp when nobody could be."""
        view = self.view(door)
        key = settings.PROVIDER_KEYS.get(self.news_key[0] if door == "news" else self.mail_key[0])
        if self.name == "resend" and key:
            if not svix_signed(request, key):
                raise Forged("wrong signature")
            return
        try:
            view.run_validators(request)
        except AnymailWebhookValidationFailure as failure:
            raise Forged(type(view).__name__) from failure
        except Exception as error:  # a body in which even the signature cannot be found
            raise Forged(type(error).__name__) from error


def svix_signed(request: HttpRequest, secret: str) -> bool:
    """Svix and Standard Webhooks: ``v1,`` and base64 of HMAC-SHA256 over ``id.time.body``; several, space-separated."""
    sent_id, sent_at = request.headers.get("svix-id", ""), request.headers.get("svix-timestamp", "")
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > SVIX_WINDOW:
        return False
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except (NotBase64, ValueError):
        return False
    mac = hmac.digest(key, f"{sent_id}.{sent_at}.".encode() + request.body, "sha256")
    expected = b64encode(mac).decode("ascii")
    given = [one.partition(",") for one in request.headers.get("svix-signature", "").split()[:10]]
    return any(matches_any(value, [expected]) for version, _comma, value in given if version == "v1")


def is_known_by_secret(request: HttpRequest, secrets: list[str]) -> bool:
    """User and password of the address, as anymail reads them."""
    given = get_request_basic_auth(request) or ""
    return any(constant_time_compare(given, secret) for secret in secrets if secret)


_ALL = (
    Provider(
        "brevo",
        brevo.BrevoTrackingWebhookView,
        brevo.BrevoInboundWebhookView,
        options={"api_key": ("BREVO_API_KEY", "unset")},
    ),
    Provider(
        "mailersend",
        mailersend.MailerSendTrackingWebhookView,
        mailersend.MailerSendInboundWebhookView,
        ("MAILERSEND_SIGNING_SECRET", "signing_secret"),
        ("MAILERSEND_INBOUND_SECRET", "inbound_secret"),
        must_sign=True,
    ),
    Provider(
        "mailgun",
        mailgun.MailgunTrackingWebhookView,
        mailgun.MailgunInboundWebhookView,
        ("MAILGUN_WEBHOOK_SIGNING_KEY", "webhook_signing_key"),
        ("MAILGUN_WEBHOOK_SIGNING_KEY", "webhook_signing_key"),
        must_sign=True,
        covers_body=False,
    ),
    Provider("mailjet", mailjet.MailjetTrackingWebhookView, mailjet.MailjetInboundWebhookView),
    Provider(
        "mailtrap",
        mailtrap.MailtrapTrackingWebhookView,
        mailtrap.MailtrapInboundWebhookView,
        ("MAILTRAP_TRACKING_SECRET", "tracking_secret"),
        ("MAILTRAP_INBOUND_SECRET", "inbound_secret"),
        options={"api_token": ("MAILTRAP_API_TOKEN", "unset")},
    ),
    Provider(
        "mandrill",
        mandrill.MandrillCombinedWebhookView,
        mandrill.MandrillCombinedWebhookView,
        ("MANDRILL_WEBHOOK_KEY", "webhook_key"),
        ("MANDRILL_WEBHOOK_KEY", "webhook_key"),
        must_sign=True,
    ),
    Provider(
        "postal",
        postal.PostalTrackingWebhookView,
        postal.PostalInboundWebhookView,
        ("POSTAL_WEBHOOK_KEY", "webhook_key"),
        ("POSTAL_WEBHOOK_KEY", "webhook_key"),
        must_sign=True,
    ),
    Provider("postmark", postmark.PostmarkTrackingWebhookView, postmark.PostmarkInboundWebhookView),
    Provider(
        "resend",
        resend.ResendTrackingWebhookView,
        resend.ResendInboundWebhookView,
        ("RESEND_SIGNING_SECRET", "signing_secret"),
        ("RESEND_INBOUND_SECRET", "inbound_secret"),
        options={"api_key": ("RESEND_API_KEY", "unset")},
    ),
    Provider(
        "sendgrid",
        sendgrid.SendGridTrackingWebhookView,
        sendgrid.SendGridInboundWebhookView,
        ("SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY", "tracking_webhook_verification_key"),
    ),
    Provider("ses", SesNews, SesMail),
    Provider("sparkpost", sparkpost.SparkPostTrackingWebhookView, sparkpost.SparkPostInboundWebhookView),
    Provider(
        "unisender_go",
        unisender_go.UnisenderGoTrackingWebhookView,
        None,
        ("UNISENDER_GO_API_KEY", "api_key"),
        must_sign=True,
    ),
)
PROVIDERS = {provider.name: provider for provider in _ALL}
