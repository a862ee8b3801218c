import { randomUUID } from 'node:crypto';
import { touched } from '@castellan/testkit';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOAuthHouse, type OAuthHouse, type OAuthTestClient } from '../../../test/oauth-house.ts';

let house: OAuthHouse;
let app: OAuthTestClient;
beforeAll(async () => {
  house = await createOAuthHouse();
  app = await house.client({ grantTypes: ['client_credentials'] });
});
afterAll(() => house.close());

it('a client whose clock is an hour slow is given a nonce and gets its token with it (RFC 9449 §8)', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const address = `${house.issuer}/oauth/token`;
  const ask = async (nonce?: string) => {
    const proof = await new SignJWT({
      jti: randomUUID(),
      htm: 'POST',
      htu: address,
      iat: Math.floor(Date.now() / 1000) - 3600,
      ...(nonce === undefined ? {} : { nonce }),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(privateKey);
    return fetch(address, {
      method: 'POST',
      headers: {
        dpop: proof,
        authorization: `Basic ${Buffer.from(`${app.clientId}:${app.secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
  };
  const refused = await ask();
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ error: 'use_dpop_nonce' });
  const nonce = refused.headers.get('dpop-nonce')!;
  const given = await ask(nonce);
  const tokens = (await given.json()) as { access_token: string; token_type: string };
  expect([given.status, tokens.token_type]).toEqual([200, 'DPoP']);
  const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1]!, 'base64url').toString());
  expect(claims.cnf.jkt).toBe(await calculateJwkThumbprint(jwk));
  // A nonce that is not of this platform is worth nothing.
  const forged = await ask(touched(nonce));
  expect(await forged.json()).toMatchObject({ error: 'use_dpop_nonce' });
});
