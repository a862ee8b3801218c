import { actionsRegister } from '@castellan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessHouse, type AskingService, createAccessHouse } from '../../../test/access-house.ts';
import { authzenCaller } from '../../../test/authzen-caller.ts';

/**
 * The certification scenario of the AuthZEN working group (authorization-api-1_0-scenario): the levels Basic Core, Batch
 * Core, Search Core and Discovery. Its subjects `alice` and `bob` are people here, who have ids of their own. Of the
 * Properties levels, the rules 5 and 6 hold by what the platform knows of the records. Rules 7 and 8 tell two deletions
 * apart by what the caller says of them; here nothing that a caller says of a subject, an action or a resource is a fact.
 */

let house: AccessHouse;
let service: AskingService;
let ask: ReturnType<typeof authzenCaller>;
let alice: { readonly type: 'user'; readonly id: string };
let bob: typeof alice;

beforeAll(async () => {
  house = await createAccessHouse();
  service = await house.asking('records');
  ask = authzenCaller(house, service);
  const [first, second] = [await house.person({ name: 'Alice' }), await house.person({ name: 'Bob' })];
  alice = { type: 'user', id: first.id };
  bob = { type: 'user', id: second.id };
  const active = await house.workspace({
    members: [
      [first, 'viewer'],
      [second, 'viewer'],
    ],
  });
  const archive = await house.workspace({ members: [[second, 'viewer']] });
  await house.role(service, active.id, ['read', 'write', 'delete'], { people: [first] });
  await house.role(service, active.id, ['read'], { people: [second] });
  await house.role(service, archive.id, ['read', 'write'], { people: [second] });
  await house.resources(
    service,
    { type: 'record', id: 'record-1', workspaceId: active.id, visibility: 'workspace' },
    { type: 'record', id: 'record-2', workspaceId: archive.id, visibility: 'workspace' },
  );
});
afterAll(() => house.close());

const record1 = { type: 'record', id: 'record-1' };
const record2 = { type: 'record', id: 'record-2' };
const archived = { ...record2, properties: { status: 'archived' } };
const admin = () => ({ ...bob, properties: { role: 'admin' } });
const evaluate = (body: unknown, headers?: Record<string, string>) => ask('evaluation', body, headers);
const decisionsOf = ({ body }: Awaited<ReturnType<typeof ask>>) =>
  body.evaluations.map(({ decision }: { decision: unknown }) => decision);

describe('Basic Core', () => {
  it('decides rules 1 to 4 as the fixture requires, in JSON', async () => {
    const rules = [
      [alice, 'read', true],
      [alice, 'write', true],
      [bob, 'read', true],
      [bob, 'write', false],
    ] as const;
    for (const [subject, name, decision] of rules) {
      const { status, body, headers } = await evaluate({ subject, action: { name }, resource: record1 });
      expect([status, body.decision]).toEqual([200, decision]);
      expect(headers['content-type']).toMatch(/^application\/json\b/);
      expect(typeof body.context).toBe('object');
    }
  });

  it('takes context, properties and members that it does not know, and decides the same', async () => {
    const plain = { subject: alice, action: { name: 'read' }, resource: record1 };
    const bodies = [
      { ...plain, context: { time: '2025-06-27T18:03-07:00', ip: '192.168.1.1' } },
      {
        subject: { ...alice, properties: { department: 'Sales', role: 'manager' } },
        action: { name: 'read', properties: { method: 'GET' } },
        resource: { ...record1, properties: { status: 'active', owner: 'bob' } },
      },
      { ...plain, foo: 'bar', futureField: { nested: true } },
    ];
    for (const body of bodies)
      expect(await evaluate(body)).toMatchObject({ status: 200, body: { decision: true } });
  });

  it('answers 400 to what lacks something that is required, or has it of another kind', async () => {
    const whole = { subject: alice, action: { name: 'read' }, resource: record1 };
    const { subject: _s, ...noSubject } = whole;
    const { action: _a, ...noAction } = whole;
    const { resource: _r, ...noResource } = whole;
    const bodies = [
      noSubject,
      noAction,
      noResource,
      { ...whole, subject: { id: alice.id } },
      { ...whole, subject: { type: 'user' } },
      { ...whole, action: {} },
      { ...whole, resource: { id: 'record-1' } },
      { ...whole, resource: { type: 'record' } },
      { ...whole, subject: 'alice' },
      { ...whole, action: { name: 123 } },
      '{"subject":',
      '',
      '[]',
    ];
    for (const body of bodies) expect((await evaluate(body)).status, JSON.stringify(body)).toBe(400);
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded'])
      expect((await evaluate(whole, { 'content-type': type })).status, type).toBe(400);
    const named = await evaluate({ ...whole, subject: { type: 'user' } });
    expect(named.body.errors).toMatchObject([{ field: 'subject.id' }]);
  });

  it('tells the request’s own id with every answer', async () => {
    const whole = { subject: alice, action: { name: 'read' }, resource: record1 };
    const id = { 'x-request-id': 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716' };
    for (const body of [whole, {}, '{'])
      expect((await evaluate(body, id)).headers['x-request-id']).toBe(id['x-request-id']);
    const stranger = await evaluate(whole, { ...id, authorization: 'Bearer nonsense' });
    expect([stranger.status, stranger.headers['x-request-id']]).toEqual([401, id['x-request-id']]);
    expect((await evaluate(whole)).status).toBe(200);
  });

  it('decides the same each time', async () => {
    const whole = { subject: alice, action: { name: 'read' }, resource: record1 };
    for (let turn = 0; turn < 5; turn++) expect((await evaluate(whole)).body.decision).toBe(true);
  });
});

describe('Batch Core', () => {
  const batch = (body: unknown) => ask('evaluations', body);

  it('answers each, in order, with defaults or without', async () => {
    const two = await batch({
      subject: alice,
      action: { name: 'read' },
      evaluations: [{ resource: record1 }, { resource: record2 }],
    });
    expect([two.status, decisionsOf(two)]).toEqual([200, [true, false]]);
    expect('decision' in two.body).toBe(false);
    const actions = await batch({
      subject: bob,
      resource: record1,
      evaluations: [{ action: { name: 'read' } }, { action: { name: 'write' } }],
    });
    expect(decisionsOf(actions)).toEqual([true, false]);
    const whole = await batch({
      evaluations: [
        { subject: alice, action: { name: 'read' }, resource: record1 },
        { subject: bob, action: { name: 'write' }, resource: record1 },
      ],
    });
    expect(decisionsOf(whole)).toEqual([true, false]);
    const contexts = await batch({
      subject: alice,
      action: { name: 'read' },
      context: { time: '2025-06-27T18:03-07:00' },
      evaluations: [{ resource: record1 }, { resource: record2, context: { source: 'batch-override' } }],
    });
    expect(decisionsOf(contexts)).toHaveLength(2);
  });

  it('one that lacks something is a no with its reason, and the others are answered', async () => {
    const answer = await batch({
      subject: alice,
      action: { name: 'read' },
      evaluations: [{ resource: record1 }, {}, { resource: 'record-1' }, { action: 7, resource: record1 }],
    });
    expect([answer.status, decisionsOf(answer)]).toEqual([200, [true, false, false, false]]);
    expect(answer.body.evaluations[1].context.error).toMatchObject({
      status: 400,
      message: expect.stringContaining('resource'),
    });
  });

  it('without evaluations it is a single evaluation', async () => {
    const single = { subject: alice, action: { name: 'read' }, resource: record1 };
    for (const body of [single, { ...single, evaluations: [] }])
      expect(await batch(body)).toMatchObject({ status: 200, body: { decision: true } });
    for (const body of [{ ...single, subject: undefined }, { evaluations: [] }, { evaluations: 7 }, '{'])
      expect((await batch(body)).status).toBe(400);
  });
});

describe('Search Core', () => {
  const query = { subject: { type: 'user' }, action: { name: 'read' }, resource: record1 };

  it('finds subjects, resources and actions', async () => {
    const subjects = await ask('search/subject', { ...query, context: { time: 'now' } });
    expect(subjects.status).toBe(200);
    expect(subjects.body.results).toHaveLength(2);
    expect(subjects.body.results).toEqual(expect.arrayContaining([alice, bob]));
    const resources = await ask('search/resource', {
      subject: alice,
      action: { name: 'read' },
      resource: { type: 'record' },
    });
    expect(resources.body.results).toEqual([record1]);
    const actions = await ask('search/action', { subject: alice, resource: record1, context: {} });
    expect(actions.body.results).toEqual([
      { name: 'delete' },
      { name: 'read' },
      { name: 'view' },
      { name: 'write' },
    ]);
  });

  it('gives pages, the last with an empty token', async () => {
    const first = await ask('search/subject', { ...query, page: { limit: 1 } });
    expect([first.status, first.body.results.length, first.body.page.count]).toEqual([200, 1, 1]);
    const second = await ask('search/subject', { ...query, page: { token: first.body.page.next_token } });
    expect(second.body).toMatchObject({ results: [{ type: 'user' }], page: { next_token: '', count: 1 } });
    const both = [first, second].map(({ body }) => body.results[0].id).sort();
    expect(both).toEqual([alice.id, bob.id].sort());
  });

  it('what is unknown is found nowhere', async () => {
    const searches = [
      ['search/action', { subject: { type: 'user', id: 'nonexistent-user' }, resource: record1 }],
      ['search/subject', { ...query, subject: { type: 'spaceship' } }],
      ['search/subject', { ...query, resource: { type: 'spaceship', id: '1' } }],
      ['search/subject', { ...query, action: { name: 'fly' } }],
      ['search/resource', { subject: alice, action: { name: 'read' }, resource: { type: 'spaceship' } }],
      [
        'search/resource',
        { subject: { type: 'robot', id: alice.id }, action: { name: 'read' }, resource: { type: 'record' } },
      ],
      ['search/action', { subject: alice, resource: { type: 'spaceship', id: '1' } }],
    ] as const;
    for (const [path, body] of searches)
      expect(await ask(path, body), JSON.stringify(body)).toMatchObject({
        status: 200,
        body: { results: [] },
      });
  });

  it('answers 400 to a search that lacks something', async () => {
    const searches = [
      ['search/subject', { subject: { type: 'user' }, resource: record1 }],
      ['search/resource', { action: { name: 'read' }, resource: { type: 'record' } }],
      ['search/action', { subject: alice }],
      ['search/subject', { ...query, resource: { type: 'record' } }],
      [
        'search/resource',
        { subject: { type: 'user' }, action: { name: 'read' }, resource: { type: 'record' } },
      ],
      ['search/subject', { ...query, page: { token: 'nonsense' } }],
    ] as const;
    for (const [path, body] of searches)
      expect((await ask(path, body)).status, JSON.stringify(body)).toBe(400);
  });
});

describe('Properties, as far as what the platform knows decides them', () => {
  const may = async (subject: unknown, name: string, resource: unknown) =>
    (await evaluate({ subject, action: { name }, resource })).body.decision;

  it('rules 5 and 6, alone and in a batch with members merged from the defaults', async () => {
    expect([await may(alice, 'write', archived), await may(admin(), 'write', archived)]).toEqual([
      false,
      true,
    ]);
    const batches = [
      {
        subject: alice,
        action: { name: 'write' },
        evaluations: [{ resource: { ...record1, properties: { status: 'active' } } }, { resource: archived }],
      },
      {
        subject: alice,
        action: { name: 'write' },
        resource: { type: 'record' },
        evaluations: [
          { resource: { id: 'record-1', properties: { status: 'active' } } },
          { resource: archived },
        ],
      },
    ];
    for (const body of batches) expect(decisionsOf(await ask('evaluations', body))).toEqual([true, false]);
    const subjects = {
      action: { name: 'write' },
      resource: archived,
      evaluations: [{ subject: alice }, { subject: admin() }],
    };
    expect(decisionsOf(await ask('evaluations', subjects))).toEqual([false, true]);
  });

  it('searches by them', async () => {
    const writers = await ask('search/subject', {
      subject: { type: 'user' },
      action: { name: 'write' },
      resource: archived,
    });
    expect(writers.body.results).toEqual([bob]);
    const records = await ask('search/resource', {
      subject: admin(),
      action: { name: 'write' },
      resource: { type: 'record' },
    });
    expect(records.body.results).toEqual([record2]);
    const actions = await ask('search/action', { subject: admin(), resource: archived });
    expect(actions.body.results).toContainEqual({ name: 'write' });
  });

  it('what a caller says of an action is no fact: rules 7 and 8 get one answer', async () => {
    const remove = (soft: boolean) =>
      evaluate({ subject: alice, action: { name: 'delete', properties: { soft } }, resource: record1 });
    expect([(await remove(true)).body.decision, (await remove(false)).body.decision]).toEqual([true, true]);
    await service.call(actionsRegister, { body: { actions: [{ name: 'read' }, { name: 'write' }] } });
    expect([(await remove(true)).body.decision, (await remove(false)).body.decision]).toEqual([false, false]);
  });
});

describe('Discovery', () => {
  it('says where everything is, to anybody', async () => {
    const response = await house.platform.publicListener.inject({
      url: '/.well-known/authzen-configuration',
    });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/^application\/json\b/);
    const base = house.settings.PUBLIC_URL;
    expect(response.json()).toEqual({
      policy_decision_point: base,
      access_evaluation_endpoint: `${base}/access/v1/evaluation`,
      access_evaluations_endpoint: `${base}/access/v1/evaluations`,
      search_subject_endpoint: `${base}/access/v1/search/subject`,
      search_resource_endpoint: `${base}/access/v1/search/resource`,
      search_action_endpoint: `${base}/access/v1/search/action`,
    });
  });
});
