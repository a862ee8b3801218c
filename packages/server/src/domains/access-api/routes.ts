import {
  accessCheck,
  actionsCheck,
  actionsOfUser,
  actionsRegister,
  resourcesAccessible,
  resourcesCheck,
  resourcesRead,
  resourcesRegister,
  resourcesRemove,
  resourcesSetVisibility,
  resourcesShare,
  resourcesUnshare,
} from '@castellan/contract';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement, implementPrepared } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import type { ServicePrincipal } from '../../platform/http/principal.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import { removeResource, setVisibility, share, unshare } from '../permissions/change-resource.ts';
import { oneGrantee } from '../permissions/grantee.ts';
import type { CheckedToken } from '../sign-in/check-sessions.ts';
import { listAccessible } from './accessible.ts';
import { actingFor, type InNameOf, lockForChange, type ResourcePath } from './change-in-name-of.ts';
import {
  answerChecks,
  answerOf,
  askEarly,
  type CheckDeps,
  checkAction,
  checkList,
  questionOf,
} from './checks.ts';
import { readResource } from './read-resource.ts';
import {
  type NamedSubject,
  readNamedTokens,
  readSubject,
  requireToken,
  type TokenReading,
} from './read-subject.ts';
import { registerActions } from './register-actions.ts';
import { registerResources } from './register-resources.ts';
import type { ResourceName } from './resource-workspaces.ts';

/** Signatures are checked before the caller is known for this many tokens at the most: strangers must not cost much. */
const tokensReadEarly = 4;

export interface AccessApiDeps extends CheckDeps, TokenReading {
  readonly database: Database;
  readonly cursors: Cursors;
}

/** What services register and ask: their actions, their resources, and who may do what (P8–P11). */
export function accessApiRoutes(deps: AccessApiDeps): Implementation[] {
  const { database, access } = deps;
  /** Begins with the caller's authentication, so that a token costs no query of its own. */
  const tokensOf = (body: NamedSubject) => readNamedTokens(deps, [body]);
  /** Of a call that has no body to carry the token in. */
  const inNameOfCaller = async ({
    principal,
    personToken,
  }: {
    readonly principal: ServicePrincipal;
    readonly personToken: string | undefined;
  }) => inNameOf(principal, personToken, await tokensOf({ token: personToken }));
  return [
    implement(actionsRegister, (call) =>
      call.write((tx) => registerActions(tx, call.principal, call.body.actions)),
    ),
    implementPrepared(
      actionsCheck,
      async (body, expected) => ({
        early: body.workspaceId
          ? askEarly(body, expected, (subject, serviceId) =>
              access.checkActions([{ subject, serviceId, action: body.action }]),
            )
          : undefined,
        tokens: await tokensOf(body),
      }),
      async ({ principal, body }, { tokens, early }) => {
        const read = requireToken(readSubject(principal, body, tokens));
        requireWorkspace(body);
        return answerOf(await checkAction(deps, principal, read, body.action, early));
      },
    ),
    implementPrepared(actionsOfUser, tokensOf, async ({ principal, body }, tokens) => {
      const read = requireToken(readSubject(principal, body, tokens));
      requireWorkspace(body);
      if (read.kind === 'nowhere') return { actions: [] };
      return { actions: [...(await access.actionsOf(read.subject, principal.serviceId))] };
    }),
    implementPrepared(
      accessCheck,
      async ({ checks }) =>
        checks.filter(({ token }) => token !== undefined).length <= tokensReadEarly
          ? readNamedTokens(deps, checks)
          : undefined,
      async ({ principal, body: { checks } }, early) => ({
        results: await answerChecks(deps, principal, checks, early ?? (await readNamedTokens(deps, checks))),
      }),
    ),
    implement(resourcesRegister, (call) =>
      call.write(async (tx) => ({
        results: await registerResources(tx, call.principal, call.body.resources),
      })),
    ),
    implementPrepared(
      resourcesCheck,
      async (body, expected) => ({
        early: askEarly(body, expected, (subject, serviceId) =>
          access.checkResources(body.checks.map((check) => questionOf(serviceId, subject, check))),
        ),
        tokens: await tokensOf(body),
      }),
      async ({ principal, body }, { tokens, early }) => {
        const read = requireToken(readSubject(principal, body, tokens));
        return { results: (await checkList(deps, principal, read, body.checks, early)).map(answerOf) };
      },
    ),
    implementPrepared(resourcesAccessible, tokensOf, async ({ principal, body }, tokens) => {
      const read = requireToken(readSubject(principal, body, tokens));
      if (read.kind === 'nowhere') return { all: false, ids: [] };
      return listAccessible(deps, principal.serviceId, read.subject, body);
    }),
    implement(resourcesRead, ({ principal, params }) =>
      readResource(database.db, nameOf(principal.serviceId, params)),
    ),
    implement(resourcesRemove, async (call) => {
      const person = await inNameOfCaller(call);
      return call.write(async (tx) => {
        const resource = await lockForChange(tx, access, call.principal, call.params, person);
        await removeResource(actingFor(tx, person), resource);
        return undefined;
      });
    }),
    implementPrepared(resourcesSetVisibility, tokensOf, async (call, tokens) => {
      const { principal, params, body } = call;
      const person = inNameOf(principal, body.token, tokens);
      return call.write(async (tx) => {
        const resource = await lockForChange(tx, access, principal, params, person);
        await setVisibility(actingFor(tx, person), resource, body.visibility);
        return readResource(tx.db, nameOf(principal.serviceId, params));
      });
    }),
    implementPrepared(resourcesShare, tokensOf, async (call, tokens) => {
      const { principal, params, body } = call;
      const grantee = oneGrantee(body);
      const person = inNameOf(principal, body.token, tokens);
      return call.write(async (tx) => {
        const resource = await lockForChange(tx, access, principal, params, person);
        await share(actingFor(tx, person), resource, grantee, body.permission);
        return readResource(tx.db, nameOf(principal.serviceId, params));
      });
    }),
    implement(resourcesUnshare, async (call) => {
      const grantee = oneGrantee(call.query);
      const person = await inNameOfCaller(call);
      return call.write(async (tx) => {
        const resource = await lockForChange(tx, access, call.principal, call.params, person);
        await unshare(actingFor(tx, person), resource, grantee);
        return undefined;
      });
    }),
  ];
}

function nameOf(serviceId: string, { type, rid }: ResourcePath): ResourceName {
  return { serviceId, type, key: rid };
}

/** Without a token the service acts by itself. */
function inNameOf(
  service: ServicePrincipal,
  token: string | undefined,
  tokens: ReadonlyMap<string, CheckedToken>,
): InNameOf {
  if (token === undefined) return null;
  const read = requireToken(readSubject(service, { token }, tokens));
  // Who may see what is the person's own to say, also where an operator may write as them.
  if (read.kind === 'subject' && read.impersonator) throw new Refusal('impersonation_refused');
  return read;
}

/** An action is done in a workspace: a token brings one, and of a person by id it has to be said. */
function requireWorkspace({ token, workspaceId }: NamedSubject): void {
  if (token === undefined && workspaceId === undefined)
    throw refuseField('workspace_id', 'name the workspace in which the action is to be done');
}
