import { generateKeyPairSync } from 'node:crypto';
import {
  type Client,
  clientSecretsCreate,
  clientSecretsRevoke,
  clientsCreate,
  clientsEnd,
  clientsUpdate,
  servicesList,
} from '@castellan/contract';
import type { TestPlatform } from '@castellan/testkit';
import { touched } from '@castellan/testkit';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';

/** What operators do with clients, as the token endpoint sees it: nobody's password is anywhere in it. */

let house: OAuthHouse;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let service: string;
beforeAll(async () => {
  house = await createOAuthHouse();
  admin = await house.administrator();
  await house.service('orders');
  service = (await admin.call(servicesList)).result.items[0]!.id;
});
afterAll(() => house.close());

const paramsOf = ({ id }: Client) => ({ id: service, cid: id });
const machine = async (body: object = {}): Promise<Client> =>
  (
    await admin.call(clientsCreate, {
      params: { id: service },
      body: { name: 'Nightly export', grantTypes: ['client_credentials'], ...body },
    })
  ).result;
const secretOf = async (client: Client, body: { othersExpireAt?: Date } = {}) =>
  (await admin.call(clientSecretsCreate, { params: paramsOf(client), body })).result;

/** Asks for a token as the client would; answers with OAuth's error code, or `token`. */
async function ask({ clientId }: Client, secret: string): Promise<string> {
  const response = await fetch(`${house.issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const answer = (await response.json()) as { error?: string; access_token?: string };
  return answer.error ?? (answer.access_token ? 'token' : 'nothing');
}

describe('S7 a service proves itself by its own key (RFC 7523)', () => {
  it('registered with the public half; replaced by registering both, then the new one alone', async () => {
    const pair = (kid: string) => {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      return { kid, jwk: { ...publicKey.export({ format: 'jwk' }), kid }, privateKey };
    };
    const [old, fresh] = [pair('autumn'), pair('winter')] as const;
    const client = await machine({
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks: { keys: [old.jwk] },
    });
    const asks = async ({ privateKey, kid }: typeof old): Promise<string> => {
      const key = (await crypto.subtle.importKey(
        'pkcs8',
        privateKey.export({ format: 'der', type: 'pkcs8' }),
        'Ed25519',
        false,
        ['sign'],
      )) as oidc.CryptoKey;
      const configuration = await oidc.discovery(
        new URL(house.issuer),
        client.clientId,
        undefined,
        oidc.PrivateKeyJwt({ key, kid }),
        { execute: [oidc.allowInsecureRequests] },
      );
      return oidc.clientCredentialsGrant(configuration).then(
        ({ access_token }) => (access_token ? 'token' : 'nothing'),
        (error: { error?: string }) => error.error ?? String(error),
      );
    };
    const register = (...keys: (typeof old)[]) =>
      admin.call(clientsUpdate, {
        params: paramsOf(client),
        body: { jwks: { keys: keys.map(({ jwk }) => jwk) } },
      });
    expect([await asks(old), await asks(fresh)]).toEqual(['token', 'invalid_client']);
    await register(old, fresh);
    expect([await asks(old), await asks(fresh)]).toEqual(['token', 'token']);
    await register(fresh);
    expect([await asks(old), await asks(fresh)]).toEqual(['invalid_client', 'token']);
  });
});

describe('S7 a service proves itself by a secret', () => {
  it('replaced with an overlap: both work, then the old one is refused at the chosen moment', async () => {
    const client = await machine();
    const old = await secretOf(client);
    expect(await ask(client, old.secret)).toBe('token');
    expect(await ask(client, touched(old.secret))).toBe('invalid_client');
    const othersExpireAt = new Date(house.clock.now().getTime() + 600_000);
    const fresh = await secretOf(client, { othersExpireAt });
    expect([await ask(client, old.secret), await ask(client, fresh.secret)]).toEqual(['token', 'token']);
    house.clock.pass(601);
    expect([await ask(client, old.secret), await ask(client, fresh.secret)]).toEqual([
      'invalid_client',
      'token',
    ]);
  });

  it('revoked, of another client, or of a client that ended: refused on the next call', async () => {
    const client = await machine();
    const other = await machine();
    const made = await secretOf(client);
    const others = await secretOf(other);
    expect(await ask(client, others.secret)).toBe('invalid_client');
    await admin.call(clientSecretsRevoke, { params: { ...paramsOf(client), sid: made.id } });
    expect(await ask(client, made.secret)).toBe('invalid_client');
    expect(await ask(other, others.secret)).toBe('token');
    await admin.call(clientsEnd, { params: paramsOf(other) });
    expect(await ask(other, others.secret)).toBe('invalid_client');
  });

  it('an edit counts from the next call on: another way to prove itself, another use', async () => {
    const client = await machine();
    const { secret } = await secretOf(client);
    const body = { grantTypes: ['authorization_code' as const], redirectUris: ['https://a.example.com/cb'] };
    await admin.call(clientsUpdate, { params: paramsOf(client), body });
    expect(await ask(client, secret)).not.toBe('token');
    await admin.call(clientsUpdate, {
      params: paramsOf(client),
      body: { tokenEndpointAuthMethod: 'none' },
    });
    expect(await ask(client, secret)).toBe('invalid_client');
  });
});
