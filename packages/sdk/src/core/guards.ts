import { type WorkspaceRole, workspaceRoleSatisfies } from '@castellan/contract';
import { type AuthenticateOutcome, refuse } from './outcome.ts';

/** Decides on what `authenticate` gave: passes it on, or turns it into a refusal. */
export type Guard = (outcome: AuthenticateOutcome) => AuthenticateOutcome;

/**
 * Lets every signed-in person pass.
 *
 * @example
 * const outcome = requireUser()(await castellan.authenticate(request));
 * if (!outcome.ok) return castellan.refusalResponse(outcome);
 */
export function requireUser(): Guard {
  return (outcome) =>
    !outcome.ok || outcome.principal.kind === 'user' ? outcome : refuse('forbidden', 'This is for people');
}

/**
 * Lets a person pass who has at least this role, now, in the workspace they are signed in to. The role is the
 * platform's answer to this call, never what the token said.
 *
 * @example
 * const mayRefund = requireWorkspaceRole('admin');
 */
export function requireWorkspaceRole(role: WorkspaceRole): Guard {
  return (outcome) => {
    if (!outcome.ok) return outcome;
    const { workspaceId, workspaceRole } = outcome.principal;
    if (workspaceId === undefined || workspaceRole === undefined)
      return refuse('not_member', 'Choose a workspace that you are in first');
    return workspaceRoleSatisfies(workspaceRole, role)
      ? outcome
      : refuse('forbidden', `This needs the role ${role} in the workspace; yours is ${workspaceRole}`);
  };
}

/**
 * Lets a call pass whose token holds this scope. Where clients of others may call your service, ask for the scope as well
 * as for the role: a client that was allowed to read acts for the person, and may only read.
 *
 * A token of a sign-in by your service itself has no scopes and no client: it is the person, and passes.
 *
 * @example
 * const mayRead = requireScope('orders:read');
 */
export function requireScope(scope: string): Guard {
  return (outcome) => {
    if (!outcome.ok || outcome.principal.clientId === undefined) return outcome;
    return outcome.principal.scope?.split(' ').includes(scope)
      ? outcome
      : refuse('forbidden', `This needs the scope ${scope}, which the token does not have`);
  };
}
