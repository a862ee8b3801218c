import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, createTokenHouse, type TestClient, type TokenHouse } from '../../../test/token-house.ts';

let house: TokenHouse;
let orders: { authorization: string };
let machine: TestClient;
beforeAll(async () => {
  house = await createTokenHouse();
  orders = bearer(await house.service('orders'));
  await house.service('billing');
  machine = await register();
});
afterAll(() => house.close());

async function register(facts: Parameters<TokenHouse['client']>[1] = {}): Promise<TestClient> {
  const client = await house.client('orders', { grantTypes: ['client_credentials'], ...facts });
  await house.query(`UPDATE clients SET allowed_scopes = '{openid,orders:read,orders:write}' WHERE id = $1`, [
    client.id,
  ]);
  return client;
}

const ask = (form: Record<string, string> = {}, headers: Record<string, string> = machine.basic) =>
  house.post('/oauth/token', { grant_type: 'client_credentials', ...form }, headers);
const claimsOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[1]!, 'base64url').toString());

describe('a service’s own token (RFC 6749 §4.4)', () => {
  it('is for its own service, lives five minutes, and is active until its client ends', async () => {
    const { status, body, headers } = await ask({ scope: 'orders:read' });
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_in: 300,
      token_type: 'Bearer',
      scope: 'orders:read',
    });
    expect(claimsOf(body.access_token)).toMatchObject({
      iss: house.issuer,
      sub: machine.clientId,
      client_id: machine.clientId,
      aud: 'orders',
      scope: 'orders:read',
    });
    const told = await house.post('/oauth/introspect', { token: String(body.access_token) }, orders);
    expect(told.body).toMatchObject({ active: true, sub: machine.clientId, scope: 'orders:read' });
  });

  it('never holds a scope that the client was not registered with', async () => {
    const { body } = await ask({ scope: 'orders:read admin' });
    expect(body.error ?? claimsOf(body.access_token).scope).toMatch(/^(invalid_scope|orders:read)$/);
  });

  it('says the same whether the provider answers or the short way does', async () => {
    const plain = await ask({ scope: 'orders:read' });
    // A parameter that is none of its own is for the provider to judge, so this takes the long way.
    const long = await ask({ scope: 'orders:read', unknown: 'x' });
    const shapeOf = ({ status, body }: typeof plain) => {
      const { iat, exp, jti: _, ...claims } = claimsOf(body.access_token);
      return { status, body: { ...body, access_token: '' }, claims, life: exp - iat };
    };
    expect(shapeOf(long)).toEqual(shapeOf(plain));
  });

  it('by private_key_jwt: an assertion works once, whichever way it takes', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const client = await register({
      method: 'private_key_jwt',
      jwks: { keys: [publicKey.export({ format: 'jwk' })] },
    });
    const sign = () =>
      new SignJWT({ iss: client.clientId, sub: client.clientId, aud: house.issuer, jti: randomUUID() })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(privateKey);
    const formOf = (assertion: string) => ({
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const [first, second, third] = [formOf(await sign()), formOf(await sign()), formOf(await sign())];
    expect((await ask(first, {})).status).toBe(200);
    expect((await ask(first, {})).body.error, 'again').toBe('invalid_client');
    expect((await ask({ ...second, unknown: 'x' }, {})).status, 'by the provider').toBe(200);
    expect((await ask(second, {})).body.error, 'again by the short way').toBe('invalid_client');
    // What is refused for another reason uses nothing up.
    expect((await ask({ ...third, resource: 'urn:castellan:service:billing' }, {})).status).toBe(400);
  });

  const refused: Record<string, [string, () => Promise<{ status: number; body: Record<string, unknown> }>]> =
    {
      'another service': ['400 invalid_target', () => ask({ resource: 'urn:castellan:service:billing' })],
      'a wrong secret': [
        '401 invalid_client',
        () => ask({}, { authorization: `Basic ${btoa('nobody:wrong')}` }),
      ],
      'no proof': ['400 invalid_request', () => ask({}, {})],
      'a client that may not': [
        '400 invalid_request',
        async () =>
          ask(
            {},
            (await register({ grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'] })).basic,
          ),
      ],
    };
  for (const [name, [expected, request]] of Object.entries(refused))
    it(`is refused for ${name}: ${expected}`, async () => {
      const { status, body } = await request();
      expect(`${status} ${String(body.error)}`).toBe(expected);
    });
});
