-- Approvals by a second operator of one exact call, and later of agents' calls: `kind` says what `subject` is.
CREATE TABLE approvals (
  id uuid NOT NULL,
  kind text COLLATE "C" NOT NULL,
  service_id uuid,
  -- What would be done, for people to read; `subject_digest` is what binds.
  subject jsonb NOT NULL,
  subject_digest bytea NOT NULL,
  summary text NOT NULL,
  -- The rows that it is about, with their versions when it was asked for.
  rows jsonb NOT NULL,
  reason text NOT NULL,
  requested_by uuid NOT NULL,
  requested_role text COLLATE "C" NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  state text COLLATE "C" NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  note text NOT NULL DEFAULT '',
  used_at timestamptz,
  CONSTRAINT approvals__pk PRIMARY KEY (id),
  CONSTRAINT approvals__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT approvals__requester_fk FOREIGN KEY (requested_by) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT approvals__decider_fk FOREIGN KEY (decided_by) REFERENCES users (id) ON DELETE SET NULL,
  CONSTRAINT approvals__state_known CHECK (state IN ('open', 'approved', 'refused', 'used')),
  CONSTRAINT approvals__role_known CHECK (requested_role IN ('owner', 'admin', 'support')),
  -- Whoever asked may take it back, and never says yes.
  CONSTRAINT approvals__decided_by_another CHECK (decided_by <> requested_by OR state = 'refused')
);
CREATE INDEX approvals__newest ON approvals (requested_at, id);
CREATE INDEX approvals__by_service ON approvals (service_id);
CREATE INDEX approvals__by_requester ON approvals (requested_by);
CREATE INDEX approvals__by_decider ON approvals (decided_by);
