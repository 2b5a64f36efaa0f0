"""The four roles as groups. What each may do stands in config/wiring.py and is synchronised after every migrate."""

from django.db import migrations

ROLES = ["owner", "manager", "agent", "marketer"]


def make(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for name in ROLES:
        Group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_tables"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
