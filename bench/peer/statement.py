"""The rows of one order as one data-modifying statement, for pgbench."""

STATEMENT = r"""
\set r random(1, 1000000000000)
WITH customer AS (
    INSERT INTO peer_customer (email, phone, first_name, last_name, created_at)
    VALUES ('buyer' || :client_id || '.' || :r || '@example.com', '+380501234567', 'Olena', 'Kovalenko', now())
    ON CONFLICT (email) DO UPDATE SET first_name = excluded.first_name
    RETURNING id
), placed AS (
    INSERT INTO peer_order (external_id, number, public_id, customer_id, financial, placed_at, currency, total, address)
    SELECT :client_id || '.' || :r, '#' || :r, md5(:client_id || '.' || :r), id, 'paid', now(), 'EUR', 124.40,
        '{"name": "Olena Kovalenko", "address1": "Khreshchatyk St 22", "city": "Kyiv", "zip": "01001"}'
    FROM customer
    ON CONFLICT (external_id) DO NOTHING
    RETURNING id, customer_id
), lines AS (
    INSERT INTO peer_line (order_id, external_id, sku, title, quantity, price)
    SELECT placed.id, i::text, 'SKU-' || i, 'Product ' || i || ' of brushed copper', i, 19.90
    FROM placed, generate_series(1, 3) AS i
), facts AS (
    INSERT INTO peer_event (kind, at, customer_id, order_id, data)
    SELECT kind, now(), customer_id, id, '{"total": "124.40"}'
    FROM placed, (VALUES ('order.placed'), ('order.paid')) AS happened (kind)
)
INSERT INTO peer_message (order_id, kind, due_at, state)
SELECT id, kind, now() + days * interval '1 day', 'ready'
FROM placed, (VALUES ('order_confirmation', 0), ('review_request', 14), ('survey', 21)) AS planned (kind, days);
"""
