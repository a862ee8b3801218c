import {
  clientSecretsCreate,
  clientSecretsRevoke,
  clientsCreate,
  clientsEnd,
  clientsList,
  clientsRead,
  clientsUpdate,
  selfRegisteredClientsEnd,
  selfRegisteredClientsList,
  selfRegisteredClientsRead,
} from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import type { SigningKeys } from '../../platform/keys/signing-keys.ts';
import { requireServiceExists } from '../services/read-services.ts';
import { type ClientChanges, changeClient, createClient, endClient } from './change-client.ts';
import { createClientSecret, revokeClientSecret } from './client-secrets.ts';
import { listClients, readClient } from './list-clients.ts';

export interface ClientRoutesOptions {
  readonly database: Database;
  readonly cursors: Cursors;
  readonly clock: Clock;
  readonly keys: Pick<SigningKeys, 'ensure'>;
}

/** OAuth clients and their secrets, as operators see and change them (P18, S1, S7). */
export function clientRoutes(options: ClientRoutesOptions): Implementation[] {
  return [...ofServices(options), ...ofNobody(options)];
}

function ofNobody({ database, cursors, clock }: ClientRoutesOptions): Implementation[] {
  return [
    implement(selfRegisteredClientsList, (call) =>
      listClients(database.db, cursors, null, call.query, clock.now()),
    ),
    implement(selfRegisteredClientsRead, (call) =>
      readClient(database.db, null, call.params.id, clock.now()),
    ),
    implement(selfRegisteredClientsEnd, (call) =>
      call.write(async (tx) => {
        await endClient(tx, null, call.params.id);
        return undefined;
      }),
    ),
  ];
}

function ofServices({ database, cursors, clock, keys }: ClientRoutesOptions): Implementation[] {
  // Published with the choice, so that every replica and verifier has the key before the first token comes.
  const publishKeys = ({ accessTokenSignedResponseAlg: chosen }: ClientChanges): Promise<void> =>
    chosen === undefined ? Promise.resolve() : keys.ensure([chosen]);
  return [
    implement(clientsList, async (call) => {
      await requireServiceExists(database.db, call.params.id);
      return listClients(database.db, cursors, call.params.id, call.query, clock.now());
    }),
    implement(clientsRead, (call) => readClient(database.db, call.params.id, call.params.cid, clock.now())),
    implement(clientsCreate, async (call) => {
      await publishKeys(call.body);
      return call.write(async (tx) =>
        readClient(tx.db, call.params.id, await createClient(tx, call.params.id, call.body), tx.now),
      );
    }),
    implement(clientsUpdate, async (call) => {
      await publishKeys(call.body);
      return call.write(async (tx) => {
        await changeClient(tx, call.params.id, call.params.cid, call.body);
        return readClient(tx.db, call.params.id, call.params.cid, tx.now);
      });
    }),
    implement(clientsEnd, (call) =>
      call.write(async (tx) => {
        await endClient(tx, call.params.id, call.params.cid);
        return undefined;
      }),
    ),
    implement(clientSecretsCreate, (call) =>
      call.write((tx) => createClientSecret(tx, call.params.id, call.params.cid, call.body)),
    ),
    implement(clientSecretsRevoke, (call) =>
      call.write(async (tx) => {
        await revokeClientSecret(tx, call.params.id, call.params.cid, call.params.sid);
        return undefined;
      }),
    ),
  ];
}
