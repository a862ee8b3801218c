import type {
  ApplicationType,
  ClientAuthMethod,
  ClientGrantType,
  ClientOrigin,
  PublicKeySet,
  SignatureAlgorithm,
} from '@castellan/contract';
import type { Pool } from 'pg';
import type { PreparedQuery } from '../../platform/database/transaction.ts';

/** An OAuth client that has not ended, as the provider and client authentication work with it (P18). */
export interface Client {
  readonly id: string;
  /** What it is called on the wire (RFC 6749 §2.2). */
  readonly clientId: string;
  /** The service it belongs to; `null` for clients that registered themselves. */
  readonly service: {
    readonly id: string;
    readonly name: string;
    readonly resourceUri: string | null;
  } | null;
  readonly name: string;
  readonly origin: ClientOrigin;
  readonly applicationType: ApplicationType;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly grantTypes: readonly ClientGrantType[];
  readonly tokenEndpointAuthMethod: ClientAuthMethod;
  readonly jwks: PublicKeySet | null;
  readonly jwksUri: string | null;
  readonly idTokenSignedResponseAlg: SignatureAlgorithm;
  readonly accessTokenSignedResponseAlg: SignatureAlgorithm;
  readonly backchannelLogoutUri: string | null;
  readonly clientUri: string | null;
  readonly logoUri: string | null;
  /** `#rrggbb`. */
  readonly accentColor: string | null;
  readonly allowedScopes: readonly string[];
  /** An administrator vouches for it: people are not asked whether it may know them. */
  readonly skipsConsent: boolean;
  /** Every secret that is valid now, newest first; several while one replaces another. SHA-256 of the whole secret. */
  readonly secrets: readonly { readonly id: string; readonly digest: Buffer }[];
  /** When the document that describes it is to be fetched again; `null` for every other client. */
  readonly documentExpiresAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface Row extends Omit<Client, 'service' | 'secrets'> {
  readonly serviceId: string | null;
  readonly serviceName: string;
  readonly resourceUri: string | null;
  readonly secretIds: readonly string[] | null;
  readonly secretDigests: readonly Buffer[] | null;
  // Hand-written queries give moments as text.
}

/** Runs a prepared query: in the transaction of a request, or on the pool. */
export interface QueryRunner {
  query<R extends object>(query: PreparedQuery, values: readonly unknown[]): Promise<R[]>;
}

/** Runs queries outside of any transaction. */
export function onPool(pool: Pool): QueryRunner {
  return {
    async query<R extends object>(query: PreparedQuery, values: readonly unknown[]) {
      return (await pool.query<R & Record<string, unknown>>({ ...query, values: [...values] })).rows as R[];
    },
  };
}

const clientQuery = {
  name: 'oauth client',
  text: `
SELECT c.id, c.client_id AS "clientId", c.name, c.origin, c.application_type AS "applicationType",
       c.redirect_uris AS "redirectUris", c.post_logout_redirect_uris AS "postLogoutRedirectUris",
       c.grant_types AS "grantTypes", c.token_endpoint_auth_method AS "tokenEndpointAuthMethod",
       c.jwks, c.jwks_uri AS "jwksUri", c.id_token_signed_response_alg AS "idTokenSignedResponseAlg",
       c.access_token_signed_response_alg AS "accessTokenSignedResponseAlg",
       c.backchannel_logout_uri AS "backchannelLogoutUri", c.client_uri AS "clientUri", c.logo_uri AS "logoUri",
       c.accent_color AS "accentColor", c.allowed_scopes AS "allowedScopes", c.skips_consent AS "skipsConsent",
       c.document_expires_at AS "documentExpiresAt", c.created_at AS "createdAt", c.updated_at AS "updatedAt",
       s.id AS "serviceId", s.name AS "serviceName", s.resource_uri AS "resourceUri",
       k.ids AS "secretIds", k.digests AS "secretDigests"
FROM clients c
LEFT JOIN services s ON s.id = c.service_id
LEFT JOIN LATERAL (
  SELECT array_agg(id ORDER BY id DESC) AS ids, array_agg(digest ORDER BY id DESC) AS digests
  FROM client_secrets WHERE client_id = c.id AND (expires_at IS NULL OR expires_at > $2)
) k ON true
WHERE c.client_id = $1 AND c.ended_at IS NULL`,
};

/**
 * Reads one client by its name on the wire, with its service and the secrets that are valid at `now`, in one prepared
 * query; `undefined` when nobody knows it or it has ended.
 */
export async function findClient(
  runner: QueryRunner,
  clientId: string,
  now: Date,
): Promise<Client | undefined> {
  if (clientId.includes('\0')) return undefined; // No text of PostgreSQL holds it.
  const [found] = await runner.query<Row>(clientQuery, [clientId, now]);
  if (!found) return undefined;
  const { serviceId, serviceName, resourceUri, secretIds, secretDigests, ...row } = found;
  return {
    ...row,
    service: serviceId === null ? null : { id: serviceId, name: serviceName, resourceUri },
    secrets: (secretIds ?? []).map((id, index) => ({ id, digest: secretDigests![index]! })),
  };
}
