/** One door of a router. */
export type Surface = 'standard' | 'machine' | 'mcp' | 'legacy_admin' | 'admin_machine';

/** One row of the table of surfaces. */
export interface SurfaceRule {
  readonly path: string;
  /** Who calls it. */
  readonly callers: string;
  /** Whether services that were registered by hand show their own actions here. */
  readonly showsServices: boolean;
  /** Whether actions with `adminOnly` are dispatched here. */
  readonly showsAdminOnly: boolean;
}

/** The surfaces, each with its address, its callers and what they see (A2). */
export const surfaces = {
  standard: {
    path: '/api/intent',
    callers: 'people who are signed in to the product',
    showsServices: true,
    showsAdminOnly: false,
  },
  machine: {
    path: '/api/machine-intent',
    callers: 'other services, by their own tokens',
    showsServices: true,
    showsAdminOnly: false,
  },
  mcp: {
    path: '/mcp',
    callers: 'AI agents, for people, by OAuth (Model Context Protocol)',
    showsServices: true,
    showsAdminOnly: false,
  },
  legacy_admin: {
    path: '/api/admin-intent',
    callers: 'the product’s own administrators',
    showsServices: true,
    showsAdminOnly: false,
  },
  admin_machine: {
    path: '/api/admin-machine-intent',
    callers: 'the platform, for an operator, by a token for one call',
    showsServices: false,
    showsAdminOnly: true,
  },
} as const satisfies Record<Surface, SurfaceRule>;

/** The `typ` of tokens that the platform signs for one call to an admin surface. */
export const adminTokenType = 'castellan-admin+jwt';

/**
 * The surface that a credential plainly belongs to, by what it looks like; `undefined` where that is not plain. Nothing is
 * verified here: it only decides which refusal helps.
 */
export function surfaceOfCredential(authorization: string | null): Surface | undefined {
  const token =
    authorization !== null && /^bearer /i.test(authorization) ? authorization.slice(7).trim() : '';
  if (token.startsWith('sk_')) return 'machine';
  const endOfHead = token.indexOf('.');
  const endOfBody = token.indexOf('.', endOfHead + 1);
  if (endOfHead < 0 || endOfBody < 0) return undefined;
  const type = typeOf(token.slice(0, endOfHead));
  if (type === adminTokenType) return 'admin_machine';
  if (type !== 'at+jwt') return undefined;
  const claims = readPart(token.slice(endOfHead + 1, endOfBody));
  // RFC 9068 §2.2: a token of a client for itself names the client as its subject.
  if (typeof claims?.client_id !== 'string') return undefined;
  return claims.sub === claims.client_id ? 'machine' : 'standard';
}

/** The head that was read last, and its type: the tokens of one key have the same head, letter for letter. */
let last: { readonly head: string; readonly type: unknown } | undefined;

function typeOf(head: string): unknown {
  // A text of its own: a part of the token's would keep all of it in memory.
  if (last?.head !== head) last = { head: ` ${head}`.slice(1), type: readPart(head)?.typ };
  return last.type;
}

function readPart(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
