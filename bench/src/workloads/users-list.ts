import type { House } from '../house.ts';
import { writeRequest } from '../load/connection.ts';
import type { ServerProcess } from '../machine/server-process.ts';
import { compare, type Figures, figuresOf } from '../measure.ts';
import type { WorkloadResult } from '../report.ts';
import { signInAdministrator } from '../sign-in-client.ts';

const firstNames = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Ken', 'Radia', 'Tim'];
const lastNames = [
  'Abara',
  'Becker',
  'Costa',
  'Dubois',
  'Evans',
  'Fischer',
  'Garcia',
  'Haddad',
  'Ivanov',
  'Jensen',
];

/** People with names as people have them: many share one, few share both. */
async function addPeople(house: House, from: number, to: number): Promise<void> {
  await house.pool.query(
    `INSERT INTO users (id, email, name, state, is_admin, created_at, updated_at)
     SELECT gen_random_uuid(), lower(($3::text[])[1 + n % 10]) || '.' || lower(($4::text[])[1 + (n / 10) % 10]) || '.' || n || '@example.com',
            ($3::text[])[1 + n % 10] || ' ' || ($4::text[])[1 + (n / 10) % 10] || ' ' || n,
            CASE WHEN n % 20 = 0 THEN 'deactivated' ELSE 'active' END, false,
            now() - n * interval '1 minute', now()
     FROM generate_series($1::int, $2::int) AS n`,
    [from + 1, to, firstNames, lastNames],
  );
  await house.pool.query(
    `INSERT INTO user_logins
     SELECT id, created_at FROM users WHERE ascii(right(email, 13)) % 3 > 0 ON CONFLICT DO NOTHING`,
  );
  await house.pool.query(
    `INSERT INTO members (workspace_id, user_id, role, created_at)
     SELECT (SELECT id FROM workspaces LIMIT 1), id, 'viewer', now() FROM users ON CONFLICT DO NOTHING`,
  );
  await house.pool.query('VACUUM ANALYZE');
}

/** A cursor about `pages` pages into the list. */
async function deepCursor(
  server: ServerProcess,
  headers: Readonly<Record<string, string>>,
  pages: number,
): Promise<string> {
  const { host, port } = server.adminTarget;
  let cursor = '';
  for (let page = 0; page < pages; page++) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await fetch(`http://${host}:${port}/admin/users?page_size=200${query}`, { headers });
    if (!response.ok)
      throw new Error(`The list was refused with ${response.status}: ${await response.text()}`);
    const { next_cursor } = (await response.json()) as { next_cursor?: string };
    if (!next_cursor) break;
    cursor = next_cursor;
  }
  return encodeURIComponent(cursor);
}

async function measureAt(house: House, server: ServerProcess, people: number): Promise<Figures[]> {
  const headers = await signInAdministrator(house, server);
  const cursor = await deepCursor(server, headers, Math.floor((people / 200) * 0.6));
  const pages = {
    'first page': '/admin/users?page_size=50',
    'page 10 by number': '/admin/users?page_size=50&page=10',
    'deep cursor': `/admin/users?page_size=50&cursor=${cursor}`,
    'search, rare': `/admin/users?page_size=50&search=${Math.floor(people / 2)}`,
    'search, common': '/admin/users?page_size=50&search=ada',
    'state, by last sign-in': '/admin/users?page_size=50&state=deactivated&sort=-last_login_at',
  };
  const variants = Object.entries(pages).map(([name, path]) => {
    const request = writeRequest('GET', path, server.adminTarget, headers);
    return {
      name: `${name}, ${people.toLocaleString('en')} people`,
      server,
      load: { target: server.adminTarget, next: () => request, mustContain: '"items":[{' },
    };
  });
  return compare(house, variants, { rounds: 3, seconds: 2, inFlight: [1], openLoopPerSecond: 20 });
}

/** The list of people as the console asks for it, with a thousand and with a hundred thousand of them. */
export async function measureUsersList(house: House): Promise<WorkloadResult> {
  const server = await house.serve();
  try {
    await addPeople(house, 0, 1_000);
    const small = await measureAt(house, server, 1_000);
    await addPeople(house, 1_000, 100_000);
    const large = await measureAt(house, server, 100_000);
    const names = [...new Set(large.map(({ variant }) => variant))];
    return {
      title: 'List of people',
      method:
        '`GET /admin/users` on the admin listener of `castellan-server serve`, 50 a page, each with an operator’s session read afresh. Latency is seen by the client on loopback; the goal is judged at a fixed 20 requests a second.',
      goals: names.map((name) => ({
        name: `p99, ${name}`,
        measured: figuresOf(large, name, '20/s open loop').p99Ms ?? Number.NaN,
        unit: 'ms',
        below: 50,
      })),
      figures: [...small, ...large],
    };
  } finally {
    await server.stop();
  }
}
