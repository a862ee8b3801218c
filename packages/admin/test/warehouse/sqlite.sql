CREATE TABLE warehouse (
  code varchar(10) PRIMARY KEY NOT NULL,
  name text NOT NULL,
  opened_on date
);

-- Times have no type: each ORM holds them in its own way.
CREATE TABLE item (
  id integer PRIMARY KEY,
  sku varchar(40) NOT NULL UNIQUE,
  title text NOT NULL,
  kind text NOT NULL DEFAULT 'tool' CHECK (kind IN ('tool', 'food', 'it''s odd')),
  attributes text,
  photo blob,
  weight numeric,
  factor real,
  is_fragile boolean NOT NULL DEFAULT 0,
  made_on date,
  opens_at text,
  packed_at,
  seen_at NOT NULL,
  serial_number bigint,
  half_weight numeric GENERATED ALWAYS AS (weight / 2.0) STORED,
  place text,
  sealed_note blob,
  updated_at,
  deleted_at
);
CREATE INDEX item__kind_title ON item (kind, title);

CREATE TABLE stock_level (
  warehouse_code varchar(10) NOT NULL REFERENCES warehouse (code),
  item_id integer NOT NULL REFERENCES item (id),
  quantity integer NOT NULL CHECK (quantity >= 0),
  counted_at,
  PRIMARY KEY (warehouse_code, item_id)
);

CREATE TABLE "order" (
  "select" text PRIMARY KEY NOT NULL,
  "from" varchar(10) NOT NULL REFERENCES warehouse (code),
  "group" integer,
  "desc" text,
  "a ""quoted"" name" text
);
CREATE UNIQUE INDEX order__group_desc ON "order" ("group", "desc");
