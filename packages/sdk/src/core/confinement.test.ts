import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StandInIssuer, send, serviceKey } from '../../test/stand-in-issuer.ts';
import { createCastellan } from './castellan.ts';
import * as errors from './errors.ts';

let issuer: StandInIssuer;
beforeEach(async () => {
  issuer = await StandInIssuer.start();
});
afterEach(() => issuer.stop());

describe('the SDK talks to the issuer and to nobody else (G18)', () => {
  test('every request of every operation goes to the issuer’s origin, its redirects forbidden', async () => {
    const sent: { url: string; redirect: string | undefined }[] = [];
    const castellan = createCastellan({
      issuer: `${issuer.address}/`,
      service: 'orders',
      serviceKey,
      fetch: (input, init) => {
        sent.push({ url: String(input), redirect: init?.redirect });
        return fetch(input, init);
      },
    });
    const token = await issuer.token();
    await castellan.verify(token);
    await castellan.authenticate({ headers: { authorization: `Bearer ${token}` } });
    await castellan.checkSession(token);
    // The stand-in knows nothing of access: that it was asked is what counts.
    await castellan.can({ token }, 'orders:refund').catch(() => {});
    await castellan.permissions.read({ type: '../..', id: '//evil.example/' }).catch(() => {});
    await castellan.verify(await issuer.token({}, { jku: 'https://evil.example/keys', kid: 'x' }));
    await castellan.verify(await issuer.token({ iss: 'https://evil.example' }));
    await castellan.verify(await issuer.token({}, { kid: 'https://evil.example/keys' }));
    expect(new Set(sent.map(({ url }) => url))).toEqual(
      new Set([
        `${issuer.address}/.well-known/jwks.json`,
        `${issuer.address}/v1/sessions/check`,
        `${issuer.address}/v1/access/check`,
        `${issuer.address}/permissions/..%2F../%2F%2Fevil.example%2F`,
      ]),
    );
    expect(sent.every(({ redirect }) => redirect === 'error')).toBe(true);
  });

  test('a redirect of the platform carries neither key nor token away', async () => {
    const visits: string[] = [];
    const elsewhere = createServer((request, response) => {
      visits.push(request.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    const castellan = createCastellan({ issuer: issuer.address, service: 'orders', serviceKey });
    const token = await issuer.token();
    await castellan.verify(token);
    for (const status of [301, 302, 303, 307, 308]) {
      issuer.intercept = (_, response) => {
        send(response, status, {}, { location });
        return true;
      };
      const outcome = await castellan.authenticate({ headers: { authorization: `Bearer ${token}` } });
      expect(outcome).toMatchObject({ ok: false, status: 503 });
    }
    elsewhere.close();
    expect(visits).toEqual([]);
  });

  test('the service key goes along where it is needed only: reading the keys takes none', async () => {
    const castellan = createCastellan({ issuer: issuer.address, service: 'orders', serviceKey });
    await castellan.authenticate({ headers: { authorization: `Bearer ${await issuer.token()}` } });
    expect(issuer.arrived.map(({ path, authorization }) => [path, authorization])).toEqual([
      ['/.well-known/jwks.json', undefined],
      ['/v1/sessions/check', `Bearer ${serviceKey}`],
    ]);
  });
});

describe('createCastellan', () => {
  const good = { issuer: 'https://id.example.com', service: 'orders', serviceKey };

  test('names everything that is wrong at once, and shows no key', () => {
    const attempt = () =>
      createCastellan({
        issuer: 'ftp://x',
        service: 'Not A Name',
        serviceKey: 'short',
        timeoutMs: 0,
        maxRetries: 0.5,
      });
    expect(attempt).toThrow(errors.ConfigurationError);
    expect(attempt).toThrow(/issuer.*service.*serviceKey.*timeoutMs.*maxRetries/);
    expect(attempt).not.toThrow(/short/);
  });

  test('takes plain http for this machine only, unless told', () => {
    for (const issuer of ['http://localhost:9003', 'http://127.0.0.1:9003', 'http://[::1]:9003'])
      expect(createCastellan({ ...good, issuer }).issuer).toBe(issuer);
    // As the platform writes its own address into `iss`.
    expect(createCastellan({ ...good, issuer: 'HTTPS://ID.example.com:443/' }).issuer).toBe(good.issuer);
    expect(() => createCastellan({ ...good, issuer: 'http://id.internal' })).toThrow(/allowHttp/);
    expect(createCastellan({ ...good, issuer: 'http://id.internal', allowHttp: true }).issuer).toBe(
      'http://id.internal',
    );
  });

  test('what it returns does not show the key when it is logged', () => {
    expect(inspect(createCastellan(good), { depth: 10, showHidden: true })).not.toContain(serviceKey);
    expect(JSON.stringify(createCastellan(good))).not.toContain(serviceKey);
  });

  test('every error class has a stable code of its own', () => {
    expect(Object.fromEntries(Object.values(errors).map((error) => [error.name, error.code]))).toEqual({
      CastellanError: 'castellan_error',
      ConfigurationError: 'configuration_invalid',
      RateLimitError: 'rate_limited',
      RefusedError: 'request_refused',
      ServiceKeyError: 'service_key_refused',
      UnavailableError: 'unavailable',
    });
    expect(new errors.ServiceKeyError('x')).toMatchObject({
      code: 'service_key_refused',
      name: 'ServiceKeyError',
    });
  });
});
