"""Roles are groups; what each may do is one table in config/wiring.py, written down after every migrate.

A row of the table is ``role → patterns``; a pattern is ``app.codename`` and may hold ``*``: ``orders.view_*``.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.models.signals import post_migrate

Table = Mapping[str, Sequence[str]]


def sync_roles(table: Table) -> None:
    """Give every group exactly the permissions that its patterns match."""
    known = {f"{p.content_type.app_label}.{p.codename}": p for p in Permission.objects.select_related("content_type")}
    for role, patterns in table.items():
        group, _ = Group.objects.get_or_create(name=role)
        wanted = [p for name, p in known.items() if any(fnmatchcase(name, pattern) for pattern in patterns)]
        if {p.pk for p in wanted} != set(group.permissions.values_list("pk", flat=True)):
            group.permissions.set(wanted)


def sync_after_migrate(table: Table) -> None:
    """Permissions are made app by app after a migrate; when the last app has its own, roles are written."""
    last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]

    def write(sender, using, **kwargs):
        if using == "default":
            sync_roles(table)

    post_migrate.connect(write, sender=last, weak=False, dispatch_uid="staff.roles")
