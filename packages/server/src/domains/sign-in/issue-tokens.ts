import { randomUUID } from 'node:crypto';
import { type SignedIn, tokenKinds } from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import type { WorkspaceChoice } from './repository.ts';

export interface TokenFacts {
  readonly issuer: string;
  readonly service: string;
  readonly grantId: string;
  readonly refreshToken: string;
  readonly refreshExpiresAt: Date;
  readonly user: { readonly id: string; readonly email: string; readonly name: string };
  readonly workspace: WorkspaceChoice | undefined;
  readonly workspaces: readonly WorkspaceChoice[];
}

/**
 * The answer of a sign-in or refresh. The access token (RFC 9068) carries identity; `wrole` is a hint for
 * display: what is allowed is asked.
 */
export function issueTokens(jwts: Jwts, clock: Clock, facts: TokenFacts): SignedIn {
  const issuedAt = Math.floor(clock.now().getTime() / 1000);
  const expiresIn = tokenKinds.user_access.lifeSeconds;
  const accessToken = jwts.sign(tokenKinds.user_access.mark, {
    iss: facts.issuer,
    sub: facts.user.id,
    aud: facts.service,
    iat: issuedAt,
    exp: issuedAt + expiresIn,
    jti: randomUUID(),
    sid: facts.grantId,
    email: facts.user.email,
    name: facts.user.name,
    ...(facts.workspace ? { wid: facts.workspace.id, wrole: facts.workspace.role } : {}),
  });
  return {
    accessToken,
    tokenType: 'Bearer',
    expiresIn,
    refreshToken: facts.refreshToken,
    refreshExpiresIn: Math.max(
      0,
      Math.floor((facts.refreshExpiresAt.getTime() - clock.now().getTime()) / 1000),
    ),
    sessionId: facts.grantId,
    user: { id: facts.user.id, email: facts.user.email, name: facts.user.name },
    ...(facts.workspace ? { workspace: facts.workspace } : {}),
    workspaces: [...facts.workspaces],
  };
}
