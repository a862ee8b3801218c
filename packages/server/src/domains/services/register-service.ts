import { slug } from '@castellan/contract';
import { newId } from '../../platform/database/identifiers.ts';
import { serviceKeys, services } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { newToken, tokenDigest, visiblePrefix } from '../../platform/secrets/opaque-token.ts';

export interface NewService {
  /** Short name, which tokens carry as their audience. */
  readonly name: string;
  readonly description?: string;
  /** Origins of its pages: `https://app.example.com`, exactly as browsers write them. */
  readonly origins?: readonly string[];
  /** Where its admin surface is. */
  readonly adminUrl?: string | null;
}

/** A service that was just registered, with its key, which is shown this once. */
export interface RegisteredService {
  readonly id: string;
  readonly keyId: string;
  /** The service key. Only its digest is stored: this is the one time that it is there to read. */
  readonly key: string;
}

/**
 * Registers a product's back end and makes its first key (S1).
 * @throws Refusal `validation_failed` that names every wrong field, or the name when it is taken
 */
export async function registerService(tx: Transaction, service: NewService): Promise<RegisteredService> {
  const { name, description = '', adminUrl = null } = service;
  const origins = [...new Set(service.origins ?? [])];
  const fields = problemsOf({ name, description, origins, adminUrl });
  if (fields.length > 0) throw new Refusal('validation_failed', { fields });
  const id = newId();
  const inserted = await tx.db
    .insert(services)
    .values({ id, name, description, origins, adminUrl, createdAt: tx.now })
    .onConflictDoNothing({ target: services.name })
    .returning({ id: services.id });
  if (inserted.length === 0)
    throw new Refusal('validation_failed', {
      fields: [{ field: 'name', message: 'a service of this name is registered already' }],
    });
  const target = { kind: 'service', id, label: name } as const;
  tx.record({
    action: 'service_registered',
    target,
    service: name,
    detail: { origins, admin_url: adminUrl },
  });
  const key = newToken('sk_');
  const keyId = newId();
  await tx.db.insert(serviceKeys).values({
    id: keyId,
    serviceId: id,
    digest: tokenDigest(key),
    prefix: visiblePrefix(key),
    createdAt: tx.now,
  });
  tx.record({
    action: 'service_key_created',
    target,
    service: name,
    detail: { key_id: keyId, prefix: visiblePrefix(key) },
  });
  return { id, keyId, key };
}

function problemsOf({
  name,
  description,
  origins,
  adminUrl,
}: Required<Pick<NewService, 'name' | 'description' | 'origins'>> & { readonly adminUrl: string | null }) {
  const fields: { field: string; message: string }[] = [];
  const parsed = slug.safeParse(name);
  if (!parsed.success) fields.push({ field: 'name', message: parsed.error.issues[0]!.message });
  if (description.length > 500) fields.push({ field: 'description', message: 'use at most 500 characters' });
  for (const origin of origins)
    if (!isExactOrigin(origin))
      fields.push({
        field: 'origins',
        message: `${origin} is not an origin; write scheme, host and port only, such as https://app.example.com`,
      });
  if (adminUrl !== null && !isAdminUrl(adminUrl))
    fields.push({
      field: 'admin_url',
      message: 'must be an http:// or https:// address without user name, query or fragment',
    });
  return fields;
}

/** Whether a text is what a browser sends as `Origin` (RFC 6454 §6.2); anything else would never match. */
function isExactOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text;
}

function isAdminUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}
