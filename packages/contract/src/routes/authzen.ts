import { z } from 'zod';
import { defineRoute } from '../route.ts';

/**
 * OpenID AuthZEN Authorization API 1.0. Its objects are open: what a caller adds beyond the standard is read over, not
 * refused. A subject is `{type: "user", id}`; an action is a right to a resource (`view`, `edit`, `manage`) or one of the
 * service's own actions, then on a resource of the type `workspace` or on a registered one.
 */
const forPolicyEnforcement = {
  listener: 'public',
  auth: ['service_key'],
  permission: 'service',
  protocol: 'authzen',
} as const;

const text = z.string().max(400);
const openObject = z.record(z.string(), z.unknown());
const properties = openObject.optional();
const context = openObject.optional();

/** §5.1 */
export const AuthzenSubject = z.looseObject({ type: text, id: text, properties });
/** §5.2 */
export const AuthzenResource = z.looseObject({ type: text, id: text, properties });
/** §5.3 */
export const AuthzenAction = z.looseObject({ name: text, properties });

/** One question: may this subject do this action to this resource? */
export const AuthzenQuestion = z.looseObject({
  subject: AuthzenSubject,
  action: AuthzenAction,
  resource: AuthzenResource,
  context,
});
export type AuthzenQuestion = z.output<typeof AuthzenQuestion>;

/** How many of the questions are answered (§7.1.2.1): all, or those up to the first no, or up to the first yes. */
export const evaluationSemantics = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;

/** §5.5: of a yes, the context has the path to it; of a no, what is missing, or why the question has no answer. */
export const AuthzenDecision = z.looseObject({ decision: z.boolean(), context });
export type AuthzenDecision = z.output<typeof AuthzenDecision>;

/** §9.2: metadata of the policy decision point. */
export const authzenConfiguration = defineRoute({
  listener: 'public',
  auth: [],
  permission: 'anyone',
  id: 'authzen.configuration',
  method: 'GET',
  path: '/.well-known/authzen-configuration',
  summary: 'Where the endpoints of the AuthZEN Authorization API are',
  success: [
    200,
    z.looseObject({
      policy_decision_point: z.string(),
      access_evaluation_endpoint: z.string(),
      access_evaluations_endpoint: z.string(),
      search_subject_endpoint: z.string(),
      search_resource_endpoint: z.string(),
      search_action_endpoint: z.string(),
    }),
  ],
});

/** §6 */
export const authzenEvaluation = defineRoute({
  ...forPolicyEnforcement,
  id: 'authzen.evaluation',
  method: 'POST',
  path: '/access/v1/evaluation',
  summary: 'May this subject do this action to this resource? (AuthZEN §6)',
  body: AuthzenQuestion,
  success: [200, AuthzenDecision],
});

/** §7 */
export const authzenEvaluations = defineRoute({
  ...forPolicyEnforcement,
  id: 'authzen.evaluations',
  method: 'POST',
  path: '/access/v1/evaluations',
  summary: 'Up to 100 such questions at once, with defaults and evaluation semantics (AuthZEN §7)',
  body: z.looseObject({
    // Defaults for what an evaluation leaves out, in whole or by member: each alone may be incomplete.
    subject: openObject.optional(),
    action: openObject.optional(),
    resource: openObject.optional(),
    context,
    /** Each like the body of one evaluation; one that is incomplete is a no, and the others are answered. */
    evaluations: z.array(openObject).max(100, 'at most 100 evaluations in one call').optional(),
    options: z.looseObject({ evaluations_semantic: z.enum(evaluationSemantics).optional() }).optional(),
  }),
  bodyLimitBytes: 256 * 1024,
  success: [
    200,
    z.looseObject({
      evaluations: z.array(AuthzenDecision).optional(),
      decision: z.boolean().optional(),
      context,
    }),
  ],
});

const page = z
  .looseObject({ token: z.string().max(1000).optional(), limit: z.int().min(1).optional() })
  .optional();
/** `next_token` is empty on the last page (§8.2.2). */
const pageBehind = z.looseObject({ next_token: z.string(), count: z.int() });
const found = z.object({
  results: z.array(z.object({ type: z.string(), id: z.string() })),
  page: pageBehind,
});

/** §8.4 */
export const authzenSearchSubject = defineRoute({
  ...forPolicyEnforcement,
  id: 'authzen.search_subject',
  method: 'POST',
  path: '/access/v1/search/subject',
  summary: 'Who may do this action to this resource? (AuthZEN §8)',
  body: z.looseObject({
    subject: z.looseObject({ type: text }),
    action: AuthzenAction,
    resource: AuthzenResource,
    context,
    page,
  }),
  success: [200, found],
});

/** §8.5 */
export const authzenSearchResource = defineRoute({
  ...forPolicyEnforcement,
  id: 'authzen.search_resource',
  method: 'POST',
  path: '/access/v1/search/resource',
  summary: 'To which resources of a type may this subject do this action? (AuthZEN §8)',
  body: z.looseObject({
    subject: AuthzenSubject,
    action: AuthzenAction,
    resource: z.looseObject({ type: text }),
    context,
    page,
  }),
  success: [200, found],
});

/** §8.6 */
export const authzenSearchAction = defineRoute({
  ...forPolicyEnforcement,
  id: 'authzen.search_action',
  method: 'POST',
  path: '/access/v1/search/action',
  summary: 'What may this subject do to this resource? (AuthZEN §8)',
  body: z.looseObject({ subject: AuthzenSubject, resource: AuthzenResource, context, page }),
  success: [200, z.object({ results: z.array(z.object({ name: z.string() })), page: pageBehind })],
});

/** The routes of the AuthZEN Authorization API. */
export const authzenRoutes = [
  authzenConfiguration,
  authzenEvaluation,
  authzenEvaluations,
  authzenSearchSubject,
  authzenSearchResource,
  authzenSearchAction,
] as const;
