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
  verifyAdminToken(token.replaceAll('\n', ''), { ...call, ...more }, { ...rules(second), ...other }).catch(
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
