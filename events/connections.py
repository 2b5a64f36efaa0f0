"""Verbs about connections: create one, rotate its secret."""

import secrets as random
from datetime import datetime, timedelta

from django.db import transaction

from events import inbox, polls
from events.models import Connection

GRACE = timedelta(days=7)  # an old secret still counts so long: shops retry old deliveries for two or three days


@transaction.atomic
def connect(
    source: str, slug: str, now: datetime, secret: str = "", token: str = "", *, only_asked: bool = False
) -> tuple[Connection, str]:
    """Create the connection or rotate its secret; the connection and the secret that signs from now on.

    Older secrets keep counting for GRACE. Without ``secret`` a new one is made for a new connection, unless the
    source is only asked.
    """
    connection, new = Connection.objects.select_for_update().get_or_create(source=source, slug=slug)
    if not secret and new and not only_asked:
        secret = random.token_urlsafe(32)
    if secret:
        connection.secrets = [{"secret": secret, "added_at": now.isoformat(), "until": None}] + [
            {**s, "until": s.get("until") or (now + GRACE).isoformat()}
            for s in connection.secrets
            if s["secret"] != secret
        ]
    if token:
        connection.token = token
    connection.save()
    if token:
        polls.ask_now(connection, now)
    inbox.forget_connections()
    return connection, secret
