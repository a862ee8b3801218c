import type { AdapterPayload } from 'oidc-provider';
import { newId } from '../../platform/database/identifiers.ts';
import { clientSecrets, clients } from '../../platform/database/schema.ts';
import { tokenDigest, visiblePrefix } from '../../platform/secrets/opaque-token.ts';
import { problemsOfClient } from '../clients/check-client.ts';
import { findClient } from '../clients/find-client.ts';
import { type ClientDocuments, isDocumentAddress } from './client-documents.ts';
import { actsUnregistered, metadataOf, settingsOf } from './client-metadata.ts';
import type { ProviderLibrary } from './provider-library.ts';
import { requireScope } from './request-scope.ts';

/** Clients as the provider works with them; registered ones, those that register themselves, and described ones. */
export interface ClientDirectory {
  /** A live client in the provider's words; our own row of it is then in the scope of the request. */
  find(clientId: string): Promise<AdapterPayload | undefined>;
  /** Writes a client that registered itself (RFC 7591). */
  register(clientId: string, metadata: AdapterPayload): Promise<void>;
}

/** Makes the directory. */
export function createClientDirectory(deps: {
  readonly documents: ClientDocuments;
  readonly library: ProviderLibrary;
}): ClientDirectory {
  const { documents, library } = deps;
  return {
    async find(clientId) {
      const scope = requireScope();
      let client = scope.clients.get(clientId);
      if (!client) {
        client = isDocumentAddress(clientId)
          ? await documents.find(clientId, scope.origin.address)
          : await findClient(scope, clientId, scope.now);
        if (client) scope.clients.set(clientId, client);
      }
      return client && metadataOf(client);
    },
    async register(clientId, metadata) {
      const settings = settingsOf(metadata);
      const [problem] = problemsOfClient(settings);
      if (problem) throw new library.errors.InvalidClientMetadata(`${problem.field}: ${problem.message}`);
      const refused = settings.grantTypes.find((one) => actsUnregistered({ origin: 'dynamic' }, one));
      if (refused !== undefined)
        throw new library.errors.InvalidClientMetadata(
          `grant_types: ${refused} is for clients that an administrator registers`,
        );
      const tx = await requireScope().transaction();
      const id = newId();
      const { grantTypes, redirectUris, postLogoutRedirectUris, allowedScopes, ...rest } = settings;
      await tx.db.insert(clients).values({
        id,
        clientId,
        origin: 'dynamic',
        ...rest,
        grantTypes: [...grantTypes],
        redirectUris: [...redirectUris],
        postLogoutRedirectUris: [...postLogoutRedirectUris],
        allowedScopes: [...allowedScopes],
        createdAt: tx.now,
        updatedAt: tx.now,
      });
      const secret = metadata.client_secret;
      if (secret !== undefined)
        await tx.db.insert(clientSecrets).values({
          id: newId(),
          clientId: id,
          digest: tokenDigest(secret),
          prefix: visiblePrefix(secret),
          createdAt: tx.now,
        });
      tx.record({
        action: 'client_registered_itself',
        actors: [],
        target: { kind: 'client', id, label: settings.name },
        detail: { client_id: clientId, redirect_uris: redirectUris },
      });
    },
  };
}
