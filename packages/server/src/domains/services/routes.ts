import {
  serviceKeysCreate,
  serviceKeysRevoke,
  servicesCreate,
  servicesList,
  servicesRead,
  servicesUpdate,
} from '@castellan/contract';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { changeService } from './change-service.ts';
import { type AddressCheck, listServices, readService } from './read-services.ts';
import { addService } from './register-service.ts';
import { createServiceKey, revokeServiceKey } from './service-keys.ts';

export interface ServiceRoutesOptions {
  readonly database: Database;
  readonly cursors: Cursors;
  /** Why an admin address is not asked, by the setting `OUTBOUND_ALLOW`. */
  readonly problemOfAddress: AddressCheck;
}

/** Registered services and their keys, as operators see and change them (S1, S7). */
export function serviceRoutes({
  database,
  cursors,
  problemOfAddress,
}: ServiceRoutesOptions): Implementation[] {
  return [
    implement(servicesList, (call) => listServices(database.db, cursors, problemOfAddress, call.query)),
    implement(servicesRead, (call) => readService(database.db, problemOfAddress, call.params.id)),
    implement(servicesCreate, (call) =>
      call.write(async (tx) => readService(tx.db, problemOfAddress, await addService(tx, call.body))),
    ),
    implement(servicesUpdate, (call) =>
      call.write(async (tx) => {
        await changeService(tx, call.params.id, call.body);
        return readService(tx.db, problemOfAddress, call.params.id);
      }),
    ),
    implement(serviceKeysCreate, (call) => call.write((tx) => createServiceKey(tx, call.params.id))),
    implement(serviceKeysRevoke, (call) =>
      call.write(async (tx) => {
        await revokeServiceKey(tx, call.params.id, call.params.kid);
        return undefined;
      }),
    ),
  ];
}
