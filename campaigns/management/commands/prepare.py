"""``manage.py prepare [--no-demo]``: what an installation needs before its first visitor; safe to repeat."""

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns.actions import load_preset_journeys
from customers.consent import load_preset_texts
from messaging.actions import load_preset_mails
from orders.models import Order
from staff.first_account import make_first_account


class Command(BaseCommand):
    help = (
        "Create the first staff account, the preset mails, journeys and legal texts, "
        "and the demo shop when the database is empty."
    )

    def add_arguments(self, parser):
        parser.add_argument("--no-demo", action="store_true", help="leave an empty installation empty")

    def handle(self, *, no_demo: bool, **options):
        make_first_account(self.stdout.write)
        load_preset_texts(timezone.now())
        load_preset_mails()
        load_preset_journeys()
        if not no_demo and "load_demo" in get_commands() and not Order.objects.exists():
            try:
                call_command("load_demo")
            except CommandError as refusal:  # an installation without a demo is an installation all the same
                self.stdout.write(f"no demo shop: {refusal}")
