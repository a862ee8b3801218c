import type { AccessChange, ResourcePermission } from '@castellan/contract';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import type { AccessFacts } from '../access/decide.ts';
import type { Question } from './read-question.ts';
import type { Move, Situation } from './shortest-change.ts';
import { changeText } from './words.ts';

type PossibleMove = Move<AccessChange>;

const withFacts = (situation: Situation, facts: Partial<AccessFacts>): Situation => ({
  ...situation,
  facts: { ...situation.facts, ...facts },
});

/** All that an operator, or the service, could do about a no, in the order in which it would be done. */
export async function possibleMoves(db: Queryable, question: Question): Promise<PossibleMove[]> {
  // What is registered for another workspace is no business of this one, whatever is changed.
  if (question.resource?.elsewhere) return [];
  const own =
    question.action === null ? resourceMoves(question) : await actionMoves(db, question, question.action);
  return [activate(question), ...own, widenGrant(question)];
}

function activate({ person }: Question): PossibleMove {
  const text = changeText.activate(person);
  return {
    change: { kind: 'activate_user', targetId: person.id, text },
    excess: 0,
    apply: (situation) =>
      situation.facts.person?.state === 'active'
        ? null
        : withFacts(situation, { person: { id: person.id, state: 'active' } }),
  };
}

function widenGrant({ request }: Question): PossibleMove {
  const granted = request.kind === 'action' ? request.action : `${request.type}:${request.right}`;
  return {
    change: { kind: 'widen_grant', text: changeText.widenGrant(granted) },
    excess: 0,
    apply: (situation) =>
      situation.facts.granted === null || situation.facts.granted.has(granted)
        ? null
        : withFacts(situation, { granted: new Set([...situation.facts.granted, granted]) }),
  };
}

function addMember(
  { person, workspace }: Question,
  role: 'viewer' | 'editor' | 'admin',
  excess: number,
): PossibleMove {
  return {
    change: {
      kind: 'add_member',
      ...(workspace ? { targetId: workspace.id } : {}),
      role,
      text: changeText.addMember(person, workspace, role),
    },
    excess,
    apply: (situation) =>
      situation.facts.membership === null ? withFacts(situation, { membership: { role } }) : null,
  };
}

const isMember = ({ facts }: Situation): boolean => facts.membership !== null;

async function actionMoves(
  db: Queryable,
  question: Question,
  action: { readonly id: string; readonly name: string },
): Promise<PossibleMove[]> {
  const { person, service } = question;
  const workspace = question.workspace!;
  const [givable, held] = [
    await findRoleWithAction(db, workspace.id, action.id),
    await findHeldRole(db, workspace.id, person.id),
  ];
  const hold = (situation: Situation, role: { readonly id: string; readonly name: string }): Situation =>
    withFacts(situation, { roles: [...situation.facts.roles, { ...role, group: null }] });
  const newRole = { id: '', name: '' };
  return [
    {
      change: {
        kind: 'register_action',
        targetId: action.id,
        text: changeText.registerAction(service.name, action.name),
      },
      excess: 0,
      apply: (situation) =>
        situation.facts.action?.absent
          ? withFacts(situation, { action: { name: action.name, absent: false } })
          : null,
    },
    addMember(question, 'viewer', 0),
    ...(givable
      ? [
          {
            change: {
              kind: 'give_role',
              targetId: givable.id,
              text: changeText.giveRole(person, givable.name),
            },
            excess: givable.excess,
            apply: (situation) => (isMember(situation) ? hold(situation, givable) : null),
          } satisfies PossibleMove,
        ]
      : []),
    ...(held
      ? [
          {
            change: {
              kind: 'add_action_to_role',
              targetId: held.id,
              actionId: action.id,
              text: changeText.addAction(action.name, held.name, person),
            },
            excess: held.excess,
            apply: (situation) => (isMember(situation) ? hold(situation, held) : null),
          } satisfies PossibleMove,
        ]
      : []),
    {
      change: {
        kind: 'create_role',
        targetId: workspace.id,
        actionId: action.id,
        text: changeText.createRole(workspace, action.name),
      },
      excess: 0,
      apply: (situation) => ({ ...situation, roleCreated: true }),
    },
    {
      change: { kind: 'give_role', text: changeText.giveNewRole(person) },
      excess: 0,
      apply: (situation) => (situation.roleCreated && isMember(situation) ? hold(situation, newRole) : null),
    },
  ];
}

interface RoleChoice {
  readonly id: string;
  readonly name: string;
  readonly excess: number;
}

/** The role of the workspace that has the action and the fewest others: least privilege. */
async function findRoleWithAction(
  db: Queryable,
  workspaceId: string,
  actionId: string,
): Promise<RoleChoice | undefined> {
  const [role] = await rowsOf<RoleChoice>(
    db,
    sql`SELECT r.id, r.name, (SELECT count(*)::int - 1 FROM role_actions o WHERE o.role_id = r.id) AS excess
        FROM role_actions ra JOIN roles r ON r.id = ra.role_id
        WHERE ra.action_id = ${actionId} AND r.workspace_id = ${workspaceId}
        ORDER BY excess, r.name_key, r.id LIMIT 1`,
  );
  return role;
}

/** The role that the person holds and the fewest others do: adding to it gives the least away. */
async function findHeldRole(
  db: Queryable,
  workspaceId: string,
  userId: string,
): Promise<RoleChoice | undefined> {
  const [role] = await rowsOf<RoleChoice>(
    db,
    sql`WITH held AS MATERIALIZED (
          SELECT rm.role_id FROM role_members rm
          WHERE rm.user_id = ${userId} AND rm.workspace_id = ${workspaceId}
          UNION
          SELECT rg.role_id FROM group_members gm JOIN role_groups rg ON rg.group_id = gm.group_id
          WHERE gm.user_id = ${userId} AND gm.workspace_id = ${workspaceId}
        ), holders AS (
          SELECT rm.role_id, rm.user_id FROM role_members rm JOIN held USING (role_id)
          UNION
          SELECT rg.role_id, gm.user_id FROM role_groups rg JOIN held USING (role_id)
          JOIN group_members gm ON gm.group_id = rg.group_id
        )
        SELECT r.id, r.name, count(*)::int - 1 AS excess FROM holders h JOIN roles r ON r.id = h.role_id
        GROUP BY r.id ORDER BY excess, r.name_key, r.id LIMIT 1`,
  );
  return role;
}

function resourceMoves(question: Question): PossibleMove[] {
  const { person, service, workspace, request, facts } = question;
  const resource = question.resource!;
  const right = request.kind === 'resource' ? request.right : 'view';
  // Above a viewer, the least role that would be enough by itself.
  const roles = [addMember(question, 'viewer', 0)];
  if (right === 'edit') roles.push(addMember(question, 'editor', 1));
  if (right === 'manage') roles.push(addMember(question, 'admin', 2));
  if (resource.id === null)
    return [
      addMember(question, 'viewer', 0),
      {
        change: {
          kind: 'register_resource',
          ...(workspace ? { targetId: workspace.id } : {}),
          text: changeText.registerResource(service.name, resource, workspace, person),
        },
        excess: 0,
        apply: (situation) =>
          situation.facts.resource === null && isMember(situation)
            ? withFacts(situation, { resource: { ownerId: person.id, visibility: 'private' } })
            : null,
      },
    ];
  const target = { targetId: resource.id };
  if (right === 'manage')
    return [
      ...roles,
      {
        change: {
          kind: 'make_workspace_admin',
          targetId: workspace!.id,
          text: changeText.makeAdmin(person, workspace!),
        },
        excess: 2,
        apply: (situation) =>
          isMember(situation) ? withFacts(situation, { membership: { role: 'admin' } }) : null,
      },
    ];
  const permission: ResourcePermission = right;
  const own = facts.shares.find(({ group }) => group === null);
  return [
    ...roles,
    {
      change: own
        ? { kind: 'raise_share', ...target, permission, text: changeText.raiseShare(person, resource) }
        : {
            kind: 'share_resource',
            ...target,
            permission,
            text: changeText.share(person, resource, permission),
          },
      excess: 0,
      apply: (situation) =>
        isMember(situation)
          ? withFacts(situation, { shares: [...situation.facts.shares, { permission, group: null }] })
          : null,
    },
  ];
}
