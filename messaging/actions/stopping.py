"""Take back what has not left."""

import json
from datetime import datetime

from django.db import connection

from shelf.reasons import Reason


def cancel_caused(cause: tuple[str, int], why: Reason, now: datetime, limit: int = 5000) -> int:
    """Cancel planned messages of this cause, at most ``limit``; how many. One that is being handed over goes on.

    A worker that holds a lease on one of them finds it cancelled: the move to ``sending`` asks for ``ready``.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message m SET state = 'cancelled', reason = %s, reason_values = %s, settled_at = %s"
            " FROM (SELECT id FROM messaging_message WHERE cause_type = %s AND cause_id = %s AND state = 'ready'"
            " ORDER BY id LIMIT %s FOR UPDATE) w WHERE m.id = w.id AND m.state = 'ready'",
            [why.text, json.dumps(why.values), now, *cause, limit],
        )
        return cursor.rowcount
