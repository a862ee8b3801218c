import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createKeySet } from '@castellan/sdk/key-set';
import { expect, it } from 'vitest';
import { type CalledWith, type TokenRules, verifyAdminToken } from './verify-token.ts';

const page = readFileSync(new URL('../../../../docs/reference/admin-token.md', import.meta.url), 'utf8');
const blocks = [...page.slice(page.indexOf('## Test vector')).matchAll(/```\w+\n([\s\S]*?)```/g)].map(
  ([, text = '']) => text.trim(),
);
const [jwk = '', body = '', claims = '', token = ''] = blocks;
const { d: _, ...publicKey } = JSON.parse(jwk) as Record<string, unknown>;

const call: CalledWith = { method: 'POST', bodyText: body, correlationId: 'click-00000001' };
const rules = (second: number): TokenRules => ({
  issuer: 'https://id.example.com',
  audience: 'orders',
  clockSkewSeconds: 30,
  now: () => second * 1000,
  keys: createKeySet({ read: async () => ({ keys: [publicKey] }) }),
});
const verify = (second: number, more: Partial<CalledWith> = {}, other: Partial<TokenRules> = {}) =>
  verifyText(token.replaceAll('\n', ''), { ...call, ...more }, { ...rules(second), ...other });
const verifyText = (text: string, how = call, by = rules(1790000000)) =>
  verifyAdminToken(text, how, by).catch(
    ({ code, details }: { code: string; details?: { reason: string } }) => details?.reason ?? code,
  );

it('the token of docs/reference/admin-token.md is taken and refused as the page says', async () => {
  expect(await verify(1790000000)).toEqual(JSON.parse(claims));
  expect(await verify(1790000090)).toEqual(JSON.parse(claims));
  expect(await verify(1790000091)).toBe('TOKEN_EXPIRED');
  expect(await verify(1789999969)).toBe('issued_in_future');
  expect(await verify(1790000000, { bodyText: body.replace('É', 'E') })).toBe('body');
  expect(await verify(1790000000, { method: 'GET' })).toBe('method');
  expect(await verify(1790000000, {}, { audience: 'billing' })).toBe('audience');
});

it('a header that was read before says nothing about its key, and lets no other spelling in', async () => {
  expect(await verify(1790000000)).toEqual(JSON.parse(claims));
  const { publicKey: other } = generateKeyPairSync('ed25519');
  const keys = (jwks: readonly object[]) => ({ keys: createKeySet({ read: async () => ({ keys: jwks }) }) });
  const { kid } = publicKey;
  const jwkOfOther = { ...other.export({ format: 'jwk' }), alg: 'EdDSA', use: 'sig' };
  expect(await verify(1790000000, {}, keys([{ ...jwkOfOther, kid: 'another' }]))).toBe('key');
  expect(await verify(1790000000, {}, keys([{ ...jwkOfOther, kid }]))).toBe('signature');
  expect(await verify(1790000000, {}, keys([{ ...publicKey, alg: 'ES256' }]))).not.toHaveProperty('jti');
  const [head = '', payload = '', signature = ''] = token.replaceAll('\n', '').split('.');
  const swapped = (at: string) => (at.endsWith('A') ? `${at.slice(0, -1)}B` : `${at.slice(0, -1)}A`);
  for (const forged of [
    `${swapped(head)}.${payload}.${signature}`,
    `${head}A.${payload}.${signature}`,
    `${head}.${payload}A.${signature}`,
    `${head}.${payload}.${signature}AA`,
    `${head}=.${payload}.${signature}`,
    `${head}.${head}.${payload}.${signature}`,
  ])
    expect(await verifyText(forged)).toMatch(/^(malformed|signature|type|algorithm|key)$/);
});
