import type { Origin } from '../../platform/activity/event.ts';
import type { BrowserSession } from '../browser-sessions/browser-session.ts';

/** Who asks, as a page names them. */
export interface AskingClient {
  readonly clientId: string;
  readonly name: string;
  readonly logoUri: string | null;
  readonly accentColor: string | null;
  /** The client's own page, where it named one. */
  readonly clientUri: string | null;
  /** The service it belongs to; `null` for clients that registered themselves. */
  readonly service: string | null;
  /** Who vouches for the name: an administrator, nobody, or the host of the client's address. */
  readonly origin: 'registered' | 'dynamic' | 'metadata_document';
}

/** One scope that is asked for, in plain words. */
export interface AskedScope {
  readonly name: string;
  readonly description: string;
  /** Whether the person allowed this client the same before. */
  readonly grantedBefore: boolean;
  /** Whether the request makes no sense without it: `openid`. */
  readonly required: boolean;
}

/** What the provider waits for a person to do. */
export interface Interaction {
  readonly uid: string;
  /** `login`: sign in, again or better; `consent`: allow; `select_account`: choose who to be. */
  readonly prompt: 'login' | 'consent' | 'select_account';
  /** Why, in oidc-provider's words: `no_session`, `max_age`, `acr_unmet`, `login_prompt`, `op_scopes_missing` … */
  readonly reasons: readonly string[];
  readonly client: AskingClient;
  /** Host and port that the browser returns to; `null` for a device. */
  readonly redirectHost: string | null;
  /** Whether the client returns only to this very machine (RFC 8252 §7.3): any program here can receive the answer. */
  readonly isLoopbackOnly: boolean;
  readonly scopes: readonly AskedScope[];
  /** The services whose resources are asked for. */
  readonly resources: readonly string[];
  /** What `acr_values` asked for; empty for anything. */
  readonly acrValues: readonly string[];
  /** Longest age of the sign-in in seconds (`max_age`), where it was asked for. */
  readonly maxAge: number | null;
  readonly loginHint: string | null;
  /** Who the provider believes is here; `null` before a sign-in. */
  readonly accountId: string | null;
  /** When the request began to wait; a sign-in from then on answers `prompt=login`. */
  readonly beganAt: Date;
  /** Whether it came by a device code (RFC 8628). */
  readonly isDevice: boolean;
}

/** What a person allowed. */
export interface GivenConsent {
  /** Of the asked scopes, those that they left switched on. */
  readonly grantedScopes: readonly string[];
  /** The workspace that the client is to act in; `null` for none. */
  readonly workspaceId: string | null;
}

/** What a person is shown of a device that asks, before they say yes (RFC 8628 §3.3). */
export interface DeviceRequest {
  readonly client: AskingClient;
  readonly scopes: readonly AskedScope[];
  readonly resources: readonly string[];
  /** Where the device asked from, as far as we know it. */
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly requestedAt: Date;
}

/** What became of a user code. */
export type DeviceLookup =
  | { readonly kind: 'found'; readonly request: DeviceRequest; readonly confirmation: string }
  /** No such code, spent, or expired: which one is not told. */
  | { readonly kind: 'unknown' };

/**
 * The pages' side of the provider. What is over (answered, expired, of another browser) is refused with
 * `interaction_expired`. Where a function answers with an address, the page redirects there with 303.
 */
export interface Interactions {
  /**
   * What the provider waits for.
   * @param uid the last part of the page's path
   * @param cookies the `Cookie` header: only the browser that began the request may go on with it
   */
  open(uid: string, cookies: string | undefined): Promise<Interaction>;
  /**
   * Who asks, by the address of the page alone: for pages on the way to it, which its cookie does not reach.
   * @returns `undefined` when it is over
   */
  whoAsks(uid: string): Promise<AskingClient | undefined>;
  /** Whether a browser session is all that a `login` prompt asks for: new enough, and worth enough. */
  isSatisfiedBy(interaction: Interaction, session: BrowserSession): boolean;
  /** Goes on as the person who is signed in. Answers with the address to go to. */
  finishLogin(interaction: Interaction, session: BrowserSession): Promise<string>;
  /**
   * Goes on with what the person allowed, and remembers it. Answers with the address to go to.
   * @throws Refusal `not_member` when they are not in the workspace
   */
  finishConsent(
    interaction: Interaction,
    session: BrowserSession,
    consent: GivenConsent,
    origin: Origin,
  ): Promise<string>;
  /**
   * Sends the browser back with an OAuth error. Answers with the address to go to.
   * @param session whoever is signed in now: they may have signed in since the request began
   */
  abort(interaction: Interaction, error: 'access_denied', session?: BrowserSession): Promise<string>;
  /**
   * Looks a user code up for the page that shows what it is for. The answer's `confirmation` binds the yes to the
   * session that was shown it.
   */
  findDevice(session: BrowserSession, userCode: string): Promise<DeviceLookup>;
  /** Allows the device. Says whether the code was still waiting and the confirmation was this session's. */
  approveDevice(
    session: BrowserSession,
    device: { readonly userCode: string; readonly confirmation: string },
    consent: GivenConsent,
    origin: Origin,
  ): Promise<boolean>;
  /** Refuses the device. Says whether the code was still waiting and the confirmation was this session's. */
  denyDevice(
    session: BrowserSession,
    device: { readonly userCode: string; readonly confirmation: string },
    origin: Origin,
  ): Promise<boolean>;
}
