/** A workspace that the person is in, with their role as it was when the token was made: for display. */
export interface Workspace {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly role: 'viewer' | 'editor' | 'admin' | 'owner';
}

/** Who is signed in, and where. */
export interface SignedIn {
  readonly user: { readonly id: string; readonly email: string; readonly name: string };
  readonly workspace?: Workspace | undefined;
  readonly workspaces: readonly Workspace[];
}

interface Tokens extends SignedIn {
  readonly access_token: string;
  readonly expires_in: number;
  /** Absent where the product's own back end keeps it. */
  readonly refresh_token?: string;
}

/** Castellan said no, with its code; or could not be asked, and then the code is `unreachable`. */
export class SignInError extends Error {
  readonly code: string;
  readonly retryAfterSeconds: number | null;

  constructor(code: string, retryAfterSeconds: number | null = null) {
    super(code);
    this.name = 'SignInError';
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const storageKey = 'orders.session';
const renewAheadMs = 60_000;
/** Codes after which this sign-in can not go on. */
const finalCodes = new Set([
  'token_invalid',
  'token_expired',
  'token_reused',
  'session_ended',
  'account_deactivated',
]);

/**
 * One person's sign-in at Castellan. The access token stays in memory. After a sign-in by password the refresh token is
 * kept here for the next visit and shared by tabs; whoever renews holds a lock and reads it then, so it is never used
 * twice. After a sign-in through Castellan the product's back end keeps it, and is asked for access tokens.
 */
export class Session {
  readonly #issuer: string;
  readonly #service: string;
  readonly #onEnd: (code: string) => void;
  #signedIn: SignedIn | null = null;
  #access: { readonly token: string; readonly renewAtMs: number } | null = null;
  #renewal: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(issuer: string, service: string, onEnd: (code: string) => void) {
    this.#issuer = issuer;
    this.#service = service;
    this.#onEnd = onEnd;
    addEventListener('storage', (event) => {
      // Another tab signed out.
      if (event.key === storageKey && event.newValue === null && this.#signedIn) this.end('signed_out');
    });
  }

  get signedIn(): SignedIn | null {
    return this.#signedIn;
  }

  /** Whether the person signed in on Castellan's own pages: there they also choose the workspace. */
  get throughCastellan(): boolean {
    return readStored()?.keptBy === 'product';
  }

  /** Takes up the sign-in that the browser has just come back with, or throws `SignInError`. */
  async takeUp(): Promise<void> {
    writeStored({ keptBy: 'product' });
    await this.renew();
  }

  /** Signs in, or throws `SignInError`. */
  async signIn(email: string, password: string): Promise<void> {
    this.#accept(await this.#send('/auth/login', { email, password, service: this.#service }));
  }

  /** Takes up the sign-in of an earlier visit; false when there is none. */
  async restore(): Promise<boolean> {
    const stored = readStored();
    if (!stored) return false;
    await this.#renew(stored.keptBy === 'product' ? undefined : stored.workspaceId);
    return this.#signedIn !== null;
  }

  /** Goes to a workspace. */
  async enter(workspaceId: string): Promise<void> {
    await this.#renewal?.catch(() => undefined);
    await this.#renew(workspaceId);
  }

  /** Asks anew where the person may go, and stays in no workspace. */
  async leaveWorkspace(): Promise<void> {
    await this.#renewal?.catch(() => undefined);
    await this.#renew(undefined);
  }

  /** A token that lives for a while yet. Throws `SignInError` when there is none to be had. */
  async accessToken(): Promise<string> {
    if (!this.#access || Date.now() >= this.#access.renewAtMs) await this.renew();
    if (!this.#access) throw new SignInError('session_ended');
    return this.#access.token;
  }

  /** Renews the tokens for the same workspace. One flight at a time: who comes meanwhile waits for the same. */
  renew(): Promise<void> {
    this.#renewal ??= this.#renew(this.#signedIn?.workspace?.id).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /** Ends the sign-in here and at Castellan. */
  async signOut(): Promise<void> {
    const stored = readStored();
    this.end('signed_out');
    if (stored)
      await (stored.keptBy === 'product'
        ? this.#sendOwn('/sign-in/end')
        : this.#send('/auth/logout', { refresh_token: stored.refreshToken })
      ).catch(() => undefined);
  }

  /** Forgets the sign-in and says why. */
  end(code: string): void {
    clearTimeout(this.#timer);
    this.#access = null;
    this.#signedIn = null;
    localStorage.removeItem(storageKey);
    this.#onEnd(code);
  }

  #renew(workspaceId: string | undefined): Promise<void> {
    return exclusively(async () => {
      const stored = readStored();
      if (!stored) {
        if (this.#signedIn) this.end('signed_out');
        throw new SignInError('session_ended');
      }
      try {
        if (stored.keptBy === 'product') {
          this.#accept(await this.#sendOwn('/sign-in/token'));
          return;
        }
        const body = {
          refresh_token: stored.refreshToken,
          ...(workspaceId ? { workspace_id: workspaceId } : {}),
        };
        this.#accept(await this.#send('/auth/refresh', body));
      } catch (error) {
        if (error instanceof SignInError && finalCodes.has(error.code)) this.end(error.code);
        throw error;
      }
    });
  }

  #accept(tokens: Tokens | null): void {
    if (!tokens) throw new SignInError('unreachable');
    const { user, workspace, workspaces } = tokens;
    const lifeMs = tokens.expires_in * 1000;
    const renewInMs = Math.max(lifeMs - renewAheadMs, lifeMs / 2);
    this.#signedIn = { user, workspace, workspaces };
    this.#access = { token: tokens.access_token, renewAtMs: Date.now() + renewInMs };
    writeStored(
      tokens.refresh_token === undefined
        ? { keptBy: 'product' }
        : { keptBy: 'page', refreshToken: tokens.refresh_token, workspaceId: workspace?.id },
    );
    clearTimeout(this.#timer);
    // Ahead of expiry, so that no click waits for it. A failure here is met again, and told, by the next call.
    this.#timer = setTimeout(() => void this.renew().catch(() => undefined), renewInMs);
  }

  #send(path: string, body: object): Promise<Tokens | null> {
    return this.#post(`${this.#issuer}${path}`, {
      credentials: 'omit',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Asks the product's back end, which knows the sign-in by its cookie. */
  #sendOwn(path: string): Promise<Tokens | null> {
    return this.#post(path, { credentials: 'same-origin' });
  }

  async #post(url: string, init: RequestInit): Promise<Tokens | null> {
    let response: Response;
    try {
      response = await fetch(url, {
        ...init,
        method: 'POST',
        signal: AbortSignal.timeout(15_000),
      });
    } catch {
      throw new SignInError('unreachable');
    }
    if (response.status === 204) return null;
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) return answer;
    const retryAfter = Number(response.headers.get('retry-after'));
    throw new SignInError(answer?.code ?? 'unreachable', retryAfter > 0 ? retryAfter : null);
  }
}

type Stored =
  | { readonly keptBy: 'product' }
  | { readonly keptBy: 'page'; readonly refreshToken: string; readonly workspaceId?: string | undefined };

function readStored(): Stored | null {
  const text = localStorage.getItem(storageKey);
  return text === null ? null : JSON.parse(text);
}

function writeStored(stored: Stored): void {
  localStorage.setItem(storageKey, JSON.stringify(stored));
}

/** One renewal at a time in all tabs. Browsers give locks to secure pages only; elsewhere each tab keeps its own order. */
function exclusively<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? navigator.locks.request(storageKey, work) : work();
}
