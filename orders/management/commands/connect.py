"""``manage.py connect <source> <slug>``: create or rotate a connection and print the address for the source."""

from urllib.parse import urlencode

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.zones import ZONE_OF
from events import inbox
from events.connections import connect
from events.models import Connection
from events.sources import name_of
from orders.models import Store
from orders.stores import ADAPTERS

SHOPS = {name_of(adapter) for adapter in ADAPTERS}


def known() -> list[str]:
    return sorted(name for name in inbox.READERS if not name.startswith("news-"))  # those have their own door


class Command(BaseCommand):
    help = "Create a connection (or rotate its secret) and print the address to give to that source."

    def add_arguments(self, parser):
        parser.add_argument("source", help=", ".join(known()))
        parser.add_argument("slug", help="a short name of yours, part of the address")
        parser.add_argument("--secret", default="", help="the secret the source signs with; made up when absent")
        parser.add_argument("--token", default="", help="the source's API key, where one is needed")
        parser.add_argument("--url", default="", help="of a new store: the shop's address, where it is asked")
        parser.add_argument("--country", default="UA", help="of a new store (two letters)")
        parser.add_argument("--currency", default="UAH", help="of a new store (three letters)")
        parser.add_argument("--language", default="", help="of a new store: en, uk or ru")

    def handle(self, *, source: str, slug: str, secret: str, token: str, **options):
        if source not in inbox.READERS:
            raise CommandError(f"Nobody here reads {source}. Known: {', '.join(known())}.")
        only_asked = inbox.READERS[source].only_asked
        connection, signing = connect(source, slug, timezone.now(), secret, token, only_asked=only_asked)
        if source in SHOPS and not Store.objects.filter(connection=connection).exists():
            store = self.give_store(connection, slug, **options)
            self.stdout.write(f"store     {store.name} ({store.country}, {store.currency}, {store.language})")
        if only_asked:
            told = "with this key" if connection.token else "not yet: give its API key with --token"
            self.stdout.write(f"asked     {told}")
        else:
            self.print_address(connection, signing, given=bool(secret))

    def print_address(self, connection: Connection, signing: str, *, given: bool) -> None:
        source = inbox.READERS[connection.source]
        inside = f"?{urlencode({'token': signing})}" if source.secret_in_address and signing else ""
        self.stdout.write(f"address   {settings.PUBLIC_URL}{connection.path}{inside}")
        if signing and not given:
            self.stdout.write(f"secret    {signing}")

    def give_store(self, connection, slug: str, url: str, country: str, currency: str, language: str, **_) -> Store:
        """The store of this name if it has no shop yet, else a new one."""
        languages = {"UA": ["uk", "en", "ru"], "RU": ["ru", "en"]}.get(country, ["en", "uk", "ru"])
        store, _new = Store.objects.get_or_create(
            slug=slug,
            defaults={
                "name": slug.replace("-", " ").title(),
                "url": url,
                "country": country,
                "currency": currency,
                "time_zone": ZONE_OF.get(country, settings.TIME_ZONE),
                "language": language or languages[0],
                "languages": languages,
            },
        )
        if store.connection_id and store.connection_id != connection.pk:
            raise CommandError(f"The store {slug} has another connection already: choose another short name.")
        store.connection = connection
        store.save(update_fields=["connection"])
        return store
