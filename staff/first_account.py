"""The first account of a fresh installation: one owner with a random password, told once."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from django.contrib.auth.models import Group

from staff.models import User

FIRST_EMAIL = "owner@aftercare.localhost"


def make_first_account(tell: Callable[[str], object]) -> None:
    """Told in a file that only its owner can read (``config/stack.py`` prints it), or by ``tell`` where there is none.

    Nothing where somebody can sign in already.
    """
    if User.objects.exists():
        return
    password = secrets.token_urlsafe(12)
    owner = User.objects.create_superuser(FIRST_EMAIL, password, name="Owner")
    owner.groups.set(Group.objects.filter(name="owner"))
    home = os.environ.get("AFTERCARE_HOME")
    if home and Path(home).is_dir():
        path = Path(home) / "first-sign-in.txt"
        path.touch(mode=0o600)
        path.write_text(f"{FIRST_EMAIL}\n{password}\n")
    else:
        tell(f"first sign-in: {FIRST_EMAIL} {password}")
