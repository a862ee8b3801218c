-- What a client's access tokens are signed with, for services whose libraries do not know EdDSA (RFC 9068 §2.1).
ALTER TABLE clients ADD COLUMN access_token_signed_response_alg text NOT NULL DEFAULT 'EdDSA'
  CONSTRAINT clients__access_token_alg_known CHECK (access_token_signed_response_alg IN ('EdDSA', 'ES256', 'RS256'));

-- The scopes that a service may have where it calls another; NULL for all that the token it was called with allows.
ALTER TABLE service_calls ADD COLUMN scopes text[];
