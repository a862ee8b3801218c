import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { newId } from '../../platform/database/identifiers.ts';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { standingIn } from '../factors/workspace-policy.ts';
import { type Consent, findConsent } from './consents.ts';
import { requireScope } from './request-scope.ts';
import { openidScopeNames, type Resource } from './resources.ts';

/** What the consent page answered, in the result of an interaction. */
export interface ConsentResult extends Consent {
  /** Whose decision it was: it counts for nobody who signed in after them. */
  readonly userId: string;
}

/** The scopes of a request that mean something to this client at this resource. */
export function meaningfulScopes(
  requested: readonly string[],
  allowed: readonly string[],
  resource: Resource | undefined,
): string[] {
  const known = new Set([
    ...openidScopeNames.filter((name) => allowed.includes(name)),
    ...(resource?.scopes.map(({ name }) => name) ?? []),
  ]);
  return [...new Set(requested)].filter((name) => known.has(name));
}

interface PersonRow {
  readonly email: string;
  readonly name: string;
  readonly emailVerified: boolean;
  readonly updatedAt: string;
  readonly onlyWorkspace: string | null;
  readonly sessionWorkspace: string | null;
  /** What was proved in the browser's session until now: more than at the login that the provider knows of, after a step-up. */
  readonly amr: string[] | null;
  readonly authTime: string | null;
}

/**
 * The grant that an authorization request goes on with: a new one each time, so that two devices or two sign-ins of one
 * client never share what ends them. It holds what the person agreed to, now or before; where that is less than what
 * was asked, the provider asks. It is written together with the first code that is issued under it.
 */
export async function proposeGrant(ctx: KoaContextWithOIDC, issuer: string): Promise<Grant | undefined> {
  const scope = requireScope();
  const db = await scope.reader();
  const { provider, session, account, params, result } = ctx.oidc;
  const client = scope.clients.get(ctx.oidc.client!.clientId);
  if (!client || !account || !session) return undefined;
  const resource = [...scope.resources.values()][0];
  const serviceId = resource?.service?.id ?? null;
  const requested = meaningfulScopes(String(params?.scope ?? '').split(' '), client.allowedScopes, resource);
  const key = { userId: account.accountId, clientRowId: client.id, serviceId };
  const given = (result as { consent?: ConsentResult } | undefined)?.consent;
  const consent: Consent | undefined = client.skipsConsent
    ? { scopes: requested, declinedScopes: [], workspaceId: null }
    : given?.userId === account.accountId
      ? given
      : await findConsent(db, key);
  if (!consent) return undefined;
  const granted = requested.filter((name) => consent.scopes.includes(name));
  const declined = requested.filter((name) => consent.declinedScopes.includes(name));

  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.jti = newId();
  const identifier = resource?.identifier ?? issuer;
  addScopes(grant, identifier, granted, 'add');
  addScopes(grant, identifier, declined, 'reject');

  const [person] = await rowsOf<PersonRow>(
    db,
    sql`SELECT u.email, u.name, u.email_verified_at IS NOT NULL AS "emailVerified", u.updated_at AS "updatedAt",
               (SELECT CASE WHEN count(*) = 1 THEN min(m.workspace_id::text) END FROM
                 (SELECT workspace_id FROM members WHERE user_id = u.id LIMIT 2) m) AS "onlyWorkspace",
               b.workspace_id AS "sessionWorkspace", b.amr, b.auth_time AS "authTime"
        FROM users u LEFT JOIN grants b ON b.id = ${session.uid} WHERE u.id = ${account.accountId}`,
  );
  if (!person) return undefined;
  let workspaceId = consent.workspaceId ?? person.sessionWorkspace ?? person.onlyWorkspace;
  if (workspaceId !== null) {
    const signIn = { grantId: session.uid, userId: account.accountId };
    if (!(await isOpen(db, signIn, workspaceId, scope.now))) {
      // The page asks, and refuses with what to do; who chose no workspace there is in none.
      if (!given || given.workspaceId !== null) return undefined;
      workspaceId = null;
    }
  }
  // What a device of the person's own holds is not signed out with the browser it was allowed in.
  const outlives =
    granted.includes('offline_access') ||
    client.origin !== 'registered' ||
    client.applicationType === 'native';
  scope.pending = {
    id: grant.jti,
    userId: account.accountId,
    email: person.email,
    name: person.name,
    emailVerified: person.emailVerified,
    userUpdatedAt: new Date(person.updatedAt),
    clientRowId: client.id,
    clientId: client.clientId,
    clientName: client.name,
    service: resource?.service ?? null,
    scopes: granted,
    workspaceId,
    amr: person.amr ?? session.amr ?? [],
    authTime: person.authTime === null ? null : new Date(person.authTime),
    signInGrantId: session.uid,
    parentGrantId: outlives ? null : session.uid,
  };
  // The `sid` of ID tokens and logout tokens is the grant: it is what ends.
  session.authorizations = { [client.clientId]: { sid: grant.jti, grantId: grant.jti } };
  return grant;
}

/** Whether a sign-in is what the workspace asks for; a workspace that the person left is left out when the grant is written. */
async function isOpen(
  db: Queryable,
  session: { readonly grantId: string; readonly userId: string },
  workspaceId: string,
  now: Date,
): Promise<boolean> {
  try {
    return (await standingIn(db, session, workspaceId, now)) === 'open';
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.code === 'not_member';
  }
}

function addScopes(grant: Grant, identifier: string, names: readonly string[], how: 'add' | 'reject'): void {
  if (names.length === 0) return;
  const openid = names.filter((name) => openidScopeNames.includes(name));
  if (how === 'add') {
    if (openid.length > 0) grant.addOIDCScope(openid.join(' '));
    grant.addResourceScope(identifier, names.join(' '));
  } else {
    if (openid.length > 0) grant.rejectOIDCScope(openid.join(' '));
    grant.rejectResourceScope(identifier, names.join(' '));
  }
}
