"""What makes answers trustworthy and found: texts that never change, and trigrams for words with mistakes.

pg_trgm is a trusted extension: the owner of the database may create it.
"""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

KEEP_TEXTS = """
CREATE FUNCTION support_revision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE judged CONSTANT text[] := ARRAY['is_answer', 'verified_by_id', 'verified_at', 'verified_until', 'author_id'];
BEGIN
    -- what was judged about it, and people who left the staff; generated columns are not known before the write
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - judged - ARRAY['words', 'heading']
        = to_jsonb(NEW) - judged - ARRAY['words', 'heading'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of a revision is refused: write a new one', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON support_revision
    FOR EACH ROW EXECUTE FUNCTION support_revision_stays();
"""
FORGET = "DROP TRIGGER stays ON support_revision; DROP FUNCTION support_revision_stays()"

# answers whose title resembles a word with a mistake
TRIGRAMS = """
CREATE INDEX revision_heading ON support_revision USING gin (heading gin_trgm_ops) WHERE is_answer
"""


class Migration(migrations.Migration):
    dependencies = [("support", "0001_tables")]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(KEEP_TEXTS, FORGET),
        migrations.RunSQL(TRIGRAMS, "DROP INDEX revision_heading"),
    ]
