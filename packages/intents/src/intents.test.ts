import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { call, type Product, people, product, TodoService } from '../test/product.ts';
import {
  customAction,
  IntentError,
  IntentRouter,
  IntentService,
  type Middleware,
  surfaces,
} from './index.ts';

describe('an intent is dispatched to its model (A1)', () => {
  it('creates, reads, lists and does custom actions', async () => {
    const { standard } = product();
    const made = await call(standard, { model: 'Todo', action: 'create', payload: { title: 'Write' } });
    expect(made).toMatchObject({ status: 200, data: { id: 1, title: 'Write', done: false } });
    await call(standard, { model: 'Todo', action: 'create', payload: { title: 'Read' } });
    expect((await call(standard, { model: 'Todo', action: 'read', id: 2 })).data).toMatchObject({
      title: 'Read',
    });
    expect((await call(standard, { model: 'Todo', action: 'list', skip: 1, limit: 1 })).data).toEqual([
      { id: 2, title: 'Read', done: false },
    ]);
    expect(
      (await call(standard, { model: 'Todo', action: 'custom', command: 'complete', id: 1 })).data,
    ).toMatchObject({
      done: true,
    });
  });

  it.each([
    ['no model', { action: 'list' }, 'VALIDATION_FAILED', ['model']],
    ['an unknown field', { model: 'Todo', action: 'list', where: {} }, 'VALIDATION_FAILED', ['where']],
    ['too many rows', { model: 'Todo', action: 'list', limit: 201 }, 'VALIDATION_FAILED', ['limit']],
    ['a negative skip', { model: 'Todo', action: 'list', skip: -1 }, 'VALIDATION_FAILED', ['skip']],
    [
      'a command of no custom action',
      { model: 'Todo', action: 'list', command: 'x' },
      'VALIDATION_FAILED',
      ['command'],
    ],
    [
      'a custom action without its name',
      { model: 'Todo', action: 'custom' },
      'VALIDATION_FAILED',
      ['command'],
    ],
    ['an id that is none', { model: 'Todo', action: 'read', id: { a: 1 } }, 'VALIDATION_FAILED', ['id']],
    [
      'a payload that its schema refuses',
      { model: 'Todo', action: 'create', payload: { title: '' } },
      'VALIDATION_FAILED',
      ['payload.title'],
    ],
    ['no payload', { model: 'Todo', action: 'create' }, 'VALIDATION_FAILED', ['payload']],
    ['an unknown model', { model: 'Nothing', action: 'list' }, 'UNKNOWN_MODEL', undefined],
    [
      'an action that the model has not',
      { model: 'Todo', action: 'delete', id: 1 },
      'UNKNOWN_ACTION',
      undefined,
    ],
    [
      'a custom action by a usual name',
      { model: 'Todo', action: 'complete', id: 1 },
      'UNKNOWN_ACTION',
      undefined,
    ],
    [
      'a usual action by command',
      { model: 'Todo', action: 'custom', command: 'list' },
      'UNKNOWN_ACTION',
      undefined,
    ],
    [
      'a method that is no action',
      { model: 'Todo', action: 'custom', command: 'helper' },
      'UNKNOWN_ACTION',
      undefined,
    ],
    [
      'what every object has',
      { model: 'Todo', action: 'custom', command: 'constructor' },
      'UNKNOWN_ACTION',
      undefined,
    ],
    ['a model of every object', { model: '__proto__', action: 'list' }, 'UNKNOWN_MODEL', undefined],
    ['JSON that is no object', '[]', 'MALFORMED_REQUEST', undefined],
    ['no JSON', '{', 'MALFORMED_REQUEST', undefined],
    ['bytes that are no text', '{"model":"\ud800"', 'MALFORMED_REQUEST', undefined],
  ])('refuses %s, and names it', async (_, body, code, fields) => {
    const answer = await call(product().standard, body);
    expect(answer.code).toBe(code);
    expect(answer.error?.fields?.map(({ field }) => field)).toEqual(fields);
    expect(answer.headers.get('x-correlation-id')).toBe(answer.error?.request_id);
  });

  it('refuses other methods, other content types and bodies that are too large', async () => {
    const { standard } = product({ bodyBytes: 100 });
    const got = await call(standard, undefined, { method: 'GET' });
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await call(standard, '{}', { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    const large = { model: 'Todo', action: 'create', payload: { title: 'x'.repeat(200) } };
    expect((await call(standard, large)).code).toBe('PAYLOAD_TOO_LARGE');
  });

  it('answers a mistake of the product without its text, and tells the log of it', async () => {
    const { standard, reports } = product();
    for (const command of ['fail', 'wrong']) {
      const answer = await call(standard, { model: 'Todo', action: 'custom', command });
      expect([answer.status, answer.code]).toEqual([500, 'INTERNAL']);
      expect(JSON.stringify(answer)).not.toContain('hunter2');
    }
    expect(reports.map(({ cause }) => (cause as Error).message)).toEqual([
      'the password of the database is hunter2',
      'The result is not what its schema says: id',
    ]);
  });

  it('carries the request id of the caller, or one of its own', async () => {
    const { standard, reports } = product();
    const given = { 'x-correlation-id': 'click-12345' };
    await call(standard, { model: 'Todo', action: 'list' }, { headers: given });
    await call(standard, { model: 'Todo', action: 'list' }, { headers: { 'x-correlation-id': 'no' } });
    expect(reports[0]!.requestId).toBe('click-12345');
    expect(reports[1]!.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

const jwt = (header: object, claims: object): string =>
  [header, claims, 'x'].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
const credentials = {
  person: jwt({ typ: 'at+jwt' }, { sub: 'u1', client_id: 'web' }),
  service: jwt({ typ: 'at+jwt' }, { sub: 'billing', client_id: 'billing' }),
  key: 'sk_abc',
  operator: jwt({ typ: 'castellan-admin+jwt' }, { sub: 'op' }),
};

describe('each surface has its own callers (A2)', () => {
  const doors = ['standard', 'machine', 'legacyAdmin', 'adminMachine'] as const satisfies (keyof Product)[];
  const home = {
    person: ['standard', 'legacyAdmin'],
    service: ['machine'],
    key: ['machine'],
    operator: ['adminMachine'],
  } as const;

  it.each(
    (Object.keys(credentials) as (keyof typeof credentials)[]).flatMap((kind) =>
      doors.map((door) => [kind, door] as const),
    ),
  )('a token of %s at %s', async (kind, door) => {
    const { code } = await call(
      product()[door],
      { model: 'Todo', action: 'list' },
      { token: credentials[kind] },
    );
    // At its own surface the token is nobody's here: these products know Ada and Bob alone.
    expect(code).toBe((home[kind] as readonly string[]).includes(door) ? 'UNAUTHENTICATED' : 'WRONG_SURFACE');
  });

  it('strangers learn nothing of what there is', async () => {
    for (const body of [
      { model: 'Todo', action: 'list' },
      { model: 'Nothing', action: 'list' },
    ])
      expect((await call(product().standard, body, { token: 'eve' })).code).toBe('UNAUTHENTICATED');
  });

  it('admin actions are dispatched on the admin-machine surface only, and nothing else is there (A11)', async () => {
    const { standard, machine, legacyAdmin, adminMachine } = product();
    const purge = { model: 'Todo', action: 'custom', command: 'purge' };
    for (const door of [standard, machine, legacyAdmin])
      expect((await call(door, purge, { token: 'ada' })).code).toBe('UNKNOWN_ACTION');
    expect((await call(adminMachine, purge, { token: 'ada' })).data).toEqual({ success: true });
    expect((await call(adminMachine, { model: 'Todo', action: 'list' }, { token: 'ada' })).code).toBe(
      'UNKNOWN_ACTION',
    );
  });

  it('the legacy admin surface is for administrators of the product', async () => {
    const { legacyAdmin } = product();
    expect((await call(legacyAdmin, { model: 'Todo', action: 'list' })).code).toBe('FORBIDDEN');
    expect((await call(legacyAdmin, { model: 'Todo', action: 'list' }, { token: 'ada' })).status).toBe(200);
  });

  it('each has an address of its own', () => {
    expect(new Set(Object.values(surfaces).map(({ path }) => path)).size).toBe(Object.keys(surfaces).length);
  });
});

describe('middlewares stand around every dispatch (A3)', () => {
  it('in their order, with what the handler is given, and may refuse', async () => {
    const seen: string[] = [];
    const outer: Middleware = async ({ model, action, isReadOnly }, next) => {
      seen.push(`outer ${model}.${action} ${isReadOnly}`);
      const result = await next();
      seen.push('outer after');
      return result;
    };
    const policy: Middleware = async ({ action }, next) => {
      seen.push('policy');
      if (action === 'complete') throw new IntentError('TOO_LATE', 'The day is over.', { status: 409 });
      return next();
    };
    const { standard } = product({ middlewares: [outer, policy] });
    await call(standard, { model: 'Todo', action: 'list' });
    expect(seen).toEqual(['outer Todo.list true', 'policy', 'outer after']);
    const refused = await call(standard, { model: 'Todo', action: 'custom', command: 'complete', id: 1 });
    expect([refused.status, refused.code, refused.error?.message]).toEqual([
      409,
      'TOO_LATE',
      'The day is over.',
    ]);
  });

  it('one that calls next twice is a mistake, not a second dispatch', async () => {
    const twice: Middleware = async (_, next) => {
      await next();
      return next();
    };
    const { standard, db } = product({ middlewares: [twice] });
    const answer = await call(standard, { model: 'Todo', action: 'create', payload: { title: 'once' } });
    expect([answer.code, db.size]).toEqual(['INTERNAL', 1]);
  });

  it('what the data is reached by is given back, also when the handler fails', async () => {
    let open = 0;
    const { router } = product();
    const surface = router.build({
      getUser: () => people.ada!,
      getDb: () => {
        open++;
        return Object.assign(new Map(), { [Symbol.asyncDispose]: async () => void open-- });
      },
    });
    await call(surface, { model: 'Todo', action: 'list' });
    await call(surface, { model: 'Todo', action: 'custom', command: 'fail' });
    expect(open).toBe(0);
  });
});

describe('a custom action can be a standard decorator', () => {
  it('as TypeScript compiles it', async () => {
    const source = `
      export const make = ({ IntentService, customAction }) => {
        class Notes extends IntentService {
          @customAction({ readOnly: true })
          async count({ db }) { return db.size; }
        }
        return new Notes();
      };`;
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const { make } = (await import(`data:text/javascript,${encodeURIComponent(outputText)}`)) as {
      make: (parts: object) => IntentService;
    };
    const router = new IntentRouter().register('Notes', make({ IntentService, customAction }));
    const surface = router.build({ getUser: () => people.ada!, getDb: () => new Map([[1, 1]]) });
    expect((await call(surface, { model: 'Notes', action: 'custom', command: 'count' })).data).toBe(1);
  });

  it('never by the name of a usual action, and no model twice', () => {
    class Odd extends IntentService {
      list = customAction({}, async () => []);
    }
    expect(() => new IntentRouter().register('Odd', new Odd())).toThrow('has a name of its own');
    const router = new IntentRouter().register('Todo', new TodoService());
    expect(() => router.register('Todo', new TodoService())).toThrow('already');
  });
});
