import type { SignedIn } from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import { newToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import { noPolicy, sessionEnds } from '../factors/workspace-policy.ts';
import { grantLives } from '../grants/grant-store.ts';
import { issueTokens } from './issue-tokens.ts';
import { beginSession, type LockedUser, type WorkspaceChoice } from './repository.ts';

/** What a session of a service is made from, once everything that was asked is proved. */
export interface NewSession {
  readonly user: Pick<LockedUser, 'id' | 'email' | 'name'>;
  readonly service: { readonly id: string; readonly name: string };
  readonly workspace: WorkspaceChoice | undefined;
  readonly workspaces: readonly WorkspaceChoice[];
  /** What was proved (RFC 8176). */
  readonly amr: readonly string[];
  /** The way in: `password`. */
  readonly method: string;
  readonly address: string;
  readonly userAgent: string | null;
}

/** Begins a session at a service, tells it in the timeline, and makes its tokens. */
export async function openSession(
  deps: { readonly jwts: Jwts; readonly clock: Clock; readonly issuer: string },
  tx: Transaction,
  session: NewSession,
): Promise<SignedIn> {
  const { user, service, workspace, workspaces, amr, method, address, userAgent } = session;
  const refreshToken = newToken('crt_');
  const ends = sessionEnds(workspace ?? noPolicy, grantLives.session, { begunAt: tx.now, usedAt: tx.now });
  const grantId = beginSession(
    tx,
    {
      userId: user.id,
      serviceId: service.id,
      workspaceId: workspace?.id ?? null,
      address,
      userAgent,
      amr: [...amr],
      signInMethod: method,
    },
    ends,
    tokenDigest(refreshToken),
  );
  tx.record({
    action: 'user_login',
    actors: [{ kind: 'user', id: user.id, label: user.name }],
    target: { kind: 'user', id: user.id, label: user.name },
    workspace,
    service: service.name,
    detail: { method, ...(amr.includes('mfa') ? { amr } : {}), session_id: grantId },
  });
  return issueTokens(deps.jwts, deps.clock, {
    issuer: deps.issuer,
    service: service.name,
    grantId,
    refreshToken,
    refreshExpiresAt: ends.idleExpiresAt,
    user,
    workspace,
    workspaces,
  });
}
