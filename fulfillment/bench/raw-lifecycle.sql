-- One order of three lines as six plain transactions: place, assign, release, pack, ship, capture.
\set first random(1, 330)
\set second random(331, 660)
\set third random(661, 1000)

BEGIN;
INSERT INTO sale (number, status, email, market, total, address)
VALUES (gen_random_uuid()::text, 1, 'customer.' || :first || '@example.com', 'LOAD', 300,
        '{"name": "Customer", "line1": "1 Load Lane", "city": "Saint Orrin", "country": "GB"}')
RETURNING id AS sale \gset
INSERT INTO parcel (sale_id, status) VALUES (:sale, 0) RETURNING id AS parcel \gset
INSERT INTO piece (parcel_id, product_id, quantity, price)
VALUES (:parcel, :first, 1, 100), (:parcel, :second, 1, 100), (:parcel, :third, 1, 100);
INSERT INTO tender (sale_id, status, authorized) VALUES (:sale, 1, 300) RETURNING id AS tender \gset
INSERT INTO entry (sale_id, kind, detail) VALUES (:sale, 'placed', '{}');
COMMIT;

BEGIN;
SELECT status FROM parcel WHERE id = :parcel FOR UPDATE;
UPDATE shelf SET promised = promised + 1 WHERE product_id IN (:first, :second, :third) AND on_hand - promised >= 1;
UPDATE parcel SET status = 1 WHERE id = :parcel;
INSERT INTO entry (sale_id, kind, detail) VALUES (:sale, 'assigned', '{}');
COMMIT;

BEGIN;
UPDATE parcel SET status = 2 WHERE id = :parcel AND status = 1;
INSERT INTO entry (sale_id, kind, detail) VALUES (:sale, 'released', '{}');
COMMIT;

BEGIN;
UPDATE parcel SET status = 3, picklist_id = 1 WHERE id = :parcel AND status = 2;
INSERT INTO entry (sale_id, kind, detail) VALUES (:sale, 'packing', '{}');
COMMIT;

BEGIN;
UPDATE parcel SET status = 4 WHERE id = :parcel AND status = 3;
UPDATE shelf SET promised = promised - 1, on_hand = on_hand - 1 WHERE product_id IN (:first, :second, :third);
INSERT INTO entry (sale_id, kind, detail) VALUES (:sale, 'shipped', '{}');
COMMIT;

BEGIN;
SELECT status FROM tender WHERE id = :tender FOR UPDATE;
INSERT INTO booking (tender_id, kind, amount, key) VALUES (:tender, 2, 300, gen_random_uuid()::text);
UPDATE tender SET captured = 300, status = 2 WHERE id = :tender;
UPDATE sale SET status = 3 WHERE id = :sale;
INSERT INTO entry (sale_id, kind, detail) VALUES (:sale, 'captured', '{}');
COMMIT;
