import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import type { Artifact, ArtifactModel, ArtifactStore } from './artifact-store.ts';
import type { ClientDirectory } from './client-directory.ts';
import {
  beginOAuthGrant,
  endOAuthGrant,
  type GrantRow,
  grantOf,
  grantQuery,
  type OAuthGrant,
} from './oauth-grants.ts';
import type { ProviderLibrary } from './provider-library.ts';
import type { RefreshTokens } from './refresh-tokens.ts';
import { requireScope } from './request-scope.ts';
import { openidScopeNames, spellingsOf } from './resources.ts';

/** What the adapter stands on. */
export interface AdapterDeps {
  readonly library: ProviderLibrary;
  readonly artifacts: ArtifactStore;
  readonly refreshTokens: RefreshTokens;
  readonly clients: ClientDirectory;
  readonly browserSessions: BrowserSessions;
  readonly issuer: string;
}

const seconds = (moment: Date): number => Math.floor(moment.getTime() / 1000);

/** The library compares with the machine's clock; what is left by ours is told in its terms. */
function expiryIn(secondsLeft: number): number {
  return seconds(new Date()) + secondsLeft;
}

/** A live grant, from this request's memory or the database. */
export async function findGrant(id: string): Promise<OAuthGrant | undefined> {
  const scope = requireScope();
  const known = scope.grants.get(id);
  if (known) return known;
  const [row] = await scope.query<GrantRow>(grantQuery, [id, scope.now]);
  const grant = row && grantOf(row);
  if (grant) scope.grants.set(id, grant);
  return grant;
}

/** A grant in the provider's words. */
export function grantPayload(
  grant: Pick<OAuthGrant, 'id' | 'userId' | 'clientId' | 'service' | 'scopes'>,
  issuer: string,
): AdapterPayload {
  const scope = grant.scopes.join(' ');
  const identifiers = grant.service ? spellingsOf(grant.service) : [issuer];
  return {
    kind: 'Grant',
    jti: grant.id,
    accountId: grant.userId,
    clientId: grant.clientId,
    openid: { scope: grant.scopes.filter((name) => openidScopeNames.includes(name)).join(' ') },
    resources: Object.fromEntries(identifiers.map((identifier) => [identifier, scope])),
  } as AdapterPayload;
}

const unsupported = (): never => {
  throw new Error('The provider asked its storage for something that is not kept');
};

/** Nothing is kept of a model; the provider never needs it again. */
const nothing: Adapter = {
  upsert: async () => {},
  find: async () => undefined,
  findByUserCode: async () => undefined,
  findByUid: async () => undefined,
  consume: async () => {},
  destroy: async () => {},
  revokeByGrantId: async () => {},
};

/**
 * The storage adapter of oidc-provider over the one grant store. It works in the scope of the current request, so that
 * everything that a request writes is there together or not at all, and its answer is sent afterwards.
 */
export function createAdapter(deps: AdapterDeps): (model: string) => Adapter {
  const models: Record<string, Adapter> = {
    Client: clientAdapter(deps),
    Session: sessionAdapter(deps),
    Grant: grantAdapter(deps),
    RefreshToken: refreshTokenAdapter(deps),
    AuthorizationCode: artifactAdapter(deps, 'AuthorizationCode'),
    DeviceCode: artifactAdapter(deps, 'DeviceCode'),
    Interaction: interactionAdapter(deps),
    PushedAuthorizationRequest: artifactAdapter(deps, 'PushedAuthorizationRequest'),
  };
  return (model) => models[model] ?? nothing;
}

function clientAdapter({ clients }: AdapterDeps): Adapter {
  return {
    ...nothing,
    find: (id) => clients.find(id),
    upsert: (id, metadata) => clients.register(id, metadata),
    destroy: unsupported,
  };
}

/** The browser session is the truth; the provider's own session is a view of it and never stored. */
function sessionAdapter({ browserSessions }: AdapterDeps): Adapter {
  return {
    ...nothing,
    async find(token) {
      const session = await browserSessions.readToken(token);
      if (!session) return undefined;
      return {
        kind: 'Session',
        jti: session.grantId,
        uid: session.grantId,
        accountId: session.userId,
        // Without a moment, no `max_age` is met.
        ...(session.authTime === null ? {} : { loginTs: seconds(session.authTime) }),
        amr: [...session.amr],
        acr: session.acr,
        iat: seconds(session.signedInAt),
        exp: expiryIn(3600),
      };
    },
  };
}

function grantAdapter({ issuer }: AdapterDeps): Adapter {
  return {
    ...nothing,
    async find(id) {
      const grant = await findGrant(id);
      if (!grant) return undefined;
      const left = seconds(grant.expiresAt) - seconds(requireScope().now);
      return { ...grantPayload(grant, issuer), iat: seconds(grant.createdAt), exp: expiryIn(left) };
    },
    // The provider destroys a grant when a code or refresh token of it came back.
    async destroy(id) {
      const scope = requireScope();
      const grant = await findGrant(id);
      if (!grant) return;
      const reason = scope.replayed === 'refresh_token' ? 'refresh_reuse' : 'code_replayed';
      await endOAuthGrant(await scope.transaction(), grant, reason);
    },
  };
}

function refreshTokenAdapter({ refreshTokens, library }: AdapterDeps): Adapter {
  return {
    ...nothing,
    async find(token) {
      const scope = requireScope();
      const found = await refreshTokens.find(token);
      if (!found) return undefined;
      if (found.isSpent) scope.replayed = 'refresh_token';
      const left = seconds(found.grant.expiresAt) - seconds(scope.now);
      return {
        ...found.payload,
        kind: 'RefreshToken',
        jti: token,
        grantId: found.grant.id,
        clientId: found.grant.clientId,
        accountId: found.grant.userId,
        exp: expiryIn(left),
        consumed: found.isSpent || undefined,
      };
    },
    async upsert(
      token,
      { jti: _, kind: __, grantId, clientId: ___, accountId: ____, exp: _____, ...payload },
    ) {
      await refreshTokens.save(token, grantId!, payload);
    },
    async consume(token) {
      const scope = requireScope();
      const found = await refreshTokens.find(token);
      const outcome = found ? await refreshTokens.rotate(token, found.grant) : 'ended';
      if (outcome === 'rotating') return;
      if (found && outcome === 'spent')
        await endOAuthGrant(await scope.transaction(), found.grant, 'refresh_reuse');
      throw new library.errors.InvalidGrant('refresh token already used');
    },
  };
}

/** Whether a device still waits for somebody: once they decided, it is told at once. */
const isUnanswered = ({ payload, consumed, secondsLeft }: Artifact): boolean =>
  !consumed && secondsLeft > 0 && payload.accountId === undefined && payload.error === undefined;

function artifactAdapter({ artifacts, library }: AdapterDeps, model: ArtifactModel): Adapter {
  const payloadOf = (artifact: Artifact, id: string): AdapterPayload => {
    if (artifact.consumed) requireScope().replayed = 'code';
    return {
      ...artifact.payload,
      jti: id,
      exp: expiryIn(artifact.secondsLeft),
      consumed: artifact.consumed || undefined,
    };
  };
  return {
    ...nothing,
    async find(id) {
      const artifact = await artifacts.find(model, id);
      if (artifact && model === 'DeviceCode' && isUnanswered(artifact) && (await artifacts.notePoll(id)))
        throw new library.errors.SlowDown(
          'device_code: it is asked about too often; wait five seconds longer',
        );
      return artifact && payloadOf(artifact, id);
    },
    async upsert(id, { jti: _, userCode, consumed: __, ...payload }, lifeSeconds) {
      const scope = requireScope();
      // Zero stands for a moment that nobody knows: it is told to no client.
      if (payload.authTime === 0) delete payload.authTime;
      const grantId = payload.grantId as string | undefined;
      // A grant begins with the first thing that is issued under it.
      if (grantId !== undefined && scope.pending?.id === grantId) {
        const { pending } = scope;
        scope.pending = undefined;
        if (!(await beginOAuthGrant(await scope.transaction(), pending, scope.userAgent)))
          throw new library.errors.AccessDenied('the sign-in ended meanwhile');
      }
      await artifacts.save(model, id, payload, {
        lifeSeconds: lifeSeconds!,
        ...(grantId === undefined ? {} : { grantId }),
        ...(userCode === undefined ? {} : { userCode }),
      });
    },
    // The provider looked before it came here; between the two, another request may have been faster.
    async consume(id) {
      if (await artifacts.consume(model, id)) return;
      if (model === 'PushedAuthorizationRequest')
        throw new library.errors.InvalidRequestUri('request_uri was used before');
      const scope = requireScope();
      const grant = (await artifacts.find(model, id))?.grant;
      if (grant) await endOAuthGrant(await scope.transaction(), grant, 'code_replayed');
      throw new library.errors.InvalidGrant('the code was used before');
    },
  };
}

/** An interaction holds its own identifier and addresses made of it; they are left out and put back. */
function interactionAdapter(deps: AdapterDeps): Adapter {
  const { artifacts, issuer, library } = deps;
  return {
    ...nothing,
    async find(id) {
      const artifact = await artifacts.find('Interaction', id);
      if (!artifact) return undefined;
      requireScope().interactionBegan = artifact.createdAt;
      return {
        ...artifact.payload,
        jti: id,
        returnTo: `${issuer}/oauth/authorize/${id}`,
        exp: expiryIn(artifact.secondsLeft),
      };
    },
    async upsert(id, { jti: _, returnTo: __, grantId: ___, ...payload }, lifeSeconds) {
      await artifacts.save('Interaction', id, payload, { lifeSeconds: lifeSeconds! });
    },
    // Of two browsers' tabs that go on with one request, the second has nothing to go on with.
    async destroy(id) {
      if (!(await artifacts.remove('Interaction', id)))
        throw new library.errors.SessionNotFound('this request was answered already');
    },
  };
}
