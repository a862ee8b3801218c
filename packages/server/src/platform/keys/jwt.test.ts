import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import fc from 'fast-check';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOrigin } from '../activity/event.ts';
import { createVault } from '../secrets/vault.ts';
import { rotateSigningKey } from './signing-keys.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

const typ = 'at+jwt';
const now = (): number => Math.floor(Date.now() / 1000);
const claims = () => ({ sub: 'x', iat: now(), exp: now() + 600 });
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const verdict = (token: string) => house.platform.jwts.verify(typ, token);

describe('verification pins algorithm, type and key (RFC 8725)', () => {
  it('accepts what it signed, and so does an independent library by the JWKS (RFC 7517)', async () => {
    const token = house.platform.jwts.sign(typ, claims());
    expect(verdict(token)).toMatchObject({ ok: true, claims: { sub: 'x' } });
    const jwks = createLocalJWKSet(house.platform.keys.jwks() as never);
    expect((await jwtVerify(token, jwks, { typ, algorithms: ['EdDSA'] })).payload.sub).toBe('x');
  });

  it('publishes public keys only', () => {
    expect(JSON.stringify(house.platform.keys.jwks())).not.toMatch(/"d"\s*:/);
  });

  const kid = () => house.platform.keys.current().kid;
  const foreign = generateKeyPairSync('ed25519');
  const withForeignKey = (header: object): string => {
    const input = `${segment(header)}.${segment(claims())}`;
    return `${input}.${sign(null, Buffer.from(input), foreign.privateKey).toString('base64url')}`;
  };
  const genuine = () => house.platform.jwts.sign(typ, claims()).split('.') as [string, string, string];

  const attacks: Record<string, () => string> = {
    'alg none without a signature': () =>
      `${segment({ alg: 'none', typ, kid: kid() })}.${segment(claims())}.`,
    'alg none with the genuine signature': () =>
      `${segment({ alg: 'none', typ, kid: kid() })}.${genuine()[1]}.${genuine()[2]}`,
    'HMAC with the public key as secret': () => {
      const input = `${segment({ alg: 'HS256', typ, kid: kid() })}.${segment(claims())}`;
      const secret = house.platform.keys.current().publicKey.export({ format: 'pem', type: 'spki' });
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    },
    'a foreign key under our key id': () => withForeignKey({ alg: 'EdDSA', typ, kid: kid() }),
    'a foreign key under an unknown key id': () => withForeignKey({ alg: 'EdDSA', typ, kid: 'unknown' }),
    'no key id': () => withForeignKey({ alg: 'EdDSA', typ }),
    'an embedded key (jwk)': () =>
      withForeignKey({ alg: 'EdDSA', typ, kid: kid(), jwk: foreign.publicKey.export({ format: 'jwk' }) }),
    'an address of keys (jku)': () =>
      withForeignKey({ alg: 'EdDSA', typ, kid: kid(), jku: 'https://evil.example/jwks' }),
    'a certificate address (x5u)': () =>
      withForeignKey({ alg: 'EdDSA', typ, kid: kid(), x5u: 'https://evil.example/c' }),
    'a critical extension (crit)': () => withForeignKey({ alg: 'EdDSA', typ, kid: kid(), crit: ['exp'] }),
    'another type of our own': () => house.platform.jwts.sign('admin-session+jwt', claims()),
    'an expiry that is text': () => house.platform.jwts.sign(typ, { ...claims(), exp: 'never' as never }),
    'no expiry': () => house.platform.jwts.sign(typ, { iat: now() } as never),
    'issued in the future': () => house.platform.jwts.sign(typ, { iat: now() + 3600, exp: now() + 7200 }),
    'a payload that was changed': () => {
      const [header, , signature] = genuine();
      return `${header}.${segment({ ...claims(), sub: 'somebody else' })}.${signature}`;
    },
    'a signature that was cut': () => genuine().join('.').slice(0, -4),
    'a second spelling of the signature': () => `${genuine().join('.')}=`,
    'a payload that is an array': () => {
      const [header] = genuine();
      const input = `${header}.${segment([])}`;
      return `${input}.${sign(null, Buffer.from(input), house.platform.keys.current().privateKey).toString('base64url')}`;
    },
    'four parts': () => `${genuine().join('.')}.x`,
    'two parts': () => genuine().slice(0, 2).join('.'),
    nothing: () => '',
    'far too long': () => `${'a'.repeat(100_000)}.b.c`,
  };
  for (const [name, forge] of Object.entries(attacks))
    it(`refuses ${name}`, () => expect(verdict(forge())).toMatchObject({ ok: false, reason: 'invalid' }));

  it('tells an expired token from a forged one', () => {
    expect(verdict(house.platform.jwts.sign(typ, { iat: now() - 1000, exp: now() - 1 }))).toEqual({
      ok: false,
      reason: 'expired',
    });
  });

  it('refuses every token that differs from a genuine one in one character', () => {
    const token = house.platform.jwts.sign(typ, claims());
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.=+/ '), (index, character) => {
        fc.pre(token[index] !== character);
        return !verdict(token.slice(0, index) + character + token.slice(index + 1)).ok;
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => !verdict(text).ok),
      { numRuns: 1000 },
    );
  });
});

describe('keys rotate with overlap and without a restart', () => {
  it('publishes a key before it signs, and verifies the old one until its last token has expired', async () => {
    const { keys, jwts, database, vault } = house.platform;
    const before = keys.current().kid;
    const old = jwts.sign(typ, { iat: now(), exp: now() + 4000 });
    const rotated = await rotateSigningKey(database, vault, systemOrigin, 900);
    await keys.reload();
    expect(keys.jwks().keys.map((key) => key.kid)).toContain(rotated.kid);
    expect(keys.current().kid).toBe(before);
    house.clock.pass(901);
    expect(keys.current().kid).toBe(rotated.kid);
    expect(verdict(old).ok).toBe(true);
    expect(verdict(jwts.sign(typ, { iat: now() + 901, exp: now() + 2000 })).ok).toBe(true);
    house.clock.pass(3721);
    expect(keys.find(before)).toBeUndefined();
    expect(keys.jwks().keys.map((key) => key.kid)).toEqual([rotated.kid]);
    await keys.reload();
    expect(verdict(old).ok).toBe(false);
  });

  it('lets no key sign before every replica has had the time to learn it, however short a lead is asked for', async () => {
    const { keys, database, vault } = house.platform;
    const before = keys.current().kid;
    const rotated = await rotateSigningKey(database, vault, systemOrigin, 0);
    await keys.reload();
    expect(keys.current().kid).toBe(before);
    // Replicas read the keys every 15 seconds.
    house.clock.pass(29);
    expect(keys.current().kid).toBe(before);
    house.clock.pass(60);
    expect(keys.current().kid).toBe(rotated.kid);
  });

  it('withdraws a key that waits for its turn when one is to sign earlier, so that no token outlives its key', async () => {
    const { keys, jwts, database, vault } = house.platform;
    const waiting = await rotateSigningKey(database, vault, systemOrigin, 900);
    const sooner = await rotateSigningKey(database, vault, systemOrigin, 60);
    await keys.reload();
    house.clock.pass(901);
    expect(keys.current().kid).toBe(sooner.kid);
    expect(keys.jwks().keys.map((key) => key.kid)).not.toContain(waiting.kid);
    // By now, what was published first would retire within the hour that a console session lasts.
    house.clock.pass(3000);
    const issuedAt = Math.floor(house.clock.now().getTime() / 1000);
    const token = jwts.sign(typ, { iat: issuedAt, exp: issuedAt + 3600 });
    house.clock.pass(3500);
    await keys.reload();
    expect(verdict(token).ok).toBe(true);
  });

  it('takes no key that was sealed with another secret: no platform could open it, and none would start again', async () => {
    const { keys, database } = house.platform;
    const before = keys.jwks();
    await expect(rotateSigningKey(database, createVault(randomBytes(32)), systemOrigin)).rejects.toThrow(
      'KEY_ENCRYPTION_SECRET',
    );
    await keys.reload();
    expect(keys.jwks()).toEqual(before);
  });

  it('keeps private keys encrypted in the database', async () => {
    const [row] = await house.query<{ private_sealed: Buffer; public_jwk: { x: string } }>(
      'SELECT private_sealed, public_jwk FROM signing_keys LIMIT 1',
    );
    const key = house.platform.keys.current();
    const secret = key.privateKey.export({ format: 'jwk' }).d!;
    expect(row!.private_sealed.includes(Buffer.from(secret, 'base64url'))).toBe(false);
    expect(JSON.stringify(row!.public_jwk)).not.toContain(secret);
  });
});
