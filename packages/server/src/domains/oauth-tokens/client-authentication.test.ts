import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  basicOf,
  bearer,
  createTokenHouse,
  type TestClient,
  type TokenHouse,
} from '../../../test/token-house.ts';

let house: TokenHouse;
let key: string;
let token: string;
let web: TestClient;

beforeAll(async () => {
  house = await createTokenHouse({ OUTBOUND_ALLOW: '127.0.0.1' });
  key = await house.service('orders');
  web = await house.client('orders');
  token = (await house.signIn(await house.person(), 'orders')).accessToken;
});
afterAll(() => house.close());

const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const introspect = (form: Record<string, string>, headers?: Record<string, string>) =>
  house.post('/oauth/introspect', { token, ...form }, headers);

/** In a word or two what came of it. */
async function verdict(form: Record<string, string>, headers?: Record<string, string>): Promise<string> {
  const { status, body } = await introspect(form, headers);
  return status === 200 ? (body.active ? 'active' : 'inactive') : `${status} ${String(body.error)}`;
}

describe('one way to prove who asks (RFC 6749 §2.3)', () => {
  it('client_secret_basic with both halves form-encoded, client_secret_post, or a service key', async () => {
    expect(await verdict({}, web.basic)).toBe('active');
    expect(await verdict({ client_id: web.clientId, client_secret: web.secret })).toBe('active');
    expect(await verdict({}, bearer(key))).toBe('active');
    expect(await verdict({ client_id: web.clientId }, web.basic), 'its own name beside it').toBe('active');
  });

  it('a second secret is good while the first one is; an expired one is not', async () => {
    const client = await house.client('orders');
    await house.query('UPDATE client_secrets SET expires_at = $2 WHERE client_id = $1', [
      client.id,
      new Date(house.clock.now().getTime() + 60_000),
    ]);
    expect(await verdict({}, client.basic)).toBe('active');
    house.clock.pass(61);
    expect(await verdict({}, client.basic)).toBe('401 invalid_client');
  });

  const refused: Record<string, [string, () => Promise<[Record<string, string>, Record<string, string>?]>]> =
    {
      'a wrong secret': ['401 invalid_client', async () => [{}, basicOf(web.clientId, `${web.secret}x`)]],
      'an unknown client': ['401 invalid_client', async () => [{}, basicOf('nobody', web.secret)]],
      'the secret of another client': [
        '401 invalid_client',
        async () => [{}, basicOf(web.clientId, (await house.client('orders')).secret)],
      ],
      'an ended client': [
        '401 invalid_client',
        async () => {
          const client = await house.client('orders');
          await house.query('UPDATE clients SET ended_at = now() WHERE id = $1', [client.id]);
          return [{}, client.basic];
        },
      ],
      'a revoked service key': [
        '401 invalid_client',
        async () => {
          const revoked = await house.service(`s-${randomUUID().slice(0, 8)}`);
          await house.query('UPDATE service_keys SET revoked_at = now() WHERE prefix = $1', [
            `${revoked.slice(0, 10)}…`,
          ]);
          return [{}, bearer(revoked)];
        },
      ],
      'a service key with a typo': ['401 invalid_client', async () => [{}, bearer(`${key.slice(0, -1)}!`)]],
      'an access token as bearer': ['401 invalid_client', async () => [{}, bearer(token)]],
      'the name alone of a client that has a secret': [
        '401 invalid_client',
        async () => [{ client_id: web.clientId }],
      ],
      'a secret of a client that proves itself by key': [
        '401 invalid_client',
        async () => [
          {},
          (await house.client('orders', { method: 'private_key_jwt', jwks: { keys: [] } })).basic,
        ],
      ],
      'nothing at all': ['400 invalid_request', async () => [{}]],
      'two ways: Basic and the form': [
        '400 invalid_request',
        async () => [{ client_secret: web.secret }, web.basic],
      ],
      'two ways: a key and an assertion': [
        '400 invalid_request',
        async () => [{ client_assertion: 'x', client_assertion_type: type }, bearer(key)],
      ],
      'two ways: a secret and an assertion': [
        '400 invalid_request',
        async () => [
          { client_id: 'x', client_secret: 'y', client_assertion: 'z', client_assertion_type: type },
        ],
      ],
      'another name in the form': ['400 invalid_request', async () => [{ client_id: 'another' }, web.basic]],
      'Basic that is no base64': ['400 invalid_request', async () => [{}, { authorization: 'Basic ***' }]],
      'Basic without a colon': [
        '400 invalid_request',
        async () => [{}, { authorization: `Basic ${btoa('abc')}` }],
      ],
      'Basic with a broken escape': [
        '400 invalid_request',
        async () => [{}, { authorization: `Basic ${btoa('a%zz:b')}` }],
      ],
      'Basic without a secret': [
        '400 invalid_request',
        async () => [{}, { authorization: `Basic ${btoa('a:')}` }],
      ],
      'another scheme': ['400 invalid_request', async () => [{}, { authorization: 'Digest abc' }]],
      'a NUL in the name': ['401 invalid_client', async () => [{ client_id: 'a\0b', client_secret: 'c' }]],
      'an assertion without its type': ['400 invalid_request', async () => [{ client_assertion: 'a.b.c' }]],
      'an assertion of another type': [
        '400 invalid_request',
        async () => [
          {
            client_assertion: 'a.b.c',
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
          },
        ],
      ],
      'an assertion that is no JWT': [
        '400 invalid_request',
        async () => [{ client_assertion: 'hello', client_assertion_type: type }],
      ],
    };
  for (const [name, [expected, make]] of Object.entries(refused))
    it(`${name}: ${expected}`, async () => expect(await verdict(...(await make()))).toBe(expected));

  it('names the scheme to whoever used the header (RFC 6749 §5.2), and tells nothing of what was wrong', async () => {
    const { headers, body } = await introspect({}, basicOf(web.clientId, 'wrong'));
    expect(headers['www-authenticate']).toMatch(/^Basic realm=/);
    expect(body).toEqual({ error: 'invalid_client', error_description: 'client authentication failed' });
    expect((await introspect({}, basicOf('nobody', 'wrong'))).body).toEqual(body);
    expect(
      (await introspect({ client_id: web.clientId, client_secret: 'x' })).headers['www-authenticate'],
    ).toBeUndefined();
  });
});

/** A key pair with its public half as a JWK. */
function keyOf(
  algorithm: string,
  kid?: string,
): { privateKey: KeyObject; jwk: JsonWebKey & { kid?: string } } {
  const pair =
    algorithm === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : algorithm === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    privateKey: pair.privateKey,
    jwk: { ...pair.publicKey.export({ format: 'jwk' }), ...(kid ? { kid } : {}) },
  };
}

async function assertionOf(
  client: TestClient,
  signer: { privateKey: KeyObject; kid?: string; alg?: string },
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<{ client_assertion: string; client_assertion_type: string }> {
  const now = Math.floor(house.clock.now().getTime() / 1000);
  const jwt = new SignJWT({
    iss: client.clientId,
    sub: client.clientId,
    aud: house.issuer,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    ...claims,
  });
  jwt.setProtectedHeader({
    alg: signer.alg ?? 'EdDSA',
    ...(signer.kid ? { kid: signer.kid } : {}),
    ...header,
  });
  return {
    client_assertion: await jwt.sign(signer.privateKey, { crit: { exp: true } }),
    client_assertion_type: type,
  };
}

describe('private_key_jwt (RFC 7523 §2.2)', () => {
  for (const alg of ['EdDSA', 'ES256', 'RS256', 'PS256'])
    it(`takes ${alg}`, async () => {
      const { privateKey, jwk } = keyOf(alg, 'k1');
      const client = await house.client('orders', { method: 'private_key_jwt', jwks: { keys: [jwk] } });
      expect(await verdict(await assertionOf(client, { privateKey, kid: 'k1', alg }))).toBe('active');
      expect(await verdict(await assertionOf(client, { privateKey, alg })), 'without a key id').toBe(
        'active',
      );
    });

  it('takes each assertion once, of twenty that come at the same moment as well, at whichever endpoint', async () => {
    const { privateKey, jwk } = keyOf('EdDSA');
    const client = await house.client('orders', { method: 'private_key_jwt', jwks: { keys: [jwk] } });
    const assertion = await assertionOf(client, { privateKey });
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => verdict(assertion)));
    expect(verdicts.filter((one) => one === 'active')).toHaveLength(1);
    expect(verdicts.filter((one) => one === '401 invalid_client')).toHaveLength(19);
    expect((await house.post('/oauth/revoke', { token, ...assertion })).status).toBe(401);
  });

  it('a forged one uses nothing up', async () => {
    const { privateKey, jwk } = keyOf('EdDSA');
    const client = await house.client('orders', { method: 'private_key_jwt', jwks: { keys: [jwk] } });
    const jti = randomUUID();
    expect(await verdict(await assertionOf(client, { privateKey: keyOf('EdDSA').privateKey }, { jti }))).toBe(
      '401 invalid_client',
    );
    expect(await verdict(await assertionOf(client, { privateKey }, { jti }))).toBe('active');
  });

  const now = () => Math.floor(house.clock.now().getTime() / 1000);
  const wrong: Record<string, () => [Record<string, unknown>, Record<string, unknown>?]> = {
    'the address of the endpoint as audience': () => [{ aud: `${house.issuer}/oauth/introspect` }],
    'two audiences, one of them us': () => [{ aud: [house.issuer, 'https://elsewhere.example'] }],
    'another audience': () => [{ aud: 'https://elsewhere.example' }],
    'another issuer': () => [{ iss: 'somebody' }],
    'no expiry': () => [{ exp: undefined }],
    'an expiry that is text': () => [{ exp: String(now() + 60) }],
    'an expiry far away': () => [{ exp: now() + 3600 }],
    expired: () => [{ exp: now() - 1 }],
    'not valid yet': () => [{ nbf: now() + 300 }],
    'issued in the future': () => [{ iat: now() + 300 }],
    'no id': () => [{ jti: undefined }],
    'an endless id': () => [{ jti: 'x'.repeat(300) }],
    'a typ of ours': () => [{}, { typ: 'at+jwt' }],
    'a critical extension': () => [{}, { crit: ['exp'], exp: 1 }],
    'an embedded key': () => [{}, { jwk: keyOf('EdDSA').jwk }],
    'an address of keys': () => [{}, { jku: 'https://evil.example/jwks' }],
    'a certificate': () => [{}, { x5c: ['AAAA'] }],
    'a key id that is not registered': () => [{}, { kid: 'unknown' }],
  };
  for (const [name, make] of Object.entries(wrong))
    it(`refuses ${name}`, async () => {
      const { privateKey, jwk } = keyOf('EdDSA');
      const client = await house.client('orders', { method: 'private_key_jwt', jwks: { keys: [jwk] } });
      expect(await verdict(await assertionOf(client, { privateKey }, ...make()))).toBe('401 invalid_client');
    });

  it('takes the one audience as text or as a list of one', async () => {
    const { privateKey, jwk } = keyOf('EdDSA');
    const client = await house.client('orders', { method: 'private_key_jwt', jwks: { keys: [jwk] } });
    expect(await verdict(await assertionOf(client, { privateKey }, { aud: [house.issuer] }))).toBe('active');
  });

  it('never lets a key work for another algorithm than its own', async () => {
    const { privateKey, jwk } = keyOf('RS256');
    const client = await house.client('orders', {
      method: 'private_key_jwt',
      jwks: { keys: [{ ...jwk, alg: 'PS256' }] },
    });
    expect(await verdict(await assertionOf(client, { privateKey, alg: 'RS256' }))).toBe('401 invalid_client');
    expect(await verdict(await assertionOf(client, { privateKey, alg: 'PS256' }))).toBe('active');
  });
});

describe('keys at an address of the client (jwks_uri)', () => {
  let server: Server;
  let address: string;
  let reads = 0;
  let published: object[] = [];
  let status = 200;
  beforeAll(async () => {
    server = createServer((_, response) => {
      reads++;
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ keys: published }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('are read once, again for a new key, and a few times at the most for invented ones', async () => {
    const [first, second] = [keyOf('EdDSA', 'one'), keyOf('ES256', 'two')];
    published = [first.jwk];
    const client = await house.client('orders', { method: 'private_key_jwt', jwksUri: `${address}/a` });
    const by = (signer: typeof first, kid: string, alg = 'EdDSA') =>
      assertionOf(client, { privateKey: signer.privateKey, kid, alg });
    const verdicts = await Promise.all(
      Array.from({ length: 5 }, async () => verdict(await by(first, 'one'))),
    );
    expect(verdicts).toEqual(Array(5).fill('active'));
    expect(reads).toBe(1);
    published = [first.jwk, second.jwk];
    expect(await verdict(await by(second, 'two', 'ES256'))).toBe('active');
    expect(reads).toBe(2);
    const stranger = keyOf('EdDSA');
    for (let index = 0; index < 30; index++)
      expect(await verdict(await by(stranger, `invented-${index}`))).toBe('401 invalid_client');
    expect(reads).toBeLessThanOrEqual(6);
    // The flood can not keep a new key out for longer than an interval, and never those that are known.
    const third = keyOf('EdDSA', 'three');
    published = [third.jwk];
    expect(await verdict(await by(first, 'one'))).toBe('active');
    house.clock.pass(16);
    expect(await verdict(await by(third, 'three'))).toBe('active');
    expect(await verdict(await by(first, 'one')), 'a key that was withdrawn').toBe('401 invalid_client');
  });

  it('that does not answer: known keys serve for an hour, unknown ones are refused', async () => {
    const signer = keyOf('EdDSA', 'one');
    published = [signer.jwk];
    status = 200;
    const client = await house.client('orders', { method: 'private_key_jwt', jwksUri: `${address}/b` });
    const by = () => assertionOf(client, { privateKey: signer.privateKey, kid: 'one' });
    expect(await verdict(await by())).toBe('active');
    status = 500;
    house.clock.pass(600);
    token = (await house.signIn(await house.person(), 'orders')).accessToken;
    expect(await verdict(await by())).toBe('active');
    house.clock.pass(3600);
    token = (await house.signIn(await house.person(), 'orders')).accessToken;
    expect(await verdict(await by())).toBe('401 invalid_client');
    status = 200;
    house.clock.pass(11);
    expect(await verdict(await by())).toBe('active');
  });

  it('on a private address that the operator did not name are not fetched', async () => {
    const closed = await createTokenHouse();
    try {
      await closed.service('orders');
      const signer = keyOf('EdDSA');
      published = [signer.jwk];
      const client = await closed.client('orders', { method: 'private_key_jwt', jwksUri: `${address}/c` });
      const before = reads;
      const form = await assertionOf(client, signer);
      expect((await closed.post('/oauth/introspect', { token, ...form })).status).toBe(401);
      expect(reads).toBe(before);
    } finally {
      await closed.close();
    }
  });
});
