import type { ServiceScope } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';
import { rowsOf, sql } from '../../platform/database/transaction.ts';
import type { Client } from '../clients/find-client.ts';

/** Where access tokens are to be used: a service, or the platform's own userinfo. */
export interface Resource {
  /** How it was named (RFC 8707 §2). */
  readonly identifier: string;
  readonly service: {
    readonly id: string;
    readonly name: string;
    readonly resourceUri: string | null;
  } | null;
  /** The `aud` of its tokens: the service's name, or the issuer. */
  readonly audience: string;
  /** The scopes of its own that this client can ask for. */
  readonly scopes: readonly ServiceScope[];
}

/** The scopes of OpenID Connect, in words for whoever is asked to allow them. */
export const openidScopes: readonly ServiceScope[] = [
  { name: 'openid', description: 'Know who you are' },
  { name: 'profile', description: 'See your name' },
  { name: 'email', description: 'See your e-mail address' },
  { name: 'offline_access', description: 'Stay connected after you sign out here' },
];

/** The names of {@link openidScopes}. */
export const openidScopeNames: readonly string[] = openidScopes.map(({ name }) => name);

const servicePrefix = 'urn:castellan:service:';

/** How a service is named in `resource` when it has no address of its own. */
export function serviceIdentifier(service: {
  readonly name: string;
  readonly resourceUri: string | null;
}): string {
  return service.resourceUri ?? `${servicePrefix}${service.name}`;
}

/** Every spelling by which tokens of a grant may be asked for: with and without the slash that browsers add. */
export function spellingsOf(service: {
  readonly name: string;
  readonly resourceUri: string | null;
}): string[] {
  const { resourceUri } = service;
  const urn = `${servicePrefix}${service.name}`;
  if (resourceUri === null) return [urn];
  return [resourceUri, resourceUri.endsWith('/') ? resourceUri.slice(0, -1) : `${resourceUri}/`, urn];
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly resourceUri: string | null;
  readonly scopes: readonly ServiceScope[];
}

/**
 * Finds what a client asks tokens for. A registered client is given tokens of its own service only; one that nobody
 * registered, of services that have a resource address.
 *
 * @param identifier as it was named; the issuer's own address stands for userinfo
 * @param words whether the scopes are to be told in words; if not, a client's own service needs no look-up
 * @returns `undefined` when there is no such resource for this client
 */
export async function findResource(
  db: Queryable,
  client: Pick<Client, 'origin' | 'service' | 'allowedScopes'>,
  identifier: string,
  issuer: string,
  words: 'needed' | 'not needed' = 'needed',
): Promise<Resource | undefined> {
  const { service: own } = client;
  if (
    client.origin === 'registered' &&
    own &&
    words === 'not needed' &&
    spellingsOf(own).includes(identifier)
  )
    return { identifier, service: own, audience: own.name, scopes: scopesFor(client, []) };
  if (identifier === issuer) return { identifier, service: null, audience: issuer, scopes: [] };
  const spelling = identifier.endsWith('/') ? identifier.slice(0, -1) : identifier;
  const name = identifier.startsWith(servicePrefix) ? identifier.slice(servicePrefix.length) : null;
  const [row] = await rowsOf<Row>(
    db,
    sql`SELECT id, name, resource_uri AS "resourceUri", scopes FROM services
        WHERE resource_uri IN (${spelling}, ${`${spelling}/`}) OR name = ${name} LIMIT 1`,
  );
  if (!row) return undefined;
  const registered = client.origin === 'registered';
  if (registered && client.service?.id !== row.id) return undefined;
  if (!registered && row.resourceUri === null) return undefined;
  const { scopes, ...service } = row;
  return { identifier, service, audience: row.name, scopes: scopesFor(client, scopes) };
}

/** What of a service's scopes a client can ask for: those that it was registered with, or all. */
function scopesFor(
  client: Pick<Client, 'origin' | 'allowedScopes'>,
  scopes: readonly ServiceScope[],
): readonly ServiceScope[] {
  if (client.origin !== 'registered') return scopes;
  return client.allowedScopes
    .filter((name) => !openidScopeNames.includes(name))
    .map((name) => scopes.find((scope) => scope.name === name) ?? { name, description: name });
}
