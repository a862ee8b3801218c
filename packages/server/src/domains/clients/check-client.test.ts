import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ClientSettings, ordinaryClient, problemsOfRegisteredClient } from './check-client.ts';

const web: ClientSettings = {
  ...ordinaryClient,
  name: 'Shop',
  redirectUris: ['https://shop.example.com/callback'],
};
const native: ClientSettings = {
  ...web,
  applicationType: 'native',
  tokenEndpointAuthMethod: 'none',
  redirectUris: ['com.example.shop:/callback'],
};
const machine: ClientSettings = { ...web, grantTypes: ['client_credentials'], redirectUris: [] };

const problems = (base: ClientSettings, changes: Partial<ClientSettings>) =>
  problemsOfRegisteredClient({ ...base, ...changes }).map(({ field, message }) => `${field}: ${message}`);

describe('P18 redirect addresses: exact, absolute, https or loopback (RFC 6749 §3.1.2, RFC 8252, RFC 9700 §2.1)', () => {
  it.each([
    'https://shop.example.com',
    'https://shop.example.com/callback?from=castellan',
    'https://xn--bcher-kva.example/cb',
    'http://localhost:3000/callback',
    'http://127.0.0.1/callback',
    'http://127.8.9.1:8080/',
    'http://[::1]:5000/cb',
  ])('takes %s', (address) => {
    expect(problems(web, { redirectUris: [address] })).toEqual([]);
    expect(problems(native, { redirectUris: [address] })).toEqual([]);
  });

  it.each([
    ['', /not an absolute address/],
    ['/callback', /not an absolute address/],
    ['shop.example.com/callback', /not an absolute address/],
    ['//shop.example.com/callback', /not an absolute address/],
    ['http://shop.example.com/callback', /must begin with https/],
    ['http://localhost.example.com/cb', /must begin with https/],
    ['http://127.0.0.1.example.com/cb', /must begin with https/],
    ['http://0.0.0.0/cb', /must begin with https/],
    ['http://10.0.0.1/cb', /must begin with https/],
    ['https://shop.example.com/#done', /fragment/],
    ['https://shop.example.com/cb#', /fragment/],
    ['https://*.example.com/cb', /wildcard/],
    ['https://shop.example.com/*', /wildcard/],
    ['https://user@shop.example.com/cb', /user name/],
    ['https://user:pass@shop.example.com/cb', /user name/],
    ['https://SHOP.example.com/cb', /browsers write as https:\/\/shop\.example\.com\/cb/],
    ['https://shop.example.com:443/cb', /browsers write as https:\/\/shop\.example\.com\/cb/],
    ['https://shop.example.com/a/../cb', /browsers write as/],
    ['https://shop.example.com\\cb', /browsers write as/],
    ['https://shop.example.com/a b', /browsers write as/],
    [' https://shop.example.com/cb', /not an absolute address/],
    ['https://shop.example.com/cb\n', /browsers write as/],
    ['https:shop.example.com/cb', /browsers write as/],
    ['http://2130706433/cb', /browsers write as http:\/\/127\.0\.0\.1/],
    ['com.example.shop:/cb', /native applications/],
    ['javascript:alert(1)', /https/],
    ['data:text/html,x', /https/],
  ])('refuses %j for a site', (address, why) => {
    const found = problems(web, { redirectUris: [address] });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^redirect_uris: /);
    expect(found[0]).toMatch(why);
  });

  it.each([
    ['shop:/callback', /turn a domain of yours around/],
    ['javascript:alert(1)', /turn a domain/],
    ['data:text/html,x', /turn a domain/],
    ['file:///etc/passwd', /turn a domain/],
    ['com.example.shop:/cb#x', /fragment/],
    ['com.example.*:/cb', /absolute|wildcard/],
    ['http://shop.example.com/cb', /must begin with https/],
  ])('refuses %j for an app', (address, why) => {
    const found = problems(native, { redirectUris: [address] });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(why);
  });

  it('names the field of every other address as well', () => {
    expect(
      problemsOfRegisteredClient({
        ...web,
        postLogoutRedirectUris: ['http://shop.example.com'],
        backchannelLogoutUri: 'nowhere',
        clientUri: 'ftp://shop.example.com',
        logoUri: 'https://shop.example.com/logo.png',
        jwksUri: 'http://keys.example.com',
        accentColor: 'red',
        allowedScopes: ['open id'],
      }).map(({ field }) => field),
    ).toEqual([
      'post_logout_redirect_uris',
      'backchannel_logout_uri',
      'client_uri',
      'jwks_uri',
      'accent_color',
      'allowed_scopes',
      'logo_uri',
    ]);
  });
});

describe('P18 a logo is a picture that is loaded from nowhere', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex').toString('base64');

  it('takes PNG, JPEG and WebP in their own address', () => {
    for (const logoUri of [
      `data:image/png;base64,${png}`,
      `data:image/jpeg;base64,${Buffer.from('ffd8ffe0', 'hex').toString('base64')}`,
      `data:image/webp;base64,${Buffer.from('RIFFxxxxWEBP').toString('base64')}`,
    ])
      expect(problems(web, { logoUri })).toEqual([]);
  });

  it.each([
    'https://shop.example.com/logo.png',
    'data:image/svg+xml;base64,PHN2Zz4=',
    'data:image/png,abc',
    'data:text/html;base64,PGI+',
    `data:image/png;base64,${png}" onerror="x`,
    'data:image/png;base64,PHN2Zz4=',
    `data:image/jpeg;base64,${png}`,
  ])('refuses %s', (logoUri) => {
    expect(problems(web, { logoUri })).toEqual([expect.stringMatching(/^logo_uri: /)]);
  });
});

describe('S7 what fits together', () => {
  it('takes the common kinds of client', () => {
    for (const client of [web, native, machine]) expect(problemsOfRegisteredClient(client)).toEqual([]);
  });

  it.each<[string, ClientSettings, Partial<ClientSettings>, string, RegExp]>([
    ['a sign-in without an address', web, { redirectUris: [] }, 'redirect_uris', /at least one/],
    [
      'an address without a sign-in',
      machine,
      { redirectUris: web.redirectUris },
      'redirect_uris',
      /only used/,
    ],
    ['no way to tokens', machine, { grantTypes: [] }, 'grant_types', /at least one/],
    ['a machine that keeps no secret', machine, { tokenEndpointAuthMethod: 'none' }, 'grant_types', /prove/],
    ['refresh alone', machine, { grantTypes: ['refresh_token'] }, 'grant_types', /goes on from/],
    [
      'private_key_jwt without keys',
      machine,
      { tokenEndpointAuthMethod: 'private_key_jwt' },
      'jwks',
      /public key/,
    ],
    ['consent skipped by an app', native, { skipsConsent: true }, 'skips_consent', /always asked/],
  ])('refuses %s', (_, base, changes, field, why) => {
    const found = problems(base, changes);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${field}: `));
    expect(found[0]).toMatch(why);
  });
});

describe('S7 keys of a client: public ones alone (RFC 7517, RFC 7518, RFC 8037)', () => {
  type Kind = 'ec' | 'ed25519' | 'rsa';
  const pair = (kind: Kind, modulusLength = 2048): KeyPairKeyObjectResult =>
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength })
        : generateKeyPairSync('ed25519');
  const publicKey = (type: Kind, bits?: number) =>
    pair(type, bits).publicKey.export({ format: 'jwk' }) as Record<string, unknown>;
  const keysOf = (...keys: Record<string, unknown>[]) =>
    problems(machine, { tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys } });

  it('takes EC, Ed25519 and RSA, several with their kid', () => {
    expect(keysOf(publicKey('ec'))).toEqual([]);
    expect(
      keysOf(
        { ...publicKey('ed25519'), kid: 'a', use: 'sig' },
        { ...publicKey('rsa'), kid: 'b', alg: 'RS256' },
      ),
    ).toEqual([]);
  });

  it.each(['ec', 'ed25519', 'rsa'] as const)('refuses a private %s key and says what to do', (type) => {
    const key = pair(type).privateKey.export({ format: 'jwk' }) as Record<string, unknown>;
    const [problem] = keysOf({ ...key, kid: 'mine' });
    expect(problem).toMatch(/^jwks: key “mine” is a private key.*leaked.*public half/);
    expect(problem).not.toContain(key.d as string);
  });

  it.each([{}, { keys: {} }, { keys: [null] }, { keys: ['key'] }])(
    'refuses what is no set of keys: %j',
    (jwks) => {
      const given = jwks as { keys: Record<string, unknown>[] };
      const found = problems(machine, { tokenEndpointAuthMethod: 'private_key_jwt', jwks: given });
      expect(found).toEqual([expect.stringMatching(/^jwks: is no set of keys/)]);
    },
  );

  it.each<[string, Record<string, unknown>[], RegExp]>([
    ['no key', [], /holds no key/],
    ['a shared secret', [{ kty: 'oct', k: 'c2VjcmV0' }], /shared secret/],
    ['an encryption key', [{ ...publicKey('ec'), use: 'enc' }], /not for signatures/],
    ['an unknown curve', [{ kty: 'EC', crv: 'secp256k1', x: 'a', y: 'b' }], /curve/],
    [
      'a curve that no algorithm here uses',
      [{ kty: 'EC', crv: 'P-384', x: 'a', y: 'b' }],
      /P-256 or Ed25519/,
    ],
    ['an unknown type', [{ kty: 'XYZ' }], /kty/],
    ['a damaged key', [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }], /damaged/],
    ['a short RSA key', [publicKey('rsa', 1024)], /1024 bits/],
    ['two of one kid', [publicKey('ec'), publicKey('ec')].map((key) => ({ ...key, kid: 'x' })), /same kid/],
    ['several without kid', [publicKey('ec'), publicKey('ec')], /give each a kid/],
  ])('refuses %s', (_, keys, why) => {
    const found = keysOf(...keys);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^jwks: /);
    expect(found[0]).toMatch(why);
  });

  it('refuses keys and their address together', () => {
    expect(
      problems(machine, { jwks: { keys: [publicKey('ec')] }, jwksUri: 'https://shop.example.com/jwks' })[0],
    ).toMatch(/^jwks_uri: .*not both/);
  });
});
