import type { ClientAuthMethod, ClientOrigin, PublicKeySet, SignatureAlgorithm } from '@castellan/contract';
import type { Pool } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import { type Batcher, createBatcher } from '../../platform/database/batcher.ts';
import type { ServiceScope } from '../../platform/database/schema.ts';
import type { AskingClient } from '../grants/authority.ts';
import { type GrantRow, grantColumns, grantOf, liveGrant, type OAuthGrant } from '../oauth/oauth-grants.ts';

/** Who asks for tokens, and by what. */
export interface SourceQuestion {
  readonly clientId: string;
  /** Of the secret that it sent. */
  readonly secretDigest: Buffer | null;
  /** Of the code or refresh token. */
  readonly digest: Buffer;
}

/** What tokens are asked for by, with whoever asks and what the person allowed them. */
interface Source {
  readonly client: AskingClient & { readonly idTokenAlgorithm: SignatureAlgorithm };
  /** The service of the client; `null` for clients that registered themselves. */
  readonly clientServiceId: string | null;
  /** Live, and of this client. */
  readonly grant: OAuthGrant;
  /** All scopes of the grant's service, for clients that nobody registered. */
  readonly serviceScopes: readonly string[];
}

/** A code that was not used yet. */
export interface CodeSource extends Source {
  readonly sealed: Buffer;
}

/** A refresh token that was not used yet. */
export interface RefreshSource extends Source {
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Reads what tokens are asked for by, fresh at each request and shared by those that wait at the same moment. What is used,
 * has expired or ended, or is another client's is not found: why it is refused, the provider finds out.
 */
export interface TokenSources {
  findCode(question: SourceQuestion): Promise<CodeSource | undefined>;
  findRefreshToken(question: SourceQuestion): Promise<RefreshSource | undefined>;
}

interface Row extends GrantRow {
  readonly position: number;
  readonly auth_method: ClientAuthMethod;
  readonly grant_types: string;
  readonly origin: ClientOrigin;
  readonly allowed_scopes: string;
  readonly jwks: PublicKeySet | null;
  readonly jwks_uri: string | null;
  readonly id_token_algorithm: SignatureAlgorithm;
  readonly client_service_id: string | null;
  readonly secret_id: string | null;
  readonly service_scopes: readonly ServiceScope[] | null;
  readonly sealed: Buffer;
  readonly payload: Readonly<Record<string, unknown>>;
}

// Arrays are given through sub-queries, as everywhere: see `authority-query.ts`. LIMIT keeps the order of the joins: a plan that
// was made while there were few grants would else begin with all those of the client.
const findText = (column: string, source: string): string => `
SELECT q.position::int AS position, c.token_endpoint_auth_method AS auth_method, c.origin, c.jwks_uri,
       array_to_string(c.grant_types, ' ') AS grant_types, array_to_string(c.allowed_scopes, ' ') AS allowed_scopes,
       CASE WHEN c.token_endpoint_auth_method = 'private_key_jwt' THEN c.jwks END AS jwks,
       c.id_token_signed_response_alg AS id_token_algorithm, c.service_id AS client_service_id,
       (SELECT cs.id FROM client_secrets cs
        WHERE cs.digest = q.secret_digest AND cs.client_id = c.id AND (cs.expires_at IS NULL OR cs.expires_at > $4)) AS secret_id,
       CASE WHEN c.origin <> 'registered' THEN s.scopes END AS service_scopes, ${column}, ${grantColumns}
FROM unnest((SELECT $1::text[]), (SELECT $2::bytea[]), (SELECT $3::bytea[]))
  WITH ORDINALITY AS q (asking_client_id, secret_digest, digest, position)
CROSS JOIN LATERAL (SELECT * FROM ${source} LIMIT 1) AS a
JOIN ${liveGrant('$4', 'LATERAL (SELECT * FROM grants o WHERE o.id = a.grant_id LIMIT 1) AS g')} AND c.client_id = q.asking_client_id`;

const codeQuery = {
  name: 'codes that are exchanged',
  text: findText(
    'a.payload_sealed AS sealed',
    `oauth_artifacts o WHERE o.digest = q.digest AND o.model = 'AuthorizationCode' AND o.consumed_at IS NULL AND o.expires_at > $4`,
  ),
};

const refreshQuery = {
  name: 'refresh tokens that are used',
  text: findText(
    'a.payload',
    'grant_tokens t WHERE t.digest = q.digest AND t.used_at IS NULL AND t.payload IS NOT NULL',
  ),
};

/** See the authority's. */
const worthABatch = 8;

/** Makes the reading side of the token endpoint. */
export function createTokenSources(pool: Pool, clock: Clock): TokenSources {
  const readerOf = (query: typeof codeQuery): Batcher<SourceQuestion, Row | undefined> =>
    createBatcher({
      worth: worthABatch,
      run: async (questions) => {
        const values = [
          questions.map(({ clientId }) => clientId),
          questions.map(({ secretDigest }) => secretDigest),
          questions.map(({ digest }) => digest),
          clock.now(),
        ];
        const { rows } = await pool.query<Row>({ ...query, values });
        const found: (Row | undefined)[] = new Array(questions.length).fill(undefined);
        for (const row of rows) found[row.position - 1] = row;
        return found;
      },
    });
  const codes = readerOf(codeQuery);
  const refreshTokens = readerOf(refreshQuery);
  return {
    async findCode(question) {
      const row = await codes.ask(question);
      return row && { ...sourceOf(row), sealed: row.sealed };
    },
    async findRefreshToken(question) {
      const row = await refreshTokens.ask(question);
      return row && { ...sourceOf(row), payload: row.payload };
    },
  };
}

function sourceOf(row: Row): Source {
  return {
    client: {
      id: row.client_row_id,
      clientId: row.client_id,
      authMethod: row.auth_method,
      grantTypes: row.grant_types,
      origin: row.origin,
      allowedScopes: row.allowed_scopes,
      jwks: row.jwks,
      jwksUri: row.jwks_uri,
      secretId: row.secret_id,
      idTokenAlgorithm: row.id_token_algorithm,
    },
    clientServiceId: row.client_service_id,
    grant: grantOf(row)!,
    serviceScopes: row.service_scopes?.map(({ name }) => name) ?? [],
  };
}
