"""The post office as agents and marketers see it: one file per subject."""

from messaging.admin.messages import Messages
from messaging.admin.senders import Senders
from messaging.admin.streams import Streams
from messaging.admin.suppressions import Suppressions
from messaging.admin.templates import Templates

__all__ = ["Messages", "Senders", "Streams", "Suppressions", "Templates"]
