"""One-off campaigns: whom they reach, what is looked at before they leave, and how they run."""

from campaigns.mailing.audience import messages_of
from campaigns.mailing.running import (
    CampaignRefused,
    approve,
    call_off,
    cancel,
    check,
    confirm_host,
    counts_of,
    create,
    edit,
    go_on,
    object_to_changed,
    pause,
    resume,
    run_campaigns,
    send,
)

__all__ = [
    "CampaignRefused",
    "approve",
    "call_off",
    "cancel",
    "check",
    "confirm_host",
    "counts_of",
    "create",
    "edit",
    "go_on",
    "messages_of",
    "object_to_changed",
    "pause",
    "resume",
    "run_campaigns",
    "send",
]
