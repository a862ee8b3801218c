import {
  permissionsList,
  permissionsRead,
  permissionsSetVisibility,
  permissionsShare,
  permissionsUnshare,
} from '@castellan/contract';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { Refusal } from '../../platform/refusal.ts';
import { lockResource, setVisibility, share, unshare } from './change-resource.ts';
import { oneGrantee } from './grantee.ts';
import { listResources } from './list-resources.ts';
import { readResource } from './read-resource.ts';

export interface PermissionRoutesOptions {
  readonly database: Database;
  readonly cursors: Cursors;
}

/** Registered resources, who sees them and with whom they are shared, as operators see and change them (P10). */
export function permissionRoutes({ database, cursors }: PermissionRoutesOptions): Implementation[] {
  return [
    implement(permissionsList, (call) => listResources(database.db, cursors, call.query)),
    implement(permissionsRead, (call) => readResource(database.db, call.params.id)),
    implement(permissionsSetVisibility, (call) =>
      call.write(async (tx) => {
        await setVisibility(tx, await lockResource(tx, call.params), call.body.visibility);
        return readResource(tx.db, call.params.id);
      }),
    ),
    implement(permissionsShare, (call) =>
      call.write(async (tx) => {
        const resource = await lockResource(tx, call.params);
        await share(tx, resource, oneGrantee(call.body), call.body.permission);
        return readResource(tx.db, call.params.id);
      }),
    ),
    implement(permissionsUnshare, (call) =>
      call.write(async (tx) => {
        const resource = await lockResource(tx, call.params);
        const taken = await unshare(tx, resource, oneGrantee(call.query));
        if (!taken) throw new Refusal('not_found', { detail: 'It is not shared with them.' });
        return undefined;
      }),
    ),
  ];
}
