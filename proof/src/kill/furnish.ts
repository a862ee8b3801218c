import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { adminUrlOf, type Place, type RunningServer, runCommand } from './server-tree.ts';

/** What the writers need to be there before they begin. */
export interface Furnished {
  readonly cookie: string;
  readonly workspaceId: string;
  readonly service: string;
  readonly password: string;
  readonly signInEmails: readonly string[];
}

const password = 'outlives every kill of its house';
const administrator = 'administrator@proof.example';

/** The link to make the first administrator, as the server prints it. */
async function setupLink(server: RunningServer): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const link = /http\S+\/setup\/\S+/.exec(server.said())?.[0];
    if (link) return link;
    await sleep(25);
  }
  throw new Error(`No set-up link was printed: ${server.said()}`);
}

/** Furnishes a new house through its own doors: the set-up link, the console's sign-in, the admin API, the command. */
export async function furnish(
  place: Place,
  server: RunningServer,
  client: pg.ClientBase,
): Promise<Furnished> {
  const origin = adminUrlOf(place);
  const made = await fetch(await setupLink(server), {
    method: 'POST',
    redirect: 'manual',
    headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email: administrator, name: 'Ada Proof', password }).toString(),
  });
  if (made.status !== 303) throw new Error(`The first administrator was not made: ${made.status}`);
  const cookie = await signIn(place);
  const workspace = await fetch(`${origin}/admin/workspaces`, {
    method: 'POST',
    headers: { cookie, origin, 'x-requested-with': 'castellan', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Proof', slug: 'proof' }),
  });
  if (!workspace.ok) throw new Error(`The workspace was not made: ${await workspace.text()}`);
  const { id } = (await workspace.json()) as { id: string };
  await runCommand(place, 'services', 'add', 'proof');
  const signInEmails = ['first@proof.example', 'second@proof.example'];
  // Two people who have accepted an invitation already: that page is not what is proved here.
  await client.query(
    `INSERT INTO users (id, email, name, state, password_hash, password_set_at, created_at, updated_at)
     SELECT gen_random_uuid(), address, 'Proof Person', 'active', password_hash, now(), now(), now()
     FROM users, unnest($2::text[]) AS address WHERE email = $1`,
    [administrator, signInEmails],
  );
  return { cookie, workspaceId: id, service: 'proof', password, signInEmails };
}

async function signIn(place: Place): Promise<string> {
  const origin = adminUrlOf(place);
  const response = await fetch(`${origin}/auth/admin/login`, {
    method: 'POST',
    headers: { origin, 'x-requested-with': 'castellan', 'content-type': 'application/json' },
    body: JSON.stringify({ email: administrator, password }),
  });
  if (!response.ok) throw new Error(`The administrator could not sign in: ${await response.text()}`);
  return response.headers.getSetCookie()[0]!.split(';')[0]!;
}
