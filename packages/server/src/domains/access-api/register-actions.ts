import type { RegisteredAction } from '@castellan/contract';
import { asc, eq, inArray } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import { serviceActions, services } from '../../platform/database/schema.ts';
import { type Queryable, sql, type Transaction } from '../../platform/database/transaction.ts';
import type { ServicePrincipal } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';

/** One action as its service describes it. */
export interface NewAction {
  readonly name: string;
  readonly description?: string | undefined;
}

/** What a registration did, by name, and everything that is registered now. */
export interface ActionsRegistered {
  readonly added: string[];
  readonly updated: string[];
  readonly withdrawn: string[];
  readonly actions: RegisteredAction[];
}

type Service = Pick<ServicePrincipal, 'serviceId' | 'name'>;
type Stored = typeof serviceActions.$inferSelect;

interface Plan {
  readonly added: readonly { readonly id: string; readonly name: string; readonly description: string }[];
  /** Described anew, or back after they were withdrawn. */
  readonly updated: readonly { readonly before: Stored; readonly description: string }[];
  readonly withdrawn: readonly Stored[];
}

/**
 * Makes the registered actions of a service those that it names, and is done when repeated: then it writes nothing and
 * locks nothing. Actions that it names no more are marked, and unmarked when they come back; roles keep them (P9).
 * @throws Refusal `validation_failed` for one that is named twice
 */
export async function registerActions(
  tx: Transaction,
  service: Service,
  named: readonly NewAction[],
): Promise<ActionsRegistered> {
  refuseTwice(named);
  if (isDone(planOf(await readActions(tx.db, service), named)))
    return { added: [], updated: [], withdrawn: [], actions: shown(await readActions(tx.db, service)) };
  // Replicas of a product start at one moment: they register one after the other, and all but the first find it done.
  await tx.db
    .select({ id: services.id })
    .from(services)
    .where(eq(services.id, service.serviceId))
    .for('no key update');
  const plan = planOf(await readActions(tx.db, service), named);
  await write(tx, service, plan);
  record(tx, service, plan);
  return {
    added: plan.added.map(({ name }) => name).sort(),
    updated: plan.updated.map(({ before }) => before.name).sort(),
    withdrawn: plan.withdrawn.map(({ name }) => name).sort(),
    actions: shown(await readActions(tx.db, service)),
  };
}

function refuseTwice(named: readonly NewAction[]): void {
  const seen = new Set<string>();
  const fields = named.flatMap(({ name }, index) => {
    if (seen.has(name)) return [{ field: `actions.${index}.name`, message: `names ${name} a second time` }];
    seen.add(name);
    return [];
  });
  if (fields.length > 0) throw new Refusal('validation_failed', { fields: fields.slice(0, 50) });
}

function readActions(db: Queryable, { serviceId }: Service): Promise<Stored[]> {
  return db
    .select()
    .from(serviceActions)
    .where(eq(serviceActions.serviceId, serviceId))
    .orderBy(asc(serviceActions.name));
}

function planOf(stored: readonly Stored[], named: readonly NewAction[]): Plan {
  const byName = new Map(stored.map((action) => [action.name, action]));
  const names = new Set(named.map(({ name }) => name));
  return {
    added: named
      .filter(({ name }) => !byName.has(name))
      .map(({ name, description = '' }) => ({ id: newId(), name, description })),
    updated: named.flatMap(({ name, description = '' }) => {
      const before = byName.get(name);
      if (!before || (before.absentSince === null && before.description === description)) return [];
      return [{ before, description }];
    }),
    withdrawn: stored.filter(({ name, absentSince }) => absentSince === null && !names.has(name)),
  };
}

function isDone({ added, updated, withdrawn }: Plan): boolean {
  return added.length + updated.length + withdrawn.length === 0;
}

async function write(tx: Transaction, { serviceId }: Service, plan: Plan): Promise<void> {
  const times = { createdAt: tx.now, updatedAt: tx.now };
  if (plan.added.length > 0)
    await tx.db
      .insert(serviceActions)
      .values(plan.added.map((action) => ({ ...action, serviceId, ...times })));
  if (plan.updated.length > 0) {
    const ids = plan.updated.map(({ before }) => before.id);
    const texts = plan.updated.map(({ description }) => description);
    await tx.db.execute(sql`
      UPDATE service_actions a SET description = n.description, absent_since = NULL, updated_at = ${tx.now}
      FROM unnest(${sql.param(ids)}::uuid[], ${sql.param(texts)}::text[]) AS n (id, description) WHERE a.id = n.id`);
  }
  if (plan.withdrawn.length > 0)
    await tx.db
      .update(serviceActions)
      .set({ absentSince: tx.now, updatedAt: tx.now })
      .where(
        inArray(
          serviceActions.id,
          plan.withdrawn.map(({ id }) => id),
        ),
      );
}

function record(tx: Transaction, service: Service, plan: Plan): void {
  const about = ({ id, name }: { readonly id: string; readonly name: string }) => ({
    target: { kind: 'service_action' as const, id, label: name },
    service: service.name,
  });
  for (const action of plan.added)
    tx.record({
      action: 'service_action_registered',
      ...about(action),
      detail: { description: action.description },
    });
  for (const { before, description } of plan.updated)
    tx.record({
      action: 'service_action_updated',
      ...about(before),
      detail: {
        ...(before.description === description
          ? {}
          : { description: { before: before.description, after: description } }),
        ...(before.absentSince === null ? {} : { returned: true }),
      },
    });
  for (const action of plan.withdrawn) tx.record({ action: 'service_action_withdrawn', ...about(action) });
}

function shown(stored: readonly Stored[]): RegisteredAction[] {
  return stored.map(({ id, name, description, createdAt, absentSince }) => ({
    id,
    name,
    description,
    createdAt,
    absentSince,
  }));
}
