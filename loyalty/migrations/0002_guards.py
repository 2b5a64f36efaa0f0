"""What the ledger and the coupons must never do, PostgreSQL refuses, whoever asks.

Transactions and entries only grow. The sums of accounts and lots are moved here, from entries alone; CHECKs keep them
from going below zero at once. At the commit it is looked whether a lot was issued with as many points as it says,
whether a transaction moved anything, and whether a debt was repaid before anything can be spent. A coupon that was
given stays with whom it was given to.

Zero sum needs no look: an entry takes from one bucket what it puts into another, and a CHECK knows the pairs.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION loyalty_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- the columns named by the trigger may lose what they point to: a person who left the staff, an erased order
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: the ledger only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON loyalty_transaction
    FOR EACH ROW EXECUTE FUNCTION loyalty_only_grows('by_id');
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON loyalty_entry
    FOR EACH ROW EXECUTE FUNCTION loyalty_only_grows();

-- Sums begin with nothing, and move in the trigger below or not at all: there pg_trigger_depth() is 1, and this is
-- not asked (it would cost as much as the rest).
CREATE FUNCTION loyalty_lot_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.pending := 0; NEW.available := 0; NEW.clawed_back := 0; NEW.expired := 0;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON loyalty_lot FOR EACH ROW EXECUTE FUNCTION loyalty_lot_begins();
CREATE FUNCTION loyalty_account_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.pending := 0; NEW.available := 0; NEW.debt := 0;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON loyalty_account FOR EACH ROW EXECUTE FUNCTION loyalty_account_begins();

CREATE FUNCTION loyalty_sums_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: entries move points, nothing else does', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sums_follow BEFORE UPDATE OR DELETE ON loyalty_lot
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION loyalty_sums_follow('order_id');
CREATE TRIGGER sums_follow BEFORE UPDATE OR DELETE ON loyalty_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION loyalty_sums_follow('customer_id');

CREATE FUNCTION loyalty_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fresh JOIN loyalty_lot l ON l.id = fresh.lot_id
        JOIN loyalty_transaction t ON t.id = fresh.transaction_id WHERE t.account_id <> l.account_id
    ) THEN
        RAISE EXCEPTION 'a transaction moves points of its own account' USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE loyalty_lot l SET pending = l.pending + m.pending, available = l.available + m.available,
        clawed_back = l.clawed_back + m.clawed_back, expired = l.expired + m.expired
    FROM (
        SELECT lot_id,
            coalesce(sum(points) FILTER (WHERE credit = 'pending'), 0)
                - coalesce(sum(points) FILTER (WHERE debit = 'pending'), 0) AS pending,
            coalesce(sum(points) FILTER (WHERE credit = 'available'), 0)
                - coalesce(sum(points) FILTER (WHERE debit = 'available'), 0) AS available,
            coalesce(sum(points) FILTER (WHERE credit IN ('cancelled', 'clawed_back')), 0) AS clawed_back,
            coalesce(sum(points) FILTER (WHERE credit = 'expired'), 0) AS expired
        FROM fresh GROUP BY lot_id
    ) m WHERE l.id = m.lot_id;
    UPDATE loyalty_account a SET pending = a.pending + m.pending, available = a.available + m.available,
        debt = a.debt + m.debt
    FROM (
        SELECT l.account_id,
            coalesce(sum(f.points) FILTER (WHERE credit = 'pending'), 0)
                - coalesce(sum(f.points) FILTER (WHERE debit = 'pending'), 0) AS pending,
            coalesce(sum(f.points) FILTER (WHERE credit = 'available'), 0)
                - coalesce(sum(f.points) FILTER (WHERE debit = 'available'), 0) AS available,
            coalesce(sum(f.points) FILTER (WHERE credit = 'debt'), 0)
                - coalesce(sum(f.points) FILTER (WHERE debit = 'debt'), 0) AS debt
        FROM fresh f JOIN loyalty_lot l ON l.id = f.lot_id GROUP BY l.account_id
    ) m WHERE a.id = m.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER move AFTER INSERT ON loyalty_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION loyalty_move();

CREATE FUNCTION loyalty_was_issued(lot bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT points FROM loyalty_lot WHERE id = lot)
        IS DISTINCT FROM (SELECT sum(points) FROM loyalty_entry WHERE lot_id = lot AND debit = 'issuance') THEN
        RAISE EXCEPTION 'lot % is not issued with as many points as it says', lot USING ERRCODE = 'check_violation';
    END IF;
END $$;
CREATE FUNCTION loyalty_lot_was_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM loyalty_was_issued(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION loyalty_entry_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM loyalty_was_issued(NEW.lot_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER was_issued AFTER INSERT ON loyalty_lot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION loyalty_lot_was_issued();
CREATE CONSTRAINT TRIGGER was_issued AFTER INSERT ON loyalty_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.debit = 'issuance')
    EXECUTE FUNCTION loyalty_entry_issued();

CREATE FUNCTION loyalty_transaction_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM loyalty_entry WHERE transaction_id = NEW.id) THEN
        RAISE EXCEPTION 'transaction % moves nothing', NEW.key USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER moves AFTER INSERT ON loyalty_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION loyalty_transaction_moves();

CREATE FUNCTION loyalty_debt_goes_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM loyalty_account WHERE id = NEW.id AND available > 0 AND debt < 0) THEN
        RAISE EXCEPTION 'account % owes points and has some: a debt is repaid first', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER debt_goes_first AFTER UPDATE ON loyalty_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.debt < 0) EXECUTE FUNCTION loyalty_debt_goes_first();

CREATE FUNCTION loyalty_coupon_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.state = 'free' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.code = OLD.code AND NEW.pool_id = OLD.pool_id AND (
        OLD.state = 'free'
        OR (NEW.key IS NOT DISTINCT FROM OLD.key AND NEW.issued_at IS NOT DISTINCT FROM OLD.issued_at
            AND (NEW.customer_id IS NULL OR NEW.customer_id = OLD.customer_id)
            AND NEW.state <> 'free' AND (OLD.state = 'issued' OR NEW.state = 'used'))
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of coupon % is refused: it was given', TG_OP, OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON loyalty_coupon
    FOR EACH ROW EXECUTE FUNCTION loyalty_coupon_stays();
"""
UNGUARD = """
DROP TRIGGER stays ON loyalty_coupon;
DROP TRIGGER debt_goes_first ON loyalty_account;
DROP TRIGGER sums_follow ON loyalty_account;
DROP TRIGGER moves ON loyalty_transaction;
DROP TRIGGER only_grows ON loyalty_transaction;
DROP TRIGGER was_issued ON loyalty_entry;
DROP TRIGGER move ON loyalty_entry;
DROP TRIGGER only_grows ON loyalty_entry;
DROP TRIGGER was_issued ON loyalty_lot;
DROP TRIGGER sums_follow ON loyalty_lot;
DROP TRIGGER begins ON loyalty_lot;
DROP TRIGGER begins ON loyalty_account;
DROP FUNCTION loyalty_coupon_stays();
DROP FUNCTION loyalty_debt_goes_first();
DROP FUNCTION loyalty_transaction_moves();
DROP FUNCTION loyalty_lot_was_issued();
DROP FUNCTION loyalty_entry_issued();
DROP FUNCTION loyalty_was_issued(bigint);
DROP FUNCTION loyalty_move();
DROP FUNCTION loyalty_sums_follow();
DROP FUNCTION loyalty_lot_begins();
DROP FUNCTION loyalty_account_begins();
DROP FUNCTION loyalty_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_tables")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
