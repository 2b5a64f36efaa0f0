"""Messages are updated three times on their way out: room on their page keeps the first of it off the indexes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_tables")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE messaging_message SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE messaging_message RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        )
    ]
