import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { liveAs, StandInIssuer, serviceKey } from '../../test/stand-in-issuer.ts';
import { type Castellan, createCastellan } from './castellan.ts';
import { requireScope, requireUser, requireWorkspaceRole } from './guards.ts';

let issuer: StandInIssuer;
let castellan: Castellan;

beforeAll(async () => {
  issuer = await StandInIssuer.start();
  castellan = createCastellan({ issuer: issuer.address, service: 'orders', serviceKey });
});
afterAll(() => issuer.stop());

const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('guards', () => {
  test('decide on the role that the platform says now, lowest to highest (P6)', async () => {
    const roles = ['viewer', 'editor', 'admin', 'owner'] as const;
    const token = await issuer.token({ wrole: 'owner' });
    for (const [held, role] of roles.entries()) {
      issuer.liveness = liveAs(role);
      for (const [needed, required] of roles.entries()) {
        const outcome = await castellan.protect(bearing(token), requireWorkspaceRole(required));
        expect(outcome.ok, `${role} asking for ${required}`).toBe(held >= needed);
        if (!outcome.ok) expect(outcome).toMatchObject({ status: 403, code: 'forbidden' });
      }
    }
  });

  test('a person without a workspace passes requireUser and no role', async () => {
    const token = await issuer.token({ wid: undefined });
    expect((await castellan.protect(bearing(token), requireUser())).ok).toBe(true);
    expect(await castellan.protect(bearing(token), requireWorkspaceRole('viewer'))).toMatchObject({
      ok: false,
      status: 403,
      code: 'not_member',
    });
  });

  test('requireScope: a client needs the scope, a sign-in by the service itself does not', async () => {
    const token = await issuer.token();
    const ask = async (told: Record<string, unknown>) => {
      issuer.liveness = (text) => ({ ...liveAs('owner')(text), ...told });
      return (await castellan.protect(bearing(token), requireScope('orders:read'))).ok;
    };
    expect(await ask({})).toBe(true);
    expect(await ask({ client_id: 'app', scope: 'openid orders:read' })).toBe(true);
    expect(await ask({ client_id: 'app', scope: 'openid orders:readonly' })).toBe(false);
    expect(await ask({ client_id: 'app' })).toBe(false);
  });

  test('a refusal answers as a problem document with the challenge of RFC 6750 §3', async () => {
    const missing = await castellan.protect({ headers: {} }, requireUser());
    const bad = await castellan.protect(bearing('garbage'), requireUser());
    if (missing.ok || bad.ok) throw new Error('both are refused');
    const response = castellan.refusalResponse(missing, 'correlation-1');
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="orders"');
    expect(await response.json()).toEqual({
      type: `${issuer.address}/errors/unauthenticated`,
      title: 'Sign in first',
      status: 401,
      code: 'unauthenticated',
      fix: expect.any(String),
      correlation_id: 'correlation-1',
    });
    expect(castellan.refusalResponse(bad).headers.get('www-authenticate')).toMatch(
      /^Bearer realm="orders", error="invalid_token", error_description="[^"]+"$/,
    );
    const gone = castellan.refusalResponse({
      ok: false,
      status: 503,
      code: 'unavailable',
      message: 'x',
      retryAfter: 7,
    });
    expect(gone.headers.get('retry-after')).toBe('7');
    expect(gone.headers.get('www-authenticate')).toBeNull();
  });
});
