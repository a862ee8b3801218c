import { accessSimulate, type RouteBody, type RouteResult } from '@castellan/contract';
import { copyAccessWorld } from './copy-world.ts';
import { makePlannedChange } from './make-planned-change.ts';
import { randomPlannedChange } from './random-change.ts';
import type { Chance } from './random-world.ts';
import { mayAct, mayTouch } from './reference.ts';
import { type TriedHouse, tryWorld } from './tried-world.ts';
import { describe } from './verdict.ts';
import type { AccessWorld } from './world.ts';

/** What a simulation said. */
export type Simulation = RouteResult<typeof accessSimulate>;

/** What was simulated and then really done, and where the two differ. */
export interface SimulateVerdict {
  /** How many changes of each kind were simulated and made. */
  readonly kinds: Readonly<Record<string, number>>;
  /** How many of them changed something for somebody, and for how many people together. */
  readonly effective: number;
  readonly people: number;
  readonly refused: number;
  readonly differences: readonly string[];
}

/**
 * In a random world: simulates a change, makes it through the API, and holds what was said against the difference of all
 * rights before and after, which a plain reference works out from the tables. Then the next change, in the world as it is.
 */
export async function judgeSimulate(
  at: TriedHouse,
  given: AccessWorld,
  chance: Chance,
  changes: number,
): Promise<SimulateVerdict> {
  // With ids of its own, the same world may be tried in one database as often as one likes.
  const tried = await tryWorld(at, copyAccessWorld(given).world);
  const kinds: Record<string, number> = {};
  const differences: string[] = [];
  let [effective, people, refused] = [0, 0, 0];
  let now = await tried.read();
  for (let made = 0; made < changes; ) {
    const change = randomPlannedChange(now, chance);
    if (!change) continue;
    made++;
    kinds[change.kind] = (kinds[change.kind] ?? 0) + 1;
    const body: RouteBody<typeof accessSimulate> = { change };
    const said = (await at.admin.call(accessSimulate, { body })).result;
    const codes = await makePlannedChange(tried, now, change);
    const after = await tried.read();
    const happened = differenceOf(now, after);
    if (said.refusal) refused++;
    if (String(said.refusal ?? '') !== codes.join())
      differences.push(`refused otherwise: ${describe({ change, said, codes })}`);
    if (happened.length > 0) effective++;
    people += happened.length;
    const [left, right] = [JSON.stringify(linesOf(said)), JSON.stringify(happened)];
    if (left !== right || said.peopleCount !== happened.length)
      differences.push(`${describe({ change })}: said ${left}, happened ${right}`);
    now = after;
  }
  return { kinds, effective, people, refused, differences };
}

/** Everybody with their lines, sorted: `+ action`, `- type right count first-ids`. */
type Lines = (readonly [userId: string, ...lines: readonly string[]])[];

/** What a simulation said, as lines. */
export function linesOf({ people }: Simulation): Lines {
  return people
    .map(({ userId, gains, loses }) => {
      const line =
        (sign: string) =>
        (right: (typeof gains)[number]): string =>
          right.action
            ? `${sign} ${right.service} ${right.action}`
            : `${sign} ${right.service} ${right.type} ${right.permission} ${right.resources} ${right.resourceIds?.join()}`;
      return [userId, ...[...gains.map(line('+')), ...loses.map(line('-'))].sort()] as const;
    })
    .sort(byFirst);
}

/** What everybody may do in one world and not in the other, by the reference, as the same lines. */
export function differenceOf(before: AccessWorld, after: AccessWorld): Lines {
  return before.users
    .map(({ id }) => {
      const [had, has] = [rightsOf(before, id), rightsOf(after, id)];
      const lines = [
        ...linesBetween(before.serviceName, had, has, '+'),
        ...linesBetween(before.serviceName, has, had, '-'),
      ].sort();
      return [id, ...lines] as const;
    })
    .filter((lines) => lines.length > 1)
    .sort(byFirst);
}

const byFirst = ([one]: readonly string[], [other]: readonly string[]): number => (one! < other! ? -1 : 1);

/** Lines of what is in `larger` and not in `smaller`: of actions once each, of resources summed. */
function linesBetween(service: string, smaller: Rights, larger: Rights, sign: string): string[] {
  const fresh = [...larger].filter(([name]) => !smaller.has(name)).map(([, right]) => right);
  const actions = new Set(
    fresh.flatMap((right) => ('action' in right ? `${sign} ${service} ${right.action}` : [])),
  );
  const keys = new Map<string, string[]>();
  for (const right of fresh)
    if ('key' in right) {
      const name = `${sign} ${service} ${right.type} ${right.permission}`;
      keys.set(name, [...(keys.get(name) ?? []), right.key]);
    }
  const resources = [...keys].map(([name, all]) => `${name} ${all.length} ${all.sort().slice(0, 20).join()}`);
  return [...actions, ...resources];
}

type Right =
  | { readonly action: string }
  | { readonly type: string; readonly permission: string; readonly key: string };
type Rights = ReadonlyMap<string, Right>;

/** Every single thing that a person may do in a world, by the reference. */
function rightsOf(world: AccessWorld, userId: string): Rights {
  const rights = new Map<string, Right>();
  for (const { id: workspaceId } of world.workspaces)
    for (const { name: action } of world.actions)
      if (mayAct(world, { userId, workspaceId, granted: null }, action))
        rights.set(`${workspaceId} ${action}`, { action });
  for (const { type, key } of world.resources)
    for (const right of ['view', 'edit', 'manage'] as const)
      if (mayTouch(world, { userId, workspaceId: null, granted: null }, { type, key, right }))
        rights.set(`${type} ${key} ${right}`, { type, permission: right, key });
  return rights;
}
