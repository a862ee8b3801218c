-- What introspection, revocation and token exchange keep. Needs 0002 and 0003: clients, and grants that name them.

-- Access tokens that were revoked one by one (RFC 7009), until they would have expired: fifteen minutes at most.
CREATE TABLE revoked_tokens (
  jti text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT revoked_tokens__pk PRIMARY KEY (jti)
);
CREATE INDEX revoked_tokens__by_expiry ON revoked_tokens (expires_at);

-- Which service may call which other in a person's name: the allow-list of token exchange (RFC 8693).
CREATE TABLE service_calls (
  caller_id uuid NOT NULL,
  callee_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT service_calls__pk PRIMARY KEY (caller_id, callee_id),
  CONSTRAINT service_calls__caller_fk FOREIGN KEY (caller_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT service_calls__callee_fk FOREIGN KEY (callee_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT service_calls__of_two CHECK (caller_id <> callee_id)
);
CREATE INDEX service_calls__by_callee ON service_calls (callee_id);
