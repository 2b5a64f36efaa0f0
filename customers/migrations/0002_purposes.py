"""The purposes every installation starts with; people tune them in the admin."""

from django.db import migrations

ASKS = {"waits_for_open_matters": True, "when_unknown": "keep"}
# Whoever asked for letters may be counted; who is told about an order may not.
COUNTED = {"track_opens": True, "track_clicks": True}
PURPOSES = {
    "account": {"lane": 1, "needs": "nothing", "when_unknown": "resend"},
    "order_updates": {"lane": 1, "needs": "nothing", "when_unknown": "resend"},
    "support": {"lane": 2, "needs": "nothing", "when_unknown": "resend"},
    "review_requests": {"lane": 5, "needs": "no_objection", **ASKS},
    "surveys": {"lane": 5, "needs": "no_objection", **ASKS},
    "loyalty": {"lane": 6, "needs": "no_objection", "when_unknown": "keep", **COUNTED},
    "marketing": {"lane": 7, "needs": "consent", "needs_confirmation": True, **ASKS, **COUNTED},
    # no mail is sent for it: the second consent that Russian law wants beside the one to advertising
    "personal_data": {"lane": 9, "needs": "consent", "when_unknown": "keep"},
}


def make(apps, schema_editor):
    Purpose = apps.get_model("customers", "Purpose")
    for code, rules in PURPOSES.items():
        Purpose.objects.get_or_create(code=code, defaults=rules)


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_tables")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
