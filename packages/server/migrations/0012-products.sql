-- Products: what operators asked of their admin surfaces, and the views that they keep.

-- Changes that were asked of products: written before the call, settled after it, by whoever is there then.
CREATE TABLE product_intents (
  id uuid NOT NULL,
  correlation_id text COLLATE "C" NOT NULL,
  service_id uuid NOT NULL,
  operator_id uuid NOT NULL,
  operator_name text NOT NULL,
  model text NOT NULL,
  action text NOT NULL,
  -- The row, by its id on the wire; NULL where the call names none.
  row_id text,
  sent_at timestamptz NOT NULL,
  -- NULL while the call is under way, or whoever made it is gone.
  outcome text COLLATE "C",
  attempts integer NOT NULL DEFAULT 0,
  -- When what became of it is looked up; NULL once that is known, or given up.
  look_again_at timestamptz,
  CONSTRAINT product_intents__pk PRIMARY KEY (id),
  CONSTRAINT product_intents__correlation_unique UNIQUE (correlation_id),
  CONSTRAINT product_intents__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT product_intents__outcome_known
    CHECK (outcome IN ('done', 'refused', 'timed_out', 'unreachable', 'nonsense', 'not_made', 'unknown'))
);
CREATE INDEX product_intents__to_look_up ON product_intents (look_again_at) WHERE look_again_at IS NOT NULL;
CREATE INDEX product_intents__by_service ON product_intents (service_id);
CREATE INDEX product_intents__by_age ON product_intents (sent_at);

CREATE TABLE saved_views (
  id uuid NOT NULL,
  -- NULL is Castellan itself, whose people, workspaces and services are browsed like a product's.
  service_id uuid,
  user_id uuid NOT NULL,
  model text NOT NULL,
  name text NOT NULL,
  state jsonb NOT NULL,
  is_shared boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT saved_views__pk PRIMARY KEY (id),
  CONSTRAINT saved_views__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT saved_views__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX saved_views__by_service ON saved_views (service_id, model);
CREATE INDEX saved_views__by_user ON saved_views (user_id, service_id);
