import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@castellan/testkit';
import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BundledCommand, bundleCommand } from '../../test/bundled-command.ts';

/** The command `castellan-server` as a process of its own, as operators run it. */

let castellan: BundledCommand;
let database: TestDatabase;
let environment: Record<string, string>;
let server: ChildProcess;
let said = '';

const run = async (args: readonly string[], env: Record<string, string> = environment) =>
  promisify(execFile)(process.execPath, [castellan.path, ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

async function startServer(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [castellan.path, 'serve'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await vi.waitFor(
    async () => {
      const answer = await fetch(`${environment.PUBLIC_URL}/readyz`).catch(() => undefined);
      if (!answer?.ok) throw new Error(`castellan-server is not ready:\n${said}`);
    },
    { timeout: 40_000, interval: 50 },
  );
  return child;
}

beforeAll(async () => {
  [castellan, database] = await Promise.all([bundleCommand(), createTestDatabase({ content: 'empty' })]);
  const [publicPort, adminPort] = await Promise.all([freePort(), freePort()]);
  environment = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: database.url,
    PUBLIC_URL: `http://localhost:${publicPort}`,
    PUBLIC_HOST: 'localhost',
    PUBLIC_PORT: String(publicPort),
    ADMIN_URL: `http://localhost:${adminPort}`,
    ADMIN_HOST: 'localhost',
    ADMIN_PORT: String(adminPort),
    COOKIE_SECURE: 'false',
    KEY_ENCRYPTION_SECRET: randomBytes(32).toString('base64'),
  };
  server = await startServer();
}, 60_000);
afterAll(async () => {
  if (server.exitCode === null && server.signalCode === null) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  await Promise.all([database.drop(), castellan.remove()]);
});

describe('serve', () => {
  it('prints a one-time set-up link while nobody is there', async () => {
    await expect.poll(() => said).toMatch(new RegExp(`${environment.ADMIN_URL}/setup/set_`));
  });

  it('names everything that is missing at once, and ends with 1', async () => {
    const failed = await run(['serve'], { PATH: environment.PATH!, PUBLIC_PORT: 'x' });
    expect(failed.code).toBe(1);
    for (const name of ['PUBLIC_URL', 'ADMIN_URL', 'KEY_ENCRYPTION_SECRET', 'PUBLIC_PORT'])
      expect(failed.stderr).toContain(name);
    expect(failed.stderr).not.toContain('    at ');
  });

  it('names a taken port and the setting that changes it', async () => {
    const failed = await run(['serve']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(`Port ${environment.PUBLIC_PORT} is taken. Set PUBLIC_PORT`);
  });

  it('refuses another secret than the one its keys were made with', async () => {
    const failed = await run(['serve'], {
      ...environment,
      KEY_ENCRYPTION_SECRET: randomBytes(32).toString('base64'),
    });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('KEY_ENCRYPTION_SECRET');
  });
});

describe('commands beside a running platform', () => {
  it('services add prints a key once, refuses the name again, and names a wrong origin', async () => {
    const added = await run([
      'services',
      'add',
      'shop',
      '--origin',
      'https://shop.example',
      '--origin',
      'https://m.shop.example',
    ]);
    expect(added.stdout).toMatch(/sk_[\w-]{49}/);
    const { rows } = await database.pool.query('SELECT origins FROM services WHERE name = $1', ['shop']);
    expect(rows[0].origins).toEqual(['https://shop.example', 'https://m.shop.example']);
    expect((await run(['services', 'add', 'shop'])).code).toBe(1);
    const wrong = await run(['services', 'add', 'other', '--origin', 'shop.example/path']);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('shop.example/path');
  });

  it('clients add, edit, list, secret and end work on a service’s clients; a secret is printed once (P18)', async () => {
    await run(['services', 'add', 'cafe', '--resource', 'https://api.cafe.example']);
    const callback = 'https://cafe.example/callback';
    const added = await run(['clients', 'add', 'cafe', '--name', 'Café site', '--redirect', callback]);
    expect(added.stderr).toBe('');
    const clientId = /cl_[\w-]{22}/.exec(added.stdout)![0];
    expect(added.stdout).toMatch(/cs_[\w-]{49}/);
    const keyFile = join(await mkdtemp(join(tmpdir(), 'castellan-keys-')), 'jwks.json');
    const pair = generateKeyPairSync('ed25519');
    const addMachine = () =>
      run(
        ['clients', 'add', 'cafe', '--name', 'Nightly', '--grant', 'client_credentials'].concat([
          '--auth',
          'private_key_jwt',
          '--jwks',
          keyFile,
          '--access-token-alg',
          'ES256',
        ]),
      );
    await writeFile(keyFile, JSON.stringify({ keys: [pair.privateKey.export({ format: 'jwk' })] }));
    const refused = await addMachine();
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('is a private key') });
    await writeFile(keyFile, JSON.stringify({ keys: [pair.publicKey.export({ format: 'jwk' })] }));
    const machine = await addMachine();
    expect(machine.stderr).toBe('');
    const machineId = /cl_[\w-]{22}/.exec(machine.stdout)![0];
    expect(machine.stdout).not.toContain('cs_');
    const algorithms = await database.pool.query(
      'SELECT access_token_signed_response_alg AS access, id_token_signed_response_alg AS id FROM clients ORDER BY created_at DESC LIMIT 1',
    );
    expect(algorithms.rows).toEqual([{ access: 'ES256', id: 'EdDSA' }]);
    const listed = await run(['clients', 'list', 'cafe']);
    expect(listed.stdout).toContain(`${clientId}  Café site`);
    expect(listed.stdout).toContain(callback);
    expect(listed.stdout).toContain('private_key_jwt; client_credentials');
    expect(listed.stdout).not.toContain('cs_');

    const logo = join(await mkdtemp(join(tmpdir(), 'castellan-logo-')), 'logo.png');
    await writeFile(logo, Buffer.from('89504e470d0a1a0a00', 'hex'));
    const edited = await run(
      ['clients', 'edit', clientId, '--redirect', 'https://cafe.example/new', '--color', '#2F6FED'].concat([
        '--logo',
        logo,
        '--scope',
        'openid',
        '--access-token-alg',
        'RS256',
      ]),
    );
    expect(edited.stderr).toBe('');
    const changed = await database.pool.query(
      `SELECT name, redirect_uris, accent_color, logo_uri, allowed_scopes, access_token_signed_response_alg AS alg
       FROM clients WHERE client_id = $1`,
      [clientId],
    );
    expect(changed.rows).toEqual([
      {
        name: 'Café site',
        redirect_uris: ['https://cafe.example/new'],
        accent_color: '#2f6fed',
        logo_uri: 'data:image/png;base64,iVBORw0KGgoA',
        allowed_scopes: ['openid'],
        alg: 'RS256',
      },
    ]);

    const rotated = await run(['clients', 'secret', clientId, '--others-expire-in', '24h']);
    expect(rotated.stderr).toBe('');
    expect(rotated.stdout).toMatch(/cs_[\w-]{49}/);
    expect(rotated.stdout).toContain('work for another 24h');
    const { rows } = await database.pool.query(
      `SELECT (s.expires_at - now() BETWEEN '23 hours' AND '24 hours') AS ends FROM client_secrets s
       JOIN clients c ON c.id = s.client_id WHERE c.client_id = $1 ORDER BY s.created_at`,
      [clientId],
    );
    expect(rows.map(({ ends }) => ends)).toEqual([true, null]);

    expect((await run(['clients', 'end', clientId])).stderr).toContain('--yes');
    expect((await run(['clients', 'end', clientId, '--yes'])).stdout).toContain('has ended');
    expect((await run(['clients', 'end', clientId, '--yes'])).stderr).toContain('ended');
    expect((await run(['clients', 'list', 'cafe'])).stdout).not.toContain(clientId);
    for (const [args, said] of [
      [['add', 'nobody', '--name', 'x'], 'No service is called nobody'],
      [['add', 'cafe', '--name', 'x', '--redirect', 'http://cafe.example/cb'], 'redirect_uris'],
      [['add', 'cafe', '--name', 'x', '--grant', 'password'], '--grant takes one of'],
      [['add', 'cafe', '--name', 'x', '--access-token-alg', 'HS256'], '--access-token-alg takes one of'],
      [['edit', machineId], 'Name what is to change'],
      [['edit', machineId, '--color', 'blue'], 'accent_color'],
      [['edit', machineId, '--logo', keyFile], '--logo takes'],
      [['secret', clientId, '--others-expire-in', 'soon'], '--others-expire-in takes'],
      [['secret', 'cl_unknown'], 'No service has a client'],
    ] as const) {
      const failed = await run(['clients', ...args]);
      expect(failed.code, args.join(' ')).toBe(1);
      expect(failed.stderr).toContain(said);
      expect(failed.stderr).not.toContain('    at ');
    }
  }, 120_000);

  it('promote makes an existing account an administrator and refuses an unknown one', async () => {
    await database.pool.query(
      `INSERT INTO users (id, email, name, state, admin_demoted_at, created_at, updated_at) VALUES (gen_random_uuid(), 'pat@example.com', 'Pat', 'active', now(), now(), now())`,
    );
    expect((await run(['promote', 'Pat@Example.com'])).stdout).toContain('is an administrator now');
    expect((await run(['promote', 'pat@example.com'])).stdout).toContain('already');
    expect((await run(['promote', 'nobody@example.com'])).code).toBe(1);
    const { rows } = await database.pool.query(
      `SELECT is_admin, admin_demoted_at FROM users WHERE email = 'pat@example.com'`,
    );
    expect(rows[0]).toEqual({ is_admin: true, admin_demoted_at: null });
  });

  it('factors remove lets an administrator in again who lost theirs, and refuses an unknown one', async () => {
    await database.pool.query(
      `WITH lost AS (INSERT INTO totp_factors (user_id, secret_sealed, created_at, confirmed_at)
                     SELECT id, '', now(), now() FROM users WHERE email = 'pat@example.com')
       UPDATE users SET second_factors = '{totp}' WHERE email = 'pat@example.com'`,
    );
    expect((await run(['factors', 'remove', 'Pat@Example.com'])).stdout).toContain('without a second factor');
    const { rows } = await database.pool.query(
      `SELECT second_factors, (SELECT count(*)::int FROM totp_factors) AS left FROM users WHERE email = 'pat@example.com'`,
    );
    expect(rows).toEqual([{ second_factors: [], left: 0 }]);
    expect((await run(['factors', 'remove', 'pat@example.com'])).stdout).toContain('has no second factor');
    expect((await run(['factors', 'remove', 'nobody@example.com'])).code).toBe(1);
  });

  it('keys rotate publishes a key that the running platform serves without a restart', async () => {
    const kids = async (): Promise<string[]> => {
      const jwks = (await (await fetch(`${environment.PUBLIC_URL}/.well-known/jwks.json`)).json()) as {
        keys: { kid: string }[];
      };
      return jwks.keys.map((key) => key.kid);
    };
    const before = await kids();
    const rotated = await run(['keys', 'rotate']);
    expect(rotated.code).toBe(0);
    await expect.poll(kids, { timeout: 25_000 }).toHaveLength(2);
    expect(await kids()).toContain(before[0]);
    expect((await run(['keys', 'rotate'], { ...environment, KEY_ENCRYPTION_SECRET: '' })).code).toBe(1);
  }, 40_000);

  it('migrate can be repeated', async () => {
    expect((await run(['migrate'])).stdout).toContain('up to date');
  });
});

describe('graceful stop', () => {
  it('finishes a request under way after SIGTERM, takes no new one, and ends with 0', async () => {
    // The head is sent, the body is not: the request is under way for as long as this test wants.
    const slow = request(`${environment.PUBLIC_URL}/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    const answered = once(slow, 'response');
    slow.write('{"refresh_token":');
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.kill('SIGTERM');
    await expect
      .poll(
        () =>
          fetch(`${environment.PUBLIC_URL}/healthz`).then(
            (answer) => answer.status,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .not.toBe(200);
    expect(server.exitCode).toBeNull();
    slow.end('"crt_nonsense"}');
    const [response] = await answered;
    expect(response.statusCode).toBe(401);
    response.resume();
    if (server.exitCode === null) await once(server, 'exit');
    expect(server.exitCode).toBe(0);
  });

  it('refuses sample data before a door is opened', async () => {
    await database.pool.query('UPDATE installation SET sample_data = true');
    const failed = await run(['serve']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('sample data');
  });
});
