"""manage.py read_mail: look into the mailbox now, and read what waits; or keep one mail from standard input."""

import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from events import clocks
from messaging.actions.arrivals import keep, look_into_mailbox
from messaging.inbound import MAX_BYTES
from messaging.models import InboundMail


class Command(BaseCommand):
    help = "Look into the mailbox of INBOUND_URL now, and read every mail that waits."

    def add_arguments(self, parser):
        parser.add_argument(
            "--pipe", action="store_true", help="keep the one mail on standard input (Postfix, procmail)"
        )

    def handle(self, *args, **options):
        if options["pipe"]:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
            if not raw or len(raw) > MAX_BYTES:
                raise CommandError(f"There is no mail on standard input, or it has more than {MAX_BYTES} bytes.")
            self.stdout.write("kept" if keep(raw, "pipe") else "had come before")
            return
        if not settings.INBOUND_URL:
            raise CommandError("INBOUND_URL is not set: imaps://user:password@imap.example.com/INBOX")
        new = look_into_mailbox()
        clocks.drain("mails")
        failed = InboundMail.objects.filter(state=InboundMail.State.FAILED).count()
        self.stdout.write(f"{new} new, {failed} that could not be read")
