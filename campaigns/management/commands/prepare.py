"""``manage.py prepare [--no-demo]``: what an installation needs before its first visitor; safe to repeat."""

import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Group
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns.actions import load_preset_journeys
from customers.consent import load_preset_texts
from messaging.actions import load_preset_mails
from orders.models import Order
from staff.models import User

FIRST_EMAIL = "owner@aftercare.localhost"


class Command(BaseCommand):
    help = (
        "Create the first staff account, the preset mails, journeys and legal texts, "
        "and the demo shop when the database is empty."
    )

    def add_arguments(self, parser):
        parser.add_argument("--no-demo", action="store_true", help="leave an empty installation empty")

    def handle(self, *, no_demo: bool, **options):
        self.first_account()
        load_preset_texts(timezone.now())
        load_preset_mails()
        load_preset_journeys()
        if not no_demo and "load_demo" in get_commands() and not Order.objects.exists():
            try:
                call_command("load_demo")
            except CommandError as refusal:  # an installation without a demo is an installation all the same
                self.stdout.write(f"no demo shop: {refusal}")

    def first_account(self) -> None:
        """One owner with a random password, told once: in a file only its owner can read, or on the screen."""
        if User.objects.exists():
            return
        password = secrets.token_urlsafe(12)
        owner = User.objects.create_superuser(FIRST_EMAIL, password, name="Owner")
        owner.groups.set(Group.objects.filter(name="owner"))
        home = os.environ.get("AFTERCARE_HOME")
        if home and Path(home).is_dir():
            path = Path(home) / "first-sign-in.txt"
            path.touch(mode=0o600)
            path.write_text(f"{FIRST_EMAIL}\n{password}\n")
        else:
            self.stdout.write(f"first sign-in: {FIRST_EMAIL} {password}")
