"""``python -m bench.claim N``: milliseconds of a claim of 200 with N rows that are due, as many of next month, as many
that a paused stream holds back, and as many that were sent. The median of 30, each rolled back."""

import sys
import time
from statistics import median

import django

ROWS = """
INSERT INTO messaging_message (key, stream_id, template_id, purpose_id, sender_id, channel, address, language,
  subject_type, subject_id, cause_type, lane, state, reason, reason_values, created_at, send_after, lease, lost_leases,
  attempts, provider_id, subject, country, time_zone, ask, variant)
SELECT '{kind}:' || i, {stream}, {template}, 'order_updates', {sender}, 'email', 'u' || i || '@example.com', 'en',
  'order', i, '', {lane}, '{state}', '', '{{}}', now(), {send_after}, 0, 0, 0, '', '', '', '', '', ''
FROM generate_series(1, {count}) i
"""


def main() -> None:
    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from bench.fill import a_template
    from messaging.actions import default_sender, stream
    from messaging.actions.claiming import claim
    from messaging.models import Stream

    count = int(sys.argv[1])
    running, paused = stream("claim", "Claim").pk, stream("claim-paused", "Paused").pk
    Stream.objects.filter(pk=paused).update(paused_at=timezone.now())
    known = {"template": a_template().pk, "sender": default_sender().pk, "count": count}
    past, future = "now() - interval '1 hour' + i * interval '1 ms'", "now() + interval '30 days'"
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_message CASCADE")
        for kind, lane, state, stream_id, send_after in (
            ("due", 1, "ready", running, past),
            ("future", 1, "ready", running, future),
            ("paused", 1, "ready", paused, past),
            ("sent", 1, "sent", running, past),
        ):
            cursor.execute(
                ROWS.format(kind=kind, lane=lane, state=state, stream=stream_id, send_after=send_after, **known)
            )
        cursor.execute("VACUUM ANALYZE messaging_message")
    took = []
    for _ in range(30):
        with transaction.atomic():
            begun = time.perf_counter()
            claimed = claim(200, timezone.now())
            took.append((time.perf_counter() - begun) * 1000)
            transaction.set_rollback(True)
        assert len(claimed) == 200
    print(median(took))


if __name__ == "__main__":
    main()
