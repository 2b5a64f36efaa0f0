"""Scores kept by the database itself: whoever writes a review, by whichever way, keeps them in the same transaction.

The row of the whole store is taken first and the product's after it, so that two writers who touch the same products in
different orders wait for one another and never block each other for good.
"""

from django.db import migrations

KEEP = """
CREATE FUNCTION feedback_add_to_score(shop bigint, goods bigint, stars int, step int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF step < 0 THEN  -- never a new row: the store itself may be going
        UPDATE feedback_score s SET
            one = s.one - (stars = 1)::int, two = s.two - (stars = 2)::int, three = s.three - (stars = 3)::int,
            four = s.four - (stars = 4)::int, five = s.five - (stars = 5)::int
        WHERE s.store_id = shop AND s.product_id IS NOT DISTINCT FROM goods;
        RETURN;
    END IF;
    INSERT INTO feedback_score AS s (store_id, product_id, one, two, three, four, five)
    VALUES (shop, goods,
        (stars = 1)::int, (stars = 2)::int, (stars = 3)::int, (stars = 4)::int, (stars = 5)::int)
    ON CONFLICT (store_id, product_id) DO UPDATE SET
        one = s.one + (stars = 1)::int, two = s.two + (stars = 2)::int,
        three = s.three + (stars = 3)::int, four = s.four + (stars = 4)::int,
        five = s.five + (stars = 5)::int;
END $$;

CREATE FUNCTION feedback_count_review(r feedback_review, step int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF r.store_id IS NULL THEN
        RETURN;
    ELSIF r.state = 'published' THEN
        PERFORM feedback_add_to_score(r.store_id, NULL, r.stars, step);
        IF r.product_id IS NOT NULL THEN
            PERFORM feedback_add_to_score(r.store_id, r.product_id, r.stars, step);
        END IF;
    ELSIF r.state = 'rejected' THEN
        IF step < 0 THEN
            UPDATE feedback_refused SET count = count - 1 WHERE store_id = r.store_id AND reason = r.reason;
        ELSE
            INSERT INTO feedback_refused AS f (store_id, reason, count) VALUES (r.store_id, r.reason, 1)
            ON CONFLICT (store_id, reason) DO UPDATE SET count = f.count + 1;
        END IF;
    END IF;
END $$;

CREATE FUNCTION feedback_keep_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.store_id, OLD.stars, OLD.state, OLD.reason)
        IS NOT DISTINCT FROM (NEW.store_id, NEW.stars, NEW.state, NEW.reason) THEN
        -- it is about another product now, or its product is gone: for the store nothing changes
        IF NEW.state = 'published' AND OLD.product_id IS NOT NULL THEN
            PERFORM feedback_add_to_score(OLD.store_id, OLD.product_id, OLD.stars, -1);
        END IF;
        IF NEW.state = 'published' AND NEW.product_id IS NOT NULL THEN
            PERFORM feedback_add_to_score(NEW.store_id, NEW.product_id, NEW.stars, 1);
        END IF;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM feedback_count_review(OLD, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM feedback_count_review(NEW, 1);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_scores AFTER INSERT OR DELETE ON feedback_review
    FOR EACH ROW EXECUTE FUNCTION feedback_keep_scores();
CREATE TRIGGER keep_scores_changed AFTER UPDATE ON feedback_review FOR EACH ROW
    WHEN ((OLD.store_id, OLD.product_id, OLD.stars, OLD.state, OLD.reason)
        IS DISTINCT FROM (NEW.store_id, NEW.product_id, NEW.stars, NEW.state, NEW.reason))
    EXECUTE FUNCTION feedback_keep_scores();
"""
FORGET = """
DROP TRIGGER keep_scores ON feedback_review; DROP TRIGGER keep_scores_changed ON feedback_review;
DROP FUNCTION feedback_keep_scores(); DROP FUNCTION feedback_count_review(feedback_review, int);
DROP FUNCTION feedback_add_to_score(bigint, bigint, int, int)
"""


class Migration(migrations.Migration):
    dependencies = [("feedback", "0002_shown_in_public")]

    operations = [migrations.RunSQL(KEEP, FORGET)]
