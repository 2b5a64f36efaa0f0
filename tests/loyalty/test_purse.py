"""Random histories of one account, in memory: whatever happens in whatever order, the sums hold."""

import random
from datetime import timedelta

import pytest

from loyalty.models import Account, Bucket, Lot
from loyalty.purse import Purse
from tests.builders.door import MONDAY

DAY = timedelta(days=1)


def earn(purse, dice):
    days = dice.choice([None, 3, 10, 40])
    ends_at = purse.now + days * DAY if days else None
    lot = Lot(pk=len(purse.lots) + 1, points=dice.randint(1, 200), available_at=purse.now, expires_at=ends_at)
    purse.issue(lot, dice.choice([Bucket.PENDING, Bucket.AVAILABLE]))


def release(purse, dice):
    for lot in purse.lots:
        if lot.pending and dice.random() < 0.5:
            purse.release(lot)


def claw_back(purse, dice):
    if purse.lots:
        lot = dice.choice(purse.lots)
        purse.claw_back(lot, dice.randint(0, 250))


def redeem(purse, dice):
    before, wanted = purse.balance, dice.randint(1, 150)
    taken = purse.redeem(wanted)
    assert purse.balance == before - (wanted if taken else 0)


def pass_time(purse, dice):
    purse.now += dice.randint(0, 8) * DAY
    purse.expire()
    assert not [lot for lot in purse.lots if lot.available and lot.expires_at and lot.expires_at <= purse.now]


def moved(purse, bucket):
    gained = sum(e.points for e in purse._entries if e.credit == bucket)
    return gained - sum(e.points for e in purse._entries if e.debit == bucket)


@pytest.mark.parametrize("seed", range(200))
def test_sums_hold_after_any_history(seed):
    dice = random.Random(seed)
    purse = Purse(Account(), [], MONDAY)

    for _step in range(40):
        dice.choice([earn, earn, release, claw_back, redeem, pass_time])(purse, dice)
        account = purse.account
        assert min(account.pending, account.available, -account.debt) >= 0
        assert not (account.available and account.debt)
        assert all(min(lot.pending, lot.available) >= 0 for lot in purse.lots)
        assert all(lot.pending + lot.available + lot.clawed_back + lot.expired <= lot.points for lot in purse.lots)
        assert (moved(purse, "pending"), moved(purse, "available")) == (account.pending, account.available)
        assert (moved(purse, "debt"), sum(moved(purse, b) for b in Bucket.values)) == (account.debt, 0)
        assert sum(lot.available for lot in purse.lots) == account.available


def test_what_never_expires_is_spent_last_and_what_is_over_not_at_all():
    purse = Purse(Account(), [], MONDAY)
    for number, days in enumerate([None, 20, 5, -1], 1):
        ends_at = MONDAY + days * DAY if days else None
        purse.issue(Lot(pk=number, points=10, available_at=MONDAY, expires_at=ends_at), Bucket.AVAILABLE)

    assert purse.redeem(25) and not purse.redeem(6)

    assert [lot.available for lot in purse.lots] == [5, 0, 0, 10]
