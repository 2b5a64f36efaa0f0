"""A campaign, its mail, and the people it would reach; the network as a table of answers."""

from typing import Any

from campaigns import mailing
from campaigns.mailing import links
from campaigns.models import Campaign
from customers.models import Purpose
from events.clocks import drain
from messaging.actions import Written, publish_template
from messaging.models import Template
from orders.models import Store
from shelf.safe_http import Answer
from staff.models import User

FOOT = '<a href="{{ message.unsubscribe_url }}">Unsubscribe</a>'
WORDS = f'Hello {{{{ customer.first_name }}}}, <a href="https://lavka.example/sale">the sale</a> has begun. {FOOT}'


def mjml(body: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column>{body}</mj-column></mj-section></mj-body></mjml>"


def mail(
    words: str = WORDS, subject: str = "Sale at {{ store.name }}", purpose: str = "marketing", **more: Any
) -> Template:
    """A published mail in English, Ukrainian and Russian that may go to everybody who has not objected."""
    Purpose.objects.filter(pk=purpose).update(needs="no_objection", follows_country=False)
    template, _new = Template.objects.get_or_create(slug="sale", defaults={"name": "Sale", "purpose_id": purpose})
    body = mjml(more.pop("body", "") + f"<mj-text>{words}</mj-text>")
    written = {
        language: Written(subject, "", body, more.get("text", ""))
        for language in more.pop("languages", ("en", "uk", "ru"))
    }
    publish_template(template, written)
    return template


def campaign(store: Store, by: User | None = None, template: Template | None = None, **fields: Any) -> Campaign:
    known = {"name": "Autumn sale", "template": template or mail(), "store": store}
    return mailing.create(Campaign(**(known | fields)), by)


def shop_is_online(monkeypatch, answers: dict[str, Answer | Exception | int] | None = None) -> list[tuple[str, str]]:
    """Every address answers 200, but for those in the table; returns what will be visited, as (method, url)."""
    visits: list[tuple[str, str]] = []

    def fetch(method: str, url: str, **limits) -> Answer:
        visits.append((method, url))
        answer = (answers or {}).get(url, 200)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else Answer(answer, {}, b"")

    monkeypatch.setattr(links, "fetch", fetch)
    return visits


def look(campaign: Campaign) -> Campaign:
    """The whole check, as the clock does it."""
    mailing.check(campaign)
    drain("campaigns")
    campaign.refresh_from_db()
    return campaign


def said(campaign: Campaign, name: str) -> tuple[str, str, list[str]]:
    """A guard's verdict, its sentence and its details, in English."""
    from campaigns.desk import in_words

    found = next(guard for guard in campaign.guards if guard["name"] == name)
    return found["verdict"], in_words(**found["what"]), [in_words(**detail) for detail in found["details"]]
