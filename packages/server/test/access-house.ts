import { randomUUID } from 'node:crypto';
import { actionsRegister, type RouteBody, resourcesRegister } from '@castellan/contract';
import { bearer, createTokenHouse, type TestPerson, type TokenHouse } from './token-house.ts';

/** A service that asks, with its key. */
export interface AskingService {
  readonly name: string;
  readonly key: string;
  readonly id: string;
  readonly call: ReturnType<TokenHouse['caller']>['call'];
}

type NewResource = RouteBody<typeof resourcesRegister>['resources'][number];

/** A platform with what tests of access need: services that ask, roles, groups. */
export interface AccessHouse extends TokenHouse {
  asking(name: string): Promise<AskingService>;
  /** Registers actions, and gives a role of them all to people or groups of the workspace. */
  role(
    service: AskingService,
    workspaceId: string,
    actions: readonly string[],
    holders: {
      readonly people?: readonly TestPerson[];
      readonly groups?: readonly string[];
      readonly name?: string;
    },
  ): Promise<string>;
  group(workspaceId: string, people: readonly TestPerson[], name?: string): Promise<string>;
  member(workspaceId: string, person: TestPerson, role: string): Promise<void>;
  /** Registers resources of a service. */
  resources(service: AskingService, ...resources: NewResource[]): Promise<void>;
  /** The named queries that `work` sends, by their names. */
  namesOfQueries(work: () => Promise<unknown>): Promise<string[]>;
  /** The newest events of some actions, oldest first. */
  eventsOf(...actions: string[]): Promise<TestEvent[]>;
}

/** An event as the log has it. */
export interface TestEvent {
  readonly action: string;
  readonly actors: readonly { readonly kind: string; readonly id: string; readonly label: string }[];
  readonly target_label: string;
  readonly workspace_id: string | null;
  readonly service: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Makes the house. */
export async function createAccessHouse(): Promise<AccessHouse> {
  const house = await createTokenHouse();
  const member: AccessHouse['member'] = async (workspaceId, person, role) => {
    await house.query(
      'INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, now())',
      [workspaceId, person.id, role],
    );
  };
  return Object.assign(house, {
    member,
    async asking(name: string): Promise<AskingService> {
      const key = await house.service(name);
      return { name, key, id: await house.serviceId(name), call: house.caller(bearer(key)).call };
    },
    async role(
      service: AskingService,
      workspaceId: string,
      actions: readonly string[],
      {
        people = [],
        groups = [],
        name = `Role ${randomUUID().slice(0, 8)}`,
      }: Parameters<AccessHouse['role']>[3],
    ): Promise<string> {
      const kept = await house.query<{ name: string; description: string }>(
        'SELECT name, description FROM service_actions WHERE service_id = $1 AND absent_since IS NULL',
        [service.id],
      );
      const fresh = actions.filter((action) => !kept.some((one) => one.name === action));
      await service.call(actionsRegister, {
        body: { actions: [...kept, ...fresh.map((one) => ({ name: one, description: '' }))] },
      });
      const [role] = await house.query<{ id: string }>(
        `INSERT INTO roles (id, workspace_id, name, created_at, updated_at)
         VALUES (gen_random_uuid(), $1, $2, now(), now()) RETURNING id`,
        [workspaceId, name],
      );
      await house.query(
        `INSERT INTO role_actions (role_id, action_id, created_at)
         SELECT $1, id, now() FROM service_actions WHERE service_id = $2 AND name = ANY ($3)`,
        [role!.id, service.id, actions],
      );
      for (const person of people)
        await house.query(
          'INSERT INTO role_members (workspace_id, role_id, user_id, created_at) VALUES ($1, $2, $3, now())',
          [workspaceId, role!.id, person.id],
        );
      for (const group of groups)
        await house.query(
          'INSERT INTO role_groups (workspace_id, role_id, group_id, created_at) VALUES ($1, $2, $3, now())',
          [workspaceId, role!.id, group],
        );
      return role!.id;
    },
    async group(
      workspaceId: string,
      people: readonly TestPerson[],
      name = `Group ${randomUUID().slice(0, 8)}`,
    ) {
      const [group] = await house.query<{ id: string }>(
        `INSERT INTO groups (id, workspace_id, name, created_at, updated_at)
         VALUES (gen_random_uuid(), $1, $2, now(), now()) RETURNING id`,
        [workspaceId, name],
      );
      for (const person of people)
        await house.query(
          'INSERT INTO group_members (workspace_id, group_id, user_id, created_at) VALUES ($1, $2, $3, now())',
          [workspaceId, group!.id, person.id],
        );
      return group!.id;
    },
    async resources(service: AskingService, ...resources: NewResource[]) {
      const { result } = await service.call(resourcesRegister, { body: { resources } });
      if (result.results.length !== resources.length) throw new Error('Not every resource was registered');
    },
    async namesOfQueries(work: () => Promise<unknown>) {
      return (await house.queriesOf(work)).map(({ name, text }) => name ?? text.slice(0, 60));
    },
    async eventsOf(...actions: string[]) {
      await house.platform.settled();
      return house.query<TestEvent>(
        `SELECT action, actors, target_label, workspace_id, service, detail FROM activity_events
         WHERE action = ANY ($1) ORDER BY sequence`,
        [actions],
      );
    },
  });
}
