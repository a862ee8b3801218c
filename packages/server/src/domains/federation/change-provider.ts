import {
  type NewIdentityProvider,
  newProviderProblem,
  type ProviderKind,
  scopesProblem,
  usualIssuers,
} from '@castellan/contract';
import { eq } from 'drizzle-orm';
import { changesOf } from '../../platform/activity/event.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { identityProviders } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import type { ProviderRecord } from './provider-client.ts';
import { lockProvider, openSecret, sealSecret } from './providers.ts';

const usualNames: Readonly<Record<ProviderKind, string | undefined>> = {
  google: 'Google',
  github: 'GitHub',
  entra: 'Microsoft',
  oidc: undefined,
};

const usualScopes: Readonly<Record<ProviderKind, readonly string[]>> = {
  google: ['openid', 'email', 'profile'],
  github: ['read:user', 'user:email'],
  entra: ['openid', 'email', 'profile'],
  oidc: ['openid', 'email', 'profile'],
};

/** The target of an event about a provider. */
function targetOf(provider: { readonly id: string; readonly name: string }) {
  return { kind: 'identity_provider', id: provider.id, label: provider.name } as const;
}

/** Everything of a provider but its secret, with what its kind usually is filled in. */
export function completeProvider(given: NewIdentityProvider) {
  const { slug, kind, clientId } = given;
  return {
    slug,
    kind,
    clientId,
    name: given.name ?? usualNames[kind] ?? slug,
    issuer: given.issuer ?? usualIssuers[kind]!,
    tenant: given.tenant?.toLowerCase() ?? null,
    scopes: [...new Set(given.scopes ?? usualScopes[kind])],
    trustedEmailDomains: [...new Set(given.trustedEmailDomains ?? [])],
    enabled: given.enabled ?? true,
    adminAllowed: given.adminAllowed ?? false,
    registrationAllowed: given.registrationAllowed ?? false,
  };
}

/** What the timeline keeps of a provider: never the secret, only that it was set. */
function told({ clientId, issuer, tenant, scopes, ...rest }: ReturnType<typeof completeProvider>) {
  const { slug, kind, enabled, trustedEmailDomains, adminAllowed, registrationAllowed } = rest;
  return {
    ...{ slug, kind, issuer, tenant, client_id: clientId, scopes, enabled },
    trusted_email_domains: trustedEmailDomains,
    admin_allowed: adminAllowed,
    registration_allowed: registrationAllowed,
  };
}

/**
 * Adds a provider.
 * @throws Refusal `validation_failed`, `provider_slug_taken`
 */
export async function createProvider(
  tx: Transaction,
  vault: Vault,
  given: NewIdentityProvider,
  source: ProviderRecord['source'],
): Promise<string> {
  const problem = newProviderProblem(given);
  if (problem) throw refuseField(problem.field, problem.message);
  const id = newId();
  const complete = completeProvider(given);
  await tx.db.insert(identityProviders).values({
    ...complete,
    id,
    clientSecretSealed: sealSecret(vault, id, given.clientSecret),
    source,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  tx.record({
    action: 'identity_provider_created',
    target: targetOf({ id, name: complete.name }),
    detail: { ...told(complete), source },
  });
  return id;
}

/** What of a provider can be changed: not its kind, issuer or tenant, within which its accounts are unique. */
export interface ProviderChanges {
  readonly name?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly trustedEmailDomains?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
  readonly adminAllowed?: boolean | undefined;
  readonly registrationAllowed?: boolean | undefined;
}

/** Before and after by the names on the wire; lists are compared as a whole. */
function changedFields(before: ProviderRecord, changes: Omit<ProviderChanges, 'clientSecret'>) {
  const asText = (list: readonly string[] | undefined) => list?.join(' ');
  return changesOf(
    {
      name: before.name,
      client_id: before.clientId,
      scopes: before.scopes.join(' '),
      trusted_email_domains: before.trustedEmailDomains.join(' '),
      enabled: before.enabled,
      admin_allowed: before.adminAllowed,
      registration_allowed: before.registrationAllowed,
    },
    {
      name: changes.name,
      client_id: changes.clientId,
      scopes: asText(changes.scopes),
      trusted_email_domains: asText(changes.trustedEmailDomains),
      enabled: changes.enabled,
      admin_allowed: changes.adminAllowed,
      registration_allowed: changes.registrationAllowed,
    },
  );
}

/**
 * Writes changes of a provider that the transaction holds locked, and records them if there are any.
 * @returns whether anything changed
 */
export async function applyChanges(
  tx: Transaction,
  vault: Vault,
  provider: ProviderRecord,
  { clientSecret, ...changes }: ProviderChanges,
): Promise<boolean> {
  const problem = scopesProblem(provider.kind, changes.scopes);
  if (problem) throw refuseField(problem.field, problem.message);
  const changed: Record<string, unknown> = changedFields(provider, changes);
  // The secret itself is told to nobody: only that there is another one.
  const isNewSecret = clientSecret !== undefined && clientSecret !== openSecret(vault, provider);
  if (isNewSecret) changed.client_secret = { changed: true };
  if (Object.keys(changed).length === 0) return false;
  const { scopes, trustedEmailDomains, ...rest } = changes;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  await tx.db
    .update(identityProviders)
    .set({
      ...given,
      ...(scopes ? { scopes: [...new Set(scopes)] } : {}),
      ...(trustedEmailDomains ? { trustedEmailDomains: [...new Set(trustedEmailDomains)] } : {}),
      ...(isNewSecret ? { clientSecretSealed: sealSecret(vault, provider.id, clientSecret) } : {}),
      updatedAt: tx.now,
    })
    .where(eq(identityProviders.id, provider.id));
  tx.record({
    action: 'identity_provider_updated',
    target: targetOf({ id: provider.id, name: changes.name ?? provider.name }),
    detail: changed,
  });
  return true;
}

/** @throws Refusal `not_found`, `provider_in_settings` */
async function lockOfConsole(tx: Transaction, id: string): Promise<ProviderRecord> {
  const provider = await lockProvider(tx, id);
  if (provider.source === 'settings') throw new Refusal('provider_in_settings');
  return provider;
}

/**
 * Changes a provider that is kept in the console.
 * @throws Refusal `not_found`, `provider_in_settings`, `validation_failed`
 */
export async function changeProvider(
  tx: Transaction,
  vault: Vault,
  id: string,
  changes: ProviderChanges,
): Promise<void> {
  await applyChanges(tx, vault, await lockOfConsole(tx, id), changes);
}

/**
 * Deletes a provider and with it every link to it.
 * @throws Refusal `not_found`, `provider_in_settings`
 */
export async function deleteProvider(tx: Transaction, id: string, identityCount: number): Promise<void> {
  const provider = await lockOfConsole(tx, id);
  await tx.db.delete(identityProviders).where(eq(identityProviders.id, id));
  tx.record({
    action: 'identity_provider_deleted',
    target: targetOf(provider),
    detail: { slug: provider.slug, kind: provider.kind, issuer: provider.issuer, unlinked: identityCount },
  });
}
