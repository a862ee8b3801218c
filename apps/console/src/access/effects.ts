import type { AccessRight, accessSimulate, RouteResult } from '@castellan/contract';

type Simulated = RouteResult<typeof accessSimulate>;

/** The same people gain or lose the same rights: one line of what a change would do. */
export interface Effect {
  readonly verb: 'lose' | 'gain';
  /** By name, as the answer has them. */
  readonly people: readonly { readonly id: string; readonly name: string }[];
  readonly rights: readonly AccessRight[];
}

const keyOf = (right: AccessRight): string =>
  JSON.stringify([
    right.service,
    right.action,
    right.type,
    right.permission,
    right.resources,
    right.resourceIds,
  ]);

/**
 * Turns what each person gains and loses into few lines: rights that reach the same people stand together, losses
 * before gains, what reaches most people first.
 */
export function effectsOf({ people }: Pick<Simulated, 'people'>): readonly Effect[] {
  const byRight = new Map<
    string,
    { verb: Effect['verb']; right: AccessRight; people: Effect['people'][number][] }
  >();
  for (const { userId, name, loses, gains } of people)
    for (const [verb, rights] of [['lose', loses] as const, ['gain', gains] as const])
      for (const right of rights) {
        const key = `${verb} ${keyOf(right)}`;
        const held = byRight.get(key) ?? { verb, right, people: [] };
        held.people.push({ id: userId, name });
        byRight.set(key, held);
      }
  const byPeople = new Map<
    string,
    { -readonly [K in keyof Effect]: Effect[K] } & { rights: AccessRight[] }
  >();
  for (const { verb, right, people: reached } of byRight.values()) {
    const key = `${verb} ${reached.map(({ id }) => id).join(' ')}`;
    const held = byPeople.get(key) ?? { verb, people: reached, rights: [] };
    held.rights.push(right);
    byPeople.set(key, held);
  }
  return [...byPeople.values()].sort(
    (one, other) =>
      Number(one.verb === 'gain') - Number(other.verb === 'gain') || other.people.length - one.people.length,
  );
}

/** As many resources are named rather than counted. */
const namedAtMost = 3;

/** A right in a few words: `orders:refund`, `view on 12 × order`, `edit on order O-17`. */
export function rightLabel(right: AccessRight): string {
  if (right.action !== undefined) return right.action;
  const { permission, type, resources = 0, resourceIds = [] } = right;
  return resources === resourceIds.length && resources <= namedAtMost
    ? `${permission} on ${type} ${resourceIds.join(', ')}`
    : `${permission} on ${resources.toLocaleString()} × ${type}`;
}

/** Who, and the verb that goes with them: "3 people lose", "Ada loses"; "3 lose" where they are only some of all. */
export function subjectOf({ people, verb }: Effect, partial = false): string {
  const [first] = people;
  return people.length === 1 && first
    ? `${first.name} ${verb}s`
    : `${people.length.toLocaleString()} ${partial ? '' : 'people '}${verb}`;
}
