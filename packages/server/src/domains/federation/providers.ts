import type { IdentityProvider, identityProvidersList, Page, RouteQuery } from '@castellan/contract';
import { and, asc, count, eq, inArray } from 'drizzle-orm';
import { identities, identityProviders } from '../../platform/database/schema.ts';
import { type Queryable, sql, type Transaction } from '../../platform/database/transaction.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import type { ProviderRecord } from './provider-client.ts';

/** A provider as a sign-in page offers it. */
export interface OfferedProvider {
  readonly slug: string;
  readonly name: string;
  readonly kind: ProviderRecord['kind'];
}

/**
 * The providers that people can sign in at now, by name: what a sign-in page offers. The way to one is
 * `/auth/login/{slug}?return_to=…`.
 *
 * @param db where to read
 * @param options.forOperators only those that lead to the console
 */
export async function enabledProviders(
  db: Queryable,
  options: { readonly forOperators?: boolean } = {},
): Promise<OfferedProvider[]> {
  const { slug, name, kind, enabled, adminAllowed } = identityProviders;
  return db
    .select({ slug, name, kind })
    .from(identityProviders)
    .where(and(enabled, options.forOperators ? adminAllowed : undefined))
    .orderBy(asc(sql`lower(${name})`), asc(slug))
    .limit(50);
}

/** The provider of an address, when it is enabled. */
export async function findEnabledProvider(db: Queryable, slug: string): Promise<ProviderRecord | undefined> {
  const [row] = await db
    .select()
    .from(identityProviders)
    .where(and(eq(identityProviders.slug, slug), identityProviders.enabled));
  return row;
}

/** A provider, enabled or not; locked where it is changed. @throws Refusal `not_found` */
export async function requireProvider(db: Queryable, id: string): Promise<ProviderRecord> {
  const [row] = await db.select().from(identityProviders).where(eq(identityProviders.id, id));
  if (!row) throw new Refusal('not_found');
  return row;
}

/** Locks a provider's row until the transaction ends. @throws Refusal `not_found` */
export async function lockProvider(tx: Transaction, id: string): Promise<ProviderRecord> {
  const [row] = await tx.db
    .select()
    .from(identityProviders)
    .where(eq(identityProviders.id, id))
    .for('update');
  if (!row) throw new Refusal('not_found');
  return row;
}

/** Seals a client secret for its row. */
export function sealSecret(vault: Vault, providerId: string, secret: string): Buffer {
  return vault.seal('federation', Buffer.from(secret), `client secret ${providerId}`);
}

/** The client secret of a provider. */
export function openSecret(
  vault: Vault,
  provider: Pick<ProviderRecord, 'id' | 'clientSecretSealed'>,
): string {
  return vault.open('federation', provider.clientSecretSealed, `client secret ${provider.id}`).toString();
}

/** Where our two doors are. */
export interface DoorUrls {
  readonly publicUrl: string;
  readonly adminUrl: string;
}

/** What is registered at the provider, exactly: providers compare it letter by letter (RFC 9700 §4.1.3). */
export function redirectUrisOf(urls: DoorUrls, slug: string): { people: string; operators: string } {
  return {
    people: `${urls.publicUrl}/auth/callback/${slug}`,
    operators: `${urls.adminUrl}/auth/admin/callback/${slug}`,
  };
}

function asWire(row: ProviderRecord, urls: DoorUrls, identityCount: number): IdentityProvider {
  // Column by column: the secret is not among them.
  const { id, slug, kind, name, issuer, tenant, clientId, scopes, trustedEmailDomains } = row;
  const { enabled, adminAllowed, registrationAllowed, source, createdAt, updatedAt } = row;
  return {
    ...{ id, slug, kind, name, issuer, tenant, clientId, scopes, trustedEmailDomains, enabled, adminAllowed },
    ...{ registrationAllowed, source, createdAt, updatedAt, identityCount },
    redirectUris: redirectUrisOf(urls, slug),
  };
}

async function countIdentities(db: Queryable, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await db
    .select({ providerId: identities.providerId, linked: count() })
    .from(identities)
    .where(inArray(identities.providerId, [...ids]))
    .groupBy(identities.providerId);
  return new Map(rows.map(({ providerId, linked }) => [providerId, linked]));
}

/** One provider, as operators see it. @throws Refusal `not_found` */
export async function readProvider(db: Queryable, urls: DoorUrls, id: string): Promise<IdentityProvider> {
  const row = await requireProvider(db, id);
  return asWire(row, urls, (await countIdentities(db, [id])).get(id) ?? 0);
}

/** The providers, by name. */
export async function listProviders(
  db: Queryable,
  cursors: Cursors,
  urls: DoorUrls,
  { search, ...request }: RouteQuery<typeof identityProvidersList>,
): Promise<Page<IdentityProvider>> {
  const page = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['identity providers', search]),
      table: 'identity_providers',
      order: { column: sql`lower(t.name) COLLATE "C"`, type: 'text', id: sql`t.id`, descending: false },
      conditions: [],
      search: wordsBegin(
        sql`to_tsvector('simple', t.name || ' ' || translate(t.slug, '-', ' ') || ' ' || t.kind)`,
        search,
      ),
      few: true, // A house has a few, or one for each large customer.
    },
    request,
  );
  if (page.ids.length === 0) return toPage(page, [], () => '');
  const rows = await db
    .select()
    .from(identityProviders)
    .where(inArray(identityProviders.id, [...page.ids]));
  const linked = await countIdentities(db, page.ids);
  return toPage(
    page,
    rows.map((row) => asWire(row, urls, linked.get(row.id) ?? 0)),
    ({ id }) => id,
  );
}
