-- Impersonation: operators who act as users of products. Needs 0003 and 0011: grants that have a parent, and operators.

CREATE TABLE impersonation_sessions (
  id uuid NOT NULL,
  service_id uuid,
  service_name text NOT NULL,
  operator_id uuid,
  operator_name text NOT NULL,
  operator_email text NOT NULL,
  -- The console session that it was begun in: with that, it ends.
  console_grant_id uuid,
  -- The user as the product knows them.
  row_id text NOT NULL,
  label text NOT NULL,
  reason text NOT NULL,
  allow_writes boolean NOT NULL,
  -- NULL until the product has answered.
  ends_by text COLLATE "C",
  external_id text,
  -- Where Castellan minted: the account, and the grant that its token stands on.
  user_id uuid,
  grant_id uuid,
  ticket_digest bytea,
  ticket_expires_at timestamptz,
  ticket_used_at timestamptz,
  started_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_reason text COLLATE "C",
  ended_by uuid,
  ended_by_name text,
  ended_by_email text,
  CONSTRAINT impersonation_sessions__pk PRIMARY KEY (id),
  CONSTRAINT impersonation_sessions__ticket_unique UNIQUE (ticket_digest),
  CONSTRAINT impersonation_sessions__grant_unique UNIQUE (grant_id),
  CONSTRAINT impersonation_sessions__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE SET NULL,
  CONSTRAINT impersonation_sessions__operator_fk FOREIGN KEY (operator_id) REFERENCES users (id) ON DELETE SET NULL,
  CONSTRAINT impersonation_sessions__console_fk FOREIGN KEY (console_grant_id) REFERENCES grants (id) ON DELETE SET NULL,
  CONSTRAINT impersonation_sessions__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL,
  CONSTRAINT impersonation_sessions__grant_fk FOREIGN KEY (grant_id) REFERENCES grants (id) ON DELETE SET NULL,
  CONSTRAINT impersonation_sessions__ended_by_fk FOREIGN KEY (ended_by) REFERENCES users (id) ON DELETE SET NULL,
  CONSTRAINT impersonation_sessions__ends_by_known CHECK (ends_by IN ('platform', 'product', 'expiry')),
  CONSTRAINT impersonation_sessions__ending_has_reason CHECK ((ended_at IS NULL) = (ended_reason IS NULL)),
  CONSTRAINT impersonation_sessions__reason_known
    CHECK (ended_reason IN ('ended_by_operator', 'failed', 'ticket_replayed', 'signed_out')),
  -- Half an hour, whatever anybody asks for.
  CONSTRAINT impersonation_sessions__half_an_hour CHECK (expires_at <= started_at + interval '30 minutes'),
  CONSTRAINT impersonation_sessions__nobody_is_themselves CHECK (user_id <> operator_id)
);
CREATE INDEX impersonation_sessions__by_operator ON impersonation_sessions (operator_id, id);
CREATE INDEX impersonation_sessions__by_service ON impersonation_sessions (service_id, id);
CREATE INDEX impersonation_sessions__by_user ON impersonation_sessions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX impersonation_sessions__by_console ON impersonation_sessions (console_grant_id);
CREATE INDEX impersonation_sessions__by_ender ON impersonation_sessions (ended_by) WHERE ended_by IS NOT NULL;

ALTER TABLE grants
  DROP CONSTRAINT grants__kind_known,
  ADD CONSTRAINT grants__kind_known CHECK (kind IN ('session', 'admin_session', 'browser_session', 'oauth', 'impersonation')),
  -- A token of an operator who acts as somebody is for one service, never for all.
  ADD CONSTRAINT grants__impersonation_has_service CHECK (kind <> 'impersonation' OR service_id IS NOT NULL);
