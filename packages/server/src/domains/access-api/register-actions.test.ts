import { actionsCheck, actionsRegister } from '@castellan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessHouse, type AskingService, createAccessHouse } from '../../../test/access-house.ts';

let house: AccessHouse;
beforeAll(async () => {
  house = await createAccessHouse();
});
afterAll(() => house.close());

const register = (service: AskingService, ...actions: { name: string; description?: string }[]) =>
  service.call(actionsRegister, { body: { actions } });
const eventsOf = async (service: AskingService) =>
  (
    await house.eventsOf('service_action_registered', 'service_action_updated', 'service_action_withdrawn')
  ).filter((event) => event.service === service.name);

describe('registration of actions (P9)', () => {
  it('adds, describes anew, withdraws and takes back; each is told with its service', async () => {
    const service = await house.asking('actions-lifecycle');
    const first = await register(
      service,
      { name: 'orders:refund', description: 'Give money back' },
      { name: 'orders:ship', description: 'Ship' },
    );
    expect(first.result).toMatchObject({
      added: ['orders:refund', 'orders:ship'],
      updated: [],
      withdrawn: [],
    });
    const second = await register(service, { name: 'orders:refund', description: 'Pay back' });
    expect(second.result).toMatchObject({
      added: [],
      updated: ['orders:refund'],
      withdrawn: ['orders:ship'],
    });
    expect(second.result.actions).toMatchObject([
      { name: 'orders:refund', description: 'Pay back', absentSince: null },
      { name: 'orders:ship', description: 'Ship', absentSince: expect.any(Date) },
    ]);
    const third = await register(
      service,
      { name: 'orders:refund', description: 'Pay back' },
      { name: 'orders:ship', description: 'Ship' },
    );
    expect(third.result).toMatchObject({ added: [], updated: ['orders:ship'], withdrawn: [] });
    expect(third.result.actions.map(({ absentSince }) => absentSince)).toEqual([null, null]);
    expect(third.result.actions.map(({ id }) => id)).toEqual(second.result.actions.map(({ id }) => id));
    const self = [{ kind: 'service', id: service.id, label: service.name }];
    expect(await eventsOf(service)).toMatchObject([
      { action: 'service_action_registered', target_label: 'orders:refund', actors: self },
      { action: 'service_action_registered', target_label: 'orders:ship', detail: { description: 'Ship' } },
      {
        action: 'service_action_updated',
        target_label: 'orders:refund',
        detail: { description: { before: 'Give money back', after: 'Pay back' } },
      },
      { action: 'service_action_withdrawn', target_label: 'orders:ship' },
      { action: 'service_action_updated', target_label: 'orders:ship', detail: { returned: true } },
    ]);
  });

  it('a repeated registration writes nothing and tells nothing', async () => {
    const service = await house.asking('actions-repeated');
    const actions = [{ name: 'a:b', description: 'One' }, { name: 'c:d' }];
    await register(service, ...actions);
    const written = () =>
      house.query('SELECT id, xmin, updated_at FROM service_actions WHERE service_id = $1 ORDER BY name', [
        service.id,
      ]);
    const before = await written();
    const again = await register(service, ...actions.toReversed());
    expect(again.result).toMatchObject({ added: [], updated: [], withdrawn: [] });
    expect(again.result.actions).toHaveLength(2);
    expect(await written()).toEqual(before);
    expect(await eventsOf(service)).toHaveLength(2);
  });

  it('replicas that start at one moment register once', async () => {
    const service = await house.asking('actions-replicas');
    const actions = Array.from({ length: 20 }, (_, index) => ({ name: `act:${index}` }));
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(service, ...actions)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(answers.filter(({ result }) => result.added.length === 20)).toHaveLength(1);
    expect(await eventsOf(service)).toHaveLength(20);
  });

  it('an action that is withdrawn is refused to everybody, and comes back with its roles', async () => {
    const service = await house.asking('actions-withdrawn');
    const ada = await house.person();
    const workspace = await house.workspace({ members: [[ada, 'viewer']] });
    await house.role(service, workspace.id, ['orders:refund'], { people: [ada] });
    const may = async () =>
      (
        await service.call(actionsCheck, {
          body: { userId: ada.id, workspaceId: workspace.id, action: 'orders:refund' },
        })
      ).result;
    expect(await may()).toMatchObject({ allowed: true });
    await register(service);
    expect(await may()).toMatchObject({ allowed: false, missing: ['action'] });
    await register(service, { name: 'orders:refund' });
    expect(await may()).toMatchObject({ allowed: true });
  });

  it('one service’s actions are not another’s', async () => {
    const [one, other] = [await house.asking('actions-one'), await house.asking('actions-other')];
    await register(one, { name: 'orders:refund' });
    expect((await register(other, { name: 'orders:ship' })).result.actions).toHaveLength(1);
    const body = { userId: one.id, workspaceId: one.id, action: 'orders:refund' };
    expect((await other.call(actionsCheck, { body })).code).toBe('action_unknown');
  });

  it('what can not be an action is refused by its place', async () => {
    const service = await house.asking('actions-malformed');
    const refused = async (...actions: unknown[]) => {
      const answer = await service.call(actionsRegister, { rawBody: JSON.stringify({ actions }) });
      expect(answer.status).toBe(422);
      return answer.fields;
    };
    for (const name of ['', 'Refund', 'a b', 'a\0b', 'x'.repeat(101), 'a::b', 7])
      expect(await refused({ name: 'fine' }, { name }), String(name)).toEqual(['actions.1.name']);
    expect(await refused({ name: 'a' }, { name: 'b' }, { name: 'a' })).toEqual(['actions.2.name']);
    expect(await refused({ name: 'a', description: 'nul\0' })).toEqual(['actions.0.description']);
    expect(await refused(...Array.from({ length: 1001 }, (_, index) => ({ name: `a${index}` })))).toEqual([
      'actions',
    ]);
    expect(await house.query('SELECT FROM service_actions WHERE service_id = $1', [service.id])).toEqual([]);
  });
});
