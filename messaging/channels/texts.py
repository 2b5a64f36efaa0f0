"""SMS, Viber and Telegram: a text to one person by a provider's HTTP API. PROVIDERS, at the end, lists them.

``turbosms://TOKEN`` sends SMS and Viber (turbosms.ua/en/api.html). Its ``sequence_id`` makes a request that is repeated
count once, so a text of which nobody knows whether it left is simply sent again. ``telegram://BOT_TOKEN`` writes as a
bot to people who wrote to it first (core.telegram.org/bots/api#sendmessage). ``?api_url=`` names another server that
speaks the same; a host that the owner names may be a private one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings

from messaging.channels.calls import CallWay
from messaging.channels.ways import Later, NoWayOut, Refused, Result, Silent
from shelf import safe_http
from shelf.reasons import Refusal

LONGEST = {"sms": 402, "viber": 1000, "telegram": 4096}  # letters; an SMS of six Cyrillic parts
# turbosms: what is wrong with this recipient or text, and will be tomorrow
_FINAL = range(400, 500)
_OF_THE_ACCOUNT = (103, 104, 105)  # the token; the answer names the others in words


@dataclass(frozen=True, slots=True)
class TextEnvelope:
    """One text, ready to leave. ``mark`` is the same on every attempt."""

    channel: str
    to: str  # +380…, or a Telegram chat
    sender: str
    text: str
    mark: str


class ProviderSaid(Exception):
    """The provider answered, and not with yes."""

    def __init__(self, said: str, *, is_final: bool = False, seconds: float | None = None, way_failed: bool = True):
        super().__init__(said)
        self.is_final, self.seconds, self.way_failed = is_final, seconds, way_failed


@dataclass(frozen=True, slots=True)
class Account:
    """A sender's url in its parts."""

    scheme: str
    secret: str
    base: str
    is_private: bool

    def ask(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
        """The answer's JSON. Raises ProviderSaid, or safe_http's Blocked and Unreachable."""
        answer = safe_http.fetch(
            "POST",
            f"{self.base}/{path}",
            headers={"Content-Type": "application/json", **(headers or {})},
            body=json.dumps(body, ensure_ascii=False).encode(),
            timeout=settings.EMAIL_TIMEOUT,
            allow_private=self.is_private,
        )
        try:
            said = json.loads(answer.body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise ProviderSaid(f"HTTP {answer.status}: no JSON")
        return said


class Caller(Protocol):
    def send(self, envelope: TextEnvelope) -> str:
        """The provider's id of the text. Raises ProviderSaid."""

    def close(self) -> None: ...


def account_of(channel: str, url: str) -> Account:
    """Raises NoWayOut for an address that does not fit the channel."""
    scheme, _, rest = url.partition("://")
    if scheme not in PROVIDERS or channel not in PROVIDERS[scheme].channels:
        wanted = " or ".join(f"{name}://" for name, one in PROVIDERS.items() if channel in one.channels)
        raise NoWayOut(f"The sender's way out begins with {scheme or 'nothing'}; {channel} needs {wanted}…")
    parts = urlsplit(f"x://{rest}")
    options = dict(parse_qsl(parts.query))
    base = options.get("api_url", PROVIDERS[scheme].api).rstrip("/")
    return Account(scheme, unquote(parts.netloc), base, "api_url" in options)


def way_for(channel: str, url: str, connections: int) -> CallWay:
    account_of(channel, url)
    return CallWay(lambda: caller_for(channel, url), judge_error, connections)


def caller_for(channel: str, url: str) -> Caller:
    """Raises NoWayOut."""
    account = account_of(channel, url)
    return PROVIDERS[account.scheme].caller(account)


def judge_error(error: Exception) -> Result:
    said = str(error)[:300] or type(error).__name__
    if isinstance(error, ProviderSaid):
        return Refused(said) if error.is_final else Later(said, error.way_failed, error.seconds)
    if isinstance(error, safe_http.Blocked):
        return Later(said, way_failed=True)
    if isinstance(error, safe_http.Unreachable):
        return Silent(said)
    if isinstance(error, Refusal):
        return Refused(said)
    return Silent(said)


class TurboSmsCaller:
    """SMS and Viber. Every answer is HTTP 200; what happened is in its codes."""

    def __init__(self, account: Account):
        self.account = account

    def send(self, envelope: TextEnvelope) -> str:
        text = {"sender": envelope.sender, "text": envelope.text}
        said = self.account.ask(
            "message/send.json",
            {"recipients": [envelope.to.lstrip("+")], envelope.channel: text, "sequence_id": envelope.mark},
            {"Authorization": f"Bearer {self.account.secret}"},
        )
        [result] = said.get("response_result") or [{}]
        if message_id := result.get("message_id"):
            return str(message_id)
        code = int(result.get("response_code") or said.get("response_code") or 0)
        words = str(result.get("response_status") or said.get("response_status") or "no answer")
        if "DUPLICATE" in words:  # it had this letter before: our question came twice
            return envelope.mark
        raise ProviderSaid(f"{code} {words}", is_final=code in _FINAL, way_failed=code in _OF_THE_ACCOUNT or not result)

    def close(self) -> None: ...


class TelegramCaller:
    def __init__(self, account: Account):
        self.account = account

    def send(self, envelope: TextEnvelope) -> str:
        said = self.account.ask(
            f"bot{self.account.secret}/sendMessage",
            {"chat_id": envelope.to, "text": envelope.text, "disable_web_page_preview": True},
        )
        if said.get("ok"):
            return str(said["result"]["message_id"])
        code, words = int(said.get("error_code") or 0), str(said.get("description") or "no answer")
        wait = (said.get("parameters") or {}).get("retry_after")
        # 400: no such chat; 403: the person stopped the bot
        is_final = code in (400, 403)
        raise ProviderSaid(f"{code} {words}", is_final=is_final, seconds=wait, way_failed=not is_final)

    def close(self) -> None: ...


# --- What became of them ------------------------------------------------------------------------------------------

ASKED_AT_ONCE = 100
# TurboSMS's word → (kind of news, for good). A message in Viber can be read, an SMS only delivered.
STATUSES = {
    "Queued": ("sent", False),
    "Accepted": ("sent", False),
    "Sent": ("sent", False),
    "Delivered": ("delivered", False),
    "Read": ("opened", False),
    "Undelivered": ("bounced", True),
    "Expired": ("bounced", True),
    "Rejected": ("bounced", True),
    "Failed": ("bounced", True),
    "Cancelled": ("bounced", True),
}


def statuses_of(account: Account, ids: list[str]) -> dict[str, str]:
    """TurboSMS's words for these messages (message/status.json), at most ASKED_AT_ONCE."""
    said = account.ask("message/status.json", {"messages": ids}, {"Authorization": f"Bearer {account.secret}"})
    rows = said.get("response_result") or []
    return {str(row.get("message_id")): str(row.get("status") or "").title() for row in rows if isinstance(row, dict)}


# --- The providers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provider:
    """``how`` a way out is written; ``ask``: what became of texts, where it brings no news by itself; ``statuses``: its
    words for that."""

    channels: tuple[str, ...]
    api: str
    how: str
    caller: Callable[[Account], Caller]
    ask: Callable[[Account, list[str]], dict[str, str]] | None = None
    statuses: Mapping[str, tuple[str, bool]] = field(default_factory=dict)


PROVIDERS = {
    "turbosms": Provider(
        ("sms", "viber"), "https://api.turbosms.ua", "turbosms://KEY", TurboSmsCaller, statuses_of, STATUSES
    ),
    "telegram": Provider(("telegram",), "https://api.telegram.org", "telegram://BOT_TOKEN", TelegramCaller),
}


def provider_of(url: str) -> Provider | None:
    return PROVIDERS.get(url.partition("://")[0])


def how_to_write(channel: str) -> str:
    """A sender's way out for this channel, as people write it."""
    return ", ".join(one.how for one in PROVIDERS.values() if channel in one.channels)
