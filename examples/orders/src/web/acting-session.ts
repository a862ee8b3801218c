import type { Credentials } from './api.ts';
import { type SignedIn, SignInError, type Workspace } from './session.ts';

interface Answer extends Pick<SignedIn, 'user' | 'workspaces'> {
  readonly access_token: string;
  readonly expires_in: number;
}

/**
 * An operator's session as a person. It lives in this tab, under its own address, and beside whatever sign-in the browser has:
 * the product's back end keeps it, and what is here is forgotten with the page.
 */
export class ActingSession implements Credentials {
  readonly #address: string;
  readonly #onEnd: (code: string) => void;
  #token: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #workspace: Workspace | undefined;
  user: SignedIn['user'] = { id: '', email: '', name: '' };
  workspaces: readonly Workspace[] = [];

  constructor(id: string, onEnd: (code: string) => void) {
    this.#address = `/act-as/${id}`;
    this.#onEnd = onEnd;
  }

  /** Takes the session up, or throws `SignInError`. */
  async open(): Promise<void> {
    const answer: Answer = await this.#send('token');
    this.user = answer.user;
    this.workspaces = answer.workspaces;
    this.#token = answer.access_token;
    this.#timer = setTimeout(() => this.end('token_expired'), answer.expires_in * 1000);
  }

  enter(workspace: Workspace): void {
    this.#workspace = workspace;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#workspace ? { 'orders-workspace': this.#workspace.id } : {};
  }

  async accessToken(): Promise<string> {
    if (this.#token === null) throw new SignInError('session_ended');
    return this.#token;
  }

  /** There is nothing to renew such a session by. */
  async renew(): Promise<void> {
    this.end('token_expired');
    throw new SignInError('token_expired');
  }

  /** Forgets the session and says why. */
  end(code: string): void {
    clearTimeout(this.#timer);
    this.#token = null;
    this.#onEnd(code);
  }

  /** Ends the session here and at Castellan. */
  async leave(): Promise<void> {
    await this.#send('end').catch(() => undefined);
    this.end('left');
  }

  async #send(what: 'token' | 'end'): Promise<Answer> {
    let response: Response;
    try {
      response = await fetch(`${this.#address}/${what}`, {
        method: 'POST',
        credentials: 'same-origin',
        signal: AbortSignal.timeout(15_000),
      });
    } catch {
      throw new SignInError('unreachable');
    }
    const answer = await response.json().catch(() => null);
    if (response.ok) return answer;
    throw new SignInError(answer?.code ?? 'unreachable');
  }
}
