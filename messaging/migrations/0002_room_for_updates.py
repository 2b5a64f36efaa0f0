"""Messages are updated three times on their way out. The first, the lease, touches no index where its page has room for
the new row: half of a page, for a batch leases all rows of a page at once."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_tables")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE messaging_message SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE messaging_message RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        )
    ]
