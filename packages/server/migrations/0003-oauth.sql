-- Browsers that are signed in, what people allowed OAuth clients, and what the protocol keeps between two requests.
-- Needs 0002: an OAuth grant names its client.

ALTER TABLE grants
  -- How the person signed in (RFC 8176), and when (OpenID Connect Core §2, auth_time).
  ADD COLUMN amr text[],
  ADD COLUMN auth_time timestamptz,
  ADD COLUMN client_id uuid,
  ADD COLUMN scopes text[],
  -- The browser session in which an OAuth grant was given.
  ADD COLUMN parent_grant_id uuid,
  DROP CONSTRAINT grants__kind_known,
  ADD CONSTRAINT grants__kind_known CHECK (kind IN ('session', 'admin_session', 'browser_session', 'oauth')),
  ADD CONSTRAINT grants__oauth_has_client CHECK ((kind = 'oauth') = (client_id IS NOT NULL AND scopes IS NOT NULL)),
  ADD CONSTRAINT grants__sign_in_is_told CHECK (kind <> 'browser_session' OR (amr IS NOT NULL AND auth_time IS NOT NULL)),
  ADD CONSTRAINT grants__client_fk FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
  ADD CONSTRAINT grants__parent_fk FOREIGN KEY (parent_grant_id) REFERENCES grants (id) ON DELETE SET NULL;
CREATE INDEX grants__by_parent ON grants (parent_grant_id) WHERE parent_grant_id IS NOT NULL;
CREATE INDEX grants__by_client ON grants (client_id, user_id, created_at) WHERE client_id IS NOT NULL;

-- What oidc-provider keeps: one row for each code, interaction, pushed request, device code, used proof. A raw identifier is
-- never here: rows are found by its SHA-256, and inside the payload it is left out.
CREATE TABLE oauth_artifacts (
  digest bytea NOT NULL,
  model text NOT NULL,
  grant_id uuid,
  user_code_digest bytea,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  CONSTRAINT oauth_artifacts__pk PRIMARY KEY (digest),
  CONSTRAINT oauth_artifacts__user_code_unique UNIQUE (user_code_digest),
  CONSTRAINT oauth_artifacts__grant_fk FOREIGN KEY (grant_id) REFERENCES grants (id) ON DELETE CASCADE
);
CREATE INDEX oauth_artifacts__by_grant ON oauth_artifacts (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX oauth_artifacts__by_expiry ON oauth_artifacts (expires_at);

-- What a person has agreed to, so that the same client is not asked about the same scopes twice.
CREATE TABLE oauth_consents (
  user_id uuid NOT NULL,
  client_id uuid NOT NULL,
  -- The service that the scopes are of.
  service_id uuid NOT NULL,
  scopes text[] NOT NULL,
  workspace_id uuid,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT oauth_consents__pk PRIMARY KEY (user_id, client_id, service_id),
  CONSTRAINT oauth_consents__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT oauth_consents__client_fk FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
  CONSTRAINT oauth_consents__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT oauth_consents__workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE SET NULL
);
