import type { Listener } from './vocabulary.ts';

/** One row of the table of token kinds. */
export interface TokenKindRule {
  /** How a request carries it. */
  readonly carrier: 'bearer' | 'cookie' | 'body' | 'path';
  /** `opaque` tokens are rows; `jwt` tokens are signed. */
  readonly form: 'jwt' | 'opaque';
  /** The JOSE `typ` that is pinned (RFC 8725 §3.11), or the prefix of an opaque token. */
  readonly mark: string;
  /** What the `aud` claim names. */
  readonly audience: 'service' | 'platform';
  /** The only listener where it may appear. */
  readonly listener: Listener;
  /** Longest life, in seconds; `null` lives until it is ended. */
  readonly lifeSeconds: number | null;
  /** How old an answer about it can be. */
  readonly freshness: 'read on every call' | 'single use';
  /** What ends it before its time. */
  readonly endedBy: readonly string[];
}

/**
 * The one table of token kinds. Authentication reads it, and the refusal tests are generated from it:
 * each kind is refused on every route that does not name it.
 */
export const tokenKinds = {
  user_access: {
    carrier: 'body',
    form: 'jwt',
    mark: 'at+jwt',
    audience: 'service',
    listener: 'public',
    lifeSeconds: 15 * 60,
    freshness: 'read on every call',
    endedBy: [
      'sign-out',
      'end of the session',
      'deactivation',
      'removal from the workspace',
      'password change',
    ],
  },
  refresh: {
    carrier: 'body',
    form: 'opaque',
    mark: 'crt_',
    audience: 'platform',
    listener: 'public',
    lifeSeconds: 7 * 24 * 3600,
    freshness: 'single use',
    endedBy: ['rotation', 'reuse', 'sign-out', 'end of the session', 'deactivation', 'password change'],
  },
  browser_session: {
    carrier: 'cookie',
    form: 'opaque',
    mark: 'cbs_',
    audience: 'platform',
    listener: 'public',
    lifeSeconds: 30 * 24 * 3600,
    freshness: 'read on every call',
    endedBy: ['sign-out', 'end of the session', 'deactivation', 'password change', 'seven days without use'],
  },
  admin_session: {
    carrier: 'cookie',
    form: 'jwt',
    mark: 'admin-session+jwt',
    audience: 'platform',
    listener: 'admin',
    lifeSeconds: 3600,
    freshness: 'read on every call',
    endedBy: [
      'sign-out',
      'end of the session',
      'demotion',
      'withdrawal of the last operator grant',
      'deactivation',
      'password change',
    ],
  },
  second_factor: {
    carrier: 'body',
    form: 'opaque',
    mark: 'mfa_',
    audience: 'platform',
    listener: 'public',
    lifeSeconds: 5 * 60,
    freshness: 'single use',
    endedBy: ['use', 'five wrong codes', 'deactivation', 'password change'],
  },
  admin_second_factor: {
    carrier: 'body',
    form: 'opaque',
    mark: 'amf_',
    audience: 'platform',
    listener: 'admin',
    lifeSeconds: 5 * 60,
    freshness: 'single use',
    endedBy: ['use', 'five wrong codes', 'demotion', 'deactivation', 'password change'],
  },
  service_key: {
    carrier: 'bearer',
    form: 'opaque',
    mark: 'sk_',
    audience: 'platform',
    listener: 'public',
    lifeSeconds: null,
    freshness: 'read on every call',
    endedBy: ['rotation', 'removal of the service'],
  },
  invitation: {
    carrier: 'path',
    form: 'opaque',
    mark: 'inv_',
    audience: 'platform',
    listener: 'public',
    lifeSeconds: 7 * 24 * 3600,
    freshness: 'single use',
    endedBy: ['use', 'a newer invitation', 'deactivation'],
  },
  sign_in_link: {
    carrier: 'path',
    form: 'opaque',
    mark: 'lnk_',
    audience: 'platform',
    listener: 'public',
    lifeSeconds: 15 * 60,
    freshness: 'single use',
    endedBy: ['use', 'use of another such link', 'password change', 'deactivation'],
  },
  password_reset: {
    carrier: 'path',
    form: 'opaque',
    mark: 'rst_',
    audience: 'platform',
    listener: 'public',
    lifeSeconds: 30 * 60,
    freshness: 'single use',
    endedBy: ['use', 'password change', 'deactivation'],
  },
  registration: {
    carrier: 'path',
    form: 'opaque',
    mark: 'reg_',
    audience: 'platform',
    listener: 'public',
    lifeSeconds: 24 * 3600,
    freshness: 'single use',
    endedBy: ['use', 'use of another such link', 'another account with this e-mail'],
  },
  impersonation_ticket: {
    carrier: 'body',
    form: 'opaque',
    mark: 'imt_',
    audience: 'platform',
    listener: 'public',
    lifeSeconds: 60,
    freshness: 'single use',
    endedBy: ['use', 'end of the session', 'end of the operator’s console session', 'deactivation'],
  },
  setup: {
    carrier: 'path',
    form: 'opaque',
    mark: 'set_',
    audience: 'platform',
    listener: 'admin',
    lifeSeconds: 24 * 3600,
    freshness: 'single use',
    endedBy: ['use', 'a newer link', 'the first user'],
  },
} as const satisfies Record<string, TokenKindRule>;

/** The name of one row of the table. */
export type TokenKind = keyof typeof tokenKinds;

/** The cookie that carries a browser's session; over HTTPS with the prefix `__Host-` (RFC 6265bis §4.1.3.2). */
export const browserCookieName = 'castellan_session';

/** The cookie that carries the admin session (P15). */
export const adminCookieName = 'admin_token';
