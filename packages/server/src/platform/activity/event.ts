import type { ActivityAction, TargetKind } from '@castellan/contract';
import type { StoredActor } from '../database/schema.ts';

/** What a domain tells about a change; who and whence is added from the request. */
export interface NewEvent {
  readonly action: ActivityAction;
  readonly target: { readonly kind: TargetKind; readonly id: string | null; readonly label: string };
  readonly workspace?: { readonly id: string; readonly name: string } | undefined;
  readonly service?: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>>;
  /** Who did it, where that is not the caller (a person who signs in is known only afterwards). */
  readonly actors?: readonly StoredActor[];
}

/** Who acts, from where, in which request. */
export interface Origin {
  readonly actors: readonly StoredActor[];
  readonly address: string | null;
  readonly correlationId: string | null;
}

/** What the platform does by itself: commands on the server, imports that go on, sweeps. */
export const systemOrigin: Origin = {
  actors: [{ kind: 'system', id: null, label: 'Castellan' }],
  address: null,
  correlationId: null,
};

/** Before and after of the fields that changed, for the detail of an edit. */
export function changesOf<T extends object>(
  before: T,
  after: { readonly [K in keyof T]?: T[K] | undefined },
): Record<string, { before: unknown; after: unknown }> {
  const changes: Record<string, { before: unknown; after: unknown }> = {};
  for (const key of Object.keys(after) as (keyof T & string)[])
    if (after[key] !== undefined && after[key] !== before[key])
      changes[key] = { before: before[key], after: after[key] };
  return changes;
}
