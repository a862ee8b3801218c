import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Replicas, startReplicas } from './replicas.ts';

/** What one way of asking let through. */
export interface Asked {
  readonly interleavings: number;
  readonly reads: number;
  readonly allowed: number;
  readonly refused: number;
  /** Reads of what was written after the reader had lost access: none is the only good number. */
  readonly violations: number;
}

export interface NewEnemyProof {
  readonly replicas: number;
  /** Every read asks a replica. */
  readonly fresh: Asked;
  /** The same with answers that are kept for a moment: it has to be caught, or this proof could catch nothing. */
  readonly kept: Asked;
}

const replicaCount = 3;
const interleavings = 1000;
const keptInterleavings = 100;
const readersEach = 4;
const together = 16;
const keptMs = 50;

interface World {
  readonly replicas: Replicas;
  readonly workspaceId: string;
  readonly groupId: string;
  readonly readerId: string;
}

type May = (key: string) => Promise<boolean>;

/**
 * The new-enemy problem: somebody's access is taken away, and then something is written that they must not see. A product
 * reads, and asks whether it may show what it read. However reads, the withdrawal and the write fall between each other, and
 * whichever of the replicas each of them meets, what was written after the withdrawal is never shown.
 */
export async function runNewEnemyProof(say: (line: string) => void): Promise<NewEnemyProof> {
  const replicas = await startReplicas(replicaCount);
  try {
    const world = await furnish(replicas);
    const fresh = await run(world, interleavings, (key) => check(world, key));
    say(`fresh: ${fresh.reads} reads, ${fresh.allowed} allowed, ${fresh.violations} violations`);
    const kept = await run(world, keptInterleavings, keeping(world));
    say(`kept for ${keptMs} ms: ${kept.reads} reads, ${kept.violations} violations`);
    return { replicas: replicaCount, fresh, kept };
  } finally {
    await replicas.close();
  }
}

async function furnish(replicas: Replicas): Promise<World> {
  const [workspaceId, groupId, readerId, ownerId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const { pool } = replicas;
  await pool.query(
    `INSERT INTO users (id, email, name, state, created_at, updated_at)
     SELECT id, id || '@proof.example', 'Proof Person', 'active', now(), now() FROM unnest($1::uuid[]) id`,
    [[readerId, ownerId]],
  );
  await pool.query(
    `INSERT INTO workspaces (id, slug, name, created_at, updated_at) VALUES ($1, 'proof', 'Proof', now(), now())`,
    [workspaceId],
  );
  await pool.query(
    `INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'viewer', now()), ($1, $3, 'owner', now())`,
    [workspaceId, readerId, ownerId],
  );
  await pool.query(
    `INSERT INTO groups (id, workspace_id, name, created_at, updated_at) VALUES ($1, $2, 'Readers', now(), now())`,
    [groupId, workspaceId],
  );
  await pool.query(
    `INSERT INTO group_members (workspace_id, group_id, user_id, created_at) VALUES ($1, $2, $3, now())`,
    [workspaceId, groupId, readerId],
  );
  return { replicas, workspaceId, groupId, readerId };
}

/** A call to one of the replicas, picked at random. */
async function call(
  { replicas: { urls, serviceKey } }: World,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const url = urls[Math.floor(Math.random() * urls.length)]!;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${serviceKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was refused with ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function check(world: World, key: string): Promise<boolean> {
  const { results } = (await call(world, 'POST', '/permissions/check', {
    user_id: world.readerId,
    checks: [{ type: 'page', id: key, permission: 'view' }],
  })) as { results: readonly { readonly allowed: boolean }[] };
  return results[0]!.allowed;
}

/** What a service would do that keeps answers: wrong for as long as it keeps them. */
function keeping(world: World): May {
  const kept = new Map<string, { readonly until: number; readonly answer: boolean }>();
  return async (key) => {
    const known = kept.get(key);
    if (known && known.until > performance.now()) return known.answer;
    const answer = await check(world, key);
    kept.set(key, { until: performance.now() + keptMs, answer });
    return answer;
  };
}

async function run(world: World, count: number, may: May): Promise<Asked> {
  const total = { reads: 0, allowed: 0, refused: 0, violations: 0 };
  let next = 0;
  await Promise.all(
    Array.from({ length: together }, async () => {
      while (next < count) {
        const one = await interleave(world, next++, may);
        total.reads += one.reads;
        total.allowed += one.allowed;
        total.refused += one.refused;
        total.violations += one.violations;
      }
    }),
  );
  return { interleavings: count, ...total };
}

/** One resource: readers read and ask all the while, and in the middle of it access is taken away and something is written. */
async function interleave(world: World, index: number, may: May): Promise<Omit<Asked, 'interleavings'>> {
  const key = `${index}-${randomUUID()}`;
  const way = index % 3;
  await call(world, 'POST', '/permissions/register', {
    resources: [
      {
        type: 'page',
        id: key,
        workspace_id: world.workspaceId,
        visibility: way === 0 ? 'workspace' : 'private',
      },
    ],
  });
  const path = `/permissions/page/${key}`;
  if (way === 1) await call(world, 'POST', `${path}/share`, { user_id: world.readerId, permission: 'view' });
  if (way === 2) await call(world, 'POST', `${path}/share`, { group_id: world.groupId, permission: 'view' });

  let content = 'for the reader too';
  let over = false;
  const seen = { reads: 0, allowed: 0, refused: 0, violations: 0 };
  const readOnce = async (): Promise<void> => {
    const read = content;
    const allowed = await may(key);
    seen.reads++;
    if (allowed) seen.allowed++;
    else seen.refused++;
    if (allowed && read === 'not for the reader') seen.violations++;
  };
  const readers = Array.from({ length: readersEach }, async () => {
    while (!over) {
      await readOnce();
      if (Math.random() < 0.3) await sleep(Math.random() * 3);
    }
    await readOnce();
  });
  await sleep(Math.random() * 10);
  if (way === 0) await call(world, 'PATCH', `${path}/visibility`, { visibility: 'private' });
  else
    await call(
      world,
      'DELETE',
      `${path}/share?${way === 1 ? `user_id=${world.readerId}` : `group_id=${world.groupId}`}`,
    );
  content = 'not for the reader';
  await sleep(Math.random() * 10);
  over = true;
  await Promise.all(readers);
  return seen;
}
