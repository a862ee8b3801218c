-- Second factors, passkeys, sign-ins that wait for a second factor, and what a workspace asks of its members' sign-ins.

-- The kinds of second factor that an account holds now, kept with them under the lock of the person: a sign-in reads them
-- with the person and needs no further query.
ALTER TABLE users ADD COLUMN second_factors text[] NOT NULL DEFAULT '{}';
ALTER TABLE users ADD CONSTRAINT users__second_factors_known CHECK (second_factors <@ ARRAY['totp', 'passkey']);

-- The way in: `password`, `passkey`, `email_link`, the name of a provider. A workspace may ask for one of them.
ALTER TABLE grants ADD COLUMN sign_in_method text;

-- RFC 6238. One for each person; it counts from when one code confirmed it.
CREATE TABLE totp_factors (
  user_id uuid NOT NULL,
  secret_sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  -- The newest step a code was taken from: no code is taken twice (RFC 6238 §5.2).
  last_used_step bigint,
  last_used_at timestamptz,
  CONSTRAINT totp_factors__pk PRIMARY KEY (user_id),
  CONSTRAINT totp_factors__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- Codes hold 80 random bits: a digest is enough.
CREATE TABLE recovery_codes (
  user_id uuid NOT NULL,
  digest bytea NOT NULL,
  created_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT recovery_codes__pk PRIMARY KEY (user_id, digest),
  CONSTRAINT recovery_codes__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- Wrong codes of an account during the last day, to limit guessing.
CREATE TABLE second_factor_failures (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT second_factor_failures__pk PRIMARY KEY (id),
  CONSTRAINT second_factor_failures__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX second_factor_failures__by_user ON second_factor_failures (user_id, at);
CREATE INDEX second_factor_failures__by_time ON second_factor_failures (at);

-- Public key credentials (Web Authentication, level 3).
CREATE TABLE passkeys (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  credential_id bytea NOT NULL,
  public_key bytea NOT NULL,
  sign_count bigint NOT NULL,
  transports text[] NOT NULL,
  -- Whether it may live on several devices, and whether it does.
  backup_eligible boolean NOT NULL,
  backed_up boolean NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  -- Set when its counter went back: another authenticator holds a copy of the key. It is refused from then on.
  suspected_at timestamptz,
  CONSTRAINT passkeys__pk PRIMARY KEY (id),
  CONSTRAINT passkeys__credential_unique UNIQUE (credential_id),
  CONSTRAINT passkeys__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX passkeys__by_user ON passkeys (user_id, created_at);

-- Challenges of passkeys, by digest, each for one browser and one use.
CREATE TABLE passkey_challenges (
  digest bytea NOT NULL,
  purpose text NOT NULL,
  -- Digest of what ties it to one browser: a cookie, a session, a pending sign-in.
  binding bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT passkey_challenges__pk PRIMARY KEY (digest),
  CONSTRAINT passkey_challenges__purpose_known CHECK (purpose IN ('register', 'sign_in', 'second_factor'))
);
CREATE INDEX passkey_challenges__by_expiry ON passkey_challenges (expires_at);

-- Sign-ins whose first factor was right and that wait for the second.
CREATE TABLE pending_sign_ins (
  digest bytea NOT NULL,
  door text NOT NULL,
  user_id uuid NOT NULL,
  amr text[] NOT NULL,
  -- How they came in: `password`, `email_link`, a provider.
  method text NOT NULL,
  service_id uuid,
  workspace_id uuid,
  return_to text,
  attempts integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT pending_sign_ins__pk PRIMARY KEY (digest),
  CONSTRAINT pending_sign_ins__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT pending_sign_ins__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT pending_sign_ins__workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT pending_sign_ins__door_known CHECK (door IN ('service', 'console', 'browser'))
);
CREATE INDEX pending_sign_ins__by_user ON pending_sign_ins (user_id);
CREATE INDEX pending_sign_ins__by_expiry ON pending_sign_ins (expires_at);

-- What a workspace asks of sign-ins; a workspace without a row asks nothing.
CREATE TABLE workspace_policies (
  workspace_id uuid NOT NULL,
  second_factor_required boolean NOT NULL DEFAULT false,
  -- NULL allows every way: `password`, `passkey`, `email_link`, `provider:NAME`.
  sign_in_methods text[],
  -- NULL leaves the platform's own.
  session_idle_seconds integer,
  session_absolute_seconds integer,
  updated_at timestamptz NOT NULL,
  CONSTRAINT workspace_policies__pk PRIMARY KEY (workspace_id),
  CONSTRAINT workspace_policies__workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT workspace_policies__some_method CHECK (sign_in_methods IS NULL OR cardinality(sign_in_methods) > 0)
);
