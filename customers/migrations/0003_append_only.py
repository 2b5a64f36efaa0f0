"""The ledger only grows, and the words in it stay: PostgreSQL refuses the rest, whoever asks.

Of a line of the ledger only ``customer_id`` may move (who the person is may turn out otherwise, and goes with erasure),
and of a text only the lawyer's mark. ``SET LOCAL aftercare.erasing = 'on'`` opens the ledger for one transaction:
customers.consent.erasing. TRUNCATE is left alone: it is how tests clear the table, and the owner's right anyway.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION customers_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('aftercare.erasing', true) = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV[0] - TG_ARGV[1] = to_jsonb(NEW) - TG_ARGV[0] - TG_ARGV[1] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: it is proof and only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON customers_consent
    FOR EACH ROW EXECUTE FUNCTION customers_only_grows('customer_id', '');
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON customers_consenttext
    FOR EACH ROW EXECUTE FUNCTION customers_only_grows('is_checked_by_lawyer', 'created_by_id');
"""
UNGUARD = """
DROP TRIGGER only_grows ON customers_consent;
DROP TRIGGER only_grows ON customers_consenttext;
DROP FUNCTION customers_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_purposes")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
