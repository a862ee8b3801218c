import { createHmac, generateKeyPairSync } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSigningKey, StandInIssuer, send, serviceKey } from '../../test/stand-in-issuer.ts';
import { type Castellan, createCastellan } from './castellan.ts';
import { createKeySet } from './key-set.ts';

let issuer: StandInIssuer;
let castellan: Castellan;
let nowMs = 0;

function create(): Castellan {
  return createCastellan({
    issuer: issuer.address,
    service: 'orders',
    serviceKey,
    timeoutMs: 500,
    clock: { now: () => Date.now() + nowMs, sleep: () => Promise.resolve() },
  });
}

beforeAll(async () => {
  issuer = await StandInIssuer.start();
});
afterAll(() => issuer.stop());
beforeEach(() => {
  nowMs = 0;
  issuer.published = [issuer.key.publicJwk];
  issuer.intercept = () => false;
  issuer.arrived.length = 0;
  castellan = create();
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function refusal(token: string): Promise<string> {
  const outcome = await castellan.verify(token);
  return outcome.ok ? 'accepted' : `${outcome.status} ${outcome.code}`;
}

describe('verify', () => {
  test('gives the identity that a genuine token names, and its role as a hint only', async () => {
    const outcome = await castellan.verify(await issuer.token());
    expect(outcome).toEqual({
      ok: true,
      identity: {
        userId: '01890000-0000-7000-8000-000000000001',
        email: 'ada@example.com',
        name: 'Ada',
        sessionId: '01890000-0000-7000-8000-0000000000aa',
        workspaceId: '01890000-0000-7000-8000-0000000000ff',
        hints: { workspaceRole: 'editor' },
        expiresAt: expect.any(Date),
      },
    });
  });

  test('tells who acts as the person, and takes nothing for it that is no actor', async () => {
    const act = { sub: 'operator', impersonation_session_id: 's', allow_writes: false };
    expect(await castellan.verify(await issuer.token({ act }))).toMatchObject({
      ok: true,
      identity: { act },
    });
    for (const wrong of ['operator', [act], null, 1])
      expect(await castellan.verify(await issuer.token({ act: wrong }))).toMatchObject({
        code: 'token_invalid',
      });
  });

  test('never asks about liveness, and reads the keys once for many tokens at the same moment', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => issuer.token()));
    const outcomes = await Promise.all(tokens.map((token) => castellan.verify(token)));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(issuer.arrived.map(({ path }) => path)).toEqual(['/.well-known/jwks.json']);
  });

  test('a known answer: a token made elsewhere with the example key of RFC 8037 appendix A', async () => {
    const jwk = {
      kty: 'OKP',
      crv: 'Ed25519',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      kid: 'rfc8037',
    };
    const token = [
      'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6InJmYzgwMzcifQ',
      'eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwiYXVkIjoib3JkZXJzIiwic3ViIjoidTEiLCJzaWQiOiJzMSIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwOTAwfQ',
      'zqWXzI4DmUnCgJOwd-GiXR5_hDOlAUIc3bwqgOJZAOos2Y9iNGiIMS-HUUbavjlwN8Bx3LvvMOR06IvwQj-WBQ',
    ].join('.');
    const verifyWith = (x: string) =>
      createCastellan({
        issuer: 'https://id.example.com',
        service: 'orders',
        serviceKey,
        clock: { now: () => 1_800_000_100_000, sleep: () => Promise.resolve() },
        fetch: async () => Response.json({ keys: [{ ...jwk, x }] }),
      }).verify(token);
    expect(await verifyWith(jwk.x)).toMatchObject({
      ok: true,
      identity: { userId: 'u1', sessionId: 's1', hints: {} },
    });
    expect(await verifyWith(issuer.key.publicJwk.x!)).toMatchObject({ ok: false, code: 'token_invalid' });
  });

  describe('refuses with token_invalid', () => {
    const attacks: Record<string, () => Promise<string> | string> = {
      'alg none (RFC 8725 §2.1)': async () => {
        const [, payload] = (await issuer.token()).split('.');
        return `${encode({ alg: 'none', typ: 'at+jwt', kid: issuer.key.kid })}.${payload}.`;
      },
      'alg none with a signature kept': async () => {
        const [, payload, signature] = (await issuer.token()).split('.');
        return `${encode({ alg: 'none', typ: 'at+jwt', kid: issuer.key.kid })}.${payload}.${signature}`;
      },
      'HS256 keyed with the public key (RFC 8725 §2.1)': async () => {
        const [, payload] = (await issuer.token()).split('.');
        const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: issuer.key.kid })}.${payload}`;
        const secret = Buffer.from(issuer.key.publicJwk.x!, 'base64url');
        return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
      },
      'another algorithm under a published key id': async () => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return new SignJWT({ iss: issuer.address, aud: 'orders', sub: 'x', sid: 'y' })
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: issuer.key.kid })
          .setIssuedAt()
          .setExpirationTime('5m')
          .sign(privateKey);
      },
      'another typ: the console session (RFC 8725 §3.11)': () =>
        issuer.token({}, { typ: 'admin-session+jwt' }),
      'typ JWT': () => issuer.token({}, { typ: 'JWT' }),
      'another audience': () => issuer.token({ aud: 'billing' }),
      'several audiences': () => issuer.token({ aud: ['orders', 'billing'] }),
      'another issuer': () => issuer.token({ iss: 'https://evil.example' }),
      'an issuer that only begins the same': () => issuer.token({ iss: `${issuer.address}.evil.example` }),
      'an issue time beyond the skew': () =>
        issuer.token({ iat: Math.floor(Date.now() / 1000) + 120, exp: Math.floor(Date.now() / 1000) + 900 }),
      'not yet valid': () => issuer.token({ nbf: Math.floor(Date.now() / 1000) + 120 }),
      'no expiry': () => issuer.token({ exp: undefined as never }),
      'an expiry that is text': () => issuer.token({ exp: '9999999999' as never }),
      'no subject': () => issuer.token({ sub: '' }),
      'no session': () => issuer.token({ sid: 7 as never }),
      'an embedded jwk that signed it (CVE-2018-0114)': async () => {
        const own = await createSigningKey(issuer.key.kid);
        return issuer.token({}, { jwk: own.publicJwk }, own);
      },
      'a genuine token with a jwk member': () => issuer.token({}, { jwk: issuer.key.publicJwk }),
      'a jku': () => issuer.token({}, { jku: 'http://127.0.0.1:9/keys' }),
      'an x5u': () => issuer.token({}, { x5u: 'http://127.0.0.1:9/certificate' }),
      'an x5c': () => issuer.token({}, { x5c: ['AAAA'] }),
      'a crit that is not understood': async () => {
        const [, payload, signature] = (await issuer.token()).split('.');
        const header = { alg: 'EdDSA', typ: 'at+jwt', kid: issuer.key.kid, crit: ['x'], x: 1 };
        return `${encode(header)}.${payload}.${signature}`;
      },
      'no key id': () => issuer.token({}, { kid: undefined }),
      'a key id that is not text': () => issuer.token({}, { kid: 7 }),
      'another key under a published id': async () =>
        issuer.token({}, {}, await createSigningKey(issuer.key.kid)),
      'a payload changed after signing': async () => {
        const [header, payload, signature] = (await issuer.token()).split('.');
        const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString());
        return `${header}.${encode({ ...claims, sub: 'somebody-else' })}.${signature}`;
      },
      'a signature cut short': async () => (await issuer.token()).slice(0, -8),
      'a payload that is not JSON': async () => {
        const { CompactSign } = await import('jose');
        return new CompactSign(new TextEncoder().encode('not json'))
          .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: issuer.key.kid })
          .sign(issuer.key.privateKey);
      },
      'a payload that is JSON null': async () => {
        const { CompactSign } = await import('jose');
        return new CompactSign(new TextEncoder().encode('null'))
          .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: issuer.key.kid })
          .sign(issuer.key.privateKey);
      },
      'a header that is not JSON': () => `${Buffer.from('{').toString('base64url')}.e30.AAAA`,
      'two parts': () => 'e30.e30',
      'five parts (an encrypted token)': () => 'e30.e30.e30.e30.e30',
      'an empty text': () => '',
      'a genuine token of more than 4 KiB': () => issuer.token({ name: 'x'.repeat(5000) }),
      'a megabyte of letters': () => 'a'.repeat(1_000_000),
      'an opaque token': () => 'crt_0123456789abcdef',
    };
    for (const [name, make] of Object.entries(attacks))
      test(name, async () => {
        expect(await refusal(await make())).toBe('401 token_invalid');
      });
  });

  test('an expired token is refused as such, after a minute of skew', async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await refusal(await issuer.token({ iat: now - 900, exp: now - 30 }))).toBe('accepted');
    expect(await refusal(await issuer.token({ iat: now - 900, exp: now - 61 }))).toBe('401 token_expired');
    expect(await refusal(await issuer.token({ iat: now + 50 }))).toBe('accepted');
  });

  test('a token that was verified before expires all the same', async () => {
    const token = await issuer.token();
    expect(await refusal(token)).toBe('accepted');
    nowMs = 961_000;
    expect(await refusal(token)).toBe('401 token_expired');
  });

  test('a token that was verified before is refused once its key is withdrawn', async () => {
    const token = await issuer.token();
    expect(await refusal(token)).toBe('accepted');
    issuer.published = [(await createSigningKey()).publicJwk];
    nowMs = 5 * 60_000;
    await castellan.verify(token);
    await expect.poll(() => refusal(token)).toBe('401 token_invalid');
  });

  test('tokens that can not be genuine cost no request', async () => {
    await castellan.verify('garbage');
    await castellan.verify(await issuer.token({}, { typ: 'JWT' }));
    await castellan.verify(await issuer.token({}, { alg: 'EdDSA', jku: 'http://127.0.0.1:9/keys' }));
    expect(issuer.arrived).toEqual([]);
  });
});

describe('what a client chose for its access tokens', () => {
  test.each(['ES256', 'RS256'] as const)(
    '%s is taken with its own key, and no other algorithm is',
    async (alg) => {
      const key = await createSigningKey('chosen', alg);
      issuer.published = [issuer.key.publicJwk, key.publicJwk];
      expect(await refusal(await issuer.token({}, {}, key))).toBe('accepted');
      expect(await refusal(await issuer.token())).toBe('accepted');
      const stranger = await createSigningKey('chosen', alg);
      expect(await refusal(await issuer.token({}, {}, stranger))).toBe('401 token_invalid');
      expect(await refusal(await issuer.token({}, { kid: issuer.key.kid }, key))).toBe('401 token_invalid');
      const confused = { ...issuer.key, kid: 'chosen' };
      expect(await refusal(await issuer.token({}, {}, confused))).toBe('401 token_invalid');
      expect(await refusal(await issuer.token({}, { typ: 'JWT' }, key))).toBe('401 token_invalid');
    },
  );

  test('a key is for one algorithm: RSA for RS256 alone, and only where the document says so', async () => {
    const { privateKey, publicKey } = await generateKeyPair('PS256', { extractable: true });
    const pss = {
      kid: 'pss',
      privateKey,
      publicJwk: { ...(await exportJWK(publicKey)), kid: 'pss', alg: 'PS256' },
    };
    issuer.published = [issuer.key.publicJwk, pss.publicJwk];
    expect(await refusal(await issuer.token({}, {}, pss))).toBe('401 token_invalid');
    const rsa = await createSigningKey('rsa', 'RS256');
    const { alg: _, ...unsaid } = rsa.publicJwk;
    issuer.published = [issuer.key.publicJwk, unsaid];
    expect(await refusal(await issuer.token({}, {}, rsa))).toBe('401 token_invalid');
  });

  test('a key of another algorithm is none for who asks for EdDSA: admin tokens are never signed with it', async () => {
    const rsa = await createSigningKey('rsa', 'RS256');
    const keys = createKeySet({ read: async () => ({ keys: [issuer.key.publicJwk, rsa.publicJwk] }) });
    expect((await keys.find(issuer.key.kid)).found).toBe(true);
    expect(await keys.find('rsa')).toEqual({ found: false });
    expect((await keys.find('rsa', 'RS256')).found).toBe(true);
  });
});

describe('the platform’s keys', () => {
  test('a key that appears while running is found at once, and everybody who waited gets it', async () => {
    await castellan.verify(await issuer.token());
    const next = await createSigningKey();
    issuer.published = [issuer.key.publicJwk, next.publicJwk];
    const tokens = await Promise.all(Array.from({ length: 10 }, () => issuer.token({}, {}, next)));
    const outcomes = await Promise.all(tokens.map((token) => castellan.verify(token)));
    expect(outcomes.map(({ ok }) => ok)).toEqual(Array(10).fill(true));
    expect(issuer.keyReads).toBe(2);
  });

  test('a flood of invented key ids causes a few reads, and can not keep a new key out', async () => {
    await castellan.verify(await issuer.token());
    const stranger = await createSigningKey();
    for (let index = 0; index < 300; index += 1)
      expect(await refusal(await issuer.token({}, { kid: `invented-${index}` }, stranger))).toBe(
        '401 token_invalid',
      );
    expect(issuer.keyReads).toBeLessThanOrEqual(5);

    const next = await createSigningKey();
    issuer.published = [issuer.key.publicJwk, next.publicJwk];
    nowMs += 30_000;
    // The flood takes the one read of this interval; it brings the new key for everybody.
    expect(await refusal(await issuer.token({}, { kid: 'invented-again' }, stranger))).toBe(
      '401 token_invalid',
    );
    expect(await refusal(await issuer.token({}, {}, next))).toBe('accepted');
  });

  test('one invented key id does not delay a new key', async () => {
    await castellan.verify(await issuer.token());
    await castellan.verify(await issuer.token({}, { kid: 'invented' }));
    const next = await createSigningKey();
    issuer.published = [next.publicJwk];
    expect(await refusal(await issuer.token({}, {}, next))).toBe('accepted');
  });

  test('are kept while the platform is away, long beyond their age', async () => {
    expect(await refusal(await issuer.token())).toBe('accepted');
    issuer.intercept = (_, response) => {
      response.destroy();
      return true;
    };
    nowMs = 3600_000;
    const late = Math.floor(Date.now() / 1000) + 3600;
    expect(await refusal(await issuer.token({ iat: late, exp: late + 900 }))).toBe('accepted');
  });

  test('an unknown key while the platform is away is 503, never a yes and never the caller’s fault', async () => {
    issuer.intercept = (_, response) => {
      response.destroy();
      return true;
    };
    const outcome = await castellan.verify(await issuer.token());
    expect(outcome).toMatchObject({ ok: false, status: 503, code: 'unavailable', retryAfter: 1 });
    issuer.intercept = () => false;
    nowMs = 1000;
    expect(await refusal(await issuer.token())).toBe('accepted');
  });

  test('keys of other kinds and broken documents are passed over, and the good ones stay', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    issuer.published = [
      { ...(await exportJWK(publicKey)), kid: 'rsa' },
      { kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'short' },
      { ...issuer.key.publicJwk, use: 'enc', kid: 'for-encryption' },
      issuer.key.publicJwk,
    ];
    expect(await refusal(await issuer.token())).toBe('accepted');
    expect(await refusal(await issuer.token({}, { kid: 'for-encryption' }))).toBe('401 token_invalid');
    issuer.intercept = (_, response) => {
      send(response, 200, { keys: 'none' });
      return true;
    };
    nowMs = 6 * 60_000;
    await castellan.verify(await issuer.token());
    expect(await refusal(await issuer.token())).toBe('accepted');
  });
});
