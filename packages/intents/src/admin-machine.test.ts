import { describe, expect, it } from 'vitest';
import { call, people, product } from '../test/product.ts';
import { customAction, type IntentArgs, IntentError, IntentRouter, IntentService } from './index.ts';

class AddedTodos extends IntentService {
  list = async () => 'every row there is';
  history = customAction({ readOnly: true, minRole: 'support' }, async ({ db }: IntentArgs) => String(db));
}

const purge = { model: 'Todo', action: 'custom', command: 'purge' };

describe('what is added to the admin-machine surface is there alone (A6)', () => {
  function withPart() {
    const seen: string[] = [];
    const parts = product();
    parts.router.addToAdminMachine({
      models: new Map([['Todo', new AddedTodos()]]),
      admit: ({ model, action, custom, payload }) => {
        seen.push(`${model}.${action} ${custom?.minRole ?? 'usual'}`);
        // Before the payload is checked: it is none that the action takes.
        if (payload === 5) throw new IntentError('NO', 'No.', { status: 409, details: { because: 1 } });
      },
      around: async ({ action, args }, handle, others) => {
        if (action !== 'purge') return handle({ ...args, db: 'of the gate' });
        return [others.find('nothing'), others.find('purge')?.minRole, await others.call('history', args)];
      },
      document: () => parts.router.describe('admin_machine').map(({ model, name }) => `${model}.${name}`),
    });
    return { ...parts, seen };
  }

  it('a service of the same name keeps its handlers on its own surfaces, and its admin actions join', async () => {
    const { standard, machine, legacyAdmin, adminMachine, seen } = withPart();
    const list = { model: 'Todo', action: 'list' };
    for (const door of [standard, machine, legacyAdmin])
      expect((await call(door, list, { token: 'ada' })).data).toEqual([]);
    expect((await call(adminMachine, list, { token: 'ada' })).data).toBe('every row there is');
    const history = { model: 'Todo', action: 'custom', command: 'history' };
    expect((await call(standard, history)).code).toBe('UNKNOWN_ACTION');
    expect((await call(adminMachine, history, { token: 'ada' })).data).toBe('of the gate');
    const refused = await call(adminMachine, { ...purge, payload: 5 }, { token: 'ada' });
    expect([refused.code, refused.error?.details]).toEqual(['NO', { because: 1 }]);
    const around = await call(adminMachine, purge, { token: 'ada' });
    expect(around.data).toEqual([null, 'owner', '[object Map]']);
    // What the service does for people is not there, also where the model is.
    const create = { model: 'Todo', action: 'create', payload: { title: 'x' } };
    expect((await call(adminMachine, create, { token: 'ada' })).code).toBe('UNKNOWN_ACTION');
    expect(seen).toEqual(['Todo.list usual', 'Todo.history support', 'Todo.purge owner', 'Todo.purge owner']);
  });

  it('its document is at …/schema, by GET, for callers that are known', async () => {
    const { adminMachine, standard } = withPart();
    const at = (surface: typeof adminMachine, token: string) =>
      call({ ...surface, path: `${surface.path}/schema` }, undefined, { method: 'GET', token });
    expect((await at(adminMachine, 'ada')).data).toEqual(['Todo.list', 'Todo.history', 'Todo.purge']);
    expect((await at(adminMachine, 'eve')).code).toBe('UNAUTHENTICATED');
    expect((await at(standard, 'ada')).code).toBe('METHOD_NOT_ALLOWED');
    expect((await at(product().adminMachine, 'ada')).code).toBe('NOT_FOUND');
    expect((await call(adminMachine, undefined, { method: 'GET', token: 'ada' })).code).toBe(
      'METHOD_NOT_ALLOWED',
    );
  });

  it('is added once, and never takes the name of an admin action of the product', () => {
    const { router } = withPart();
    const part = { models: new Map(), admit: () => {}, around: async () => null, document: () => null };
    expect(() => router.addToAdminMachine(part)).toThrow('already');
    class Mine extends IntentService {
      history = customAction({ adminOnly: true }, async () => []);
    }
    const models = new Map([['Mine', new AddedTodos()]]);
    const before = new IntentRouter().register('Mine', new Mine());
    expect(() => before.addToAdminMachine({ ...part, models })).toThrow('Mine.history is there already');
    const after = new IntentRouter();
    after.addToAdminMachine({ ...part, models });
    expect(() => after.register('Mine', new Mine())).toThrow('Mine.history is there already');
  });
});

describe('where nothing is added, admin actions ask for their role all the same (A10)', () => {
  it.each([
    ['owner', 'ada', undefined],
    ['support', 'sue', 'INSUFFICIENT_ROLE'],
    ['nobody with a role', 'bob', 'INSUFFICIENT_ROLE'],
  ])('%s', async (_, token, code) => {
    expect((await call(product().adminMachine, purge, { token })).code).toBe(code);
  });

  it('a role of every object is none', async () => {
    const { router } = product();
    const getUser = () => ({ role: 'constructor' });
    const surface = router.buildAdminMachine({ getUser, getDb: () => new Map() });
    expect((await call(surface, purge)).code).toBe('INSUFFICIENT_ROLE');
  });
});

it('whoever asks who calls is given the very bytes of the body', async () => {
  const { router } = product();
  const seen: string[] = [];
  const surface = router.buildMachine({
    getUser: ({ bodyText }) => {
      seen.push(bodyText);
      return people.ada!;
    },
    getDb: () => new Map(),
  });
  const sent = '{ "model":"Todo",\n"action" : "list" , "context": {"ü": "\\u00fc"}}  ';
  expect((await call(surface, sent)).status).toBe(200);
  expect(seen).toEqual([sent]);
  // A byte order mark is no JSON, and is never dropped in silence.
  expect((await call(surface, `\ufeff${sent}`)).code).toBe('MALFORMED_REQUEST');
});
