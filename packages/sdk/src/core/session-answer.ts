import { inactiveReasons, type LivePrincipal, type SessionCheck, workspaceRoles } from '@castellan/contract';

/**
 * Reads the answer of a session check. Written by hand because it runs on every call and must tolerate members
 * that a newer platform adds; a test holds it against the contract's schema. `null` when anything is amiss, since
 * a half-understood answer is none.
 */
export function readSessionChecks(answer: unknown, expected: number): SessionCheck[] | null {
  if (!isRecord(answer) || !Array.isArray(answer.results) || answer.results.length !== expected) return null;
  const checks: SessionCheck[] = [];
  for (const result of answer.results) {
    const check = readSessionCheck(result);
    if (check === null) return null;
    checks.push(check);
  }
  return checks;
}

function readSessionCheck(result: unknown): SessionCheck | null {
  if (!isRecord(result)) return null;
  if (result.active === true) return readPrincipal(result);
  if (result.active === false) return readInactive(result);
  return null;
}

function readInactive(result: Record<string, unknown>): Extract<SessionCheck, { active: false }> | null {
  const code = inactiveReasons.find((reason) => reason === result.code);
  return code ? { active: false, code } : null;
}

function readPrincipal(result: Record<string, unknown>): LivePrincipal | null {
  const { kind, user_id, email, name, session_id, service, workspace_id, workspace_slug } = result;
  const role = workspaceRoles.find((one) => one === result.workspace_role);
  const expiresAt = typeof result.expires_at === 'string' ? new Date(result.expires_at) : null;
  if (kind !== 'user' || !isText(user_id) || !isText(session_id) || !isText(service)) return null;
  if (typeof email !== 'string' || typeof name !== 'string') return null;
  if (expiresAt === null || Number.isNaN(expiresAt.getTime())) return null;
  if (!isTextOrAbsent(workspace_id) || !isTextOrAbsent(workspace_slug)) return null;
  if (result.workspace_role !== undefined && role === undefined) return null;
  const { client_id, scope, actors } = result;
  if (!isTextOrAbsent(client_id) || !isTextOrAbsent(scope)) return null;
  if (actors !== undefined && !(Array.isArray(actors) && actors.every(isText))) return null;
  const { act } = result;
  // Left out, it would make of an operator who only looks on the person themselves.
  if (act !== undefined && !isRecord(act)) return null;
  return {
    active: true,
    kind,
    userId: user_id,
    email,
    name,
    sessionId: session_id,
    service,
    ...(client_id === undefined ? {} : { clientId: client_id }),
    ...(scope === undefined ? {} : { scope }),
    ...(actors === undefined ? {} : { actors }),
    ...(act === undefined ? {} : { act }),
    ...(workspace_id === undefined ? {} : { workspaceId: workspace_id }),
    ...(workspace_slug === undefined ? {} : { workspaceSlug: workspace_slug }),
    ...(role === undefined ? {} : { workspaceRole: role }),
    expiresAt,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || isText(value);
}
