"""What a drawn page depends on raises a number, whoever changes it and however (docs/decisions/0055)."""

from django.db import migrations

RAISE = """
CREATE FUNCTION orders_page_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER version_rises BEFORE UPDATE OF blocks ON orders_orderpage
    FOR EACH ROW WHEN (NEW.version <= OLD.version) EXECUTE FUNCTION orders_page_changed();

CREATE FUNCTION orders_store_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.looks := OLD.looks + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER looks_rise BEFORE UPDATE ON orders_store
    FOR EACH ROW EXECUTE FUNCTION orders_store_changed();

-- by the statement: a list of ten thousand links raises the number of its store once
CREATE FUNCTION orders_looks_rise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders_store SET looks = looks + 1 WHERE id IN (SELECT store_id FROM changed);
    RETURN NULL;
END $$;
CREATE FUNCTION orders_links_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders_store SET looks = looks + 1
    WHERE id IN (SELECT p.store_id FROM changed c JOIN orders_product p ON p.id = c.product_id);
    RETURN NULL;
END $$;
"""
# where it was, where it is: a row that moves to another store changes both
KINDS = (("added", "INSERT", "NEW"), ("left", "UPDATE", "OLD"), ("came", "UPDATE", "NEW"), ("gone", "DELETE", "OLD"))
TABLES = {
    "orders_seller": "orders_looks_rise",
    "orders_storefront": "orders_looks_rise",
    "orders_selfservicepolicy": "orders_looks_rise",
    "orders_productlink": "orders_links_changed",
}
TRIGGERS = "".join(
    f"CREATE TRIGGER looks_rise_{name} AFTER {deed} ON {table} REFERENCING {side} TABLE AS changed"
    f" FOR EACH STATEMENT EXECUTE FUNCTION {function}();\n"
    for table, function in TABLES.items()
    for name, deed, side in KINDS
)


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_return_terms")]
    operations = [
        migrations.RunSQL(RAISE + TRIGGERS, migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE orders_drawnpage SET UNLOGGED", "ALTER TABLE orders_drawnpage SET LOGGED"),
    ]
