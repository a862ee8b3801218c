import { randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginAuthorization,
  createOAuthHouse,
  type OAuthBrowser,
  type OAuthHouse,
  type OAuthTestClient,
} from '../../../test/oauth-house.ts';

let house: OAuthHouse;
let browser: OAuthBrowser;
beforeAll(async () => {
  house = await createOAuthHouse();
  const person = await house.person({ name: 'Mara Mole' });
  browser = await house.browser({ person: { id: person.id, name: 'Mara Mole' } });
});
afterAll(() => house.close());

/** How the client of a test proves itself: parameters and headers to send along. */
type Proof = () => Promise<{ form?: Record<string, string>; headers?: Record<string, string> }>;

interface Answer {
  readonly status: number;
  readonly body: Record<string, string>;
  /** Which way it took: the provider sends no `Pragma`. */
  readonly way: 'short' | 'provider';
}

const basicOf =
  ({ clientId, secret }: OAuthTestClient): Proof =>
  async () => ({
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${encodeURIComponent(secret!)}`).toString('base64')}`,
    },
  });
const nameOf =
  ({ clientId }: OAuthTestClient): Proof =>
  async () => ({ form: { client_id: clientId } });

async function send(form: Record<string, string>, proof: Proof): Promise<Answer> {
  const { form: own = {}, headers = {} } = await proof();
  const response = await fetch(`${house.issuer}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ ...form, ...own }),
  });
  const way = response.headers.has('pragma') ? 'short' : 'provider';
  return { status: response.status, body: (await response.json()) as Record<string, string>, way };
}

/** What sends a request to the provider and changes nothing else: a parameter that nobody knows. */
const sendLong = (form: Record<string, string>, proof: Proof) => send({ ...form, unknown: 'x' }, proof);

async function codeForm(app: OAuthTestClient, parameters: Record<string, string> = {}) {
  const begun = await beginAuthorization(app, { nonce: 'a-nonce', ...parameters });
  const callback = await browser.authorize(begun.address);
  return {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code')!,
    redirect_uri: app.redirectUri,
    code_verifier: begun.checks.pkceCodeVerifier,
  };
}

const renewal = (answer: Answer) => ({
  grant_type: 'refresh_token',
  refresh_token: answer.body.refresh_token!,
});

/** All that an answer says, but for what is new each time: ids, moments, and the tokens themselves. */
async function meaningOf({ status, body }: Answer) {
  const { access_token: access, id_token: id, refresh_token: refresh, ...rest } = body;
  const accessClaims = decodeJwt(access!);
  const idClaims = id === undefined ? undefined : decodeJwt(id);
  const [kept] = await house.query<{ payload: Record<string, unknown> }>(
    'SELECT payload FROM grant_tokens WHERE grant_id = $1 ORDER BY created_at DESC, parent_digest NULLS LAST LIMIT 1',
    [accessClaims.sid],
  );
  const timeless = (claims: Record<string, unknown> | undefined) =>
    claims && {
      ...claims,
      iat: typeof claims.iat,
      iiat: typeof claims.iiat,
      exp: typeof claims.exp === 'number' ? claims.exp - Number(claims.iat) : claims.exp,
      jti: typeof claims.jti,
      sid: typeof claims.sid,
      updated_at: typeof claims.updated_at,
    };
  return {
    status,
    rest,
    access: timeless(accessClaims),
    accessHeader: decodeProtectedHeader(access!),
    id: timeless(idClaims),
    idOrder: idClaims && Object.keys(idClaims),
    idHeader: id && { ...decodeProtectedHeader(id) },
    sidIsGrant: idClaims?.sid === undefined || idClaims.sid === accessClaims.sid,
    hasRefreshToken: /^crt_/.test(refresh ?? ''),
    kept: refresh && timeless(kept!.payload),
  };
}

const code = ['authorization_code', 'refresh_token'] as const;

async function keyed(): Promise<{ app: OAuthTestClient; proof: Proof }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
  const app = await house.client({
    tokenEndpointAuthMethod: 'private_key_jwt',
    skipsConsent: true,
    jwks: jwks as never,
    grantTypes: [...code],
  });
  return {
    app,
    proof: async () => ({
      form: {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await new SignJWT({
          iss: app.clientId,
          sub: app.clientId,
          aud: house.issuer,
          jti: randomUUID(),
        })
          .setProtectedHeader({ alg: 'ES256', kid: 'one' })
          .setIssuedAt()
          .setExpirationTime('1m')
          .sign(privateKey),
      },
    }),
  };
}

type Case = {
  readonly app: OAuthTestClient;
  readonly proof: Proof;
  readonly parameters?: Record<string, string>;
};

async function confidential(
  changes: Parameters<OAuthHouse['client']>[0] = {},
  parameters: Record<string, string> = {},
): Promise<Case> {
  const app = await house.client({ grantTypes: [...code], ...changes });
  return { app, proof: basicOf(app), parameters };
}

const cases: Record<string, () => Promise<Case>> = {
  'a client with a secret': () => confidential(),
  'only who somebody is': () => confidential({}, { scope: 'openid' }),
  'no ID token': () =>
    confidential({ allowedScopes: ['openid', 'orders:read'] }, { scope: 'orders:read', nonce: '' }),
  'scopes of the service': () =>
    confidential(
      { allowedScopes: ['openid', 'email', 'orders:read', 'orders:write'] },
      { scope: 'openid email orders:write orders:unknown' },
    ),
  'a resource that is named': () => confidential({}, { resource: 'urn:castellan:service:orders' }),
  'the platform itself': async () => confidential({}, { resource: house.issuer }),
  'a client that is told of sign-out': () =>
    confidential({ backchannelLogoutUri: 'https://app.example.com/logout' }),
  'an ID token with ES256': () => confidential({ idTokenSignedResponseAlg: 'ES256' }),
  'an ID token with RS256': () => confidential({ idTokenSignedResponseAlg: 'RS256' }),
  'an access token with ES256': () => confidential({ accessTokenSignedResponseAlg: 'ES256' }),
  'an access token with RS256': () => confidential({ accessTokenSignedResponseAlg: 'RS256' }),
  'a secret in the body': async () => {
    const app = await house.client({ grantTypes: [...code], tokenEndpointAuthMethod: 'client_secret_post' });
    return {
      app,
      proof: async () => ({ form: { client_id: app.clientId, client_secret: app.secret! } }),
    };
  },
  'a client that can keep no secret': async () => {
    const app = await house.client({
      grantTypes: [...code],
      tokenEndpointAuthMethod: 'none',
      applicationType: 'native',
    });
    return { app, proof: nameOf(app) };
  },
  'a client with a key': keyed,
  'a client that nobody registered, at a resource': async () => {
    const resource = 'https://tools.example.com/';
    const app = await house.client({
      service: 'tools',
      grantTypes: [...code],
      tokenEndpointAuthMethod: 'none',
      applicationType: 'native',
    });
    await house.query(`UPDATE clients SET origin = 'dynamic', service_id = NULL WHERE id = $1`, [app.rowId]);
    await house.query('UPDATE services SET resource_uri = $1, scopes = $2 WHERE name = $3', [
      resource,
      JSON.stringify([{ name: 'tools:use', description: 'Use the tools' }]),
      'tools',
    ]);
    const parameters = { scope: 'openid tools:use tools:break', resource: 'https://tools.example.com' };
    return { app, proof: nameOf(app), parameters };
  },
};

describe('the exchange of a code and its refresh say the same, whether the provider answers or the short way does', () => {
  for (const [name, make] of Object.entries(cases))
    it(name, async () => {
      const { app, proof, parameters } = await make();
      const short = await send(await codeForm(app, parameters), proof);
      const long = await sendLong(await codeForm(app, parameters), proof);
      expect([short.way, long.way], JSON.stringify(short.body)).toEqual(['short', 'provider']);
      expect(await meaningOf(short)).toEqual(await meaningOf(long));
      const renewed = await send(renewal(short), proof);
      const renewedLong = await sendLong(renewal(long), proof);
      expect([renewed.way, renewedLong.way]).toEqual(['short', 'provider']);
      expect(await meaningOf(renewed)).toEqual(await meaningOf(renewedLong));
      // Either goes on with what the other one wrote.
      const crossed = await sendLong(renewal(renewed), proof);
      const crossedLong = await send(renewal(renewedLong), proof);
      expect([crossed.way, crossedLong.way]).toEqual(['provider', 'short']);
      expect(await meaningOf(crossed)).toEqual(await meaningOf(crossedLong));
    });
});

it('a client that may not refresh gets no refresh token', async () => {
  const { app, proof } = await confidential({ grantTypes: ['authorization_code'] });
  const answer = await send(await codeForm(app), proof);
  expect([answer.way, answer.status, answer.body.refresh_token]).toEqual(['short', 200, undefined]);
});

describe('what is refused, the provider refuses, with nothing used up before', () => {
  const wrong: Record<string, (form: Record<string, string>) => Record<string, string>> = {
    'another redirect_uri': (form) => ({ ...form, redirect_uri: 'https://app.example.com/other' }),
    'another verifier': (form) => ({ ...form, code_verifier: 'a'.repeat(43) }),
    'no verifier': ({ code_verifier: _, ...form }) => form,
    'another resource': (form) => ({ ...form, resource: 'urn:castellan:service:billing' }),
  };
  for (const [name, change] of Object.entries(wrong))
    it(name, async () => {
      const { app, proof } = await confidential();
      const form = await codeForm(app);
      const refused = await send(change(form), proof);
      expect([refused.way, refused.status]).toEqual(['provider', 400]);
    });

  it('a wrong secret, a foreign client: the code stays good for its own', async () => {
    const { app, proof } = await confidential();
    const other = await confidential();
    const form = await codeForm(app);
    const strange = await send(form, basicOf({ ...app, secret: 'wrong' }));
    expect([strange.way, strange.status, strange.body.error]).toEqual(['provider', 401, 'invalid_client']);
    const foreign = await send(form, other.proof);
    expect([foreign.way, foreign.status, foreign.body.error]).toEqual(['provider', 400, 'invalid_grant']);
    expect((await send(form, proof)).way).toBe('short');
  });

  it('an expired code, an ended grant', async () => {
    const { app, proof } = await confidential();
    const form = await codeForm(app);
    const answer = await send(await codeForm(app), proof);
    await house.query(`UPDATE oauth_artifacts SET expires_at = now() - interval '1 s' WHERE digest IN
      (SELECT digest FROM oauth_artifacts WHERE model = 'AuthorizationCode' AND consumed_at IS NULL)`);
    expect((await send(form, proof)).body.error).toBe('invalid_grant');
    await house.query(`UPDATE grants SET ended_at = now(), ended_reason = 'revoked' WHERE id = $1`, [
      decodeJwt(answer.body.access_token!).sid,
    ]);
    const refused = await send(renewal(answer), proof);
    expect([refused.way, refused.body.error]).toEqual(['provider', 'invalid_grant']);
  });
});

it('a code with two assertions at once gives tokens once, and those are ended (RFC 9700 §4.5)', async () => {
  const { app, proof } = await keyed();
  const form = await codeForm(app);
  const answers = await Promise.all(Array.from({ length: 12 }, () => send(form, proof)));
  const won = answers.filter(({ status }) => status === 200);
  expect(won.length).toBe(1);
  expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body.error))).toEqual(
    new Set(['invalid_grant']),
  );
  expect((await send(renewal(won[0]!), proof)).body.error).toBe('invalid_grant');
});

it('an assertion works once, whichever way it takes', async () => {
  const { app, proof } = await keyed();
  const once = await proof();
  expect((await send(await codeForm(app), async () => once)).way).toBe('short');
  const again = await send(await codeForm(app), async () => once);
  expect([again.way, again.status, again.body.error]).toEqual(['provider', 401, 'invalid_client']);
});

it('what one request holds that no row can fails no request that shares its statement', async () => {
  const { app, proof } = await confidential();
  const strange = await codeForm(app, { nonce: 'a\u0000b' });
  const ordinary = await Promise.all(Array.from({ length: 8 }, () => codeForm(app)));
  const [, ...answers] = await Promise.all([strange, ...ordinary].map((form) => send(form, proof)));
  expect(answers.map(({ status, way }) => `${status} ${way}`)).toEqual(new Array(8).fill('200 short'));
});
