import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { House } from './house.ts';
import { writeForm } from './load/connection.ts';
import type { ServerProcess } from './machine/server-process.ts';

/** The client that workloads use, at ours and at the peer: the same name, secret and way to prove itself. */
export interface BenchClient {
  readonly clientId: string;
  readonly secret: string;
  /** `Authorization: Basic` of it. */
  readonly basic: { readonly authorization: string };
}

const redirectUri = 'https://app.bench.example/callback';
const verifier = 'a-verifier-that-is-long-enough-for-RFC-7636-0123456789';
const challenge = createHash('sha256').update(verifier).digest('base64url');
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A token as the platform writes them: prefix, 32 bytes, checksum. */
function newToken(prefix: string): string {
  const text = prefix + randomBytes(32).toString('base64url');
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(text));
  return text + sum.toString('base64url');
}

/** Registers the client `bench` of the service `bench`. */
export async function addClient(house: House): Promise<BenchClient> {
  const [clientId, secret, id] = ['bench', newToken('cs_'), randomUUID()];
  await house.pool.query(
    `INSERT INTO clients (id, client_id, service_id, name, origin, application_type, redirect_uris, grant_types, token_endpoint_auth_method,
       allowed_scopes, skips_consent, created_at, updated_at)
     SELECT $1, $2, s.id, 'Bench', 'registered', 'web', $3, '{authorization_code,refresh_token,client_credentials}', 'client_secret_basic',
       '{openid,offline_access,read}', true, now(), now() FROM services s WHERE s.name = 'bench'`,
    [id, clientId, [redirectUri]],
  );
  await house.pool.query(
    `INSERT INTO client_secrets (id, client_id, digest, prefix, created_at) VALUES ($1, $2, $3, 'cs_', now())`,
    [randomUUID(), id, digestOf(secret)],
  );
  await house.pool.query('ANALYZE');
  return {
    clientId,
    secret,
    basic: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
  };
}

/** Settings of the peer that belong to the client. */
export const peerSettings = (client: BenchClient): Record<string, string> => ({
  BENCH_CLIENT_SECRET: client.secret,
});

/** Signs a person in with a browser, past the pages. @returns the `Cookie` header */
export async function openBrowser(house: House): Promise<string> {
  const [token, id] = [newToken('cbs_'), randomUUID()];
  await house.pool.query(
    `INSERT INTO grants (id, kind, user_id, created_at, last_used_at, idle_expires_at, expires_at, amr, auth_time)
     SELECT $1, 'browser_session', id, now(), now(), now() + interval '7 days', now() + interval '30 days', '{pwd}', now()
     FROM users WHERE email = $2`,
    [id, house.people[0]!.email],
  );
  await house.pool.query('INSERT INTO grant_tokens (digest, grant_id, created_at) VALUES ($1, $2, now())', [
    digestOf(token),
    id,
  ]);
  return `castellan_session=${token}`;
}

/** Runs `work` for each index, some at a time. */
async function each<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = new Array(count);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return results;
}

const urlOf = ({ publicTarget: { host, port } }: ServerProcess): string => `http://${host}:${port}`;

/** Codes of our platform, each by a whole authorization request of a browser that is signed in. */
export function ownCodes(server: ServerProcess, cookie: string, count: number): Promise<string[]> {
  const query = new URLSearchParams({
    client_id: 'bench',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid offline_access read',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'bench',
  });
  return each(count, async () => {
    const response = await fetch(`${urlOf(server)}/oauth/authorize?${query}`, {
      redirect: 'manual',
      headers: { cookie },
    });
    const location = response.headers.get('location');
    const code = location && new URL(location, urlOf(server)).searchParams.get('code');
    if (!code)
      throw new Error(`No code: ${response.status} ${location} ${(await response.text()).slice(0, 300)}`);
    return code;
  });
}

/** Codes of the peer. */
export async function peerCodes(server: ServerProcess, count: number): Promise<string[]> {
  const response = await fetch(`${urlOf(server)}/bench/codes?count=${count}&challenge=${challenge}`, {
    method: 'POST',
  });
  return (await response.json()) as string[];
}

/** The request that trades a code for tokens. */
export function codeRequest(server: ServerProcess, client: BenchClient, path: string, code: string): Buffer {
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  return writeForm(path, server.publicTarget, client.basic, form);
}

/** The request that renews tokens. */
export function refreshRequest(
  server: ServerProcess,
  client: BenchClient,
  path: string,
  refreshToken: string,
): Buffer {
  return writeForm(path, server.publicTarget, client.basic, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
  });
}

/** Posts a form and reads what comes back. */
export async function postForm(
  server: ServerProcess,
  client: BenchClient,
  path: string,
  form: Record<string, string>,
): Promise<Record<string, string>> {
  const response = await fetch(`${urlOf(server)}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...client.basic },
    body: new URLSearchParams(form),
  });
  if (!response.ok) throw new Error(`${path} was refused with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

/** Refresh tokens that nobody used yet, by exchanging codes. */
export function refreshTokens(
  server: ServerProcess,
  client: BenchClient,
  path: string,
  codes: readonly string[],
): Promise<string[]> {
  return each(codes.length, async (index) => {
    const form = {
      grant_type: 'authorization_code',
      code: codes[index]!,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    };
    return (await postForm(server, client, path, form)).refresh_token!;
  });
}
