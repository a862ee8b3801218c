import { isLoopbackAddress } from '../../platform/check-address.ts';
import type { Queryable } from '../../platform/database/transaction.ts';
import type { Client } from '../clients/find-client.ts';
import { meaningfulScopes } from './authorization.ts';
import { findConsent } from './consents.ts';
import type { AskedScope, AskingClient } from './interactions.ts';
import { findResource, openidScopes, type Resource, serviceIdentifier } from './resources.ts';

/** What a request asks a person for. */
export interface Asked {
  readonly client: AskingClient;
  readonly scopes: readonly AskedScope[];
  readonly resource: Resource | undefined;
}

/** Who asks, as a page names them. */
export function askingClient(client: Client): AskingClient {
  return {
    clientId: client.clientId,
    name: client.name,
    logoUri: client.logoUri,
    accentColor: client.accentColor,
    clientUri: client.clientUri,
    service: client.service?.name ?? null,
    origin: client.origin,
  };
}

/** Reads what the parameters of a request ask a person for, and what of it they allowed before. */
export async function readAsked(
  db: Queryable,
  client: Client,
  params: Readonly<Record<string, unknown>>,
  userId: string | null,
  issuer: string,
): Promise<Asked> {
  const named = Array.isArray(params.resource) ? params.resource[0] : params.resource;
  const identifier =
    typeof named === 'string' ? named : client.service ? serviceIdentifier(client.service) : issuer;
  const resource = await findResource(db, client, identifier, issuer);
  const words = new Map([...openidScopes, ...(resource?.scopes ?? [])].map((scope) => [scope.name, scope]));
  const names = meaningfulScopes(String(params.scope ?? '').split(' '), client.allowedScopes, resource);
  const before =
    userId === null
      ? undefined
      : await findConsent(db, { userId, clientRowId: client.id, serviceId: resource?.service?.id ?? null });
  return {
    client: askingClient(client),
    resource,
    scopes: names.map((name) => ({
      name,
      description: words.get(name)?.description ?? name,
      grantedBefore: before?.scopes.includes(name) ?? false,
      required: name === 'openid',
    })),
  };
}

/** Where the browser returns to, in words: host and port, or the scheme that an app has to itself. */
export function hostOf(address: unknown): string | null {
  if (typeof address !== 'string' || !URL.canParse(address)) return null;
  const url = new URL(address);
  return url.host === '' ? url.protocol : url.host;
}

/** Whether a client returns only to the machine that its browser runs on. */
export function returnsToLoopbackOnly(client: Client): boolean {
  return (
    client.redirectUris.length > 0 &&
    client.redirectUris.every((uri) => URL.canParse(uri) && isLoopbackAddress(new URL(uri)))
  );
}
