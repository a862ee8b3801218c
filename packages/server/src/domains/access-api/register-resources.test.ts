import { type RouteBody, resourcesCheck, resourcesRegister } from '@castellan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessHouse, type AskingService, createAccessHouse } from '../../../test/access-house.ts';

let house: AccessHouse;
let service: AskingService;
let ada: Awaited<ReturnType<AccessHouse['person']>>;
let home: { readonly id: string };
let abroad: { readonly id: string };
beforeAll(async () => {
  house = await createAccessHouse();
  service = await house.asking('orders');
  ada = await house.person({ name: 'Ada' });
  home = await house.workspace({ members: [[ada, 'viewer']] });
  abroad = await house.workspace();
});
afterAll(() => house.close());

type NewResource = RouteBody<typeof resourcesRegister>['resources'][number];
const register = (...resources: NewResource[]) => service.call(resourcesRegister, { body: { resources } });
const stored = (key: string) =>
  house.query('SELECT id, owner_id, visibility, workspace_id, updated_at FROM resources WHERE key = $1', [
    key,
  ]);

describe('registration of resources (P10)', () => {
  it('registers a hundred with their types, private unless told, each with the id it has here', async () => {
    const resources = Array.from({ length: 100 }, (_, index) => ({
      type: `kind.${index % 3}`,
      id: `many-${index}`,
      workspaceId: home.id,
      ownerId: ada.id,
      ...(index === 1 ? { visibility: 'workspace' as const } : {}),
    }));
    const { result } = await register(...resources);
    expect(result.results.map(({ type, id, created }) => ({ type, id, created }))).toEqual(
      resources.map(({ type, id }) => ({ type, id, created: true })),
    );
    expect(await stored('many-0')).toMatchObject([
      { id: result.results[0]!.permissionId, owner_id: ada.id, visibility: 'private' },
    ]);
    expect(await stored('many-1')).toMatchObject([{ visibility: 'workspace' }]);
    await house.platform.settled();
    expect(await house.query("SELECT FROM activity_events WHERE target_kind = 'resource'")).toEqual([]);
  });

  it('leaves what is registered as it is, also where its owner has left since', async () => {
    const leaving = await house.person();
    await house.member(home.id, leaving, 'editor');
    const [first] = (await register({ type: 'order', id: 'kept', workspaceId: home.id, ownerId: leaving.id }))
      .result.results;
    const before = await stored('kept');
    await house.query('DELETE FROM members WHERE user_id = $1', [leaving.id]);
    const again = await register(
      { type: 'order', id: 'kept', workspaceId: home.id, ownerId: leaving.id, visibility: 'workspace' },
      { type: 'order', id: 'kept', workspaceId: home.id.toUpperCase() },
    );
    expect(again.result.results).toEqual([
      { ...first, created: false },
      { ...first, created: false },
    ]);
    expect(await stored('kept')).toEqual(before);
  });

  it('one that is named twice is made once, by its first mention', async () => {
    const { result } = await register(
      { type: 'order', id: 'twice', workspaceId: home.id, ownerId: ada.id },
      { type: 'order', id: 'twice', workspaceId: home.id },
    );
    expect(result.results.map(({ created }) => created)).toEqual([true, false]);
    expect(await stored('twice')).toMatchObject([{ owner_id: ada.id }]);
  });

  it('the same ones registered by eight at one moment become one each, of a type that nobody had', async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `race-${index}`);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, turn) =>
        register(
          ...(turn % 2 ? keys.toReversed() : keys).map((id) => ({ type: 'raced', id, workspaceId: home.id })),
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const created = answers.flatMap(({ result }) => result.results.filter((one) => one.created));
    expect(created.map(({ id }) => id).sort()).toEqual(keys.toSorted());
    const ids = new Set(answers.flatMap(({ result }) => result.results.map((one) => one.permissionId)));
    expect(ids.size).toBe(30);
  });

  it('the same one registered in two workspaces at one moment is in one of them', async () => {
    const answers = await Promise.all(
      [home, abroad].map(({ id: workspaceId }) => register({ type: 'order', id: 'torn', workspaceId })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await stored('torn')).toHaveLength(1);
  });

  it('refuses, with its place, what is elsewhere, owned by a stranger, or nowhere; and registers none of them', async () => {
    await register({ type: 'order', id: 'placed', workspaceId: home.id });
    const fresh = { type: 'order', id: 'fresh', workspaceId: home.id };
    const elsewhere = await register(fresh, { type: 'order', id: 'placed', workspaceId: abroad.id });
    expect([elsewhere.status, elsewhere.code, elsewhere.fields]).toEqual([
      409,
      'resource_elsewhere',
      ['resources.1.workspace_id'],
    ]);
    const stranger = await register(fresh, {
      type: 'order',
      id: 'owned',
      workspaceId: abroad.id,
      ownerId: ada.id,
    });
    expect([stranger.status, stranger.code, stranger.fields]).toEqual([
      403,
      'not_member',
      ['resources.1.owner_id'],
    ]);
    const nowhere = await register(fresh, { type: 'order', id: 'lost', workspaceId: ada.id });
    expect([nowhere.status, nowhere.code, nowhere.fields]).toEqual([
      404,
      'not_found',
      ['resources.1.workspace_id'],
    ]);
    for (const key of ['fresh', 'owned', 'lost']) expect(await stored(key)).toEqual([]);
  });

  it('two services may use one id for two things', async () => {
    const billing = await house.asking('billing');
    await register({ type: 'order', id: 'same', workspaceId: home.id, visibility: 'workspace' });
    await house.resources(billing, { type: 'order', id: 'same', workspaceId: abroad.id });
    const check = async (asking: AskingService) =>
      (
        await asking.call(resourcesCheck, {
          body: { userId: ada.id, checks: [{ type: 'order', id: 'same', permission: 'view' }] },
        })
      ).result.results[0]!.allowed;
    expect([await check(service), await check(billing)]).toEqual([true, false]);
  });

  it('what can not be a resource is refused by its place', async () => {
    const fine = { type: 'order', id: 'x', workspace_id: home.id };
    const refused = async (...resources: unknown[]) => {
      const answer = await service.call(resourcesRegister, { rawBody: JSON.stringify({ resources }) });
      expect(answer.status).toBe(422);
      return answer.fields;
    };
    for (const type of ['', 'Order', 'a b', 'x'.repeat(64)])
      expect(await refused(fine, { ...fine, type }), type).toEqual(['resources.1.type']);
    for (const id of ['', 'x'.repeat(201), 'nul\0', 'new\nline', '\ud800'])
      expect(await refused(fine, { ...fine, id }), id).toEqual(['resources.1.id']);
    expect(await refused({ ...fine, workspace_id: 'home' })).toEqual(['resources.0.workspace_id']);
    expect(await refused({ ...fine, owner_id: 'ada' })).toEqual(['resources.0.owner_id']);
    expect(await refused({ ...fine, visibility: 'public' })).toEqual(['resources.0.visibility']);
    expect(await refused()).toEqual(['resources']);
    expect(await refused(...Array(101).fill(fine))).toEqual(['resources']);
  });
});
