import type { RouteBody, RouteResult, resourcesAccessible } from '@castellan/contract';
import type { Cursors } from '../../platform/http/keyset.ts';
import type { Access, Subject } from '../access/access.ts';

const usualLimit = 200;

/** One page of the resources that somebody has a right to; the cursor works for the same question only. */
export async function listAccessible(
  { access, cursors }: { readonly access: Access; readonly cursors: Cursors },
  serviceId: string,
  subject: Subject,
  { type, permission, limit = usualLimit, cursor }: RouteBody<typeof resourcesAccessible>,
): Promise<RouteResult<typeof resourcesAccessible>> {
  const list = ['accessible', serviceId, type, permission, subject.userId, subject.workspaceId].join(' ');
  const after = cursor === undefined ? undefined : cursors.open(list, cursor)[0];
  const { all, ids, next } = await access.accessible({
    subject,
    serviceId,
    type,
    right: permission,
    limit,
    ...(after ? { after } : {}),
  });
  return { all, ids: [...ids], ...(next === undefined ? {} : { nextCursor: cursors.seal(list, [next]) }) };
}
