"""No index that another one begins with: each write would pay for it, and no question needs it."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

BEGUN_BY_ANOTHER = """
WITH found AS (
    SELECT t.relname AS of_table, i.relname AS name, x.indkey::int2[] AS columns, x.indnkeyatts AS many, x.indisunique
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_am a ON a.oid = i.relam AND a.amname = 'btree'
    WHERE x.indpred IS NULL AND x.indexprs IS NULL
)
SELECT short.of_table, short.name, long.name FROM found short JOIN found long USING (of_table)
WHERE short.many < long.many AND NOT short.indisunique
AND short.columns[0 : short.many - 1] = long.columns[0 : short.many - 1]
ORDER BY 1, 2
"""


@pytest.mark.django_db
def test_no_index_is_the_beginning_of_another():
    tables = {model._meta.db_table for model in apps.get_models() if model._meta.app_label in settings.FLOORS}

    with connection.cursor() as cursor:
        cursor.execute(BEGUN_BY_ANOTHER)
        found = [row for row in cursor.fetchall() if row[0] in tables]

    assert found == []
