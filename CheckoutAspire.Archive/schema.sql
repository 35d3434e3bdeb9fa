-- The archive's tables, for SQLite and PostgreSQL alike. {text} is the type of a text that is compared byte by byte.

CREATE TABLE IF NOT EXISTS archived_orders (
  id {text} PRIMARY KEY,
  owner {text} NOT NULL,
  buyer {text} NOT NULL,
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  fields text NOT NULL,
  renewals text NOT NULL
);
CREATE INDEX IF NOT EXISTS archived_orders_by_change ON archived_orders (changed_at);

-- Each order under the digest of its owner, and under that of its buyer.
CREATE TABLE IF NOT EXISTS archived_owners (
  owner {text} NOT NULL,
  created_at bigint NOT NULL,
  id {text} NOT NULL,
  PRIMARY KEY (owner, created_at, id)
);

-- Which order a payment intent or a subscription belongs to.
CREATE TABLE IF NOT EXISTS archived_references (
  reference {text} PRIMARY KEY,
  id {text} NOT NULL
);

CREATE TABLE IF NOT EXISTS archived_steps (
  partition bigint NOT NULL,
  entry_id {text} NOT NULL,
  at bigint NOT NULL,
  order_id {text} NOT NULL,
  what text NOT NULL,
  detail text NOT NULL,
  PRIMARY KEY (partition, entry_id)
);
CREATE INDEX IF NOT EXISTS archived_steps_by_order ON archived_steps (order_id);
CREATE INDEX IF NOT EXISTS archived_steps_by_time ON archived_steps (at);

CREATE TABLE IF NOT EXISTS archived_audit (
  entry_id {text} PRIMARY KEY,
  at bigint NOT NULL,
  fields text NOT NULL
);
CREATE INDEX IF NOT EXISTS archived_audit_by_time ON archived_audit (at);
