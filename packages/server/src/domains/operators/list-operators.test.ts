import { everyService, operatorsCandidates, operatorsList, operatorsRead } from '@castellan/contract';
import { createTestPlatform, type TestCaller, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleCaller, operatorsOf } from '../../../test/operators.ts';

/** A21 who sees whom of the operators, and finds whom to make one. */

let house: TestPlatform;
let ada: ConsoleCaller;
let services: Readonly<Record<'orders' | 'billing', string>>;
let add: Operators['add'];
let operator: Operators['operator'];
type Operators = Awaited<ReturnType<typeof operatorsOf>>;

beforeAll(async () => {
  house = await createTestPlatform();
  ({ ada, services, add, operator } = await operatorsOf(house));
});
afterAll(() => house.close());

describe('who sees operators', () => {
  it('an administrator sees all, by name, found by search, service and role', async () => {
    const zoe = await operator(services.billing, 'support', 'Zoe Zzyzx');
    const found = async (query: object) =>
      (await ada.call(operatorsList, { query })).result.items.map(({ id }) => id);
    expect(await found({ search: 'zzyz' })).toEqual([zoe.person.id]);
    expect(await found({ service: services.billing, role: 'support' })).toContain(zoe.person.id);
    expect(await found({ service: services.orders, search: 'zzyz' })).toEqual([]);
    expect(await found({ role: 'owner', search: 'zzyz' })).toEqual([]);
    expect(await found({ service: everyService, role: 'owner' })).toContain(ada.person.id);
    const pages: string[] = [];
    let cursor: string | undefined;
    do {
      const { result } = await ada.call(operatorsList, {
        query: { pageSize: 3, ...(cursor ? { cursor } : {}) },
      });
      pages.push(...result.items.map(({ id }) => id));
      cursor = result.nextCursor;
    } while (cursor);
    expect(new Set(pages).size).toBe(pages.length);
    expect(pages).toEqual(await found({ pageSize: 200 }));
    expect(pages).toContain(zoe.person.id);
  });

  it('an owner of a service sees who reaches it; other grants are a number', async () => {
    const owner = await operator(services.orders, 'owner', 'Olga Owner');
    const elsewhere = await operator(services.billing, 'admin', 'Bill Billing');
    const both = await operator(services.orders, 'support', 'Both Sides');
    await add(ada, both.person, services.billing, 'owner');
    const { items } = (await owner.call(operatorsList, { query: { pageSize: 200 } })).result;
    const byId = new Map(items.map((item) => [item.id, item]));
    expect(byId.has(elsewhere.person.id)).toBe(false);
    expect(byId.get(both.person.id)).toMatchObject({
      grants: [{ service: { name: 'orders' }, role: 'support', canChange: true }],
      hiddenGrants: 1,
    });
    expect(byId.get(ada.person.id)).toMatchObject({
      grants: [{ service: null, role: 'owner', canChange: false }],
    });
    expect(JSON.stringify(items)).not.toContain('billing');
    // Nor can a filter ask about what is not theirs.
    expect((await owner.call(operatorsList, { query: { service: services.billing } })).result.items).toEqual(
      [],
    );
  });

  it('one by one: an administrator sees everybody, an owner whoever reaches their service, others nobody', async () => {
    const owner = await operator(services.orders, 'owner', 'Olga Owner');
    const here = await operator(services.orders, 'support', 'Hanna Here');
    const elsewhere = await operator(services.billing, 'admin', 'Bill Billing');
    const none = await house.person({ name: 'Nora None' });
    const read = (by: TestCaller, id: string) => by.call(operatorsRead, { params: { id } });
    expect((await read(ada, none.id)).result).toMatchObject({
      name: 'Nora None',
      grants: [],
      hiddenGrants: 0,
    });
    expect((await read(ada, elsewhere.person.id)).result.grants).toMatchObject([
      { service: { name: 'billing' }, role: 'admin' },
    ]);
    expect((await read(owner, here.person.id)).result.grants).toMatchObject([{ role: 'support' }]);
    for (const id of [none.id, elsewhere.person.id, '01930000-0000-7000-8000-00000000dead']) {
      const answer = await read(owner, id);
      expect([answer.status, answer.code]).toEqual([404, 'not_found']);
    }
    expect((await read(here, ada.person.id)).code).toBe('operator_role_missing');
  });

  it('admins and support see none', async () => {
    for (const role of ['admin', 'support'] as const)
      for (const scope of [services.orders, everyService]) {
        const lesser = await operator(scope, role);
        expect((await lesser.call(operatorsList)).code).toBe('operator_role_missing');
        expect((await lesser.call(operatorsCandidates, { query: { search: 'ada' } })).code).toBe(
          'operator_role_missing',
        );
      }
  });

  it('an administrator finds people by words; an owner of a service by the whole e-mail only', async () => {
    const person = await house.person({ name: 'Quentin Quill', email: 'quentin@example.org' });
    const owner = await operator(services.orders, 'owner');
    const found = async (by: TestCaller, search: string) =>
      (await by.call(operatorsCandidates, { query: { search } })).result.items;
    expect(await found(ada, 'quent')).toEqual([
      { id: person.id, name: 'Quentin Quill', email: 'quentin@example.org', state: 'active' },
    ]);
    expect(await found(owner, 'quent')).toEqual([]);
    expect(await found(owner, 'quentin@example')).toEqual([]);
    expect(await found(owner, ' Quentin@Example.org ')).toMatchObject([{ id: person.id }]);
    expect(await found(owner, '')).toEqual([]);
    expect(await found(ada, '')).toEqual([]);
  });
});
