"""The core: orders, stock, money, the work to be done, and the timeline."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # One number of either is a block of ids (fulfillment/db/ids.py).
    op.execute(sa.schema.CreateSequence(sa.Sequence("row_id_block")))
    op.execute(sa.schema.CreateSequence(sa.Sequence("change_id")))
    op.create_table(
        "storefront",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storefront")),
        sa.UniqueConstraint("name", name=op.f("uq_storefront_name")),
    )
    # The parts of texts that lists are searched by (fulfillment/db/trigrams.py).
    op.execute(
        """
CREATE FUNCTION text_trigrams(written text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT substr(line, start, 3) COLLATE "C"
               FROM regexp_split_to_table(lower(written), chr(10)) AS line, generate_series(1, length(line) - 2) AS start)
"""
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("warehouse_codes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("refund_limit", sa.BigInteger(), nullable=True),
        sa.Column("storefront_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('storefront', 'csr', 'warehouse', 'admin')", name=op.f("ck_api_key_role_known")),
        sa.CheckConstraint(
            "(role = 'storefront') = (storefront_id IS NOT NULL)", name=op.f("ck_api_key_storefronts_alone_have_one")
        ),
        sa.ForeignKeyConstraint(["storefront_id"], ["storefront.id"], name=op.f("fk_api_key_storefront_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("name = lower(name)", name=op.f("ck_account_name_in_lower_case")),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_account_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("key_id", name=op.f("uq_account_key_id")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "trigrams",
            sa.ARRAY(sa.Text()),
            sa.Computed(
                "text_trigrams(name::text || chr(10) || COALESCE(email, ''::character varying)::text)", persisted=True
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
    )
    op.create_index("customer_trigrams", "customer", ["trigrams"], unique=False, postgresql_using="gin")
    op.create_index("customer_email", "customer", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "bulk_item",
        sa.Column("operation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("guard", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("remedy", sa.String(), nullable=True),
        sa.Column("done_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'pending') = (done_at IS NULL)", name=op.f("ck_bulk_item_done_at_some_time")),
        sa.CheckConstraint("(status = 'refused') = (guard IS NOT NULL)", name=op.f("ck_bulk_item_refused_by_a_guard")),
        sa.CheckConstraint("status IN ('pending', 'done', 'refused')", name=op.f("ck_bulk_item_status_known")),
        sa.PrimaryKeyConstraint("operation_id", "position", name=op.f("pk_bulk_item")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "bulk_item_refused",
        "bulk_item",
        ["operation_id", "position"],
        unique=False,
        postgresql_where=sa.text("status = 'refused'"),
    )
    op.create_index("bulk_item_subject", "bulk_item", ["operation_id", "subject_id"], unique=True)
    op.create_table(
        "deleted_order",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("market", sa.String(), nullable=False),
        sa.Column("storefront_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("line_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("placed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_by", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("reason <> '' AND deleted_by <> ''", name=op.f("ck_deleted_order_says_who_and_why")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted_order")),
        sa.UniqueConstraint("number", name=op.f("uq_deleted_order_number")),
    )
    op.create_table(
        "dispatch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("argument", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("dead", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("cause_kind", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        postgresql_with={"fillfactor": 70, "autovacuum_vacuum_scale_factor": 0.05, "autovacuum_vacuum_cost_delay": 0},
    )
    op.create_index("dispatch_dead", "dispatch", ["id"], unique=False, postgresql_where=sa.text("dead"))
    op.create_index("dispatch_due", "dispatch", ["due_at", "id"], unique=False, postgresql_where=sa.text("NOT dead"))
    op.create_index("dispatch_order", "dispatch", ["order_id", "lane", "id"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "route", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("idempotency_key_age", "idempotency_key", ["created_at"], unique=False, postgresql_using="brin")
    op.create_table(
        "market",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("releases_automatically", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("unpaid_after_seconds", sa.BigInteger(), server_default="86400", nullable=False),
        sa.Column("carts_kept_seconds", sa.BigInteger(), server_default="7776000", nullable=False),
        sa.Column("reserves_for_seconds", sa.BigInteger(), server_default="600", nullable=False),
        sa.CheckConstraint("reserves_for_seconds > 0", name=op.f("ck_market_reserves_for_positive")),
        sa.Column("tax_rate", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "payment_methods",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("""'["card", "manual"]'"""),
            nullable=False,
        ),
        sa.Column("capture_order", sa.String(), server_default="oldest_first", nullable=False),
        sa.Column("refund_order", sa.String(), server_default="newest_first", nullable=False),
        sa.Column(
            "hold_rules", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("sourcing", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("splits", sa.String(), server_default="never", nullable=False),
        sa.Column("fills_greedily", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("mails_delivery", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("mails_delivery_problems", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("parcels_silent_after_days", sa.BigInteger(), server_default="7", nullable=False),
        sa.Column("return_days", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("return_expires_days", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("return_fee", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("return_shipping", sa.String(), server_default="our_fault", nullable=False),
        sa.Column("returns_by_storefront", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("exchanges_goods_first", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "return_days >= 0 AND return_expires_days > 0", name=op.f("ck_market_return_days_not_negative")
        ),
        sa.CheckConstraint("return_fee BETWEEN 0 AND 10000", name=op.f("ck_market_return_fee_at_most_whole")),
        sa.CheckConstraint(
            "return_shipping IN ('never', 'whole_order', 'our_fault')", name=op.f("ck_market_return_shipping_known")
        ),
        sa.CheckConstraint(
            "capture_order IN ('oldest_first', 'newest_first')", name=op.f("ck_market_capture_order_known")
        ),
        sa.CheckConstraint(
            "refund_order IN ('oldest_first', 'newest_first')", name=op.f("ck_market_refund_order_known")
        ),
        sa.CheckConstraint("carts_kept_seconds > 0", name=op.f("ck_market_carts_kept_positive")),
        sa.CheckConstraint("jsonb_typeof(sourcing) = 'array'", name=op.f("ck_market_sourcing_listed")),
        sa.CheckConstraint(
            "parcels_silent_after_days BETWEEN 0 AND 365", name=op.f("ck_market_parcels_silent_within_a_year")
        ),
        sa.CheckConstraint("splits IN ('never', 'warehouses', 'available')", name=op.f("ck_market_splits_known")),
        sa.CheckConstraint("jsonb_typeof(hold_rules) = 'array'", name=op.f("ck_market_hold_rules_listed")),
        sa.CheckConstraint("jsonb_typeof(payment_methods) = 'array'", name=op.f("ck_market_payment_methods_listed")),
        sa.CheckConstraint("tax_rate BETWEEN 0 AND 10000", name=op.f("ck_market_tax_rate_at_most_whole")),
        sa.CheckConstraint("unpaid_after_seconds > 0", name=op.f("ck_market_unpaid_after_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_market")),
        sa.UniqueConstraint("code", name=op.f("uq_market_code")),
    )
    op.create_table(
        "money_transfer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("debit", sa.String(), nullable=False),
        sa.Column("credit", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('authorize', 'capture', 'void', 'refund')) = (attempt_id IS NOT NULL)",
            name=op.f("ck_money_transfer_attempt_unless_nobody_asked"),
        ),
        sa.CheckConstraint(
            "(kind, debit, credit) IN (('authorize', 'open', 'customer'), ('capture', 'taken', 'open'), ('void', 'customer', 'open'), ('expire', 'customer', 'open'), ('manual', 'taken', 'customer'), ('refund', 'customer', 'taken'), ('chargeback', 'customer', 'taken'), ('chargeback_reversed', 'taken', 'customer'), ('refund', 'exchange', 'taken'), ('exchange_out', 'exchange', 'taken'), ('exchange_back', 'taken', 'exchange'), ('credit', 'taken', 'exchange'), ('credit_back', 'exchange', 'taken'))",
            name=op.f("ck_money_transfer_kind_fits_accounts"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_money_transfer_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_transfer")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_money_transfer_attempt_id")),
    )
    op.create_index(op.f("ix_money_transfer_order_id"), "money_transfer", ["order_id"], unique=False)
    op.execute(
        """
CREATE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only: what happened is corrected by a further row', TG_TABLE_NAME; END $$
"""
    )
    op.execute(
        "CREATE TRIGGER money_transfer_is_append_only BEFORE UPDATE OR DELETE ON money_transfer"
        " FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite()"
    )
    op.create_table(
        "operation",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("done BETWEEN 0 AND total", name=op.f("ck_operation_done_at_most_total")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
    )
    op.create_table(
        "order_configuration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("states", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("transitions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_configuration")),
    )
    op.create_index("order_configuration_name", "order_configuration", [sa.literal_column("lower(name)")], unique=True)
    op.create_index(
        "order_configuration_one_active",
        "order_configuration",
        ["active"],
        unique=True,
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "order_search",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("placed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("customer_name", sa.String(), nullable=False),
        sa.Column("customer_email", sa.String(), nullable=False),
        sa.Column("items", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_search")),
    )
    op.create_index("order_search_placed", "order_search", ["placed_at", "order_id"], unique=False)
    op.create_table(
        "search_block",
        sa.Column("last_placed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("last_order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("after_placed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("after_order_id", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.Column("trigrams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("stale", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("last_placed_at", "last_order_id", name=op.f("pk_search_block")),
    )
    op.create_index("search_block_trigrams", "search_block", ["trigrams"], unique=False, postgresql_using="gin")
    op.create_index(
        "search_block_stale",
        "search_block",
        ["last_placed_at", "last_order_id"],
        unique=False,
        postgresql_where=sa.text("stale"),
    )
    # The planner counts the pages of the table, not those of the arrays that lie beside it: to it, reading all blocks
    # is cheapest always. A block is found by its index or not at all.
    op.execute(
        """
        CREATE FUNCTION search_blocks(words text[], otherwise text[]) RETURNS TABLE (
            last_placed_at timestamptz, last_order_id bigint, after_placed_at timestamptz, after_order_id bigint)
        LANGUAGE sql STABLE SET enable_seqscan = off SET enable_indexscan = off AS $$
            SELECT b.last_placed_at, b.last_order_id, b.after_placed_at, b.after_order_id FROM search_block b
             WHERE b.trigrams @> words OR b.trigrams @> otherwise OR b.stale
        $$
        """
    )
    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), server_default="", nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("needs_shipping", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("when_short", sa.String(), server_default="backorder", nullable=False),
        sa.Column("available_from", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("variant_of", sa.BigInteger(), nullable=True),
        sa.Column("option_values", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "trigrams",
            sa.ARRAY(sa.Text()),
            sa.Computed(
                "text_trigrams(sku::text || chr(10) || name::text || chr(10) || description::text)", persisted=True
            ),
            nullable=False,
        ),
        sa.CheckConstraint("when_short IN ('backorder', 'deny')", name=op.f("ck_product_when_short_known")),
        sa.CheckConstraint("(price IS NULL) = (currency IS NULL)", name=op.f("ck_product_price_has_currency")),
        sa.CheckConstraint(
            "(variant_of IS NULL) = (option_values IS NULL)", name=op.f("ck_product_variant_has_values")
        ),
        sa.CheckConstraint("options IS NULL OR variant_of IS NULL", name=op.f("ck_product_no_variants_of_variants")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_product_price_not_negative")),
        sa.ForeignKeyConstraint(["variant_of"], ["product.id"], name=op.f("fk_product_variant_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("sku", name=op.f("uq_product_sku")),
        sa.UniqueConstraint("variant_of", "option_values", name=op.f("uq_product_variant_of_option_values")),
    )
    op.create_index("product_trigrams", "product", ["trigrams"], unique=False, postgresql_using="gin")
    op.create_table(
        "product_barcode",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_barcode_product_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_product_barcode")),
    )
    op.create_index(op.f("ix_product_barcode_product_id"), "product_barcode", ["product_id"], unique=False)
    op.create_table(
        "shipping_method",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_method")),
        sa.UniqueConstraint("code", name=op.f("uq_shipping_method_code")),
    )
    op.create_table(
        "shipping_carrier",
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("services", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("buys", sa.String(), nullable=False),
        sa.Column("label_required", sa.Boolean(), nullable=False),
        sa.CheckConstraint("buys IN ('on_request', 'when_packed')", name=op.f("ck_shipping_carrier_buys_known")),
        sa.CheckConstraint("jsonb_array_length(services) > 0", name=op.f("ck_shipping_carrier_has_services")),
        sa.ForeignKeyConstraint(
            ["method"], ["shipping_method.code"], name=op.f("fk_shipping_carrier_method"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("method", name=op.f("pk_shipping_carrier")),
    )
    op.create_table(
        "shipping_price",
        sa.Column("shipping_method_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("market_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("free_from", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("free_from >= 0", name=op.f("ck_shipping_price_free_from_not_negative")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_shipping_price_price_not_negative")),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_shipping_price_market_id")),
        sa.ForeignKeyConstraint(
            ["shipping_method_id"],
            ["shipping_method.id"],
            name=op.f("fk_shipping_price_shipping_method_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shipping_method_id", "market_id", name=op.f("pk_shipping_price")),
    )
    op.create_index(op.f("ix_shipping_price_market_id"), "shipping_price", ["market_id"], unique=False)
    op.create_table(
        "promotion",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("minimum_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("markets", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("starts_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ends_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("use_limit", sa.BigInteger(), nullable=True),
        sa.Column("use_limit_per_customer", sa.BigInteger(), nullable=True),
        sa.Column("uses", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'item') = (jsonb_array_length(items) > 0)", name=op.f("ck_promotion_kind_fits_items")
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'order_discount' THEN (percent IS NULL) <> (amount IS NULL) ELSE percent IS NULL AND amount IS NULL END",
            name=op.f("ck_promotion_kind_fits_value"),
        ),
        sa.CheckConstraint("kind IN ('item', 'order_discount', 'free_shipping')", name=op.f("ck_promotion_kind_known")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_promotion_amount_positive")),
        sa.CheckConstraint(
            "currency IS NOT NULL OR amount IS NULL AND minimum_amount = 0",
            name=op.f("ck_promotion_amounts_have_currency"),
        ),
        sa.CheckConstraint("minimum_amount >= 0", name=op.f("ck_promotion_minimum_amount_not_negative")),
        sa.CheckConstraint("percent BETWEEN 1 AND 10000", name=op.f("ck_promotion_percent_possible")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_promotion_starts_before_it_ends")),
        sa.CheckConstraint("use_limit > 0", name=op.f("ck_promotion_use_limit_positive")),
        sa.CheckConstraint("use_limit_per_customer > 0", name=op.f("ck_promotion_use_limit_per_customer_positive")),
        sa.CheckConstraint(
            "uses >= 0 AND (use_limit IS NULL OR uses <= use_limit)", name=op.f("ck_promotion_uses_at_most_limit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    op.create_index("promotion_code", "promotion", [sa.literal_column("lower(code)")], unique=True)
    op.create_table(
        "stock_movement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on_hand_change", sa.BigInteger(), nullable=False),
        sa.Column("allocated_change", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("cause_kind", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "CASE kind WHEN 'received' THEN on_hand_change > 0 AND allocated_change = 0 AND line_id IS NULL WHEN 'adjusted' THEN on_hand_change <> 0 AND allocated_change = 0 AND line_id IS NULL WHEN 'allocated' THEN on_hand_change = 0 AND allocated_change > 0 AND line_id IS NOT NULL WHEN 'deallocated' THEN on_hand_change = 0 AND allocated_change < 0 AND line_id IS NOT NULL WHEN 'shipped' THEN on_hand_change < 0 AND allocated_change = on_hand_change AND line_id IS NOT NULL WHEN 'transferred_out' THEN on_hand_change < 0 AND allocated_change = 0 AND document_id IS NOT NULL WHEN 'transferred_in' THEN on_hand_change > 0 AND allocated_change = 0 AND document_id IS NOT NULL WHEN 'counted' THEN on_hand_change <> 0 AND allocated_change = 0 AND document_id IS NOT NULL WHEN 'short_picked' THEN on_hand_change < 0 AND allocated_change = 0 WHEN 'restocked' THEN on_hand_change > 0 AND allocated_change = 0 AND document_id IS NOT NULL END",
            name=op.f("ck_stock_movement_kind_fits_change"),
        ),
        sa.CheckConstraint(
            "kind IN ('received', 'adjusted', 'allocated', 'deallocated', 'shipped', 'transferred_out', 'transferred_in', 'counted', 'short_picked', 'restocked')",
            name=op.f("ck_stock_movement_kind_known"),
        ),
        sa.PrimaryKeyConstraint("product_id", "warehouse_id", "id", name=op.f("pk_stock_movement")),
    )
    op.create_index(
        "stock_movement_ships_once",
        "stock_movement",
        ["line_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'shipped'"),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("repeats_order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("every", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("next_due", sa.Date(), nullable=True),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'blocked', 'paused', 'ended')", name=op.f("ck_subscription_status_known")
        ),
        sa.CheckConstraint("unit IN ('days', 'weeks', 'months')", name=op.f("ck_subscription_unit_known")),
        sa.CheckConstraint("every > 0", name=op.f("ck_subscription_every_positive")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_subscription_ends_after_start")),
        sa.CheckConstraint("(status = 'ended') = (next_due IS NULL)", name=op.f("ck_subscription_due_until_ended")),
        sa.CheckConstraint(
            "(status = 'blocked') = (problem IS NOT NULL)", name=op.f("ck_subscription_blocked_by_a_problem")
        ),
        sa.CheckConstraint(
            "next_due BETWEEN starts_on AND coalesce(ends_on, next_due)",
            name=op.f("ck_subscription_due_within_schedule"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(op.f("ix_subscription_repeats_order_id"), "subscription", ["repeats_order_id"], unique=False)
    op.create_index(
        "subscription_due",
        "subscription",
        ["next_due", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "subscription_order",
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_subscription_order_subscription_id")
        ),
        sa.PrimaryKeyConstraint("subscription_id", "due_on", name=op.f("pk_subscription_order")),
        sa.UniqueConstraint("made_order_id", name=op.f("uq_subscription_order_made_order_id")),
    )
    op.create_table(
        "step_time",
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("at_most", sa.Double(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.CheckConstraint("rows > 0 AND seconds >= 0", name=op.f("ck_step_time_counts_something")),
        sa.PrimaryKeyConstraint("step", "at_most", name=op.f("pk_step_time")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "sweep_run",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", "slot", name=op.f("pk_sweep_run")),
    )
    op.create_table(
        "timeline",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("cause_kind", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("dispatch_id", sa.BigInteger(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "id", name=op.f("pk_timeline")),
    )
    op.create_table(
        "warehouse",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("allows_confirm_all", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("postal_code", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse")),
        sa.UniqueConstraint("code", name=op.f("uq_warehouse_code")),
        sa.UniqueConstraint("priority", name=op.f("uq_warehouse_priority")),
    )
    op.create_table(
        "customer_address",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_address_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_address")),
    )
    op.create_index(op.f("ix_customer_address_customer_id"), "customer_address", ["customer_id"], unique=False)
    op.create_index(
        "customer_address_one_default",
        "customer_address",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "picklist",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("completed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("wave_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'completed')", name=op.f("ck_picklist_status_known")),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name=op.f("ck_picklist_claimed_for_a_time")
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_picklist_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picklist")),
    )
    op.create_index("picklist_created", "picklist", ["created_at", "id"], unique=False)
    op.create_index(
        "picklist_wave", "picklist", ["wave_id"], unique=False, postgresql_where=sa.text("wave_id IS NOT NULL")
    )
    op.create_table(
        "purchase_order",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("storefront_id", sa.BigInteger(), nullable=True),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_name", sa.String(), nullable=True),
        sa.Column("customer_email", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("invoice_number", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("payment_status", sa.String(), server_default="unpaid", nullable=False),
        sa.Column("open_holds", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("priority", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("items_amount", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", sa.BigInteger(), nullable=False),
        sa.Column("shipping_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("canceled_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open_authorized", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("captured", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("manual", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("charged_back", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("written_off", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("given_back", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credited", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("returned BETWEEN 0 AND refunded", name=op.f("ck_purchase_order_returned_at_most_refunded")),
        sa.Column("placed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("covered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("completed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("canceled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "archived_at IS NULL OR status IN ('completed', 'canceled')",
            name=op.f("ck_purchase_order_archived_when_closed"),
        ),
        sa.CheckConstraint(
            "payment_status IN ('unpaid', 'declined', 'authorized', 'partially_paid', 'paid', 'partially_refunded', 'refunded', 'charged_back')",
            name=op.f("ck_purchase_order_payment_status_known"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in_progress', 'partially_shipped', 'completed', 'canceled')",
            name=op.f("ck_purchase_order_status_known"),
        ),
        sa.CheckConstraint(
            "open_authorized >= 0 AND captured >= 0 AND manual >= 0 AND credited >= 0",
            name=op.f("ck_purchase_order_money_not_negative"),
        ),
        sa.CheckConstraint(
            "given_back BETWEEN 0 AND refunded", name=op.f("ck_purchase_order_given_back_at_most_refunded")
        ),
        sa.CheckConstraint("open_holds >= 0", name=op.f("ck_purchase_order_open_holds_not_negative")),
        sa.CheckConstraint(
            "refunded >= 0 AND charged_back >= 0 AND refunded + charged_back <= captured + manual + credited",
            name=op.f("ck_purchase_order_refunded_at_most_paid"),
        ),
        sa.CheckConstraint(
            "total = items_amount - discount_amount + shipping_amount + tax_amount",
            name=op.f("ck_purchase_order_total_adds_up"),
        ),
        sa.CheckConstraint(
            "total >= 0 AND canceled_amount BETWEEN 0 AND total", name=op.f("ck_purchase_order_total_not_negative")
        ),
        sa.CheckConstraint(
            "written_off BETWEEN 0 AND total - canceled_amount", name=op.f("ck_purchase_order_written_off_at_most_due")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_purchase_order_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_order_number")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "order_by_status",
        "purchase_order",
        [
            "status",
            sa.literal_column("(open_holds > 0)"),
            "market_id",
            "placed_at",
            "id",
        ],
        unique=False,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "order_email", "purchase_order", [sa.literal_column("lower(customer_email)"), "placed_at", "id"], unique=False
    )
    op.create_index("order_placed", "purchase_order", ["placed_at", "id"], unique=False)
    op.create_index("order_storefront", "purchase_order", ["storefront_id", "placed_at", "id"], unique=False)
    op.create_table(
        "cart",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("storefront_id", sa.BigInteger(), nullable=True),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_name", sa.String(), nullable=True),
        sa.Column("customer_email", sa.String(), nullable=True),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("prices", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("converted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('cart', 'wish_list')", name=op.f("ck_cart_kind_known")),
        sa.CheckConstraint("(order_id IS NULL) = (converted_at IS NULL)", name=op.f("ck_cart_converted_to_an_order")),
        sa.CheckConstraint("kind = 'cart' OR order_id IS NULL", name=op.f("ck_cart_wish_lists_are_kept")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_cart_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_cart_order_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart")),
        sa.UniqueConstraint("order_id", name=op.f("uq_cart_order_id")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("cart_email", "cart", [sa.literal_column("lower(customer_email)")], unique=False)
    op.create_index("cart_storefront", "cart", ["storefront_id", "updated_at", "id"], unique=False)
    op.create_index("cart_updated", "cart", ["updated_at", "id"], unique=False)
    op.create_index(op.f("ix_cart_customer_id"), "cart", ["customer_id"], unique=False)
    op.create_table(
        "promotion_use",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("promotion_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_email", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("given_back_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_promotion_use_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_promotion_use_order_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["promotion_id"], ["promotion.id"], name=op.f("fk_promotion_use_promotion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_use")),
    )
    op.create_index(
        "promotion_use_customer",
        "promotion_use",
        ["promotion_id", sa.literal_column("lower(customer_email)")],
        unique=False,
        postgresql_where=sa.text("given_back_at IS NULL"),
    )
    op.create_index(
        "promotion_use_once_per_order",
        "promotion_use",
        ["order_id", "promotion_id"],
        unique=True,
        postgresql_where=sa.text("given_back_at IS NULL"),
    )
    op.create_table(
        "stock",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("allocated", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("in_bins", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("safety", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserved_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("available_from", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("safety >= 0", name=op.f("ck_stock_safety_not_negative")),
        sa.CheckConstraint("allocated BETWEEN 0 AND on_hand", name=op.f("ck_stock_allocated_at_most_on_hand")),
        sa.CheckConstraint("in_bins BETWEEN 0 AND on_hand", name=op.f("ck_stock_in_bins_at_most_on_hand")),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_on_hand_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_stock_product_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_warehouse_id")),
        sa.PrimaryKeyConstraint("product_id", "warehouse_id", name=op.f("pk_stock")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "bin",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_bin_position_not_negative")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_bin_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bin")),
        sa.UniqueConstraint("warehouse_id", "code", name=op.f("uq_bin_warehouse_id_code")),
    )
    op.create_index("bin_walk", "bin", ["warehouse_id", "position", "code"], unique=False)
    op.create_table(
        "inbound_delivery",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('expected', 'partially_received', 'received', 'closed', 'canceled')",
            name=op.f("ck_inbound_delivery_status_known"),
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_inbound_delivery_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_delivery")),
    )
    op.create_index("inbound_delivery_expected", "inbound_delivery", ["expected_on", "id"], unique=False)
    op.create_table(
        "inbound_line",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("expected + received > 0", name=op.f("ck_inbound_line_is_about_something")),
        sa.CheckConstraint("expected >= 0 AND received >= 0", name=op.f("ck_inbound_line_pieces_not_negative")),
        sa.ForeignKeyConstraint(["delivery_id"], ["inbound_delivery.id"], name=op.f("fk_inbound_line_delivery_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_inbound_line_product_id")),
        sa.PrimaryKeyConstraint("delivery_id", "product_id", name=op.f("pk_inbound_line")),
    )
    op.create_index(op.f("ix_inbound_line_product_id"), "inbound_line", ["product_id"], unique=False)
    op.create_table(
        "transfer",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("to_warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("shipped_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("from_warehouse_id <> to_warehouse_id", name=op.f("ck_transfer_goes_elsewhere")),
        sa.CheckConstraint(
            "status IN ('requested', 'in_transit', 'partially_received', 'received', 'closed', 'canceled')",
            name=op.f("ck_transfer_status_known"),
        ),
        sa.ForeignKeyConstraint(["from_warehouse_id"], ["warehouse.id"], name=op.f("fk_transfer_from_warehouse_id")),
        sa.ForeignKeyConstraint(["to_warehouse_id"], ["warehouse.id"], name=op.f("fk_transfer_to_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    op.create_index("transfer_created", "transfer", ["created_at", "id"], unique=False)
    op.create_table(
        "transfer_line",
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=False),
        sa.Column("shipped", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("received", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lost", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "received >= 0 AND returned >= 0 AND lost >= 0 AND received + returned + lost <= shipped",
            name=op.f("ck_transfer_line_arrived_at_most_shipped"),
        ),
        sa.CheckConstraint("requested > 0", name=op.f("ck_transfer_line_requested_positive")),
        sa.CheckConstraint("shipped BETWEEN 0 AND requested", name=op.f("ck_transfer_line_shipped_at_most_requested")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_transfer_line_product_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_transfer_line_transfer_id")),
        sa.PrimaryKeyConstraint("transfer_id", "product_id", name=op.f("pk_transfer_line")),
    )
    op.create_index(op.f("ix_transfer_line_product_id"), "transfer_line", ["product_id"], unique=False)
    op.create_table(
        "stock_count",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'approved', 'canceled')", name=op.f("ck_stock_count_status_known")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_count_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
    )
    op.create_index("stock_count_created", "stock_count", ["created_at", "id"], unique=False)
    op.create_table(
        "count_line",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("bin_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.BigInteger(), nullable=True),
        sa.Column("times", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(expected IS NULL) = (counted IS NULL)", name=op.f("ck_count_line_counted_against_something")
        ),
        sa.CheckConstraint("expected >= 0 AND counted >= 0", name=op.f("ck_count_line_pieces_not_negative")),
        sa.ForeignKeyConstraint(["bin_id"], ["bin.id"], name=op.f("fk_count_line_bin_id")),
        sa.ForeignKeyConstraint(["count_id"], ["stock_count.id"], name=op.f("fk_count_line_count_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_count_line_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_line")),
    )
    op.create_index(op.f("ix_count_line_count_id"), "count_line", ["count_id"], unique=False)
    op.create_index(
        "count_line_counted_once",
        "count_line",
        ["warehouse_id", "product_id", "bin_id"],
        unique=True,
        postgresql_where=sa.text("is_open"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "count_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["count_line.id"], name=op.f("fk_count_entry_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_entry")),
    )
    op.create_index(op.f("ix_count_entry_line_id"), "count_entry", ["line_id"], unique=False)
    op.create_table(
        "bin_stock",
        sa.Column("bin_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_bin_stock_quantity_not_negative")),
        sa.ForeignKeyConstraint(["bin_id"], ["bin.id"], name=op.f("fk_bin_stock_bin_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_bin_stock_product_id")),
        sa.PrimaryKeyConstraint("bin_id", "product_id", name=op.f("pk_bin_stock")),
    )
    op.create_index(op.f("ix_bin_stock_product_id"), "bin_stock", ["product_id"], unique=False)
    op.create_table(
        "bin_movement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_bin_id", sa.BigInteger(), nullable=True),
        sa.Column("to_bin_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.Column("cause_kind", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('received', 'put_away', 'moved', 'taken_out', 'picked', 'put_back', 'shipped', 'adjusted', 'counted', 'transferred', 'restocked')",
            name=op.f("ck_bin_movement_kind_known"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_bin_movement_quantity_positive")),
        sa.CheckConstraint(
            "from_bin_id IS DISTINCT FROM to_bin_id AND (kind = 'moved') = (num_nonnulls(from_bin_id, to_bin_id) = 2)",
            name=op.f("ck_bin_movement_goes_somewhere"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bin_movement")),
    )
    op.create_index("bin_movement_product", "bin_movement", ["product_id", "warehouse_id", "id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("released_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'released')", name=op.f("ck_hold_status_known")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_hold_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_order_id"), "hold", ["order_id"], unique=False)
    op.create_table(
        "item_delivery",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('none', 'label_created', 'in_transit', 'out_for_delivery', 'delivered', 'exception', 'damaged', 'lost', 'returned_to_sender')",
            name=op.f("ck_item_delivery_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_item_delivery_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_delivery")),
    )
    op.create_index(op.f("ix_item_delivery_order_id"), "item_delivery", ["order_id"], unique=False)
    op.create_table(
        "order_draft",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("repeats", sa.String(), nullable=True),
        sa.Column("notices", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("jsonb_typeof(notices) = 'array'", name=op.f("ck_order_draft_notices_are_a_list")),
        sa.ForeignKeyConstraint(["id"], ["purchase_order.id"], name=op.f("fk_order_draft_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_draft")),
    )
    op.create_table(
        "order_form",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("contact", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("bill_to", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("discount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("discount >= 0 AND subtotal >= 0", name=op.f("ck_order_form_amounts_not_negative")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_order_form_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_form")),
    )
    op.create_index(op.f("ix_order_form_order_id"), "order_form", ["order_id"], unique=False)
    op.create_table(
        "order_note",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=True),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(changed_by IS NULL) = (changed_at IS NULL)", name=op.f("ck_order_note_changed_by_somebody")
        ),
        sa.CheckConstraint("description <> '' AND created_by <> ''", name=op.f("ck_order_note_says_what_and_who")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_order_note_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_note")),
    )
    op.create_index(op.f("ix_order_note_order_id"), "order_note", ["order_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("received_as", sa.String(), nullable=True),
        sa.Column("declined", sa.String(), nullable=True),
        sa.Column("authorized", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("captured", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("voided", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("expired", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("charged_back", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("exchanged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("capture_pending", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("void_pending", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refund_pending", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("renews_payment_id", sa.BigInteger(), nullable=True),
        sa.Column("adopts", sa.String(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "method <> 'card' OR captured + voided + expired + capture_pending + void_pending <= authorized",
            name=op.f("ck_payment_captured_at_most_authorized"),
        ),
        sa.CheckConstraint("method IN ('card', 'manual', 'credit')", name=op.f("ck_payment_method_known")),
        sa.CheckConstraint(
            "received_as IS NULL OR received_as IN ('cash', 'bank_transfer', 'telephone', 'check', 'other')",
            name=op.f("ck_payment_received_as_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount_positive")),
        sa.CheckConstraint(
            "authorized >= 0 AND captured >= 0 AND voided >= 0 AND expired >= 0 AND refunded >= 0 AND charged_back >= 0 AND exchanged >= 0 AND capture_pending >= 0 AND void_pending >= 0 AND refund_pending >= 0",
            name=op.f("ck_payment_counters_not_negative"),
        ),
        sa.CheckConstraint(
            "refunded + charged_back + exchanged + refund_pending <= captured",
            name=op.f("ck_payment_refunded_at_most_captured"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_payment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(op.f("ix_payment_order_id"), "payment", ["order_id"], unique=False)
    op.create_index(
        "payment_adopted_once",
        "payment",
        ["adopts"],
        unique=True,
        postgresql_where=sa.text("adopts IS NOT NULL AND declined IS NULL"),
    )
    op.create_index(
        "payment_one_renewal",
        "payment",
        ["renews_payment_id"],
        unique=True,
        postgresql_where=sa.text("renews_payment_id IS NOT NULL"),
    )
    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=True),
        sa.Column("dispatch_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("sends", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("beside_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('authorize', 'capture', 'void', 'refund')", name=op.f("ck_payment_attempt_kind_known")
        ),
        sa.CheckConstraint(
            "status IN ('new', 'sending', 'succeeded', 'failed', 'unknown', 'by_hand')",
            name=op.f("ck_payment_attempt_status_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_attempt_amount_positive")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_attempt_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_attempt_key")),
    )
    op.create_index(op.f("ix_payment_attempt_order_id"), "payment_attempt", ["order_id"], unique=False)
    op.create_index(
        "payment_attempt_by_hand",
        "payment_attempt",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'by_hand'"),
    )
    op.create_index(
        "payment_attempt_one_authorization",
        "payment_attempt",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'authorize' AND status <> 'failed'"),
    )
    op.create_index(
        "payment_attempt_one_live_capture_per_shipment",
        "payment_attempt",
        ["payment_id", "shipment_id"],
        unique=True,
        postgresql_where=sa.text(
            "kind = 'capture' AND shipment_id IS NOT NULL AND status IN ('new', 'sending', 'unknown')"
        ),
    )
    op.create_index(
        "payment_attempt_one_live_void",
        "payment_attempt",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'void' AND status IN ('new', 'sending', 'unknown')"),
    )
    op.create_index(
        "payment_attempt_undecided",
        "payment_attempt",
        ["dispatch_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('new', 'sending', 'unknown')"),
    )
    op.create_table(
        "chargeback",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("reversal_reference", sa.String(), nullable=True),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'open') = (ended_at IS NULL)", name=op.f("ck_chargeback_ended_unless_open")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_chargeback_amount_positive")),
        sa.CheckConstraint("status IN ('open', 'won', 'lost')", name=op.f("ck_chargeback_status_known")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_chargeback_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargeback")),
        sa.UniqueConstraint("payment_id", "reference", name=op.f("uq_chargeback_payment_id_reference")),
        sa.UniqueConstraint(
            "payment_id", "reversal_reference", name=op.f("uq_chargeback_payment_id_reversal_reference")
        ),
    )
    op.create_index(op.f("ix_chargeback_order_id"), "chargeback", ["order_id"], unique=False)
    op.create_table(
        "payment_action",
        sa.Column("payment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("client_secret", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("asked_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payment_action")),
    )
    op.create_index(op.f("ix_payment_action_order_id"), "payment_action", ["order_id"], unique=False)
    op.create_table(
        "exchange",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("new_order_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("notify_customer", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("worth", sa.BigInteger(), nullable=True),
        sa.Column("paid_back", sa.BigInteger(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'open') = (ended_at IS NULL)", name=op.f("ck_exchange_ended_unless_open")),
        sa.CheckConstraint("credit BETWEEN 0 AND expected", name=op.f("ck_exchange_credit_at_most_expected")),
        sa.CheckConstraint(
            "num_nonnulls(worth, paid_back) = CASE status WHEN 'settled' THEN 2 ELSE 0 END",
            name=op.f("ck_exchange_worth_when_settled"),
        ),
        sa.CheckConstraint("order_id <> new_order_id", name=op.f("ck_exchange_between_two_orders")),
        sa.CheckConstraint("policy IN ('after_goods', 'goods_first')", name=op.f("ck_exchange_policy_known")),
        sa.CheckConstraint(
            "status IN ('open', 'settled', 'unreturned', 'canceled')", name=op.f("ck_exchange_status_known")
        ),
        sa.CheckConstraint(
            "worth >= 0 AND paid_back BETWEEN 0 AND worth", name=op.f("ck_exchange_paid_back_at_most_worth")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange")),
        sa.UniqueConstraint("new_order_id", name=op.f("uq_exchange_new_order_id")),
        sa.UniqueConstraint("return_id", name=op.f("uq_exchange_return_id")),
    )
    op.create_index(
        "exchange_open", "exchange", ["created_at", "id"], unique=False, postgresql_where=sa.text("status = 'open'")
    )
    op.create_index(op.f("ix_exchange_order_id"), "exchange", ["order_id"], unique=False)
    op.create_table(
        "exchange_credit",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("source_order_id", sa.BigInteger(), nullable=False),
        sa.Column("source_payment_id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("waiting", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "id <> source_payment_id AND order_id <> source_order_id",
            name=op.f("ck_exchange_credit_between_two_orders"),
        ),
        sa.CheckConstraint("waiting >= 0", name=op.f("ck_exchange_credit_waiting_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_credit")),
    )
    op.create_index(op.f("ix_exchange_credit_order_id"), "exchange_credit", ["order_id"], unique=False)
    op.create_index(op.f("ix_exchange_credit_return_id"), "exchange_credit", ["return_id"], unique=False)
    op.create_index(op.f("ix_exchange_credit_source_order_id"), "exchange_credit", ["source_order_id"], unique=False)
    op.create_table(
        "payment_difference",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("found_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_difference_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_difference")),
    )
    op.create_index(op.f("ix_payment_difference_order_id"), "payment_difference", ["order_id"], unique=False)
    op.create_index(op.f("ix_payment_difference_payment_id"), "payment_difference", ["payment_id"], unique=False)
    op.create_table(
        "gateway_event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_event")),
    )
    op.create_table(
        "shipment",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("form_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("needs_shipping", sa.Boolean(), nullable=False),
        sa.Column("ship_to", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("shipping_method", sa.String(), nullable=True),
        sa.Column("shipping_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=True),
        sa.Column("picklist_id", sa.BigInteger(), nullable=True),
        sa.Column("tracking_number", sa.String(), nullable=True),
        sa.Column("shipped_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("status_since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'awaiting_inventory', 'inventory_assigned', 'released', 'packing', 'shipped', 'canceled')",
            name=op.f("ck_shipment_status_known"),
        ),
        sa.CheckConstraint(
            "NOT needs_shipping OR ship_to IS NOT NULL", name=op.f("ck_shipment_has_address_if_shipped")
        ),
        sa.CheckConstraint("shipping_amount BETWEEN 0 AND amount", name=op.f("ck_shipment_amount_not_negative")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_shipment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(op.f("ix_shipment_order_id"), "shipment", ["order_id"], unique=False)
    op.create_index(
        "shipment_at_work",
        "shipment",
        ["status", "id"],
        unique=False,
        postgresql_where=sa.text("status NOT IN ('shipped', 'canceled')"),
    )
    op.create_index(
        "shipment_picklist",
        "shipment",
        ["picklist_id"],
        unique=False,
        postgresql_where=sa.text("picklist_id IS NOT NULL"),
    )
    op.create_index(
        "shipment_tracking",
        "shipment",
        ["tracking_number"],
        unique=False,
        postgresql_where=sa.text("tracking_number IS NOT NULL"),
    )
    op.create_table(
        "line_item",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("list_price", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("price_by", sa.String(), nullable=True),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("own_discount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("own_tax", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("promotion", sa.String(), nullable=True),
        sa.Column("gift", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("gift_message", sa.String(), nullable=True),
        sa.Column("allocated", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("picked", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("packed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_quantity", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("allocated BETWEEN 0 AND quantity", name=op.f("ck_line_item_allocated_at_most_quantity")),
        sa.CheckConstraint("picked BETWEEN 0 AND quantity", name=op.f("ck_line_item_picked_at_most_quantity")),
        sa.CheckConstraint("packed BETWEEN 0 AND picked", name=op.f("ck_line_item_packed_at_most_picked")),
        sa.CheckConstraint(
            "price >= 0 AND discount >= 0 AND tax >= 0 AND amount >= 0", name=op.f("ck_line_item_amounts_not_negative")
        ),
        sa.CheckConstraint(
            "own_discount BETWEEN 0 AND discount AND own_tax BETWEEN 0 AND tax",
            name=op.f("ck_line_item_own_amounts_within_amounts"),
        ),
        sa.CheckConstraint(
            "product_id IS NOT NULL OR allocated = 0", name=op.f("ck_line_item_only_products_are_allocated")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_line_item_quantity_positive")),
        sa.CheckConstraint(
            "refunded_quantity BETWEEN 0 AND quantity", name=op.f("ck_line_item_refunded_at_most_quantity")
        ),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_line_item_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_item")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(op.f("ix_line_item_shipment_id"), "line_item", ["shipment_id"], unique=False)
    op.create_table(
        "return_order",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("settles_by", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("reminded_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("goods", sa.BigInteger(), nullable=True),
        sa.Column("shipping", sa.BigInteger(), nullable=True),
        sa.Column("fee", sa.BigInteger(), nullable=True),
        sa.Column("refund", sa.BigInteger(), nullable=True),
        sa.Column("attempts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "status IN ('authorized', 'receiving', 'completed', 'canceled')", name=op.f("ck_return_order_status_known")
        ),
        sa.CheckConstraint("settles_by IN ('refund', 'exchange')", name=op.f("ck_return_order_settlement_known")),
        sa.CheckConstraint(
            "(status IN ('completed', 'canceled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_return_order_ended_when_done"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(goods, shipping, fee, refund) = CASE status WHEN 'completed' THEN 4 ELSE 0 END",
            name=op.f("ck_return_order_money_when_completed"),
        ),
        sa.CheckConstraint(
            "goods >= 0 AND shipping >= 0 AND fee >= 0 AND refund >= 0", name=op.f("ck_return_order_money_not_negative")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_return_order_order_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_return_order_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_order")),
        sa.UniqueConstraint("number", name=op.f("uq_return_order_number")),
    )
    op.create_index(op.f("ix_return_order_order_id"), "return_order", ["order_id"], unique=False)
    op.create_index("return_order_created", "return_order", ["created_at", "id"], unique=False)
    op.create_index(
        "return_order_expires",
        "return_order",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('authorized', 'receiving')"),
    )
    op.create_table(
        "return_line",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("announced", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("restocked", sa.BigInteger(), nullable=False),
        sa.Column("scrapped", sa.BigInteger(), nullable=False),
        sa.Column("to_vendor", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("given_up", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('changed_mind', 'does_not_fit', 'arrived_late', 'not_as_described', 'wrong_item', 'damaged', 'defective', 'returned_to_sender', 'not_announced', 'other')",
            name=op.f("ck_return_line_reason_known"),
        ),
        sa.CheckConstraint("announced + received > 0", name=op.f("ck_return_line_is_about_something")),
        sa.CheckConstraint(
            "received >= 0 AND given_up BETWEEN 0 AND announced", name=op.f("ck_return_line_given_up_at_most_announced")
        ),
        sa.CheckConstraint(
            "restocked >= 0 AND scrapped >= 0 AND to_vendor >= 0 AND refused >= 0",
            name=op.f("ck_return_line_pieces_not_negative"),
        ),
        sa.CheckConstraint(
            "restocked + scrapped + to_vendor + refused <= received",
            name=op.f("ck_return_line_decided_at_most_received"),
        ),
        sa.CheckConstraint(
            "refunded BETWEEN 0 AND received - refused", name=op.f("ck_return_line_refunded_at_most_accepted")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["return_order.id"], name=op.f("fk_return_line_return_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["line_id"], ["line_item.id"], name=op.f("fk_return_line_line_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_return_line_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint("return_id", "line_id", name=op.f("uq_return_line_return_id_line_id")),
    )
    op.create_index(op.f("ix_return_line_line_id"), "return_line", ["line_id"], unique=False)
    op.create_table(
        "return_movement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("return_line_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("condition", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("cause_kind", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('received', 'restocked', 'scrapped', 'to_vendor', 'refused')",
            name=op.f("ck_return_movement_kind_known"),
        ),
        sa.CheckConstraint(
            "condition IN ('as_new', 'opened', 'damaged', 'defective', 'incomplete')",
            name=op.f("ck_return_movement_condition_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'received') = (condition IS NOT NULL)", name=op.f("ck_return_movement_comes_in_a_condition")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_movement_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["return_line_id"],
            ["return_line.id"],
            name=op.f("fk_return_movement_return_line_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_return_movement_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_movement")),
    )
    op.create_index(op.f("ix_return_movement_return_line_id"), "return_movement", ["return_line_id"], unique=False)
    op.create_index(
        "return_movement_to_vendor",
        "return_movement",
        ["warehouse_id", "id"],
        unique=False,
        postgresql_where=sa.text("kind = 'to_vendor'"),
    )
    op.create_table(
        "return_scan",
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("scan_id", sa.String(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["return_id"], ["return_order.id"], name=op.f("fk_return_scan_return_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("return_id", "scan_id", name=op.f("pk_return_scan")),
    )
    op.create_table(
        "return_stray",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("settled_as", sa.String(), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("settled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "condition IN ('as_new', 'opened', 'damaged', 'defective', 'incomplete')",
            name=op.f("ck_return_stray_condition_known"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_stray_quantity_positive")),
        sa.CheckConstraint(
            "num_nonnulls(settled_as, settled_by, settled_at) IN (0, 3)",
            name=op.f("ck_return_stray_settled_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["return_order.id"], name=op.f("fk_return_stray_return_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_return_stray_product_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_return_stray_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_stray")),
    )
    op.create_index(op.f("ix_return_stray_return_id"), "return_stray", ["return_id"], unique=False)
    op.create_table(
        "cart_reservation",
        sa.Column("cart_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_reservation_quantity_positive")),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_cart_reservation_cart_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_cart_reservation_product_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_cart_reservation_warehouse_id")),
        sa.PrimaryKeyConstraint("cart_id", "product_id", "warehouse_id", name=op.f("pk_cart_reservation")),
    )
    op.create_index("cart_reservation_expires", "cart_reservation", ["expires_at"], unique=False)
    op.create_index("cart_reservation_product", "cart_reservation", ["product_id"], unique=False)
    op.create_table(
        "waiting_line",
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("not_before", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_waiting_line_quantity_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_waiting_line_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_waiting_line_product_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_waiting_line_shipment_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_waiting_line_warehouse_id")),
        sa.PrimaryKeyConstraint("shipment_id", "product_id", name=op.f("pk_waiting_line")),
    )
    op.create_index(
        "waiting_line_queue",
        "waiting_line",
        ["product_id", sa.literal_column("priority DESC"), "since", "shipment_id"],
        unique=False,
    )
    op.create_table(
        "pick",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("picklist_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_pick_moves_pieces")),
        sa.ForeignKeyConstraint(["picklist_id"], ["picklist.id"], name=op.f("fk_pick_picklist_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pick")),
    )
    op.create_index(op.f("ix_pick_line_id"), "pick", ["line_id"], unique=False)
    op.create_index(op.f("ix_pick_picklist_id"), "pick", ["picklist_id"], unique=False)
    op.create_table(
        "parcel",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("weight_grams", sa.BigInteger(), nullable=True),
        sa.Column("tracking_number", sa.String(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("weight_grams > 0", name=op.f("ck_parcel_weight_positive")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_parcel_order_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_parcel_shipment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
        sa.UniqueConstraint("shipment_id", "position", name=op.f("uq_parcel_shipment_id_position")),
    )
    op.create_index(op.f("ix_parcel_order_id"), "parcel", ["order_id"], unique=False)
    op.create_table(
        "mail_sent",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("cardinality(subject_ids) > 0", name=op.f("ck_mail_sent_is_about_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_sent")),
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("classes", postgresql.JSONB(), nullable=False),
        sa.Column("looked_at", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("repairs", sa.Boolean(), nullable=False),
        sa.Column("asked_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("begun_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("errors", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("cause_kind", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint(
            "finished_at IS NULL OR begun_at IS NOT NULL", name=op.f("ck_reconciliation_finished_after_it_began")
        ),
        sa.CheckConstraint("jsonb_array_length(classes) > 0", name=op.f("ck_reconciliation_looks_at_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    op.create_index(
        "reconciliation_open", "reconciliation", ["id"], unique=False, postgresql_where=sa.text("finished_at IS NULL")
    )
    op.create_table(
        "drift_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("reconciliation_id", sa.BigInteger(), nullable=False),
        sa.Column("drift", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("place", postgresql.JSONB(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("found_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("repaired_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("repaired_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "drift IN ('stuck_step', 'orphan_allocation', 'stock_difference', 'money_difference', 'counter_difference', "
            "'gateway_difference', 'ended_authorization', 'ended_reservation', 'missing_mail', 'lost_operation')",
            name=op.f("ck_drift_item_drift_known"),
        ),
        sa.CheckConstraint("status IN ('open', 'repaired', 'passed')", name=op.f("ck_drift_item_status_known")),
        sa.CheckConstraint(
            "(status = 'repaired') = (num_nonnulls(after, repaired_at, repaired_by) = 3)",
            name=op.f("ck_drift_item_repaired_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"], ["reconciliation.id"], name=op.f("fk_drift_item_reconciliation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_item")),
    )
    op.create_index(op.f("ix_drift_item_reconciliation_id"), "drift_item", ["reconciliation_id"], unique=False)
    op.create_index(
        "drift_item_open", "drift_item", ["drift", "id"], unique=False, postgresql_where=sa.text("status = 'open'")
    )
    op.create_index(
        "drift_item_order", "drift_item", ["order_id"], unique=False, postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.create_table(
        "manifest",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("labels", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sends", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(status = 'closed') = (reference IS NOT NULL)", name=op.f("ck_manifest_closed_has_reference")
        ),
        sa.CheckConstraint(
            "status IN ('new', 'sending', 'unknown', 'closed', 'failed')", name=op.f("ck_manifest_status_known")
        ),
        sa.CheckConstraint("labels > 0", name=op.f("ck_manifest_holds_something")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_manifest_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest")),
        sa.UniqueConstraint("key", name=op.f("uq_manifest_key")),
    )
    op.create_index("manifest_list", "manifest", ["created_at", "id"], unique=False)
    op.create_table(
        "manifest_label",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("manifest_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name=op.f("fk_manifest_label_manifest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest_label")),
    )
    op.create_index(op.f("ix_manifest_label_manifest_id"), "manifest_label", ["manifest_id"], unique=False)
    op.create_table(
        "parcel_problem",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("parcel_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("return_id", sa.BigInteger(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("reship_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("(status = 'open') = (ended_at IS NULL)", name=op.f("ck_parcel_problem_open_until_ended")),
        sa.CheckConstraint(
            "(status = 'resolved') = (resolution IS NOT NULL)", name=op.f("ck_parcel_problem_resolved_by_something")
        ),
        sa.CheckConstraint(
            "kind IN ('lost', 'damaged', 'returned_to_sender', 'silent')", name=op.f("ck_parcel_problem_kind_known")
        ),
        sa.CheckConstraint(
            "reship_id IS NULL OR resolution = 'reship'", name=op.f("ck_parcel_problem_reshipped_by_resolution")
        ),
        sa.CheckConstraint(
            "resolution IN ('reship', 'refund', 'return', 'found')", name=op.f("ck_parcel_problem_resolution_known")
        ),
        sa.CheckConstraint("status IN ('open', 'resolved', 'lapsed')", name=op.f("ck_parcel_problem_status_known")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_parcel_problem_ended_by_somebody")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_parcel_problem_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel_problem")),
        sa.UniqueConstraint("reship_id", name=op.f("uq_parcel_problem_reship_id")),
    )
    op.create_index(op.f("ix_parcel_problem_order_id"), "parcel_problem", ["order_id"], unique=False)
    op.create_index(
        "parcel_problem_list",
        "parcel_problem",
        ["opened_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "parcel_problem_open", "parcel_problem", ["parcel_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )
    op.create_table(
        "parcel_delivery",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("delivered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'delivered') = (delivered_at IS NOT NULL)", name=op.f("ck_parcel_delivery_delivered_at_a_time")
        ),
        sa.CheckConstraint(
            "status IN ('none', 'label_created', 'in_transit', 'out_for_delivery', 'delivered', 'exception', 'damaged', 'lost', 'returned_to_sender')",
            name=op.f("ck_parcel_delivery_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_parcel_delivery_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel_delivery")),
    )
    op.create_index(op.f("ix_parcel_delivery_order_id"), "parcel_delivery", ["order_id"], unique=False)
    op.create_table(
        "tracking_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("shipment_id", sa.BigInteger(), nullable=True),
        sa.Column("parcel_id", sa.BigInteger(), nullable=True),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.Column("carrier", sa.String(), nullable=True),
        sa.Column("event_id", sa.String(), nullable=True),
        sa.Column("tracking_number", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("occurred_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('none', 'label_created', 'in_transit', 'out_for_delivery', 'delivered', 'exception', 'damaged', 'lost', 'returned_to_sender')",
            name=op.f("ck_tracking_event_status_known"),
        ),
        sa.CheckConstraint(
            "(carrier IS NULL) = (event_id IS NULL)", name=op.f("ck_tracking_event_told_by_a_carrier_with_its_id")
        ),
        sa.CheckConstraint(
            "(order_id IS NULL) = (shipment_id IS NULL)", name=op.f("ck_tracking_event_of_a_shipment_of_its_order")
        ),
        sa.CheckConstraint(
            "carrier IS NULL OR tracking_number IS NOT NULL", name=op.f("ck_tracking_event_carriers_tell_of_a_number")
        ),
        sa.CheckConstraint("occurred_at <= received_at", name=op.f("ck_tracking_event_heard_of_afterwards")),
        sa.CheckConstraint(
            "order_id IS NULL OR (parcel_id IS NULL) <> (line_id IS NULL)",
            name=op.f("ck_tracking_event_of_a_parcel_or_an_item"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_tracking_event_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_event")),
    )
    op.create_index(
        "tracking_event_once",
        "tracking_event",
        ["carrier", "event_id", "parcel_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("carrier IS NOT NULL"),
    )
    op.create_index(
        "tracking_event_order",
        "tracking_event",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "tracking_event_unmatched",
        "tracking_event",
        ["tracking_number"],
        unique=False,
        postgresql_where=sa.text("order_id IS NULL"),
    )
    op.create_index(
        "parcel_tracking",
        "parcel",
        ["tracking_number"],
        unique=False,
        postgresql_where=sa.text("tracking_number IS NOT NULL"),
    )
    op.create_table(
        "label",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("parcel_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("dispatch_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("services", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("service", sa.String(), nullable=True),
        sa.Column("weight_grams", sa.BigInteger(), nullable=False),
        sa.Column("ship_from", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ship_to", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("sends", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unwanted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("tracking_number", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status IN ('new', 'sending', 'unknown', 'bought', 'failed', 'voiding', 'voided', 'kept')",
            name=op.f("ck_label_status_known"),
        ),
        sa.CheckConstraint("weight_grams > 0", name=op.f("ck_label_weight_positive")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_label_amount_not_negative")),
        sa.CheckConstraint(
            "status IN ('new', 'sending', 'unknown', 'failed') OR (reference IS NOT NULL AND tracking_number IS NOT NULL)",
            name=op.f("ck_label_bought_has_number"),
        ),
        sa.CheckConstraint(
            "status = 'new' OR status = 'failed' OR service IS NOT NULL", name=op.f("ck_label_sent_by_a_service")
        ),
        sa.CheckConstraint(
            "status NOT IN ('voiding', 'voided', 'kept') OR unwanted_at IS NOT NULL",
            name=op.f("ck_label_void_unwanted"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_label_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("key", name=op.f("uq_label_key")),
    )
    op.create_index(op.f("ix_label_order_id"), "label", ["order_id"], unique=False)
    op.create_index(
        "label_wanted_once",
        "label",
        ["parcel_id"],
        unique=True,
        postgresql_where=sa.text("unwanted_at IS NULL AND status <> 'failed'"),
    )
    op.create_index(
        "label_bought",
        "label",
        ["status_since", "carrier"],
        unique=False,
        postgresql_where=sa.text("status = 'bought'"),
    )
    op.create_index(
        "label_open",
        "label",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status IN ('new', 'sending', 'unknown', 'voiding')"),
    )
    op.create_table(
        "label_document",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["label.id"], name=op.f("fk_label_document_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_document")),
    )
    op.create_table(
        "parcel_item",
        sa.Column("parcel_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_parcel_item_quantity_positive")),
        sa.ForeignKeyConstraint(["line_id"], ["line_item.id"], name=op.f("fk_parcel_item_line_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcel.id"], name=op.f("fk_parcel_item_parcel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("parcel_id", "line_id", name=op.f("pk_parcel_item")),
    )
    op.create_table(
        "put_back",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("picklist_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("bin_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_put_back_quantity_positive")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL)", name=op.f("ck_put_back_confirmed_by_somebody")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_put_back_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_put_back_product_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_put_back_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_put_back")),
        sa.UniqueConstraint("line_id", name=op.f("uq_put_back_line_id")),
    )
    op.create_index(op.f("ix_put_back_order_id"), "put_back", ["order_id"], unique=False)
    op.create_index(
        "put_back_open",
        "put_back",
        ["warehouse_id", "product_id"],
        unique=False,
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )
    op.create_table(
        "wave",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shipments", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("shipments > 0", name=op.f("ck_wave_shipments_positive")),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_wave_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
    )
    op.create_table(
        "pick_scan",
        sa.Column("picklist_id", sa.BigInteger(), nullable=False),
        sa.Column("scan_id", sa.String(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["picklist_id"], ["picklist.id"], name=op.f("fk_pick_scan_picklist_id")),
        sa.PrimaryKeyConstraint("picklist_id", "scan_id", name=op.f("pk_pick_scan")),
    )
    op.create_table(
        "tote",
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("picklist_id", sa.BigInteger(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_tote_order_id")),
        sa.ForeignKeyConstraint(["picklist_id"], ["picklist.id"], name=op.f("fk_tote_picklist_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_tote_shipment_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_tote_warehouse_id")),
        sa.PrimaryKeyConstraint("warehouse_id", "code", name=op.f("pk_tote")),
        sa.UniqueConstraint("shipment_id", name=op.f("uq_tote_shipment_id")),
    )
    op.create_index(op.f("ix_tote_order_id"), "tote", ["order_id"], unique=False)
    op.create_index(op.f("ix_tote_picklist_id"), "tote", ["picklist_id"], unique=False)
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("storefront_id", sa.BigInteger(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("events", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("disabled_because", sa.String(), nullable=True),
        sa.Column("status_since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("former_secret", sa.String(), nullable=True),
        sa.Column("former_secret_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failing_since", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("paused_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("busy_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_milliseconds", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status IN ('enabled', 'disabled', 'removed')", name=op.f("ck_webhook_endpoint_status_known")
        ),
        sa.CheckConstraint(
            "(status = 'disabled') = (disabled_because IS NOT NULL)",
            name=op.f("ck_webhook_endpoint_disabled_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(former_secret IS NULL) = (former_secret_until IS NULL)",
            name=op.f("ck_webhook_endpoint_former_secret_ends"),
        ),
        sa.CheckConstraint(
            "failures >= 0 AND (failures = 0) = (failing_since IS NULL)",
            name=op.f("ck_webhook_endpoint_failing_since_a_failure"),
        ),
        sa.ForeignKeyConstraint(["storefront_id"], ["storefront.id"], name=op.f("fk_webhook_endpoint_storefront_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("happened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempts_before", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'delivered', 'refused', 'disabled')", name=op.f("ck_webhook_delivery_status_known")
        ),
        sa.CheckConstraint(
            "attempts_before BETWEEN 0 AND attempts", name=op.f("ck_webhook_delivery_attempts_before_are_attempts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("webhook_delivery_once", "webhook_delivery", ["endpoint_id", "event_id", "position"], unique=True)
    op.create_index(
        "webhook_delivery_order",
        "webhook_delivery",
        ["order_id", "endpoint_id", "event_id", "position"],
        unique=False,
    )
    op.create_index(
        "webhook_delivery_old",
        "webhook_delivery",
        ["status_since"],
        unique=False,
        postgresql_where=sa.text("status <> 'waiting'"),
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(answered IS NULL) = (code IS NOT NULL)", name=op.f("ck_webhook_attempt_answered_or_not")),
        sa.CheckConstraint("number > 0 AND milliseconds >= 0", name=op.f("ck_webhook_attempt_counts_not_negative")),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_delivery.id"],
            name=op.f("fk_webhook_attempt_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_attempt")),
    )


def downgrade() -> None:
    op.drop_table("webhook_attempt")
    op.drop_index(
        "webhook_delivery_old", table_name="webhook_delivery", postgresql_where=sa.text("status <> 'waiting'")
    )
    op.drop_index("webhook_delivery_order", table_name="webhook_delivery")
    op.drop_index("webhook_delivery_once", table_name="webhook_delivery")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook_endpoint")
    op.drop_index(op.f("ix_tote_picklist_id"), table_name="tote")
    op.drop_index(op.f("ix_tote_order_id"), table_name="tote")
    op.drop_table("tote")
    op.drop_table("pick_scan")
    op.drop_table("wave")
    op.drop_index("put_back_open", table_name="put_back", postgresql_where=sa.text("confirmed_at IS NULL"))
    op.drop_index(op.f("ix_put_back_order_id"), table_name="put_back")
    op.drop_table("put_back")
    op.drop_table("label_document")
    op.drop_index(
        "label_open", table_name="label", postgresql_where=sa.text("status IN ('new', 'sending', 'unknown', 'voiding')")
    )
    op.drop_index("label_bought", table_name="label", postgresql_where=sa.text("status = 'bought'"))
    op.drop_index(
        "label_wanted_once",
        table_name="label",
        postgresql_where=sa.text("unwanted_at IS NULL AND status <> 'failed'"),
    )
    op.drop_index(op.f("ix_label_order_id"), table_name="label")
    op.drop_table("label")
    op.drop_table("parcel_item")
    op.drop_index("parcel_tracking", table_name="parcel", postgresql_where=sa.text("tracking_number IS NOT NULL"))
    op.drop_index("tracking_event_unmatched", table_name="tracking_event", postgresql_where=sa.text("order_id IS NULL"))
    op.drop_index("tracking_event_order", table_name="tracking_event", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index(
        "tracking_event_once",
        table_name="tracking_event",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("carrier IS NOT NULL"),
    )
    op.drop_table("tracking_event")
    op.drop_index(op.f("ix_parcel_delivery_order_id"), table_name="parcel_delivery")
    op.drop_table("parcel_delivery")
    op.drop_index("parcel_problem_open", table_name="parcel_problem", postgresql_where=sa.text("status = 'open'"))
    op.drop_index("parcel_problem_list", table_name="parcel_problem", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f("ix_parcel_problem_order_id"), table_name="parcel_problem")
    op.drop_table("parcel_problem")
    op.drop_index("drift_item_order", table_name="drift_item", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index("drift_item_open", table_name="drift_item", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f("ix_drift_item_reconciliation_id"), table_name="drift_item")
    op.drop_table("drift_item")
    op.drop_index("reconciliation_open", table_name="reconciliation", postgresql_where=sa.text("finished_at IS NULL"))
    op.drop_table("reconciliation")
    op.drop_table("mail_sent")
    op.drop_index(op.f("ix_manifest_label_manifest_id"), table_name="manifest_label")
    op.drop_table("manifest_label")
    op.drop_index("manifest_list", table_name="manifest")
    op.drop_table("manifest")
    op.drop_index(op.f("ix_parcel_order_id"), table_name="parcel")
    op.drop_table("parcel")
    op.drop_index(op.f("ix_pick_picklist_id"), table_name="pick")
    op.drop_index(op.f("ix_pick_line_id"), table_name="pick")
    op.drop_table("pick")
    op.drop_index("waiting_line_queue", table_name="waiting_line")
    op.drop_table("waiting_line")
    op.drop_index("cart_reservation_product", table_name="cart_reservation")
    op.drop_index("cart_reservation_expires", table_name="cart_reservation")
    op.drop_table("cart_reservation")
    op.drop_table("return_stray")
    op.drop_table("return_scan")
    op.drop_table("return_movement")
    op.drop_table("return_line")
    op.drop_table("return_order")
    op.drop_index(op.f("ix_line_item_shipment_id"), table_name="line_item")
    op.drop_table("line_item")
    op.drop_index("shipment_tracking", table_name="shipment", postgresql_where=sa.text("tracking_number IS NOT NULL"))
    op.drop_index("shipment_picklist", table_name="shipment", postgresql_where=sa.text("picklist_id IS NOT NULL"))
    op.drop_index(
        "shipment_at_work", table_name="shipment", postgresql_where=sa.text("status NOT IN ('shipped', 'canceled')")
    )
    op.drop_index(op.f("ix_shipment_order_id"), table_name="shipment")
    op.drop_table("shipment")
    op.drop_table("gateway_event")
    op.drop_index(op.f("ix_payment_difference_payment_id"), table_name="payment_difference")
    op.drop_index(op.f("ix_payment_difference_order_id"), table_name="payment_difference")
    op.drop_table("payment_difference")
    op.drop_index(op.f("ix_exchange_credit_source_order_id"), table_name="exchange_credit")
    op.drop_index(op.f("ix_exchange_credit_return_id"), table_name="exchange_credit")
    op.drop_index(op.f("ix_exchange_credit_order_id"), table_name="exchange_credit")
    op.drop_table("exchange_credit")
    op.drop_index(op.f("ix_exchange_order_id"), table_name="exchange")
    op.drop_index("exchange_open", table_name="exchange", postgresql_where=sa.text("status = 'open'"))
    op.drop_table("exchange")
    op.drop_index(op.f("ix_payment_action_order_id"), table_name="payment_action")
    op.drop_table("payment_action")
    op.drop_index(op.f("ix_chargeback_order_id"), table_name="chargeback")
    op.drop_table("chargeback")
    op.drop_index(
        "payment_attempt_undecided",
        table_name="payment_attempt",
        postgresql_where=sa.text("status IN ('new', 'sending', 'unknown')"),
    )
    op.drop_index(
        "payment_attempt_one_live_void",
        table_name="payment_attempt",
        postgresql_where=sa.text("kind = 'void' AND status IN ('new', 'sending', 'unknown')"),
    )
    op.drop_index(
        "payment_attempt_one_live_capture_per_shipment",
        table_name="payment_attempt",
        postgresql_where=sa.text(
            "kind = 'capture' AND shipment_id IS NOT NULL AND status IN ('new', 'sending', 'unknown')"
        ),
    )
    op.drop_index(
        "payment_attempt_one_authorization",
        table_name="payment_attempt",
        postgresql_where=sa.text("kind = 'authorize' AND status <> 'failed'"),
    )
    op.drop_index(op.f("ix_payment_attempt_order_id"), table_name="payment_attempt")
    op.drop_index(
        "payment_attempt_by_hand", table_name="payment_attempt", postgresql_where=sa.text("status = 'by_hand'")
    )
    op.drop_table("payment_attempt")
    op.drop_index(op.f("ix_payment_order_id"), table_name="payment")
    op.drop_table("payment")
    op.drop_index(op.f("ix_order_note_order_id"), table_name="order_note")
    op.drop_table("order_note")
    op.drop_index(op.f("ix_order_form_order_id"), table_name="order_form")
    op.drop_table("order_form")
    op.drop_table("order_draft")
    op.drop_index(op.f("ix_item_delivery_order_id"), table_name="item_delivery")
    op.drop_table("item_delivery")
    op.drop_index(op.f("ix_hold_order_id"), table_name="hold")
    op.drop_table("hold")
    op.drop_index(
        "promotion_use_once_per_order", table_name="promotion_use", postgresql_where=sa.text("given_back_at IS NULL")
    )
    op.drop_index(
        "promotion_use_customer", table_name="promotion_use", postgresql_where=sa.text("given_back_at IS NULL")
    )
    op.drop_table("promotion_use")
    op.drop_index(op.f("ix_count_entry_line_id"), table_name="count_entry")
    op.drop_table("count_entry")
    op.drop_index("count_line_counted_once", table_name="count_line", postgresql_where=sa.text("is_open"))
    op.drop_index(op.f("ix_count_line_count_id"), table_name="count_line")
    op.drop_table("count_line")
    op.drop_index("stock_count_created", table_name="stock_count")
    op.drop_table("stock_count")
    op.drop_index(op.f("ix_transfer_line_product_id"), table_name="transfer_line")
    op.drop_table("transfer_line")
    op.drop_index("transfer_created", table_name="transfer")
    op.drop_table("transfer")
    op.drop_index(op.f("ix_inbound_line_product_id"), table_name="inbound_line")
    op.drop_table("inbound_line")
    op.drop_index("inbound_delivery_expected", table_name="inbound_delivery")
    op.drop_table("inbound_delivery")
    op.drop_index("bin_movement_product", table_name="bin_movement")
    op.drop_table("bin_movement")
    op.drop_index(op.f("ix_bin_stock_product_id"), table_name="bin_stock")
    op.drop_table("bin_stock")
    op.drop_index("bin_walk", table_name="bin")
    op.drop_table("bin")
    op.drop_table("stock")
    op.drop_index(op.f("ix_cart_customer_id"), table_name="cart")
    op.drop_index("cart_updated", table_name="cart")
    op.drop_index("cart_storefront", table_name="cart")
    op.drop_index("cart_email", table_name="cart")
    op.drop_table("cart")
    op.drop_index("order_storefront", table_name="purchase_order")
    op.drop_index("order_placed", table_name="purchase_order")
    op.drop_index("order_email", table_name="purchase_order")
    op.drop_index("order_by_status", table_name="purchase_order", postgresql_where=sa.text("archived_at IS NULL"))
    op.drop_table("purchase_order")
    op.drop_index("picklist_wave", table_name="picklist", postgresql_where=sa.text("wave_id IS NOT NULL"))
    op.drop_index("picklist_created", table_name="picklist")
    op.drop_table("picklist")
    op.drop_index(op.f("ix_customer_address_customer_id"), table_name="customer_address")
    op.drop_index("customer_address_one_default", table_name="customer_address", postgresql_where=sa.text("is_default"))
    op.drop_table("customer_address")
    op.drop_table("warehouse")
    op.drop_table("timeline")
    op.drop_table("sweep_run")
    op.drop_table("step_time")
    op.drop_table("subscription_order")
    op.drop_index("subscription_due", table_name="subscription", postgresql_where=sa.text("status = 'active'"))
    op.drop_index(op.f("ix_subscription_repeats_order_id"), table_name="subscription")
    op.drop_table("subscription")
    op.drop_index(
        "stock_movement_ships_once", table_name="stock_movement", postgresql_where=sa.text("kind = 'shipped'")
    )
    op.drop_table("stock_movement")
    op.drop_index(op.f("ix_shipping_price_market_id"), table_name="shipping_price")
    op.drop_table("shipping_price")
    op.drop_table("shipping_carrier")
    op.drop_table("shipping_method")
    op.drop_index(op.f("ix_product_barcode_product_id"), table_name="product_barcode")
    op.drop_table("product_barcode")
    op.drop_index("product_trigrams", table_name="product", postgresql_using="gin")
    op.drop_index("promotion_code", table_name="promotion")
    op.drop_table("promotion")
    op.drop_table("product")
    op.drop_index(
        "order_configuration_one_active", table_name="order_configuration", postgresql_where=sa.text("active")
    )
    op.drop_index("order_configuration_name", table_name="order_configuration")
    op.drop_table("order_configuration")
    op.execute("DROP FUNCTION search_blocks")
    op.drop_index("search_block_stale", table_name="search_block")
    op.drop_index("search_block_trigrams", table_name="search_block")
    op.drop_table("search_block")
    op.drop_index("order_search_placed", table_name="order_search")
    op.drop_table("order_search")
    op.drop_table("operation")
    op.drop_index(op.f("ix_money_transfer_order_id"), table_name="money_transfer")
    op.drop_table("money_transfer")
    op.execute("DROP FUNCTION refuse_to_rewrite()")
    op.drop_table("market")
    op.drop_index("idempotency_key_age", table_name="idempotency_key", postgresql_using="brin")
    op.drop_table("idempotency_key")
    op.drop_index("dispatch_order", table_name="dispatch")
    op.drop_index("dispatch_due", table_name="dispatch", postgresql_where=sa.text("NOT dead"))
    op.drop_index("dispatch_dead", table_name="dispatch", postgresql_where=sa.text("dead"))
    op.drop_table("dispatch")
    op.drop_table("deleted_order")
    op.drop_index("bulk_item_subject", table_name="bulk_item")
    op.drop_index("bulk_item_refused", table_name="bulk_item", postgresql_where=sa.text("status = 'refused'"))
    op.drop_table("bulk_item")
    op.drop_index("customer_email", table_name="customer")
    op.drop_index("customer_trigrams", table_name="customer", postgresql_using="gin")
    op.drop_table("customer")
    op.drop_table("account")
    op.drop_table("api_key")
    op.execute("DROP FUNCTION text_trigrams(text)")
    op.drop_table("storefront")
    op.execute(sa.schema.DropSequence(sa.Sequence("change_id")))
    op.execute(sa.schema.DropSequence(sa.Sequence("row_id_block")))
