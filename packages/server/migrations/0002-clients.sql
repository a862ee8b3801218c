-- OAuth clients: what a product's web site, app or machine signs people in with, or proves itself by.

-- Where the tokens of a service are to be used (RFC 8707); without one its name stands for it.
ALTER TABLE services ADD COLUMN resource_uri text COLLATE "C";
ALTER TABLE services ADD CONSTRAINT services__resource_uri_unique UNIQUE (resource_uri);

CREATE TABLE clients (
  id uuid NOT NULL,
  -- What it is called on the wire (RFC 6749 §2.2); the address of its document where it is known by one.
  client_id text COLLATE "C" NOT NULL,
  -- Clients that registered themselves belong to no service.
  service_id uuid,
  name text NOT NULL,
  name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
  origin text NOT NULL,
  application_type text NOT NULL,
  redirect_uris text[] NOT NULL DEFAULT '{}',
  post_logout_redirect_uris text[] NOT NULL DEFAULT '{}',
  grant_types text[] NOT NULL,
  token_endpoint_auth_method text NOT NULL,
  -- Public keys only, by value or by address.
  jwks jsonb,
  jwks_uri text,
  id_token_signed_response_alg text NOT NULL DEFAULT 'EdDSA',
  backchannel_logout_uri text,
  client_uri text,
  logo_uri text,
  accent_color text,
  allowed_scopes text[] NOT NULL,
  -- An administrator vouches for it: people are not asked whether it may know them.
  skips_consent boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT clients__pk PRIMARY KEY (id),
  CONSTRAINT clients__client_id_unique UNIQUE (client_id),
  CONSTRAINT clients__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT clients__origin_known CHECK (origin IN ('registered', 'dynamic', 'metadata_document')),
  CONSTRAINT clients__registered_for_service CHECK (origin <> 'registered' OR service_id IS NOT NULL),
  CONSTRAINT clients__application_type_known CHECK (application_type IN ('web', 'native')),
  CONSTRAINT clients__auth_method_known CHECK (
    token_endpoint_auth_method IN ('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt')
  ),
  CONSTRAINT clients__one_source_of_keys CHECK (jwks IS NULL OR jwks_uri IS NULL),
  CONSTRAINT clients__id_token_alg_known CHECK (id_token_signed_response_alg IN ('EdDSA', 'ES256', 'RS256')),
  CONSTRAINT clients__consent_skipped_by_administrators CHECK (NOT skips_consent OR origin = 'registered')
);
CREATE INDEX clients__by_service ON clients (service_id, name_key, id);
CREATE INDEX clients__by_name ON clients (name_key, id);

-- Several may be valid at once: that is how a secret is replaced without an interruption.
CREATE TABLE client_secrets (
  id uuid NOT NULL,
  client_id uuid NOT NULL,
  digest bytea NOT NULL,
  prefix text NOT NULL,
  created_at timestamptz NOT NULL,
  -- Valid before this moment; revoking sets it to the moment of revoking.
  expires_at timestamptz,
  last_used_at timestamptz,
  CONSTRAINT client_secrets__pk PRIMARY KEY (id),
  CONSTRAINT client_secrets__digest_unique UNIQUE (digest),
  CONSTRAINT client_secrets__client_fk FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE
);
CREATE INDEX client_secrets__by_client ON client_secrets (client_id);
