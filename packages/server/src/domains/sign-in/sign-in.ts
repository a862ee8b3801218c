import type { SignedIn } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import type { Origin } from '../../platform/activity/event.ts';
import { type Clock, earlier } from '../../platform/clock.ts';
import { grants, services } from '../../platform/database/schema.ts';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import { Refusal } from '../../platform/refusal.ts';
import { looksLikeToken, tokenDigest, writeToken } from '../../platform/secrets/opaque-token.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import type { Turns } from '../../platform/turns.ts';
import { askSecondFactor } from '../factors/ask-second-factor.ts';
import { checkPolicy, noPolicy, sessionEnds } from '../factors/workspace-policy.ts';
import { endGrants, grantLives } from '../grants/grant-store.ts';
import { grantAdministrationByEmail } from './administration-by-email.ts';
import { checkPassword, type PasswordCheck, refuseSignIn } from './check-password.ts';
import { issueTokens } from './issue-tokens.ts';
import { openSession } from './open-session.ts';
import {
  findForSignIn,
  findToken,
  insertToken,
  lockGrantOfToken,
  lockUser,
  markTokenUsed,
  membershipOf,
  type WorkspaceChoice,
  workspacesOf,
} from './repository.ts';

export interface SignInDeps extends PasswordCheck {
  readonly database: Database;
  readonly jwts: Jwts;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly issuer: string;
  readonly adminEmails: readonly string[];
}

export interface SignInRequest {
  readonly email: string;
  readonly password: string;
  readonly service: string;
  readonly workspaceId?: string | undefined;
  readonly address: string;
  readonly userAgent: string | null;
  readonly siteOrigin: string | null;
}

/** Which workspace a new token is for: the named one, or the only one. */
export async function chooseWorkspace(
  tx: Transaction,
  userId: string,
  wanted: string | undefined,
  choices: readonly WorkspaceChoice[],
): Promise<WorkspaceChoice | undefined> {
  if (wanted === undefined) return choices.length === 1 ? choices[0] : undefined;
  const membership =
    choices.find((choice) => choice.id === wanted) ?? (await membershipOf(tx.db, userId, wanted));
  if (!membership) throw new Refusal('not_member');
  return membership;
}

/** Refuses a browser page whose origin is not registered for the service; back ends send no `Origin`. */
export function refuseUnregisteredOrigin(siteOrigin: string | null, origins: readonly string[]): void {
  if (siteOrigin !== null && !origins.includes(siteOrigin))
    throw new Refusal('origin_refused', {
      detail: `The origin ${siteOrigin} is not registered for this service.`,
    });
}

/** Signs a person in to a service (S2): checks the password, makes a session and its tokens. */
export async function signIn(deps: SignInDeps, origin: Origin, request: SignInRequest): Promise<SignedIn> {
  const { values, judge } = deps.limits.countedTry(request.email, request.address);
  const { service, user: named, counts } = await findForSignIn(deps.database, request, values);
  if (!service)
    throw new Refusal('service_unknown', { fields: [{ field: 'service', message: 'is not registered' }] });
  refuseUnregisteredOrigin(request.siteOrigin, service.origins);
  const checked = await checkPassword(deps, origin, {
    ...request,
    user: named,
    tried: counts ? { limited: judge(counts) } : undefined,
  });
  const attempt = async () =>
    deps.database.write(
      { ...origin, actors: [{ kind: 'user', id: checked.id, label: checked.name }] },
      async (tx) => {
        const [user, choices] = await Promise.all([lockUser(tx, checked.id), workspacesOf(tx, checked.id)]);
        // The account may have changed while the password was checked.
        if (user?.state !== 'active' || user.passwordHash !== checked.passwordHash)
          throw new Refusal('invalid_credentials');
        await grantAdministrationByEmail(tx, user, deps.adminEmails);
        const workspace = await chooseWorkspace(tx, user.id, request.workspaceId, choices);
        const proved = { amr: ['pwd'], method: 'password' };
        if (workspace) checkPolicy(workspace, { ...proved, factors: user.secondFactors });
        if (user.secondFactors.length > 0)
          return askSecondFactor(tx, user, {
            ...proved,
            door: 'service',
            serviceId: service.id,
            workspaceId: workspace?.id ?? null,
            takesPasskeys: false,
          });
        return openSession(deps, tx, {
          ...request,
          ...proved,
          user,
          service,
          workspace,
          workspaces: choices,
        });
      },
    );
  try {
    const outcome = await attempt();
    if (outcome instanceof Refusal) throw outcome;
    return outcome;
  } catch (error) {
    // Nothing went wrong: the person is asked for more.
    if (error instanceof Refusal && error.code === 'mfa_required') throw error;
    if (error instanceof Refusal)
      return refuseSignIn(
        deps,
        origin,
        { email: request.email, userId: checked.id, service: service.name },
        error,
      );
    throw error;
  }
}

type Rotation =
  | { readonly kind: 'issued'; readonly answer: SignedIn }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Trades a refresh token for new tokens (RFC 9700 §4.14). The successor is derived from its parent, so a client
 * whose answer was lost repeats the call and gets the same successor, until that one is used. A token that comes
 * back after its successor was used has been copied: the whole session ends.
 */
export async function refreshSession(
  deps: SignInDeps & { readonly turns: Turns },
  origin: Origin,
  request: {
    readonly refreshToken: string;
    readonly workspaceId?: string | undefined;
    readonly siteOrigin: string | null;
  },
): Promise<SignedIn> {
  if (!looksLikeToken('crt_', request.refreshToken)) throw new Refusal('token_invalid');
  const digest = tokenDigest(request.refreshToken);
  // A reuse ends the session and is refused: the transaction commits, then the refusal is thrown.
  const renew = async (tx: Transaction): Promise<Rotation> => {
    const held = await lockGrantOfToken(tx, digest);
    // What a person allowed an OAuth client is renewed by that client, which proves itself at the token endpoint.
    if (held?.grant.kind !== 'session') throw new Refusal('token_invalid');
    const { user, grant } = held;
    if (grant.endedAt) throw new Refusal('session_ended');
    if (grant.expiresAt <= tx.now || grant.idleExpiresAt <= tx.now) throw new Refusal('token_expired');
    const [service] = await tx.db.select().from(services).where(eq(services.id, grant.serviceId!));
    refuseUnregisteredOrigin(request.siteOrigin, service!.origins);
    if (user.state !== 'active') throw new Refusal('session_ended');
    const successor = writeToken('crt_', deps.vault.derive('refresh-successors', request.refreshToken));
    const successorDigest = tokenDigest(successor);
    const token = (await findToken(tx, digest))!;
    const next = token.usedAt ? await findToken(tx, successorDigest) : undefined;
    if (next?.usedAt) {
      await endGrants(tx, { grantId: grant.id }, 'refresh_reuse');
      tx.record({
        action: 'refresh_reuse_detected',
        target: { kind: 'user', id: user.id, label: user.name },
        service: service!.name,
        detail: { session_id: grant.id },
      });
      return { kind: 'refused', refusal: new Refusal('token_reused') };
    }
    const choices = await workspacesOf(tx, user.id);
    const stillMember = choices.some((choice) => choice.id === grant.workspaceId);
    const wanted = request.workspaceId ?? (stillMember ? grant.workspaceId! : undefined);
    const workspace = await chooseWorkspace(tx, user.id, wanted, choices);
    if (workspace) {
      // What the workspace asks now counts, whatever it asked when the session began.
      const facts = { amr: grant.amr ?? [], method: grant.signInMethod, factors: user.secondFactors };
      if (checkPolicy(workspace, facts) === 'second_factor')
        return {
          kind: 'refused',
          refusal: await askSecondFactor(tx, user, {
            door: 'service',
            amr: facts.amr,
            method: facts.method ?? 'password',
            serviceId: service!.id,
            workspaceId: workspace.id,
            takesPasskeys: false,
          }),
        };
    }
    if (!token.usedAt) {
      await markTokenUsed(tx, digest);
      await insertToken(tx, grant.id, successorDigest, digest);
    }
    const allowed = sessionEnds(workspace ?? noPolicy, grantLives.session, {
      begunAt: grant.createdAt,
      usedAt: tx.now,
    });
    const expiresAt = earlier(allowed.expiresAt, grant.expiresAt);
    const idleExpiresAt = earlier(allowed.idleExpiresAt, expiresAt);
    if (idleExpiresAt <= tx.now) throw new Refusal('token_expired');
    await tx.db
      .update(grants)
      .set({ lastUsedAt: tx.now, idleExpiresAt, expiresAt, workspaceId: workspace?.id ?? null })
      .where(eq(grants.id, grant.id));
    const answer = issueTokens(deps.jwts, deps.clock, {
      issuer: deps.issuer,
      service: service!.name,
      grantId: grant.id,
      refreshToken: successor,
      refreshExpiresAt: idleExpiresAt,
      user,
      workspace,
      workspaces: choices,
    });
    return { kind: 'issued', answer };
  };
  // Many calls with one token would each hold a connection while they wait for the person's row, until none is left.
  const rotation = await deps.turns.inTurn(digest.toString('base64url'), () =>
    deps.database.write<Rotation>(origin, renew),
  );
  if (rotation.kind === 'refused') throw rotation.refusal;
  return rotation.answer;
}

/** Ends the session of a refresh token; done twice it is done. */
export async function signOut(deps: SignInDeps, origin: Origin, refreshToken: string): Promise<void> {
  if (!looksLikeToken('crt_', refreshToken)) throw new Refusal('token_invalid');
  await deps.database.write(origin, async (tx) => {
    const held = await lockGrantOfToken(tx, tokenDigest(refreshToken));
    if (!held) throw new Refusal('token_invalid');
    const { user, grant } = held;
    if ((await endGrants(tx, { grantId: grant.id }, 'signed_out')) === 0) return;
    const actor = { kind: 'user' as const, id: user.id, label: user.name };
    tx.record({
      action: 'user_logout',
      actors: [actor],
      target: { kind: 'user', id: actor.id, label: actor.label },
      detail: { session_id: grant.id },
    });
  });
}
