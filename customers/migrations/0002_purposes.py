"""The seven purposes every installation starts with; people tune them in the admin."""

from django.db import migrations

PURPOSES = [
    # code, lane, needs, waits for open matters, when unknown, too late after hours
    ("account", 1, "nothing", False, "resend", 24),
    ("order_updates", 1, "nothing", False, "resend", 24),
    ("support", 2, "nothing", False, "resend", 48),
    ("review_requests", 5, "no_objection", True, "keep", 48),
    ("surveys", 5, "no_objection", True, "keep", 48),
    ("loyalty", 6, "no_objection", False, "keep", 48),
    ("marketing", 7, "consent", True, "keep", 48),
]


def make(apps, schema_editor):
    Purpose = apps.get_model("customers", "Purpose")
    for code, lane, needs, waits, unknown, hours in PURPOSES:
        Purpose.objects.get_or_create(
            code=code,
            defaults=dict(
                lane=lane, needs=needs, waits_for_open_matters=waits, when_unknown=unknown, lateness_hours=hours
            ),
        )


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_tables")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
