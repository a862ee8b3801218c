-- Sign-in at other providers: which there are, which accounts there belong to whom here, and what a browser was sent away with.

CREATE TABLE identity_providers (
  id uuid NOT NULL,
  -- Its name in addresses: /auth/login/{slug}.
  slug text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  -- What its subjects are unique within: never changed, or the accounts of another issuer would be those linked here.
  issuer text NOT NULL,
  -- Microsoft Entra ID only: the one directory whose people are let in.
  tenant uuid,
  client_id text NOT NULL,
  client_secret_sealed bytea NOT NULL,
  scopes text[] NOT NULL,
  -- Domains whose e-mail addresses are taken for verified where the provider does not say whether they are.
  trusted_email_domains text[] NOT NULL DEFAULT '{}',
  enabled boolean NOT NULL,
  -- Whether operators may come in by it, and whether its word on an e-mail is enough for ADMIN_EMAILS.
  admin_allowed boolean NOT NULL,
  -- Whether it makes accounts for people who were not invited.
  registration_allowed boolean NOT NULL,
  -- Kept in the console, or by the setting IDENTITY_PROVIDERS.
  source text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT identity_providers__pk PRIMARY KEY (id),
  CONSTRAINT identity_providers__slug_unique UNIQUE (slug),
  CONSTRAINT identity_providers__kind_known CHECK (kind IN ('google', 'github', 'entra', 'oidc')),
  CONSTRAINT identity_providers__source_known CHECK (source IN ('console', 'settings')),
  CONSTRAINT identity_providers__tenant_is_pinned CHECK ((kind = 'entra') = (tenant IS NOT NULL))
);

CREATE TABLE identities (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  -- Who the person is at the provider, for good; an e-mail address there may pass to somebody else.
  subject text COLLATE "C" NOT NULL,
  -- As the provider said last; for people to recognise it by, and nothing else.
  email text,
  email_verified boolean NOT NULL,
  linked_at timestamptz NOT NULL,
  last_used_at timestamptz,
  CONSTRAINT identities__pk PRIMARY KEY (id),
  CONSTRAINT identities__subject_unique UNIQUE (provider_id, subject),
  CONSTRAINT identities__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT identities__provider_fk FOREIGN KEY (provider_id) REFERENCES identity_providers (id) ON DELETE CASCADE
);
CREATE INDEX identities__by_user ON identities (user_id, linked_at);

-- What a browser was sent to a provider with; found by the digest of `state`, taken once.
CREATE TABLE federation_attempts (
  digest bytea NOT NULL,
  provider_id uuid NOT NULL,
  purpose text NOT NULL,
  -- The PKCE verifier and the nonce.
  secrets_sealed bytea NOT NULL,
  -- Digest of the cookie of the browser that was sent away.
  browser_digest bytea NOT NULL,
  return_to text,
  -- Who links: the person, in the browser session that asked for it.
  user_id uuid,
  grant_id uuid,
  expires_at timestamptz NOT NULL,
  CONSTRAINT federation_attempts__pk PRIMARY KEY (digest),
  CONSTRAINT federation_attempts__purpose_known CHECK (purpose IN ('sign_in', 'admin', 'link')),
  CONSTRAINT federation_attempts__link_has_person CHECK ((purpose = 'link') = (user_id IS NOT NULL AND grant_id IS NOT NULL)),
  CONSTRAINT federation_attempts__provider_fk FOREIGN KEY (provider_id) REFERENCES identity_providers (id) ON DELETE CASCADE,
  CONSTRAINT federation_attempts__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT federation_attempts__grant_fk FOREIGN KEY (grant_id) REFERENCES grants (id) ON DELETE CASCADE
);
CREATE INDEX federation_attempts__by_expiry ON federation_attempts (expires_at);

-- The provider on whose word an e-mail counts as verified; NULL where it was shown by the mailbox itself. It stays when
-- the provider goes: whoever is not there any more is trusted for nothing.
ALTER TABLE users ADD COLUMN email_verified_by uuid;
