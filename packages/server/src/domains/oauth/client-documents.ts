import { eq, sql } from 'drizzle-orm';
import type { AdapterPayload } from 'oidc-provider';
import { systemOrigin } from '../../platform/activity/event.ts';
import { isLoopbackAddress } from '../../platform/check-address.ts';
import { after, type Clock } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { clients } from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { GuardedFetch } from '../../platform/http/guarded-fetch.ts';
import { problemsOfClient } from '../clients/check-client.ts';
import { type Client, findClient, onPool } from '../clients/find-client.ts';
import { settingsOf } from './client-metadata.ts';
import type { ProviderLibrary } from './provider-library.ts';
import { requireScope } from './request-scope.ts';

/** How long a document is believed, in seconds: what its server says, within these bounds. */
const shortestBelief = 300;
const longestBelief = 24 * 3600;
const usualBelief = 3600;
const longestAddress = 2000;
/** Documents that are being fetched at once; whoever floods us with addresses waits for nobody's server but their own. */
const mostFetches = 20;

/**
 * Clients whose id is the address of a document that describes them (draft-ietf-oauth-client-id-metadata-document).
 * oidc-provider has the same as an experiment which keeps them in memory alone; what a person allows such a client is
 * a grant, and a grant names a client that is there after a restart and on every replica.
 */
export interface ClientDocuments {
  /**
   * The client that an address describes.
   * @throws the library's `InvalidClient` or `InvalidClientMetadata` that says what is wrong with the document
   */
  find(address: string, asker: string | null): Promise<Client | undefined>;
}

/** The document could not be asked for; that says nothing about the client. */
class Unreachable extends Error {}

/** Whether a client id is an address of a document: `https` with a path (§3), and nothing that could be read in two ways. */
export function isDocumentAddress(clientId: string): boolean {
  if (!/^https?:\/\//.test(clientId) || clientId.length > longestAddress || !URL.canParse(clientId))
    return false;
  const url = new URL(clientId);
  // Whoever develops on this machine has no certificate; the guarded fetch takes `http` only where OUTBOUND_ALLOW says so.
  if (url.protocol === 'http:' && !isLoopbackAddress(url)) return false;
  return (
    url.href === clientId &&
    url.pathname !== '/' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  );
}

/** Makes the directory of described clients. */
export function createClientDocuments(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly fetch: GuardedFetch;
  readonly library: ProviderLibrary;
  /** The setting `CLIENT_DOCUMENTS`. */
  readonly enabled: boolean;
  /** Whether this address may have us fetch one more. */
  readonly mayFetch: (asker: string | null) => Promise<boolean>;
}): ClientDocuments {
  const { database, clock, library, enabled, mayFetch } = deps;
  const { InvalidClient, InvalidClientMetadata } = library.errors;
  const fetching = new Map<string, Promise<Client>>();

  const readDocument = async (
    address: string,
  ): Promise<{ metadata: AdapterPayload; believedSeconds: number }> => {
    let response: Response;
    try {
      response = await deps.fetch(address, { headers: { accept: 'application/json' } });
    } catch (cause) {
      throw new Unreachable(String(cause));
    }
    if (response.status >= 500) throw new Unreachable(`answered with status ${response.status}`);
    if (response.status !== 200)
      throw new InvalidClient(`client_id: its document was answered with status ${response.status}`);
    const metadata = (await response.json().catch(() => undefined)) as AdapterPayload | undefined;
    if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
      throw new InvalidClientMetadata('client_id: its document is not a JSON object');
    const maxAge = /(?:^|,)\s*max-age=(\d{1,9})/i.exec(response.headers.get('cache-control') ?? '');
    const said = maxAge ? Number(maxAge[1]) : usualBelief;
    return { metadata, believedSeconds: Math.min(longestBelief, Math.max(shortestBelief, said)) };
  };

  const fetchClient = async (address: string): Promise<Client> => {
    const { metadata, believedSeconds } = await readDocument(address);
    const problem = problemOfDocument(metadata, address);
    if (problem) throw new InvalidClientMetadata(`client_id: its document is not usable: ${problem}`);
    const settings = settingsOf({
      ...metadata,
      client_name: metadata.client_name ?? new URL(address).host,
      token_endpoint_auth_method: metadata.token_endpoint_auth_method ?? 'none',
    });
    const [wrong] = problemsOfClient(settings);
    if (wrong)
      throw new InvalidClientMetadata(
        `client_id: its document is not usable: ${wrong.field} ${wrong.message}`,
      );
    const { grantTypes, redirectUris, postLogoutRedirectUris, allowedScopes, ...rest } = settings;
    const columns = {
      ...rest,
      grantTypes: [...grantTypes],
      redirectUris: [...redirectUris],
      postLogoutRedirectUris: [...postLogoutRedirectUris],
      allowedScopes: [...allowedScopes],
    };
    await database.write(systemOrigin, async (tx) => {
      const documentExpiresAt = after(tx.now, believedSeconds);
      await tx.db
        .insert(clients)
        .values({
          id: newId(),
          clientId: address,
          origin: 'metadata_document',
          ...columns,
          documentExpiresAt,
          createdAt: tx.now,
          updatedAt: tx.now,
        })
        .onConflictDoUpdate({
          target: clients.clientId,
          set: { ...columns, documentExpiresAt, updatedAt: tx.now },
          setWhere: sql`${clients.origin} = 'metadata_document' AND ${clients.endedAt} IS NULL`,
        });
    });
    const client = await findClient(onPool(database.pool), address, clock.now());
    if (!client) throw new InvalidClient('client_id: this client was ended by an administrator');
    return client;
  };

  /** Whoever's server is away for an hour is no other client for that; it is asked again in a while. */
  const keep = async (known: Client): Promise<Client> => {
    const documentExpiresAt = after(clock.now(), shortestBelief);
    await database.db.update(clients).set({ documentExpiresAt }).where(eq(clients.id, known.id));
    return known;
  };

  return {
    async find(address, asker) {
      if (!enabled) return undefined;
      const scope = requireScope();
      const known = await findClient(scope, address, scope.now);
      // Whoever holds a connection must not wait for somebody else's server; the next request fetches it anew.
      if (known && scope.hasBegun) return known;
      if (known && (known.documentExpiresAt === null || known.documentExpiresAt > clock.now())) return known;
      let fetched = fetching.get(address);
      if (!fetched) {
        if (fetching.size >= mostFetches || !(await mayFetch(asker)))
          throw new InvalidClient('client_id: too many documents are being fetched; try again in a minute');
        fetched = fetchClient(address).finally(() => fetching.delete(address));
        fetching.set(address, fetched);
      }
      return fetched.catch((error: unknown) => {
        if (!(error instanceof Unreachable)) throw error;
        if (known) return keep(known);
        throw new InvalidClient('client_id: its document could not be fetched', error.message);
      });
    },
  };
}

/** What is wrong with a document itself (§4.1); what is wrong with the client is found as with every other. */
function problemOfDocument(metadata: AdapterPayload, address: string): string | undefined {
  if (metadata.client_id !== address) return 'client_id is not the address it was fetched from';
  if ('client_secret' in metadata || 'client_secret_expires_at' in metadata)
    return 'it holds a client_secret, which everybody could read';
  if (!['none', 'private_key_jwt', undefined].includes(metadata.token_endpoint_auth_method))
    return 'token_endpoint_auth_method must be none or private_key_jwt';
  const lists = ['redirect_uris', 'post_logout_redirect_uris', 'grant_types', 'response_types'] as const;
  for (const name of lists) {
    const list: unknown = metadata[name];
    const isList = Array.isArray(list) && list.length <= 50 && list.every((one) => typeof one === 'string');
    if (list !== undefined && !isList) return `${name} must be a list of texts`;
  }
  const texts = ['client_name', 'client_uri', 'logo_uri', 'jwks_uri', 'backchannel_logout_uri'] as const;
  for (const name of texts) {
    const text: unknown = metadata[name];
    if (text !== undefined && (typeof text !== 'string' || text.length > longestAddress))
      return `${name} must be a text`;
  }
  return undefined;
}
