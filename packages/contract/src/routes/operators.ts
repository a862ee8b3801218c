import { z } from 'zod';
import { everyService, operatorRoles } from '../admin/operator-roles.ts';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { userStates } from '../vocabulary.ts';
import { freeText, id, instant, wire } from '../wire.ts';
import { forOperators, idParams } from './audience.ts';

const named = wire({ id, name: z.string() });
const person = wire({ id, name: z.string(), email: z.string(), state: z.enum(userStates) });

/** Which services a grant is for: one by its id, or {@link everyService}. */
const scope = z.union([z.literal(everyService), id]);
const role = z.enum(operatorRoles);

/** One grant of an operator: what they are to a service, or to every one. */
export const OperatorGrant = wire({
  /** `null` is every service. */
  service: named.nullable(),
  role,
  /** `null` for owners of every service: the timeline tells when they came to administer. */
  grantedAt: instant.nullable(),
  /** `null` where that person is gone, or the server itself did it. */
  grantedBy: named.nullable(),
  /** Whether the caller may change or remove it, as far as their role goes. */
  canChange: z.boolean(),
});
export type OperatorGrant = z.output<typeof OperatorGrant>;

/** A person who may use the console, with the grants that the caller may see. */
export const OperatorRecord = wire({
  ...person.shapeOf,
  grants: z.array(OperatorGrant),
  /** Grants beyond those that the caller may see. */
  hiddenGrants: z.int(),
  /** Console sessions that are open now. */
  consoleSessions: z.int(),
});
export type OperatorRecord = z.output<typeof OperatorRecord>;

const grantParams = wire({ id, scope });

export const operatorsList = defineRoute({
  ...forOperators,
  id: 'operators.list',
  method: 'GET',
  path: '/admin/operators',
  summary: 'Who may use the console, and for which services; owners see whoever reaches what they own',
  query: wire({ ...listQuery, service: scope.optional(), role: role.optional() }),
  success: [200, pageOf(OperatorRecord)],
});

export const operatorsRead = defineRoute({
  ...forOperators,
  id: 'operators.read',
  method: 'GET',
  path: '/admin/operators/{id}',
  summary:
    'What one person is as an operator, without grants for who is none; owners of a service see whoever reaches it',
  params: idParams,
  success: [200, OperatorRecord],
  errors: ['not_found'],
});

export const operatorsCandidates = defineRoute({
  ...forOperators,
  id: 'operators.candidates',
  method: 'GET',
  path: '/admin/operators/candidates',
  summary:
    'People to give a role to: administrators search by words, owners of a service by the whole e-mail',
  query: wire({ search: freeText(200).optional() }),
  success: [200, wire({ items: z.array(person) })],
});

export const operatorsAdd = defineRoute({
  ...forOperators,
  id: 'operators.add',
  method: 'POST',
  path: '/admin/operators',
  summary: 'Make a person an operator of a service, or of every one',
  body: wire({ userId: id, service: scope, role }),
  success: [201, OperatorRecord],
  errors: ['not_found', 'operator_exists'],
  idempotent: true,
});

export const operatorsChange = defineRoute({
  ...forOperators,
  id: 'operators.change',
  method: 'PATCH',
  path: '/admin/operators/{id}/{scope}',
  summary: 'Change the role of an operator',
  params: grantParams,
  body: wire({ role }),
  success: [200, OperatorRecord],
  errors: ['not_found', 'last_administrator'],
});

export const operatorsRemove = defineRoute({
  ...forOperators,
  id: 'operators.remove',
  method: 'DELETE',
  path: '/admin/operators/{id}/{scope}',
  summary: 'Take a role from an operator; without any, their console sessions end',
  params: grantParams,
  success: [204, null],
  errors: ['not_found', 'last_administrator'],
});

/** Routes of operator grants (A21). */
export const operatorsRoutes = [
  operatorsList,
  operatorsRead,
  operatorsCandidates,
  operatorsAdd,
  operatorsChange,
  operatorsRemove,
] as const;
