import type {
  AccessAnswer,
  accessCheck,
  ResourceRight,
  RouteBody,
  resourcesCheck,
} from '@castellan/contract';
import type { ServicePrincipal } from '../../platform/http/principal.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import type { Access, Subject } from '../access/access.ts';
import type { Decision } from '../access/decide.ts';
import type { CheckedToken } from '../sign-in/check-sessions.ts';
import { type ReadSubject, readSubject } from './read-subject.ts';
import type { NoteRefusal } from './refused-checks.ts';

/** What checks are answered with. */
export interface CheckDeps {
  readonly access: Access;
  readonly noteRefused: NoteRefusal;
}

type Readable = Exclude<ReadSubject, { kind: 'token_refused' }>;
type Code = NonNullable<AccessAnswer['code']>;

const no = (missing: Decision['missing'][number]): Decision => ({
  allowed: false,
  path: [],
  missing: [missing],
});

/** A decision as it travels. */
export function answerOf({ allowed, path, missing }: Decision): AccessAnswer {
  return { allowed, path: [...path], missing: [...missing] };
}

/** Decides about one action of the service. @throws Refusal `action_unknown` */
export async function checkAction(
  deps: CheckDeps,
  service: ServicePrincipal,
  read: Readable,
  action: string,
  early?: EarlyChecks,
): Promise<Decision> {
  const [decided] = (await early?.of(service)) ?? [];
  const decision = decided ?? (await decideAction(deps.access, service, read, action));
  if (!decision.allowed)
    deps.noteRefused({
      service: service.name,
      kind: 'action',
      reason: decision.missing[0]!,
      asked: action,
      userId: read.kind === 'subject' ? read.subject.userId : null,
    });
  return decision;
}

async function decideAction(
  access: Access,
  service: ServicePrincipal,
  read: Readable,
  action: string,
): Promise<Decision> {
  // A token of no workspace, or of another one: nothing can be done there by it.
  if (read.kind === 'nowhere' || read.subject.workspaceId === null) return no('membership');
  const [decision] = await access.checkActions([
    { subject: read.subject, serviceId: service.serviceId, action },
  ]);
  return decision!;
}

/** Decisions that were asked for while the caller was still being authenticated. */
export interface EarlyChecks {
  /** Nothing where it was another service that was expected to ask. */
  of(service: ServicePrincipal): Promise<readonly Decision[]> | undefined;
}

/**
 * Asks about a person by id before it is certain which service asks: both questions take one round trip to the database instead
 * of two. Of tokens nothing is asked early: whose they are, their own look-up says.
 */
export function askEarly(
  {
    userId,
    workspaceId,
  }: { readonly userId?: string | undefined; readonly workspaceId?: string | undefined },
  expectedService: string | undefined,
  ask: (subject: Subject, serviceId: string) => Promise<readonly Decision[]>,
): EarlyChecks | undefined {
  if (expectedService === undefined || userId === undefined) return undefined;
  const decisions = ask({ userId, workspaceId: workspaceId ?? null, granted: null }, expectedService);
  decisions.catch(() => {}); // Told where it is awaited, if the caller is who was expected.
  return { of: ({ serviceId }) => (serviceId === expectedService ? decisions : undefined) };
}

/** The question about a resource that a service asks. */
export function questionOf(serviceId: string, subject: Subject, { type, id, permission }: AskedRight) {
  return { subject, serviceId, type, key: id, right: permission };
}

/** One right to one resource, as a service asks for it. */
export interface AskedRight {
  readonly type: string;
  readonly id: string;
  readonly permission: ResourceRight;
}

/** Decides about rights to resources of the service, all in one query. @throws Refusal `resource_type_unknown` */
export async function checkResources(
  deps: CheckDeps,
  service: ServicePrincipal,
  read: Readable,
  checks: readonly AskedRight[],
  early?: EarlyChecks,
): Promise<readonly Decision[]> {
  const decisions = (await early?.of(service)) ?? (await decideResources(deps.access, service, read, checks));
  for (const [index, decision] of decisions.entries())
    if (!decision.allowed) {
      const { permission, type, id } = checks[index]!;
      deps.noteRefused({
        service: service.name,
        kind: 'resource',
        reason: decision.missing[0]!,
        asked: `${permission} ${type} ${id}`,
        userId: read.kind === 'subject' ? read.subject.userId : null,
      });
    }
  return decisions;
}

async function decideResources(
  access: Access,
  { serviceId }: ServicePrincipal,
  read: Readable,
  checks: readonly AskedRight[],
): Promise<readonly Decision[]> {
  if (read.kind === 'nowhere') return checks.map(() => no('resource'));
  return access.checkResources(checks.map((check) => questionOf(serviceId, read.subject, check)));
}

/** Like {@link checkResources}, for the body of `resources.check`: what is unknown is named by its place. */
export async function checkList(
  deps: CheckDeps,
  service: ServicePrincipal,
  read: Readable,
  checks: RouteBody<typeof resourcesCheck>['checks'],
  early?: EarlyChecks,
): Promise<readonly Decision[]> {
  try {
    return await checkResources(deps, service, read, checks, early);
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'resource_type_unknown') || read.kind === 'nowhere')
      throw error;
    const { subject } = read;
    const known = await Promise.all(
      checks.map((check) =>
        deps.access.checkResources([questionOf(service.serviceId, subject, check)]).then(
          () => true,
          () => false,
        ),
      ),
    );
    const index = known.indexOf(false);
    if (index === -1) throw error;
    throw new Refusal('resource_type_unknown', {
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      fields: [
        { field: `checks.${index}.type`, message: 'is no type that the service registered a resource of' },
      ],
    });
  }
}

type Check = RouteBody<typeof accessCheck>['checks'][number];

/**
 * Answers many questions about different people, one for one: what can't be decided is a no with its reason and spoils
 * none of the others.
 * @throws Refusal `validation_failed` for a question that asks nothing, or two things
 */
export async function answerChecks(
  deps: CheckDeps,
  service: ServicePrincipal,
  checks: readonly Check[],
  tokens: ReadonlyMap<string, CheckedToken>,
): Promise<AccessAnswer[]> {
  const asked = checks.map((check, index) => {
    const field = `checks.${index}`;
    return { read: readSubject(service, check, tokens, field), about: whatIsAsked(check, field) };
  });
  return Promise.all(asked.map(({ read, about }) => answerOne(deps, service, read, about)));
}

async function answerOne(
  deps: CheckDeps,
  service: ServicePrincipal,
  read: ReadSubject,
  about: string | AskedRight,
): Promise<AccessAnswer> {
  const undecided = (code: Code): AccessAnswer => {
    deps.noteRefused({
      service: service.name,
      kind: typeof about === 'string' ? 'action' : 'resource',
      reason: code,
      asked: typeof about === 'string' ? about : `${about.permission} ${about.type} ${about.id}`,
      userId: read.kind === 'subject' ? read.subject.userId : null,
    });
    return { allowed: false, path: [], missing: [], code };
  };
  if (read.kind === 'token_refused') return undecided(read.code);
  try {
    if (typeof about === 'string') return answerOf(await checkAction(deps, service, read, about));
    const [decision] = await checkResources(deps, service, read, [about]);
    return answerOf(decision!);
  } catch (error) {
    if (
      error instanceof Refusal &&
      (error.code === 'action_unknown' || error.code === 'resource_type_unknown')
    )
      return undecided(error.code);
    throw error;
  }
}

function whatIsAsked(check: Check, field: string): string | AskedRight {
  const { action, type, id, permission } = check;
  const about = [type, id, permission].filter((part) => part !== undefined).length;
  if (action !== undefined && about === 0) return action;
  if (action === undefined && type !== undefined && id !== undefined && permission !== undefined)
    return { type, id, permission };
  throw refuseField(
    `${field}.${action === undefined ? 'type' : 'action'}`,
    'ask for an action, or for a permission to a resource by type, id and permission',
  );
}
