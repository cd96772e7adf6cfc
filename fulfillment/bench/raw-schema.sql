-- The least tables that could carry an order from checkout to captured; no history beyond one row per step.
CREATE TABLE shelf (
    product_id integer PRIMARY KEY,
    on_hand integer NOT NULL,
    promised integer NOT NULL DEFAULT 0 CHECK (promised >= 0),
    CHECK (promised <= on_hand)
) WITH (fillfactor = 50);
INSERT INTO shelf (product_id, on_hand) SELECT n, 1000000000 FROM generate_series(1, 1000) AS n;

CREATE TABLE sale (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text UNIQUE,
    status smallint NOT NULL,
    email text,
    market text,
    total integer,
    address jsonb,
    placed_at timestamptz DEFAULT now()
);
CREATE INDEX ON sale (placed_at);
CREATE INDEX ON sale (status, placed_at);
CREATE INDEX ON sale (email);

CREATE TABLE parcel (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sale_id bigint REFERENCES sale,
    status smallint NOT NULL,
    picklist_id bigint
);
CREATE INDEX ON parcel (sale_id);
CREATE INDEX ON parcel (status) WHERE status < 5;

CREATE TABLE piece (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parcel_id bigint REFERENCES parcel,
    product_id integer,
    quantity integer,
    price integer
);
CREATE INDEX ON piece (parcel_id);

CREATE TABLE tender (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sale_id bigint REFERENCES sale,
    status smallint,
    authorized integer,
    captured integer DEFAULT 0
);
CREATE INDEX ON tender (sale_id);

CREATE TABLE booking (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tender_id bigint REFERENCES tender,
    kind smallint,
    amount integer,
    key text UNIQUE,
    at timestamptz DEFAULT now()
);

CREATE TABLE entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sale_id bigint REFERENCES sale,
    kind text,
    detail jsonb,
    at timestamptz DEFAULT now()
);
CREATE INDEX ON entry (sale_id);
