import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ActivityEvent, allRoutes, errorCatalogue, instant, Problem, User, wire } from './index.ts';

describe('wire: one mapping between snake_case on the wire and camelCase in code', () => {
  const Inner = wire({ createdAt: instant, detail: z.record(z.string(), z.unknown()) });
  const Outer = wire({ firstName: z.string(), inner: Inner, list: z.array(Inner).optional() });

  it('decodes and encodes nested objects and lists, and leaves user data alone', () => {
    const travelled = {
      first_name: 'Ada',
      inner: { created_at: '2026-01-02T03:04:05.000Z', detail: { some_key: 1, otherKey: 2 } },
    };
    const held = z.decode(Outer, travelled);
    expect(held.firstName).toBe('Ada');
    expect(held.inner.createdAt).toEqual(new Date('2026-01-02T03:04:05Z'));
    expect(held.inner.detail).toEqual({ some_key: 1, otherKey: 2 });
    expect(z.encode(Outer, held)).toEqual(travelled);
  });

  it('refuses unknown and camelCase keys on the way in', () => {
    expect(
      Outer.safeDecode({
        first_name: 'x',
        inner: { created_at: '2026-01-02T03:04:05Z', detail: {} },
        more: 1,
      } as never).success,
    ).toBe(false);
    expect(Inner.safeDecode({ createdAt: '2026-01-02T03:04:05Z', detail: {} } as never).success).toBe(false);
  });

  it('drops undeclared fields on the way out', () => {
    const encoded = z.encode(Outer, {
      firstName: 'Ada',
      passwordHash: 'x',
      inner: { createdAt: new Date(0), detail: {} },
    } as never);
    expect(JSON.stringify(encoded)).not.toContain('x"');
  });

  it('describes the wire side in JSON Schema', () => {
    const schema = z.toJSONSchema(Outer, { io: 'input' }) as {
      properties: Record<string, unknown>;
      required: string[];
    };
    expect(Object.keys(schema.properties)).toEqual(['first_name', 'inner', 'list']);
    expect(schema.required).toEqual(['first_name', 'inner']);
  });
});

describe('the contract keeps its own rules', () => {
  it('names each route once, by id and by method and path', () => {
    expect(new Set(allRoutes.map((route) => route.id)).size).toBe(allRoutes.length);
    expect(new Set(allRoutes.map((route) => `${route.method} ${route.listener} ${route.path}`)).size).toBe(
      allRoutes.length,
    );
  });

  it('takes Idempotency-Key on every POST that creates, but for those that can not', () => {
    const without = new Set([
      // The answer, which would be kept to be given again, holds a secret that is kept nowhere.
      'client_secrets.create',
      'service_keys.create',
      'impersonations.start',
      // Its challenge works once.
      'passkeys.register',
    ]);
    const creating = (allRoutes as readonly import('./index.ts').RouteDefinition[]).filter(
      // Uploads are read while they arrive; OAuth has rules of its own.
      ({ id, method, success, takes, protocol }) =>
        method === 'POST' && success[0] === 201 && takes !== 'csv' && !protocol && !without.has(id),
    );
    expect(creating.filter(({ idempotent }) => !idempotent).map(({ id }) => id)).toEqual([]);
    expect(creating.length).toBeGreaterThan(4);
  });

  it('turns every route into JSON Schema', () => {
    for (const route of allRoutes as readonly import('./index.ts').RouteDefinition[])
      for (const schema of [route.params, route.query, route.body, route.success[1]])
        if (schema) expect(() => z.toJSONSchema(schema, { io: 'input' })).not.toThrow();
  });

  it('has samples that survive the way out and back', () => {
    const user = {
      id: '01930000-0000-7000-8000-000000000001',
      email: 'a@example.com',
      name: 'A',
      state: 'active' as const,
      isAdmin: false,
      createdAt: new Date(0),
      lastLoginAt: null,
      workspaceCount: 1,
    };
    expect(z.decode(User, z.encode(User, user))).toEqual(user);
    expect(ActivityEvent.shapeOf).toBeDefined();
    expect(Problem.shapeOf).toBeDefined();
    expect(Object.keys(errorCatalogue).length).toBeGreaterThan(20);
  });
});
