import type { authzenEvaluations, ResourceRight } from '@castellan/contract';
import { type AuthzenDecision, AuthzenQuestion, type RouteBody, resourceRights } from '@castellan/contract';
import type { ServicePrincipal } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Subject } from '../access/access.ts';
import type { Decision } from '../access/decide.ts';
import { type CheckDeps, checkAction, checkResources } from './checks.ts';
import type { FindWorkspaces } from './resource-workspaces.ts';

/** The type under which AuthZEN callers name a workspace, for actions that are done to no single resource. */
export const workspaceType = 'workspace';

/** What AuthZEN questions are answered with. */
export interface AuthzenDeps extends CheckDeps {
  readonly findWorkspaces: FindWorkspaces;
}

/** Whether an action of AuthZEN is a right to a resource, rather than an action of the service. */
export function isRight(name: string): name is ResourceRight {
  return (resourceRights as readonly string[]).includes(name);
}

/** A person as AuthZEN names them: by id alone, in all of their workspaces. */
export function personOf(userId: string): Subject {
  return { userId, workspaceId: null, granted: null };
}

/** Whether a refusal says that what was asked about is unknown: for AuthZEN that is a no. */
export function isUnknown(error: unknown): error is Refusal {
  return (
    error instanceof Refusal && (error.code === 'action_unknown' || error.code === 'resource_type_unknown')
  );
}

const failed = (status: number, message: string): AuthzenDecision => ({
  decision: false,
  context: { error: { status, message } },
});

function told({ allowed, path, missing }: Decision): AuthzenDecision {
  return { decision: allowed, context: allowed ? { path } : { missing } };
}

/** Answers one question (§6): a right by the rules of resources, an action by the roles of the workspace. */
export async function evaluate(
  deps: AuthzenDeps,
  service: ServicePrincipal,
  { subject, action, resource }: AuthzenQuestion,
): Promise<AuthzenDecision> {
  if (subject.type !== 'user') return failed(404, 'Subjects are of the type user here.');
  try {
    return told(await decideOne(deps, service, subject.id, action.name, resource));
  } catch (error) {
    if (isUnknown(error)) return failed(404, error.message);
    throw error;
  }
}

async function decideOne(
  deps: AuthzenDeps,
  service: ServicePrincipal,
  userId: string,
  name: string,
  resource: { readonly type: string; readonly id: string },
): Promise<Decision> {
  const actIn = (workspaceId: string): Promise<Decision> =>
    checkAction(
      deps,
      service,
      { kind: 'subject', subject: { ...personOf(userId), workspaceId }, actor: null },
      name,
    );
  if (resource.type === workspaceType) return actIn(resource.id);
  const { type, id } = resource;
  const rightTo = async (permission: ResourceRight): Promise<Decision> => {
    const read = { kind: 'subject', subject: personOf(userId), actor: null } as const;
    const [decision] = await checkResources(deps, service, read, [{ type, id, permission }]);
    return decision!;
  };
  if (isRight(name)) return rightTo(name);
  // An action on a resource needs both: the action where the resource is, and to see the resource.
  const [view, [workspaceId]] = await Promise.all([
    rightTo('view'),
    deps.findWorkspaces([{ serviceId: service.serviceId, type, key: id }]),
  ]);
  if (!view.allowed || !workspaceId) return view;
  const act = await actIn(workspaceId);
  return act.allowed ? { ...act, path: [...act.path, ...view.path] } : act;
}

type Evaluations = RouteBody<typeof authzenEvaluations>;
type Entity = Readonly<Record<string, unknown>>;

/** Answers many (§7), each with what it leaves out taken from the whole; a broken one is a no and spoils no other. */
export async function evaluateAll(
  deps: AuthzenDeps,
  service: ServicePrincipal,
  body: Evaluations,
): Promise<{ evaluations: AuthzenDecision[] }> {
  const decisions = await Promise.all(
    (body.evaluations ?? []).map((own) => {
      const question = AuthzenQuestion.safeParse({
        subject: withDefault(own.subject, body.subject, ['type', 'id']),
        action: withDefault(own.action, body.action, ['name']),
        resource: withDefault(own.resource, body.resource, ['type', 'id']),
        context: own.context ?? body.context,
      });
      if (question.success) return evaluate(deps, service, question.data);
      const [issue] = question.error.issues;
      return failed(400, `${issue!.path.join('.')}: ${issue!.message}`);
    }),
  );
  return { evaluations: upToTheLast(decisions, body.options?.evaluations_semantic ?? 'execute_all') };
}

/** An object of one evaluation takes the place of the default; a member that it must have and lacks comes from there. */
function withDefault(own: unknown, whole: Entity | undefined, required: readonly string[]): unknown {
  if (own === undefined) return whole;
  if (whole === undefined || typeof own !== 'object' || own === null) return own;
  const lent = required.flatMap((member) => (whole[member] === undefined ? [] : [[member, whole[member]]]));
  return { ...Object.fromEntries(lent), ...own };
}

/** The decisions that the semantics ask for (§7.1.2.1): all, or those before and with the one that settles it. */
function upToTheLast(decisions: readonly AuthzenDecision[], semantic: string): AuthzenDecision[] {
  if (semantic === 'execute_all') return [...decisions];
  const settles = semantic === 'permit_on_first_permit';
  const last = decisions.findIndex(({ decision }) => decision === settles);
  return last === -1 ? [...decisions] : decisions.slice(0, last + 1);
}

/** The question of a whole body that lists no evaluations: it is one itself (§7.1). @throws Refusal `validation_failed` */
export function questionOf(body: Evaluations): AuthzenQuestion {
  const question = AuthzenQuestion.safeParse(body);
  if (question.success) return question.data;
  throw new Refusal('validation_failed', {
    fields: question.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })),
  });
}
