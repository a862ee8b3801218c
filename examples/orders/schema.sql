-- The tables of the orders product. Safe to run at every start: it only adds what is missing.
-- Every table carries the workspace, and foreign keys include it, so that a row of one workspace
-- can not refer to a row of another. `created_by` is the Castellan user who did it.

create table if not exists people (
  user_id uuid primary key,
  name text not null,
  email text not null
);

create table if not exists customers (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null,
  name text not null,
  email text not null,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  constraint customers__unique_in_workspace unique (workspace_id, id),
  constraint customers__one_per_email unique (workspace_id, email)
);
create index if not exists customers__list on customers (workspace_id, (lower(name) collate "C"), id);

create table if not exists order_numbers (
  workspace_id uuid primary key,
  last_number integer not null
);
alter table order_numbers add column if not exists workspace_slug text;

create table if not exists orders (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null,
  number integer not null,
  customer_id uuid not null,
  status text not null,
  currency text not null,
  total_minor bigint not null,
  refunded_minor bigint not null default 0,
  idempotency_key text,
  request_digest text,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  constraint orders__unique_in_workspace unique (workspace_id, id),
  constraint orders__one_per_number unique (workspace_id, number),
  constraint orders__one_per_idempotency_key unique (workspace_id, idempotency_key),
  constraint orders__customer foreign key (workspace_id, customer_id) references customers (workspace_id, id),
  constraint orders__known_status check (status in ('paid', 'shipped', 'delivered', 'refunded')),
  constraint orders__currency_code check (currency ~ '^[A-Z]{3}$'),
  constraint orders__never_refunded_beyond_total check (refunded_minor between 0 and total_minor)
);
create index if not exists orders__list_by_status on orders (workspace_id, status, number desc);
-- Over all workspaces, for operators in the console.
create index if not exists orders__newest on orders (created_at, id);
create index if not exists customers__newest on customers (created_at, id);
-- What operators filter and search by there: beginnings of texts, and rows of a row.
create index if not exists orders__by_status on orders (status, created_at, id);
create index if not exists orders__by_customer on orders (customer_id, created_at, id);
create index if not exists customers__name_begins on customers (name text_pattern_ops);
create index if not exists customers__email_begins on customers (email text_pattern_ops);
create index if not exists people__name_begins on people (name text_pattern_ops);
create index if not exists people__email_begins on people (email text_pattern_ops);
create index if not exists orders__of_customer on orders (workspace_id, customer_id, number desc);

create table if not exists order_lines (
  workspace_id uuid not null,
  order_id uuid not null,
  position smallint not null,
  description text not null,
  quantity integer not null,
  unit_price_minor bigint not null,
  created_by uuid not null,
  constraint order_lines__position primary key (workspace_id, order_id, position),
  constraint order_lines__order foreign key (workspace_id, order_id)
    references orders (workspace_id, id) on delete cascade,
  constraint order_lines__positive check (quantity > 0 and unit_price_minor >= 0)
);

create table if not exists refunds (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null,
  order_id uuid not null,
  amount_minor bigint not null,
  reason text not null,
  idempotency_key text not null,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  constraint refunds__one_per_idempotency_key unique (workspace_id, idempotency_key),
  constraint refunds__order foreign key (workspace_id, order_id)
    references orders (workspace_id, id) on delete cascade,
  constraint refunds__positive check (amount_minor > 0)
);
create index if not exists refunds__newest on refunds (created_at, id);
create index if not exists refunds__by_order on refunds (order_id);
create index if not exists refunds__of_order on refunds (workspace_id, order_id, created_at);
