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

-- What an OAuth refresh token carries besides its grant: scope, resource, the key it is bound to.
ALTER TABLE grant_tokens ADD COLUMN payload jsonb;

-- The scopes of a service that clients can ask for, in plain words: [{"name": "orders:read", "description": "See your orders"}].
ALTER TABLE services ADD COLUMN scopes jsonb NOT NULL DEFAULT '[]';

-- When the document that describes a client is to be fetched again.
ALTER TABLE clients ADD COLUMN document_expires_at timestamptz;

-- What oidc-provider keeps: one row for each code, interaction, pushed request, device code, used proof. A raw identifier is
-- never here: rows are found by its SHA-256. The payload is sealed, since what a client sent along may hold tokens.
CREATE TABLE oauth_artifacts (
  digest bytea NOT NULL,
  model text NOT NULL,
  grant_id uuid,
  user_code_digest bytea,
  payload_sealed bytea NOT NULL,
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
  -- The service that the scopes are of; NULL where they are the platform's own.
  service_id uuid,
  service_key uuid NOT NULL GENERATED ALWAYS AS (coalesce(service_id, '00000000-0000-0000-0000-000000000000')) STORED,
  scopes text[] NOT NULL,
  -- What they switched off: it is not granted, and not asked again.
  declined_scopes text[] NOT NULL,
  workspace_id uuid,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT oauth_consents__pk PRIMARY KEY (user_id, client_id, service_key),
  CONSTRAINT oauth_consents__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT oauth_consents__client_fk FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
  CONSTRAINT oauth_consents__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT oauth_consents__workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE SET NULL
);

-- Clients that are still to be told that a sign-in ended (OpenID Connect Back-Channel Logout). A row is there until it was delivered
-- or given up. No reference to users: whoever was deleted is signed out all the same.
CREATE TABLE backchannel_logouts (
  grant_id uuid NOT NULL,
  client_id uuid NOT NULL,
  user_id uuid NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT backchannel_logouts__pk PRIMARY KEY (grant_id),
  CONSTRAINT backchannel_logouts__client_fk FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE
);
CREATE INDEX backchannel_logouts__due ON backchannel_logouts (next_attempt_at);
