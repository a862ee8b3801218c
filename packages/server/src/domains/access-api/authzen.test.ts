import { actionsCheck } from '@castellan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessHouse, type AskingService, createAccessHouse } from '../../../test/access-house.ts';
import { authzenCaller } from '../../../test/authzen-caller.ts';
import type { TestPerson } from '../../../test/token-house.ts';

let house: AccessHouse;
let orders: AskingService;
let ask: ReturnType<typeof authzenCaller>;
let ada: TestPerson;
let home: { readonly id: string };
let second: { readonly id: string };

beforeAll(async () => {
  house = await createAccessHouse();
  orders = await house.asking('orders');
  ask = authzenCaller(house, orders);
  ada = await house.person({ name: 'Ada' });
  home = await house.workspace({ members: [[ada, 'viewer']] });
  second = await house.workspace({ members: [[ada, 'viewer']] });
  const finance = await house.group(home.id, [ada], 'Finance');
  await house.role(orders, home.id, ['orders:refund', 'view'], { groups: [finance], name: 'Approver' });
  await house.resources(
    orders,
    { type: 'order', id: '1', workspaceId: home.id, ownerId: ada.id },
    { type: 'order', id: '2', workspaceId: home.id, visibility: 'workspace' },
    { type: 'order', id: '3', workspaceId: home.id },
    { type: 'order', id: '4', workspaceId: second.id, visibility: 'workspace' },
  );
});
afterAll(() => house.close());

const subject = () => ({ type: 'user', id: ada.id });
const evaluate = async (name: string, type: string, id: string, who: object = subject()) =>
  (await ask('evaluation', { subject: who, action: { name }, resource: { type, id } })).body;
const namesOf = (answer: Awaited<ReturnType<typeof ask>>) =>
  answer.body.results.map(({ id, name }: { id?: string; name?: string }) => id ?? name);

describe('what AuthZEN’s words mean here', () => {
  it('view, edit and manage are rights to a resource, with the path to a yes or what is missing', async () => {
    expect(await evaluate('manage', 'order', '1')).toEqual({
      decision: true,
      context: { path: [{ kind: 'owner', name: 'owner' }] },
    });
    expect((await evaluate('view', 'order', '2')).decision).toBe(true);
    expect(await evaluate('edit', 'order', '2')).toEqual({
      decision: false,
      context: { missing: ['edit_share'] },
    });
    expect(await evaluate('view', 'order', 'none')).toEqual({
      decision: false,
      context: { missing: ['resource'] },
    });
  });

  it('any other action is the service’s: in a workspace by roles, on a resource with the right to view it as well', async () => {
    expect(await evaluate('orders:refund', 'workspace', home.id)).toMatchObject({
      decision: true,
      context: { path: [{ name: 'Finance' }, { name: 'Approver' }, { name: 'orders:refund' }] },
    });
    expect(await evaluate('orders:refund', 'workspace', second.id)).toMatchObject({
      decision: false,
      context: { missing: ['role_with_action'] },
    });
    expect(await evaluate('orders:refund', 'order', '1')).toMatchObject({
      decision: true,
      context: {
        path: [{ name: 'Finance' }, { name: 'Approver' }, { name: 'orders:refund' }, { kind: 'owner' }],
      },
    });
    expect((await evaluate('orders:refund', 'order', '3')).context).toEqual({ missing: ['share'] });
    expect((await evaluate('orders:refund', 'order', '4')).context).toEqual({
      missing: ['role_with_action'],
    });
  });

  it('in a workspace every name is an action, so that one called view is none of the rights', async () => {
    expect((await evaluate('view', 'workspace', home.id)).decision).toBe(true);
    expect((await evaluate('edit', 'workspace', home.id)).context.error.status).toBe(404);
  });

  it('says the same as the platform’s own check', async () => {
    const body = { userId: ada.id, workspaceId: home.id, action: 'orders:refund' };
    const { result } = await orders.call(actionsCheck, { body });
    expect((await evaluate('orders:refund', 'workspace', home.id)).decision).toBe(result.allowed);
  });

  it('what is unknown is a no that says what, never an error and never a yes', async () => {
    const unknown = [
      await evaluate('orders:nothing', 'workspace', home.id),
      await evaluate('nul\0', 'workspace', home.id),
      await evaluate('view', 'nothing', '1'),
      await evaluate('view', 'nul\0', '1'),
      await evaluate('orders:nothing', 'order', '1'),
      await evaluate('view', 'order', '1', { type: 'robot', id: ada.id }),
    ];
    for (const { decision, context } of unknown) {
      expect(decision).toBe(false);
      expect(context.error).toMatchObject({ status: 404, message: expect.any(String) });
    }
    for (const id of ['nobody', 'nul\0', home.id])
      expect(await evaluate('view', 'order', '1', { type: 'user', id })).toMatchObject({
        decision: false,
        context: { missing: ['user_unknown'] },
      });
    expect((await evaluate('orders:refund', 'workspace', 'no workspace')).decision).toBe(false);
    expect((await evaluate('view', 'order', 'nul\0')).decision).toBe(false);
  });

  it('another service’s resources are unknown', async () => {
    const other = authzenCaller(house, await house.asking('billing'));
    const { body } = await other('evaluation', {
      subject: subject(),
      action: { name: 'view' },
      resource: { type: 'order', id: '1' },
    });
    expect(body.decision).toBe(false);
  });
});

describe('evaluations', () => {
  const batch = (evaluations_semantic: string | undefined) =>
    ask('evaluations', {
      subject: subject(),
      action: { name: 'view' },
      ...(evaluations_semantic === undefined ? {} : { options: { evaluations_semantic } }),
      evaluations: ['1', '2', '3', '1', 'none'].map((id) => ({ resource: { type: 'order', id } })),
    });
  const decisions = async (semantic: string | undefined) =>
    (await batch(semantic)).body.evaluations.map(({ decision }: { decision: boolean }) => decision);

  it('§7.1.2.1: all of them, or those up to the first no, or up to the first yes', async () => {
    expect(await decisions(undefined)).toEqual([true, true, false, true, false]);
    expect(await decisions('execute_all')).toEqual([true, true, false, true, false]);
    expect(await decisions('deny_on_first_deny')).toEqual([true, true, false]);
    expect(await decisions('permit_on_first_permit')).toEqual([true]);
    const unknown = await batch('whatever');
    expect([unknown.status, unknown.body.errors[0].field]).toEqual([400, 'options.evaluations_semantic']);
  });

  it('a hundred at the most; they take one query for the facts', async () => {
    const of = (count: number) =>
      ask('evaluations', {
        subject: subject(),
        action: { name: 'view' },
        evaluations: Array(count).fill({ resource: { type: 'order', id: '1' } }),
      });
    const many = await of(101);
    expect([many.status, many.body.errors]).toMatchObject([
      400,
      [{ field: 'evaluations', message: expect.stringContaining('100') }],
    ]);
    expect(await house.namesOfQueries(() => of(100))).toEqual(['authority changes', 'facts of resources']);
  });
});

describe('§5, §7.1.1: properties, in each object and as defaults', () => {
  const said = { properties: { role: 'admin', nested: { any: ['thing', 1, null] } } };

  it('are taken wherever the standard has them, and decide nothing', async () => {
    const [subjectSaid, order] = [
      { ...subject(), ...said },
      { type: 'order', id: '2', ...said },
    ];
    for (const [name, decision] of [
      ['view', true],
      ['edit', false],
    ] as const) {
      const whole = { subject: subjectSaid, action: { name, ...said }, resource: order, context: said };
      expect((await ask('evaluation', whole)).body.decision).toBe(decision);
      expect((await ask('evaluations', whole)).body.decision).toBe(decision);
      expect((await ask('evaluations', { ...whole, evaluations: [{}] })).body.evaluations).toMatchObject([
        { decision },
      ]);
      expect((await ask('evaluations', { evaluations: [whole] })).body.evaluations).toMatchObject([
        { decision },
      ]);
    }
    const searches = [
      ['subject', { subject: { type: 'user', ...said }, action: { name: 'view', ...said }, resource: order }],
      [
        'resource',
        { subject: subjectSaid, action: { name: 'view', ...said }, resource: { type: 'order', ...said } },
      ],
      ['action', { subject: subjectSaid, resource: order }],
    ] as const;
    for (const [what, body] of searches) {
      const answer = await ask(`search/${what}`, { ...body, context: said, page: { limit: 5, ...said } });
      expect([what, answer.status, answer.body.results.length > 0]).toEqual([what, 200, true]);
    }
  });

  it('an object of an evaluation replaces the default with its properties; only a required member comes from there', async () => {
    const first = async (own: object) =>
      (
        await ask('evaluations', {
          subject: subject(),
          action: { name: 'view', properties: { soft: true } },
          // Of another kind than properties may be: it would spoil every evaluation that it reached.
          resource: { type: 'order', id: '1', properties: 'none' },
          evaluations: [own],
        })
      ).body.evaluations[0];
    expect(await first({ resource: { id: '2', properties: { status: 'paid' } } })).toMatchObject({
      decision: true,
      context: { path: [{ kind: 'workspace_role' }, { kind: 'visibility' }] },
    });
    expect(await first({ resource: { type: 'order', id: '3' } })).toMatchObject({
      decision: false,
      context: { missing: ['share'] },
    });
    expect(await first({ resource: { id: '1' }, action: { properties: { soft: false } } })).toMatchObject({
      decision: true,
      context: { path: [{ kind: 'owner' }] },
    });
    expect(await first({})).toMatchObject({
      decision: false,
      context: { error: { status: 400, message: expect.stringContaining('resource.properties') } },
    });
  });

  it('are objects: anything else can not be read, alone as a whole, in a batch as one no', async () => {
    for (const properties of ['text', 7, ['list'], null]) {
      const whole = { subject: subject(), action: { name: 'view' }, resource: { type: 'order', id: '1' } };
      for (const member of ['subject', 'action', 'resource'] as const) {
        const broken = { ...whole, [member]: { ...whole[member], properties } };
        const alone = await ask('evaluation', broken);
        expect([alone.status, alone.body.errors[0].field]).toEqual([400, `${member}.properties`]);
        const { body } = await ask('evaluations', { evaluations: [broken, whole] });
        expect(body.evaluations).toMatchObject([
          { decision: false, context: { error: { status: 400 } } },
          { decision: true },
        ]);
      }
    }
  });

  it('§8.4, §8.5: an id of what is sought is read over', async () => {
    const who = await ask('search/subject', {
      subject: { type: 'user', id: 'somebody' },
      action: { name: 'view' },
      resource: { type: 'order', id: '1' },
    });
    expect(namesOf(who)).toEqual([ada.id]);
    const what = await ask('search/resource', {
      subject: subject(),
      action: { name: 'manage' },
      resource: { type: 'order', id: 'none' },
    });
    expect(namesOf(what)).toEqual(['1']);
  });
});

describe('searches', () => {
  it('find who may, transitively, where the action and the right are both needed', async () => {
    const viewer = await house.person();
    await house.member(home.id, viewer, 'viewer');
    const who = async (name: string, type: string, id: string) =>
      namesOf(
        await ask('search/subject', { subject: { type: 'user' }, action: { name }, resource: { type, id } }),
      ).sort();
    expect(await who('view', 'order', '2')).toEqual([ada.id, viewer.id].sort());
    expect(await who('orders:refund', 'order', '2')).toEqual([ada.id]);
    expect(await who('orders:refund', 'workspace', home.id)).toEqual([ada.id]);
    expect(await who('orders:refund', 'workspace', second.id)).toEqual([]);
    expect(await who('orders:refund', 'order', '3')).toEqual([]);
    expect(await who('manage', 'order', '2')).toEqual([]);
  });

  it('find what somebody may, in all of their workspaces', async () => {
    const what = async (name: string, type: string) =>
      namesOf(
        await ask('search/resource', { subject: subject(), action: { name }, resource: { type } }),
      ).sort();
    expect(await what('view', 'order')).toEqual(['1', '2', '4']);
    expect(await what('manage', 'order')).toEqual(['1']);
    expect(await what('orders:refund', 'order')).toEqual(['1', '2']);
    expect(await what('orders:refund', 'workspace')).toEqual([home.id]);
  });

  it('find actions by name, page by page', async () => {
    const search = (resource: object, page = {}) =>
      ask('search/action', { subject: subject(), resource, page });
    expect(namesOf(await search({ type: 'order', id: '1' }))).toEqual([
      'edit',
      'manage',
      'orders:refund',
      'view',
    ]);
    expect(namesOf(await search({ type: 'order', id: '4' }))).toEqual(['view']);
    expect(namesOf(await search({ type: 'workspace', id: home.id }))).toEqual(['orders:refund', 'view']);
    const first = await search({ type: 'order', id: '1' }, { limit: 3 });
    const rest = await search({ type: 'order', id: '1' }, { token: first.body.page.next_token });
    expect([...namesOf(first), ...namesOf(rest)]).toEqual(['edit', 'manage', 'orders:refund', 'view']);
  });

  it('a page that an action cuts is filled up, and no result is lost or met twice', async () => {
    await house.resources(
      orders,
      ...Array.from({ length: 40 }, (_, index) => ({
        type: 'note',
        id: `n${index}`,
        workspaceId: index % 4 === 0 ? home.id : second.id,
        visibility: 'workspace' as const,
      })),
    );
    const found: string[] = [];
    let token = '';
    let pages = 0;
    do {
      const answer = await ask('search/resource', {
        subject: subject(),
        action: { name: 'orders:refund' },
        resource: { type: 'note' },
        page: { limit: 4, ...(token ? { token } : {}) },
      });
      expect(answer.body.results.length).toBeLessThanOrEqual(4);
      found.push(...namesOf(answer));
      token = answer.body.page.next_token;
    } while (token && ++pages < 20);
    expect(found).toEqual(Array.from({ length: 10 }, (_, index) => `n${index * 4}`));
  });

  it('a token works for its own search only', async () => {
    const search = { subject: subject(), action: { name: 'view' }, resource: { type: 'order' } };
    const { body } = await ask('search/resource', { ...search, page: { limit: 1 } });
    const token = body.page.next_token;
    expect((await ask('search/resource', { ...search, page: { token } })).status).toBe(200);
    for (const other of [
      { ...search, action: { name: 'edit' } },
      { ...search, subject: { type: 'user', id: home.id } },
    ]) {
      const answer = await ask('search/resource', { ...other, page: { token } });
      expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'page.token']);
    }
  });
});

describe('refusals', () => {
  it('nobody asks without a service’s key', async () => {
    for (const path of [
      'evaluation',
      'evaluations',
      'search/subject',
      'search/resource',
      'search/action',
    ] as const)
      for (const authorization of ['Bearer nonsense', ''])
        expect((await ask(path, {}, { authorization })).status, path).toBe(401);
  });

  it('what is too large, too long or polluted is refused', async () => {
    expect((await ask('evaluation', { filler: 'x'.repeat(70_000) })).status).toBe(413);
    expect((await ask('evaluation', '{"__proto__":{"isAdmin":true}}')).status).toBe(400);
    const long = {
      subject: { type: 'user', id: 'x'.repeat(401) },
      action: { name: 'view' },
      resource: { type: 'order', id: '1' },
    };
    expect((await ask('evaluation', long)).status).toBe(400);
  });
});
