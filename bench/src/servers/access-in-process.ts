/**
 * Checks without HTTP around them, in a process of its own: `POST /run?way=…&in_flight=…&seconds=…` asks as fast as it is
 * answered and tells how many checks that were, how many of them were a yes and how long each took.
 */
import { createServer } from 'node:http';
import { createAccess } from '@castellan/server';
import pg from 'pg';
import { type Checker, casbinChecker, sqlChecker } from '../worlds/access-peers.ts';
import {
  largeWorld,
  pagesOf,
  questionsOf,
  resourceType,
  smallWorld,
  type WorldQuestion,
} from '../worlds/access-world.ts';

const size = process.argv.includes('--large') ? largeWorld : smallWorld;
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 8,
  options: '-c random_page_cost=1.1',
}); // as the platform's own
const { rows } = await pool.query<{ id: string }>(`SELECT id FROM services WHERE name = 'bench'`);
const serviceId = rows[0]!.id;
const access = createAccess({ pool });

const castellan: Checker = async (questions) => {
  const decisions = await access.checkResources(
    questions.map(({ userId, key, right }) => ({
      subject: { userId, workspaceId: null, granted: null },
      serviceId,
      type: resourceType,
      key,
      right,
    })),
  );
  return decisions.map(({ allowed }) => allowed);
};

const ways: Readonly<Record<string, () => Promise<Checker>>> = {
  castellan: async () => castellan,
  sql: async () => sqlChecker(pool, serviceId),
  casbin: () => casbinChecker(size),
};
const open = new Map<string, Promise<Checker>>();

const questionCount = 20_000;

async function run(way: string, inFlight: number, seconds: number, together: number, isPage: boolean) {
  const check = await checkerOf(way);
  const questions = questionsOf(size, questionCount, inFlight);
  const batches: WorldQuestion[][] = isPage
    ? pagesOf(size, questionCount / together, together, inFlight)
    : [];
  for (let at = 0; at < questions.length && !isPage; at += together)
    batches.push(questions.slice(at, at + together));
  const latencies: number[] = [];
  let next = 0;
  let checks = 0;
  let allowed = 0;
  const endAt = performance.now() + seconds * 1000;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < endAt) {
        const batch = batches[next++ % batches.length]!;
        const askedAt = performance.now();
        const answers = await check(batch);
        latencies.push(performance.now() - askedAt);
        checks += answers.length;
        for (const answer of answers) if (answer) allowed++;
      }
    }),
  );
  const took = (performance.now() - startedAt) / 1000;
  latencies.sort((one, other) => one - other);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { perSecond: checks / took, allowedShare: allowed / checks, p50: at(0.5), p99: at(0.99) };
}

async function checkerOf(way: string): Promise<Checker> {
  if (!open.has(way)) open.set(way, ways[way]!());
  return open.get(way)!;
}

/** Every question is answered by every way alike: a fast answer that is another one is none. */
async function compareAnswers(way: string, count: number): Promise<number> {
  const questions = questionsOf(size, count, 7);
  const other = await checkerOf(way);
  const [one, others] = await Promise.all([castellan(questions), other(questions)]);
  return one.filter((answer, index) => answer !== others[index]).length;
}

createServer((request, response) => {
  const url = new URL(request.url!, 'http://localhost');
  const number = (name: string): number => Number(url.searchParams.get(name));
  const work =
    url.pathname === '/run'
      ? run(
          url.searchParams.get('way')!,
          number('in_flight'),
          number('seconds'),
          number('together') || 1,
          url.searchParams.get('shape') === 'page',
        )
      : url.pathname === '/compare'
        ? compareAnswers(url.searchParams.get('way')!, number('count'))
        : Promise.resolve({ status: 'ok' });
  work.then(
    (answer) => response.end(JSON.stringify(answer)),
    (error: Error) => {
      response.statusCode = 500;
      response.end(error.stack);
    },
  );
}).listen(Number(process.env.PUBLIC_PORT), '127.0.0.1');
