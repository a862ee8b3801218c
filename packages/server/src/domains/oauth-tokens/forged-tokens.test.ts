import { type SignatureAlgorithm, sessionsCheck, signatureAlgorithms } from '@castellan/contract';
import { createCastellan } from '@castellan/sdk';
import { freePort } from '@castellan/testkit';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ForgeryClass, forgeTokens } from '../../../test/forged-tokens.ts';
import { bearer, createTokenHouse, type TokenHouse } from '../../../test/token-house.ts';
import type { Claims } from '../../platform/keys/jwt.ts';

let house: TokenHouse;
let key: string;
const genuine = {} as Record<SignatureAlgorithm, string>;
const forged = {} as Record<SignatureAlgorithm, ForgeryClass[]>;
const table: Record<
  string,
  { tokens: number; server: string; sdk: string; introspection: string; 'session check': string }
> = {};

beforeAll(async () => {
  const port = await freePort();
  house = await createTokenHouse({ PUBLIC_URL: `http://127.0.0.1:${port}` });
  await house.platform.publicListener.listen({ host: '127.0.0.1', port });
  key = await house.service('orders');
  await house.service('billing');
  const { keys } = house.platform;
  await keys.ensure(['ES256', 'RS256']);
  const { accessToken } = await house.signIn(await house.person(), 'orders');
  const claims = decodeJwt(accessToken) as Claims;
  for (const algorithm of signatureAlgorithms) {
    genuine[algorithm] =
      algorithm === 'EdDSA' ? accessToken : house.platform.jwts.sign('at+jwt', claims, algorithm);
    forged[algorithm] = forgeTokens({
      ...keys.current(algorithm),
      genuine: genuine[algorithm],
      otherKeys: signatureAlgorithms
        .filter((other) => other !== algorithm)
        .map((other) => keys.current(other)),
      now: Math.floor(house.clock.now().getTime() / 1000),
    });
  }
});
afterAll(async () => {
  console.table(table);
  await house.close();
});

const castellan = () =>
  createCastellan({ issuer: house.issuer, service: 'orders', serviceKey: key, timeoutMs: 10_000 });

it.each(signatureAlgorithms)(
  'the genuine token with %s is taken by all four, so that a refusal says something',
  async (algorithm) => {
    const token = genuine[algorithm];
    expect(decodeProtectedHeader(token).alg).toBe(algorithm);
    expect(house.platform.jwts.verify('at+jwt', token).ok).toBe(true);
    expect((await castellan().verify(token)).ok).toBe(true);
    expect((await house.post('/oauth/introspect', { token }, bearer(key))).body.active).toBe(true);
    const answer = await house.caller(bearer(key)).call(sessionsCheck, { body: { tokens: [token] } });
    expect(answer.result.results[0]!.active).toBe(true);
  },
);

describe.each(signatureAlgorithms)(
  'every forgery of a token with %s is refused by the server’s verification, the SDK, introspection and the session check',
  (algorithm) => {
    it('class by class', async () => {
      const sdk = castellan();
      for (const { name, tokens, byClaims, byGrant } of forged[algorithm]) {
        const counts = { server: 0, sdk: 0, introspection: 0, sessions: 0 };
        for (const token of tokens) {
          expect(token, name).not.toBe(genuine[algorithm]);
          if (!byClaims && !house.platform.jwts.verify('at+jwt', token).ok) counts.server++;
          if (!byGrant && !(await sdk.verify(token)).ok) counts.sdk++;
          const { status, body } = await house.post('/oauth/introspect', { token }, bearer(key));
          const refused =
            status === 200 ? JSON.stringify(body) === '{"active":false}' : body.error === 'invalid_request';
          if (refused && (status === 200 || token === '' || token.length > 50_000 || status === 413))
            counts.introspection++;
          if (token.length > 4096) counts.sessions++;
          else {
            const answer = await house.caller(bearer(key)).call(sessionsCheck, { body: { tokens: [token] } });
            if (answer.result.results[0]!.active === false) counts.sessions++;
          }
        }
        const all = tokens.length;
        table[`${algorithm}: ${name}`] = {
          tokens: all,
          server: byClaims ? '–' : `${counts.server} refused`,
          sdk: byGrant ? '–' : `${counts.sdk} refused`,
          introspection: `${counts.introspection} refused`,
          'session check': `${counts.sessions} refused`,
        };
        expect([name, counts]).toEqual([
          name,
          { server: byClaims ? 0 : all, sdk: byGrant ? 0 : all, introspection: all, sessions: all },
        ]);
      }
    });

    it('more than 300 of them, in more than 20 classes', () => {
      const classes = forged[algorithm];
      expect(classes.length).toBeGreaterThan(20);
      expect(classes.reduce((sum, { tokens }) => sum + tokens.length, 0)).toBeGreaterThan(300);
    });
  },
);
