import { createHash, createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AdminTokenClaims, adminTokenLifeSeconds, adminTokenType } from '@castellan/contract';
import { calculateJwkThumbprint, importJWK, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { createJwts } from '../../platform/keys/jwt.ts';
import type { SigningKeys } from '../../platform/keys/signing-keys.ts';
import { surfaceAddress } from './admin-address.ts';
import { mintAdminToken } from './admin-tokens.ts';

const page = readFileSync(new URL('../../../../../docs/reference/admin-token.md', import.meta.url), 'utf8');
const vector = page.slice(page.indexOf('## Test vector'));
const blocks = [...vector.matchAll(/```(?:json|text)\n([\s\S]*?)\n```/g)].map(([, text = '']) => text);
const jwk = JSON.parse(blocks[0]!) as JsonWebKey & { readonly kid: string };
const body = blocks[1]!;
const claims = JSON.parse(blocks[2]!) as AdminTokenClaims;
const token = blocks[3]!.replaceAll('\n', '');
const at = (second: number) => new Date(second * 1000);

const verify = (options: { readonly second?: number; readonly audience?: string } = {}) =>
  importJWK({ kty: 'OKP', crv: 'Ed25519', x: jwk.x! }, 'EdDSA').then((key) =>
    jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: adminTokenType,
      issuer: 'https://id.example.com',
      audience: options.audience ?? 'orders',
      clockTolerance: 30,
      currentDate: at(options.second ?? claims.iat),
    }),
  );

it('the test vector of docs/reference/admin-token.md verifies: key, signature, claims, digest of the body', async () => {
  const { payload, protectedHeader } = await verify();
  expect(payload).toEqual(claims);
  expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'castellan-admin+jwt', kid: jwk.kid });
  expect(await calculateJwkThumbprint(jwk as never)).toBe(jwk.kid);
  expect(createHash('sha256').update(body, 'utf8').digest('base64url')).toBe(claims.body_sha256);
  expect(createHash('sha256').update(body.replace('É', 'E')).digest('base64url')).not.toBe(
    claims.body_sha256,
  );
  expect(AdminTokenClaims.parse(payload)).toEqual(claims);
  expect(claims.exp - claims.iat).toBe(adminTokenLifeSeconds);
});

it('the vector is refused where the page says so', async () => {
  await verify({ second: 1790000089 });
  await expect(verify({ second: 1790000091 })).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
  expect(claims.iat).toBeGreaterThan(1789999969 + 30);
  await expect(verify({ audience: 'billing' })).rejects.toMatchObject({ claim: 'aud' });
});

it('the platform mints just that token: same header, same claims in the same order, but for the name of the token', () => {
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const key = { kid: jwk.kid, algorithm: 'EdDSA', privateKey, publicKey: createPublicKey(privateKey) };
  const clock = { now: () => at(claims.iat) };
  const jwts = createJwts(
    { current: () => key, find: () => key, version: 1 } as unknown as SigningKeys,
    clock,
  );
  const minted = mintAdminToken(
    { jwts, clock, issuer: claims.iss },
    {
      service: claims.aud,
      operator: { userId: claims.sub, email: claims.email, name: claims.name },
      role: claims.role,
      method: 'POST',
      body,
      correlationId: claims.correlation_id,
    },
  );
  const [header, payload] = minted.split('.');
  expect(header).toBe(token.split('.')[0]);
  const written = Buffer.from(payload!, 'base64url').toString();
  const { jti } = JSON.parse(written) as { jti: string };
  expect(written.replace(jti, claims.jti)).toBe(JSON.stringify(claims));
});

it('the page names every claim that there is', () => {
  const rows = page.slice(page.indexOf('## The token'), page.indexOf('## What the product checks'));
  for (const name of Object.keys(AdminTokenClaims.shape)) expect(rows).toContain(`\`${name}\``);
});

it.each([
  ['https://orders.example.com', 'https://orders.example.com/api/admin-machine-intent'],
  ['https://orders.example.com/', 'https://orders.example.com/api/admin-machine-intent'],
  ['https://example.com/orders', 'https://example.com/orders/api/admin-machine-intent'],
  ['https://orders.example.com/api', 'https://orders.example.com/api/admin-machine-intent'],
  ['https://orders.example.com/x/admin-machine-intent', 'https://orders.example.com/x/admin-machine-intent'],
])('the surface of %s is at %s', (adminUrl, address) => {
  expect(surfaceAddress(adminUrl)).toBe(address);
});
