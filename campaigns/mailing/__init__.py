"""One-off campaigns: whom they reach, what is looked at before they leave, and how they run."""

from campaigns.mailing.audience import messages_of
from campaigns.mailing.moving import SomeGotIt, move_to
from campaigns.mailing.running import object_to_changed, run_campaigns
from campaigns.mailing.variants import add_variant, drop_variant
from campaigns.mailing.verbs import (
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
    needs_second_person,
    pause,
    rehearse_misses,
    resume,
    retry_misses,
    send,
)

__all__ = [
    "CampaignRefused",
    "SomeGotIt",
    "add_variant",
    "approve",
    "call_off",
    "cancel",
    "check",
    "confirm_host",
    "counts_of",
    "create",
    "drop_variant",
    "edit",
    "go_on",
    "messages_of",
    "move_to",
    "needs_second_person",
    "object_to_changed",
    "pause",
    "rehearse_misses",
    "resume",
    "retry_misses",
    "run_campaigns",
    "send",
]
