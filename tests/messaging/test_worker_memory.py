"""What a worker that sends mail carries about: 64 lines in two processes have 200 MB."""

import os
import subprocess
import sys

from config.data_folder import ROOT

HEAVY = ("httpx", "httpcore", "rich", "pygments", "qrcode", "PIL")
SCRIPT = f"""
import sys, django
django.setup()
from messaging.actions import send_due
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


def test_a_worker_that_sends_mail_imports_nothing_of_the_web_clients_nor_of_the_painters():
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "AFTERCARE_BUILDING": "1"}

    answer = subprocess.run([sys.executable, "-c", SCRIPT], env=env, cwd=ROOT, check=True, capture_output=True)

    assert answer.stdout.decode().split() == []
