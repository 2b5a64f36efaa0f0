"""The seven purposes every installation starts with; people tune them in the admin."""

from django.db import migrations

PURPOSES = [
    # code, lane, needs, waits for open matters, when unknown
    ("account", 1, "nothing", False, "resend"),
    ("order_updates", 1, "nothing", False, "resend"),
    ("support", 2, "nothing", False, "resend"),
    ("review_requests", 5, "no_objection", True, "keep"),
    ("surveys", 5, "no_objection", True, "keep"),
    ("loyalty", 6, "no_objection", False, "keep"),
    ("marketing", 7, "consent", True, "keep"),
]


def make(apps, schema_editor):
    Purpose = apps.get_model("customers", "Purpose")
    for code, lane, needs, waits, unknown in PURPOSES:
        Purpose.objects.get_or_create(
            code=code,
            defaults=dict(
                lane=lane, needs=needs, waits_for_open_matters=waits, when_unknown=unknown
            ),
        )
    # Whoever asked for letters may be counted; who is told about an order may not.
    Purpose.objects.filter(code__in=["loyalty", "marketing"]).update(track_opens=True, track_clicks=True)


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_tables")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
