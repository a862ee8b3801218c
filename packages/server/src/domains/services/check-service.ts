import { type FieldError, type ServiceScope, slug } from '@castellan/contract';
import { problemOfAddress } from '../../platform/check-address.ts';

/** Everything about a service that can be set. */
export interface ServiceSettings {
  readonly description: string;
  /** Origins of its pages: `https://app.example.com`, exactly as browsers write them. */
  readonly origins: readonly string[];
  /** Where its admin surface is. */
  readonly adminUrl: string | null;
  /** Where its tokens are to be used (RFC 8707); its name stands for it when there is none. */
  readonly resourceUri: string | null;
  /** What clients can ask for at it, beyond knowing who somebody is. */
  readonly scopes: readonly ServiceScope[];
}

/** What is wrong with a service's settings, each field in words for who typed it; empty when nothing is (S1). */
export function problemsOfService(service: ServiceSettings): FieldError[] {
  const { description, origins, adminUrl, resourceUri, scopes } = service;
  const fields: FieldError[] = [];
  if (description.length > 500) fields.push({ field: 'description', message: 'use at most 500 characters' });
  for (const origin of origins)
    if (!isExactOrigin(origin))
      fields.push({
        field: 'origins',
        message: `“${origin}” is not an origin; write scheme, host and port only, such as https://app.example.com`,
      });
  if (adminUrl !== null && !isAdminUrl(adminUrl))
    fields.push({
      field: 'admin_url',
      message: 'must be an http:// or https:// address without user name, query or fragment',
    });
  const resource = resourceUri === null ? undefined : problemOfAddress(resourceUri, { loopback: true });
  if (resource) fields.push({ field: 'resource_uri', message: resource });
  return [...fields, ...problemsOfScopes(scopes)];
}

/** Names of OpenID Connect, which mean the same at every service. */
const takenNames: readonly string[] = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

function problemsOfScopes(scopes: readonly ServiceScope[]): FieldError[] {
  const seen = new Set<string>();
  return scopes.flatMap(({ name, description }) => {
    const problem = problemOfScope(name, description, seen);
    seen.add(name);
    return problem ? [{ field: 'scopes', message: problem }] : [];
  });
}

function problemOfScope(name: string, description: string, seen: ReadonlySet<string>): string | undefined {
  // RFC 6749 §3.3 scope-token.
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name))
    return `“${name}” is no scope: use visible characters without quotes, such as orders:read`;
  if (takenNames.includes(name)) return `“${name}” belongs to OpenID Connect; choose another name`;
  if (seen.has(name)) return `“${name}” is there twice`;
  return description.trim() === ''
    ? `“${name}” needs words that people read when they are asked to allow it, such as “See your orders”`
    : undefined;
}

/** What is wrong with a service's name. */
export function problemsOfServiceName(name: string): FieldError[] {
  const parsed = slug.safeParse(name);
  return parsed.success ? [] : [{ field: 'name', message: parsed.error.issues[0]!.message }];
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
