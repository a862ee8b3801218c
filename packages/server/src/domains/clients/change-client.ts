import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { and, eq, gt, isNull, or } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import { clientSecrets, clients, services } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { endGrants } from '../grants/grant-store.ts';
import { type ClientSettings, ordinaryClient, problemsOfRegisteredClient } from './check-client.ts';
import type { ClientOwner } from './list-clients.ts';

/** Settings of which any may be left out. */
export type ClientChanges = { readonly [K in keyof ClientSettings]?: ClientSettings[K] | undefined };

/** A client's row, locked until the transaction ends, with its service's name where it has one. */
export type LockedClient = typeof clients.$inferSelect & { readonly service: string | undefined };

/** A new public name of a client: nothing about it can be guessed, and nothing has to be hidden. */
function newClientId(): string {
  return `cl_${randomBytes(16).toString('base64url')}`;
}

/** How an event names a client. */
export function clientTarget(client: { readonly id: string; readonly name: string }) {
  return { kind: 'client', id: client.id, label: client.name } as const;
}

/**
 * Reads a client for a change, with the row locked.
 * @param serviceId `null` for one that registered itself
 * @throws Refusal `not_found`, also for a client of another service; `client_ended`
 */
export async function lockClient(tx: Transaction, serviceId: ClientOwner, id: string): Promise<LockedClient> {
  const [found] = await tx.db
    .select({ client: clients, service: services.name })
    .from(clients)
    .leftJoin(services, eq(services.id, clients.serviceId))
    .where(
      and(
        eq(clients.id, id),
        serviceId === null ? isNull(clients.serviceId) : eq(clients.serviceId, serviceId),
      ),
    )
    .for('update', { of: clients });
  if (!found) throw new Refusal('not_found');
  if (found.client.endedAt !== null) throw new Refusal('client_ended');
  return { ...found.client, service: found.service ?? undefined };
}

/**
 * Registers an OAuth client of a service (P18).
 * @returns the id of its row
 * @throws Refusal `not_found` (the service), `validation_failed` that names every wrong field
 */
export async function createClient(
  tx: Transaction,
  serviceId: string,
  given: ClientChanges & { readonly name: string },
): Promise<string> {
  const [service] = await tx.db
    .select({ id: services.id, name: services.name })
    .from(services)
    .where(eq(services.id, serviceId))
    .for('key share');
  if (!service) throw new Refusal('not_found');
  const settings = tidy(merge({ ...ordinaryClient, name: given.name }, given));
  const fields = problemsOfRegisteredClient(settings);
  if (fields.length > 0) throw new Refusal('validation_failed', { fields });
  const id = newId();
  const clientId = newClientId();
  await tx.db.insert(clients).values({
    id,
    clientId,
    serviceId,
    origin: 'registered',
    ...columnsOf(settings),
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  tx.record({
    action: 'client_created',
    target: clientTarget({ id, name: settings.name }),
    service: service.name,
    detail: { client_id: clientId, ...wireNames(settings) },
  });
  return id;
}

/**
 * Edits a client. Secrets end with the change to a way of proving itself that uses none.
 * @throws Refusal `not_found`, `client_ended`, `validation_failed` that names every wrong field
 */
export async function changeClient(
  tx: Transaction,
  serviceId: string,
  id: string,
  changes: ClientChanges,
): Promise<void> {
  const before = await lockClient(tx, serviceId, id);
  const settings = tidy(merge(settingsOf(before), changes));
  const fields = problemsOfRegisteredClient(settings);
  if (fields.length > 0) throw new Refusal('validation_failed', { fields });
  const detail = differences(wireNames(settingsOf(before)), wireNames(settings));
  if (Object.keys(detail).length === 0) return;
  await tx.db
    .update(clients)
    .set({ ...columnsOf(settings), updatedAt: tx.now })
    .where(eq(clients.id, id));
  if (takesSecret(before.tokenEndpointAuthMethod) && !takesSecret(settings.tokenEndpointAuthMethod))
    await tx.db
      .update(clientSecrets)
      .set({ expiresAt: tx.now })
      .where(
        and(
          eq(clientSecrets.clientId, id),
          or(isNull(clientSecrets.expiresAt), gt(clientSecrets.expiresAt, tx.now)),
        ),
      );
  tx.record({
    action: 'client_updated',
    target: clientTarget({ id, name: settings.name }),
    service: before.service,
    detail,
  });
}

/**
 * Ends a client for good: nobody signs in with it any more, and what people allowed it ends in the same transaction.
 * @throws Refusal `not_found`, `client_ended`
 */
export async function endClient(tx: Transaction, serviceId: ClientOwner, id: string): Promise<void> {
  const client = await lockClient(tx, serviceId, id);
  await tx.db.update(clients).set({ endedAt: tx.now, updatedAt: tx.now }).where(eq(clients.id, id));
  const sessions = await endGrants(tx, { clientId: id }, 'client_removed');
  tx.record({
    action: 'client_ended',
    target: clientTarget(client),
    service: client.service,
    detail: { client_id: client.clientId, sessions },
  });
}

/** Whether a client that proves itself in this way has secrets. */
export function takesSecret(method: ClientSettings['tokenEndpointAuthMethod']): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post';
}

function settingsOf(row: typeof clients.$inferSelect): ClientSettings {
  const { name, applicationType, jwks, jwksUri, idTokenSignedResponseAlg, backchannelLogoutUri } = row;
  const { redirectUris, postLogoutRedirectUris, grantTypes, tokenEndpointAuthMethod, clientUri } = row;
  const { logoUri, accentColor, allowedScopes, skipsConsent, accessTokenSignedResponseAlg } = row;
  return {
    name,
    applicationType,
    redirectUris,
    postLogoutRedirectUris,
    grantTypes,
    tokenEndpointAuthMethod,
    jwks,
    jwksUri,
    idTokenSignedResponseAlg,
    accessTokenSignedResponseAlg,
    backchannelLogoutUri,
    clientUri,
    logoUri,
    accentColor,
    allowedScopes,
    skipsConsent,
  };
}

function merge(base: ClientSettings, changes: ClientChanges): ClientSettings {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}

/** Lists without what they hold twice; the colour as it is compared. */
function tidy(settings: ClientSettings): ClientSettings {
  const once = <T>(list: readonly T[]): T[] => [...new Set(list)];
  return {
    ...settings,
    redirectUris: once(settings.redirectUris),
    postLogoutRedirectUris: once(settings.postLogoutRedirectUris),
    grantTypes: once(settings.grantTypes),
    allowedScopes: once(settings.allowedScopes),
    accentColor: settings.accentColor?.toLowerCase() ?? null,
  };
}

function columnsOf(settings: ClientSettings) {
  return {
    ...settings,
    redirectUris: [...settings.redirectUris],
    postLogoutRedirectUris: [...settings.postLogoutRedirectUris],
    grantTypes: [...settings.grantTypes],
    allowedScopes: [...settings.allowedScopes],
  };
}

/** As the timeline tells them: names of the wire; of keys only which they are. */
function wireNames(settings: ClientSettings): Record<string, unknown> {
  const named = Object.entries({
    ...settings,
    jwks: settings.jwks?.keys.map((key) => key.kid ?? null) ?? null,
  });
  return Object.fromEntries(
    named.map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
}

function differences(before: Record<string, unknown>, after: Record<string, unknown>) {
  const changed = Object.keys(after).filter((key) => !isDeepStrictEqual(before[key], after[key]));
  return Object.fromEntries(changed.map((key) => [key, { before: before[key], after: after[key] }]));
}
