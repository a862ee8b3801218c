import type { Transaction } from '../../platform/database/transaction.ts';
import type { ServicePrincipal } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Access, Subject } from '../access/access.ts';
import { type LockedResource, lockResource } from '../permissions/change-resource.ts';
import type { ReadSubject } from './read-subject.ts';

/** In whose name a service changes something: a person's, by their token, or its own. */
export type InNameOf = Exclude<ReadSubject, { kind: 'token_refused' }> | null;

/** The path of a resource, as its service names it. */
export interface ResourcePath {
  readonly type: string;
  readonly rid: string;
}

/**
 * Locks a resource of the service for a change. A person in whose name it is made needs the right to manage it, read with
 * the rows locked (P10): what they can't even see is missing to them.
 * @throws Refusal `not_found`, `forbidden`
 */
export async function lockForChange(
  tx: Transaction,
  access: Access,
  { serviceId }: ServicePrincipal,
  { type, rid }: ResourcePath,
  person: InNameOf,
): Promise<LockedResource> {
  if (person?.kind === 'nowhere') throw new Refusal('not_found');
  if (person !== null) await requireManage(tx, access, person.subject, { serviceId, type, key: rid });
  return lockResource(tx, { serviceId, type, key: rid });
}

async function requireManage(
  tx: Transaction,
  access: Access,
  subject: Subject,
  resource: { readonly serviceId: string; readonly type: string; readonly key: string },
): Promise<void> {
  try {
    if ((await access.confirmResource(tx, { subject, ...resource, right: 'manage' })).allowed) return;
    const canView = (await access.confirmResource(tx, { subject, ...resource, right: 'view' })).allowed;
    throw canView
      ? new Refusal('forbidden', {
          detail: 'Only its owner and the administrators of the workspace manage a resource.',
        })
      : new Refusal('not_found');
  } catch (error) {
    // A type of which nothing is registered is one more thing that is not there.
    if (error instanceof Refusal && error.code === 'resource_type_unknown') throw new Refusal('not_found');
    throw error;
  }
}

/** The same transaction, whose events name the person first and the service that acts for them after. */
export function actingFor(tx: Transaction, person: InNameOf): Transaction {
  if (person?.kind !== 'subject' || person.actor === null) return tx;
  const actors = [person.actor, ...tx.origin.actors];
  return { ...tx, record: (event) => tx.record({ ...event, actors }) };
}
