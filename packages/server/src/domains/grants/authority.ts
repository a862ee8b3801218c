import type {
  ClientAuthMethod,
  ClientOrigin,
  GrantKind,
  OperatorRole,
  PublicKeySet,
  SignatureAlgorithm,
  UserState,
  WorkspaceRole,
} from '@castellan/contract';
import type { Pool } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { OperatorGrant } from '../../platform/http/principal.ts';
import { createAuthorityMemory } from './authority-memory.ts';
import type {
  Answer,
  CallerQuestion,
  CallerRow,
  Question,
  RareQuestion,
  TokenRow,
} from './authority-query.ts';

/** What the platform knows of a grant at this moment. */
export interface GrantFacts {
  readonly grantId: string;
  readonly kind: GrantKind;
  readonly expiresAt: Date;
  /** Whether it was ended: by sign-out, an operator, a deactivation. */
  readonly ended: boolean;
  readonly service: string | null;
  /** Of an OAuth grant: the service whose registered client it was given to; `null` for clients of nobody's and for sign-ins. */
  readonly clientService: string | null;
  /** Of an OAuth grant: what it allows now. */
  readonly scopes: readonly string[] | null;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly isAdmin: boolean;
  /** Of a console session: what its owner was granted beside administration, now. */
  readonly operatorGrants: readonly OperatorGrant[];
  /** The membership in the workspace that was asked about, if there is one. */
  readonly membership: {
    readonly workspaceId: string;
    readonly slug: string;
    readonly role: WorkspaceRole;
  } | null;
}

/** What is known of the service that asks. */
export interface ServiceFacts {
  readonly serviceId: string;
  readonly name: string;
  readonly keyId: string;
  /** Where its tokens are to be used (RFC 8707), beside its name. */
  readonly resourceUri: string | null;
}

/** Who asks about which token; everything of it is answered by one query. */
export interface TokenQuestion extends Partial<CallerQuestion>, Partial<RareQuestion> {
  readonly grantId?: string | null;
  readonly workspaceId?: string | null;
  readonly jti?: string | null;
  /** Whether the token says that an operator acts as the person. */
  readonly operator?: boolean;
}

/** The client that asks, as far as its proof needs it. */
export interface AskingClient {
  readonly id: string;
  readonly clientId: string;
  readonly authMethod: ClientAuthMethod;
  /** The ways to tokens that it may use, and the scopes, each with spaces between them. */
  readonly grantTypes: string;
  readonly origin: ClientOrigin;
  readonly allowedScopes: string;
  readonly jwks: PublicKeySet | null;
  readonly jwksUri: string | null;
  /** The secret that matches the one it sent and is valid now; `null` for none. */
  readonly secretId: string | null;
}

/** What is known of who asks, and of the token they ask about. */
export interface TokenFacts {
  readonly grant: GrantFacts | undefined;
  /** Whether the access token was revoked by itself. */
  readonly revoked: boolean;
  readonly service: {
    readonly id: string;
    readonly name: string;
    readonly resourceUri: string | null;
  } | null;
  /** The service key that was sent, if it is one. */
  readonly keyId: string | null;
  /** Also with what its access tokens are signed with. */
  readonly client: (AskingClient & { readonly accessTokenAlgorithm: SignatureAlgorithm }) | null;
  /** The client of the token's grant, by its name on the wire. */
  readonly grantClientId: string | null;
  /** The refresh token that was asked about. */
  readonly refresh: {
    readonly used: boolean;
    readonly createdAt: Date;
    readonly payload: Readonly<Record<string, unknown>> | null;
    /** The workspace of its grant; the grant's `membership` is the one in it. */
    readonly workspaceId: string | null;
  } | null;
  /** Whether the client whose own token it is, and the one that acts, are known and have not ended. */
  readonly subjectClientLive: boolean;
  readonly actorClientLive: boolean;
  /** Whether the one service may call the other. */
  readonly mayCall: boolean;
}

/**
 * The facts that authentication stands on, as the primary has them at every call: read, or remembered and asked whether they changed
 * (authority-memory.ts; ARCHITECTURE.md, fresh by construction).
 */
export interface Authority {
  /** The grant of a console session that has not expired, with its user as they are now; `ended` says whether it still holds. */
  consoleGrant(grantId: string): Promise<GrantFacts | undefined>;
  /** The service whose live key has this digest. */
  serviceKey(digest: Buffer): Promise<ServiceFacts | undefined>;
  /** Who asks and about what, in one row of the next query. Texts must hold no NUL: it would fail the questions of others too. */
  tokenFacts(question: TokenQuestion): Promise<TokenFacts>;
}

/** The authority over one database. */
export function createAuthority(pool: Pool, clock: Clock): Authority {
  const memory = createAuthorityMemory(pool, clock);
  return {
    async consoleGrant(grantId) {
      const token = { grantId, workspaceId: null, jti: null, operator: true, rare: null };
      return grantOf((await memory.ask({ caller: null, token })).token, clock);
    },
    async serviceKey(keyDigest) {
      const row = (
        await memory.ask({ caller: { keyDigest, clientId: null, secretDigest: null }, token: null })
      ).caller;
      return !row || row.key_id === null || row.service_id === null
        ? undefined
        : {
            serviceId: row.service_id,
            name: row.service_name,
            keyId: row.key_id,
            resourceUri: row.resource_uri,
          };
    },
    async tokenFacts(question) {
      return tokenFactsOf(await memory.ask(questionOf(question)), clock);
    },
  };
}

function questionOf({
  keyDigest = null,
  clientId = null,
  secretDigest = null,
  grantId = null,
  workspaceId = null,
  jti = null,
  operator = false,
  refreshDigest = null,
  subjectClientId = null,
  actorClientId = null,
  caller = null,
  callee = null,
}: TokenQuestion): Question {
  const isRare =
    refreshDigest !== null || subjectClientId !== null || actorClientId !== null || caller !== null;
  const rare = isRare ? { refreshDigest, subjectClientId, actorClientId, caller, callee } : null;
  return {
    caller: keyDigest === null && clientId === null ? null : { keyDigest, clientId, secretDigest },
    token: grantId === null && jti === null && !isRare ? null : { grantId, workspaceId, jti, operator, rare },
  };
}

function grantOf(row: TokenRow | undefined, clock: Clock): GrantFacts | undefined {
  if (!row || row.grant_id === null || row.expires_at <= clock.now()) return undefined;
  return {
    grantId: row.grant_id,
    kind: row.kind,
    expiresAt: row.expires_at,
    ended: row.ended,
    service: row.grant_service,
    clientService: row.client_service,
    scopes: row.scopes,
    userId: row.user_id,
    email: row.email,
    name: row.name,
    state: row.state,
    isAdmin: row.is_admin,
    operatorGrants: row.operator_grants?.map(operatorGrantOf) ?? [],
    membership:
      row.workspace_id === null ? null : { workspaceId: row.workspace_id, slug: row.slug, role: row.role },
  };
}

/** Reads a grant as the query writes it; both sides of it are the database's own. */
function operatorGrantOf(text: string): OperatorGrant {
  const [role, service] = text.split(' ') as [OperatorRole, string];
  return { serviceId: service === '*' ? null : service, role };
}

function tokenFactsOf({ caller, token }: Answer, clock: Clock): TokenFacts {
  return {
    grant: grantOf(token, clock),
    revoked: token?.revoked === true,
    service:
      !caller || caller.service_id === null
        ? null
        : { id: caller.service_id, name: caller.service_name, resourceUri: caller.resource_uri },
    keyId: caller?.key_id ?? null,
    client: clientOf(caller),
    grantClientId: token?.grant_client ?? null,
    refresh: token?.refresh_created_at
      ? {
          used: token.refresh_used,
          createdAt: token.refresh_created_at,
          payload: token.refresh_payload,
          workspaceId: token.grant_workspace_id,
        }
      : null,
    subjectClientLive: token?.subject_client_live === true,
    actorClientLive: token?.actor_client_live === true,
    mayCall: token?.may_call === true,
  };
}

function clientOf(row: CallerRow | undefined): TokenFacts['client'] {
  if (row?.client == null) return null;
  return {
    id: row.client,
    clientId: row.client_id,
    authMethod: row.auth_method,
    grantTypes: row.grant_types,
    origin: row.origin,
    allowedScopes: row.allowed_scopes,
    jwks: row.jwks,
    jwksUri: row.jwks_uri,
    secretId: row.secret_id,
    accessTokenAlgorithm: row.access_token_algorithm,
  };
}
