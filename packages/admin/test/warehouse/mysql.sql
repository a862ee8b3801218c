CREATE TABLE warehouse (
  code varchar(10) PRIMARY KEY,
  name text NOT NULL,
  opened_on date
);

CREATE TABLE item (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sku varchar(40) NOT NULL,
  title varchar(500) NOT NULL,
  kind enum('tool', 'food', 'it''s odd') NOT NULL DEFAULT 'tool',
  attributes json,
  photo blob,
  weight decimal(20, 6),
  factor double,
  is_fragile tinyint(1) NOT NULL DEFAULT 0,
  made_on date,
  opens_at time(6),
  packed_at datetime(6),
  seen_at timestamp(6) NOT NULL DEFAULT current_timestamp(6),
  serial_number bigint,
  half_weight decimal(20, 6) GENERATED ALWAYS AS (weight / 2) STORED,
  place point,
  sealed_note blob,
  updated_at timestamp(6) NULL,
  deleted_at timestamp(6) NULL,
  UNIQUE KEY item__sku (sku),
  KEY item__kind_title (kind, title)
);

CREATE TABLE stock_level (
  warehouse_code varchar(10) NOT NULL,
  item_id bigint NOT NULL,
  quantity integer NOT NULL,
  counted_at timestamp(6) NULL,
  PRIMARY KEY (warehouse_code, item_id),
  CONSTRAINT stock_level__warehouse FOREIGN KEY (warehouse_code) REFERENCES warehouse (code),
  CONSTRAINT stock_level__item FOREIGN KEY (item_id) REFERENCES item (id),
  CONSTRAINT stock_level__quantity CHECK (quantity >= 0)
);

CREATE TABLE `order` (
  `select` varchar(36) PRIMARY KEY,
  `from` varchar(10) NOT NULL,
  `group` integer,
  `desc` varchar(200),
  `a "quoted" name` text,
  UNIQUE KEY order__group_desc (`group`, `desc`),
  FOREIGN KEY (`from`) REFERENCES warehouse (code)
);
