"""The post office as agents and marketers see it: one file per subject."""

from messaging.admin.inbound import Mails, NewsList
from messaging.admin.messages import Messages
from messaging.admin.senders import Senders
from messaging.admin.streams import Streams
from messaging.admin.suppressions import Suppressions
from messaging.admin.templates import Templates

__all__ = ["Mails", "Messages", "NewsList", "Senders", "Streams", "Suppressions", "Templates"]
