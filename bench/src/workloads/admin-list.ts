import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import type { House } from '../house.ts';
import { type Target, writeRequest } from '../load/connection.ts';
import { type ServerProcess, serverScript } from '../machine/server-process.ts';
import { compare, figuresOf, type Variant } from '../measure.ts';
import type { WorkloadResult } from '../report.ts';

const issuer = 'https://id.bench.example';
const path = '/api/admin-machine-intent';
const call = { model: 'Order', action: 'list', limit: 25 };
const rows = 10_000;
/** Tokens live for a minute; new ones are signed well before. */
const freshForMs = 20_000;
/** Requests that are sent in turns, each with a token of its own. */
const together = 64;

/** Signs as the platform does (docs/reference/admin-token.md). */
function signToken(privateKey: KeyObject, kid: string, body: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const input = `${encode({ alg: 'EdDSA', typ: 'castellan-admin+jwt', kid })}.${encode({
    iss: issuer,
    aud: 'bench',
    sub: 'operator-1',
    email: 'operator@bench.example',
    name: 'Bench Operator',
    role: 'support',
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    correlation_id: randomUUID(),
    method: 'POST',
    body_sha256: createHash('sha256').update(body).digest('base64url'),
  })}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

async function addOrders(house: House): Promise<void> {
  await house.pool.query(
    `CREATE TABLE bench_orders (id bigint PRIMARY KEY, number varchar(40) NOT NULL UNIQUE, customer_name varchar(120) NOT NULL, status text NOT NULL,
       total numeric(12,2) NOT NULL, is_paid boolean NOT NULL, lines integer NOT NULL, created_at timestamptz NOT NULL)`,
  );
  await house.pool.query(
    `INSERT INTO bench_orders SELECT n, 'B-' || lpad(n::text, 8, '0'), 'Customer ' || n % 500, (ARRAY['open', 'paid', 'shipped'])[1 + n % 3],
       (n % 100000) / 100.0, n % 3 > 0, 1 + n % 9, now() - n * interval '1 minute' FROM generate_series(1, $1::int) AS n`,
    [rows],
  );
  await house.pool.query('CREATE INDEX bench_orders_created_at ON bench_orders (created_at)');
  await house.pool.query('VACUUM ANALYZE bench_orders');
}

/** A list on the admin-machine surface beside the same statement in a handler that does nothing else. */
export async function measureAdminList(house: House): Promise<WorkloadResult> {
  await addOrders(house);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const kid = 'bench-key';
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' };
  const environment = { BENCH_ADMIN_KEY: JSON.stringify(jwk), BENCH_ADMIN_ISSUER: issuer };
  const start = (mode: string): Promise<ServerProcess> =>
    house.run(serverScript('admin-machine'), [mode], environment);
  const [surface, bare, bareDrizzle, barePrepared] = [
    await start('surface'),
    await start('bare'),
    await start('bare-drizzle'),
    await start('bare-prepared'),
  ];
  try {
    const body = JSON.stringify(call);
    const authorization = (): Record<string, string> => ({
      authorization: `Bearer ${signToken(privateKey, kid, body)}`,
    });
    for (const server of [bare, bareDrizzle, barePrepared])
      await learn(server.publicTarget, authorization(), body);
    const variants: Variant[] = [
      {
        name: 'admin-machine list',
        server: surface,
        load: {
          target: surface.publicTarget,
          next: rotating(() => writeRequest('POST', path, surface.publicTarget, authorization(), call)),
          mustContain: '"next_cursor":"',
        },
      },
      ...[
        { name: 'the same statement, bare', server: bare },
        { name: 'the same statement through Drizzle, bare', server: bareDrizzle },
        { name: 'the same statement, bare and kept by the database', server: barePrepared },
      ].map(({ name, server }): Variant => {
        const request = writeRequest('POST', '/bare', server.publicTarget, {}, call);
        return {
          name,
          server,
          load: { target: server.publicTarget, next: () => request, mustContain: '"items":[{' },
        };
      }),
    ];
    const figures = await compare(house, variants, {
      rounds: 3,
      seconds: 2,
      inFlight: [1, 32],
      openLoopPerSecond: 200,
    });
    const of = (variant: number, load: string) => figuresOf(figures, variants[variant]!.name, load);
    const checks = await tokenChecks(surface.publicTarget);
    return {
      title: 'List of an administered model',
      method: `\`list\` of 25 rows of ${rows.toLocaleString('en')} on the admin-machine surface (Fastify, Drizzle with \`preparesStatements\`; each call with a token of its own among ${together}, verified in full; cursors sealed), beside a bare Fastify handler that runs the very same statement with \`pg\` alone and answers its rows. How long signature and claims take is measured around the surface's \`getUser\`, under this load.`,
      goals: [
        {
          name: 'time of an answer, 1 in flight, share of bare',
          measured: (of(0, '1 in flight').p50Ms ?? Number.NaN) / (of(1, '1 in flight').p50Ms ?? Number.NaN),
          unit: '',
          below: 1.5,
        },
        {
          name: 'time for an answer, 32 in flight, share of bare',
          measured: of(1, '32 in flight').perSecond / of(0, '32 in flight').perSecond,
          unit: '',
          below: 1.5,
        },
        { name: 'signature and claims, p50', measured: checks.p50, unit: 'ms', below: 0.1 },
      ],
      figures,
      facts: {
        'signature and claims, p99, ms': checks.p99,
        'tokens checked': checks.count,
        'time for an answer, 32 in flight, share of bare through Drizzle':
          of(2, '32 in flight').perSecond / of(0, '32 in flight').perSecond,
        'time of an answer, 1 in flight, share of bare and kept by the database':
          (of(0, '1 in flight').p50Ms ?? Number.NaN) / (of(3, '1 in flight').p50Ms ?? Number.NaN),
        'time for an answer, 32 in flight, share of bare and kept by the database':
          of(3, '32 in flight').perSecond / of(0, '32 in flight').perSecond,
      },
    };
  } finally {
    await Promise.all([surface, bare, bareDrizzle, barePrepared].map((server) => server.stop()));
  }
}

/** Requests in turns, written anew before their tokens are old. */
function rotating(write: () => Buffer): () => Buffer {
  let requests: Buffer[] = [];
  let writtenAt = 0;
  let next = 0;
  return () => {
    if (performance.now() - writtenAt > freshForMs || requests.length === 0) {
      requests = Array.from({ length: together }, write);
      writtenAt = performance.now();
    }
    return requests[next++ % together]!;
  };
}

async function learn(target: Target, headers: Record<string, string>, body: string): Promise<void> {
  const response = await fetch(`http://${target.host}:${target.port}/learn`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  if (!response.ok) throw new Error(`The list was refused: ${await response.text()}`);
}

async function tokenChecks(
  target: Target,
): Promise<{ readonly count: number; readonly p50: number; readonly p99: number }> {
  const response = await fetch(`http://${target.host}:${target.port}/token-checks`);
  return (await response.json()) as { count: number; p50: number; p99: number };
}
