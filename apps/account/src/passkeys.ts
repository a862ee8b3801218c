import {
  type AuthenticationResponseJSON,
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
} from '@simplewebauthn/browser';
import { post, Refused } from './post.ts';

/**
 * Passkeys on the account pages. Pages work without this; what it adds is hidden until it runs.
 *
 * Markup:
 * - `button[data-passkey="sign-in" | "second-factor"]`, hidden: asks for a passkey when it is pressed.
 * - `form[data-passkey-register]` with a field `name`: makes one; `data-done` is where it goes on.
 * - `[data-passkey-only]`, hidden: shown where the browser knows passkeys. `[data-passkey-without]` is hidden then.
 * - `[data-passkey-problem]`, hidden, `role="alert"`: shown when it failed; `="CODE"` for one error code alone.
 * - `[data-recovery-codes]`, hidden: shown with the codes that come with the first factor, in `[data-recovery-list]` and
 *   as a file in `a[data-recovery-file]`, behind the text of `data-head`.
 */

interface Options<T> {
  readonly options: T;
}
interface GoOn {
  readonly location: string;
}

const all = (selector: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(selector)];
const field = (name: string): HTMLInputElement | null =>
  document.querySelector<HTMLInputElement>(`input[name="${name}"]`);

/** Shows what went wrong: the text for this code where the page has one, the general one otherwise. */
function showProblem(code: string | undefined): void {
  const problems = all('[data-passkey-problem]');
  const exact = problems.find((one) => code !== undefined && one.dataset.passkeyProblem === code);
  const shown = exact ?? problems.find((one) => one.dataset.passkeyProblem === '');
  for (const one of problems) one.hidden = one !== shown;
}

/** The person closed the browser's question, or another question took its place: nothing to tell. */
function isCancelled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NotAllowedError' || error.name === 'AbortError');
}

/** Asks for a passkey and goes on with it. */
async function authenticate(path: string, extra: object, useBrowserAutofill: boolean): Promise<void> {
  const { options } = await post<Options<PublicKeyCredentialRequestOptionsJSON>>(`${path}/options`, {});
  const passkey: AuthenticationResponseJSON = await startAuthentication({
    optionsJSON: options,
    useBrowserAutofill,
  });
  const { location: next } = await post<GoOn>(path, { passkey, ...extra });
  location.assign(next);
}

function signIn(useBrowserAutofill: boolean): Promise<void> {
  const returnTo = field('return_to')?.value;
  return authenticate('/sign-in/passkey', returnTo ? { return_to: returnTo } : {}, useBrowserAutofill);
}

/** Makes a passkey; shows the recovery codes that come with the first factor, or goes on. */
async function register(form: HTMLFormElement): Promise<void> {
  const { options } = await post<Options<PublicKeyCredentialCreationOptionsJSON>>(
    '/account/passkeys/options',
    {},
  );
  const passkey = await startRegistration({ optionsJSON: options });
  const name = field('name')?.value.trim();
  const answer = await post<{ recovery_codes?: string[] }>('/account/passkeys', {
    passkey,
    ...(name ? { name } : {}),
  });
  const panel = document.querySelector<HTMLElement>('[data-recovery-codes]');
  if (answer.recovery_codes && panel) showRecoveryCodes(panel, answer.recovery_codes, form);
  else location.assign(form.dataset.done ?? location.pathname);
}

function showRecoveryCodes(panel: HTMLElement, codes: readonly string[], form: HTMLElement): void {
  panel.querySelector('[data-recovery-list]')?.replaceChildren(
    ...codes.map((code) => {
      const item = document.createElement('li');
      item.appendChild(document.createElement('code')).textContent = code;
      return item;
    }),
  );
  const file = panel.querySelector<HTMLAnchorElement>('a[data-recovery-file]');
  if (file) {
    const text = `${file.dataset.head ?? ''}${codes.join('\n')}\n`;
    file.href = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
  }
  form.hidden = true;
  panel.hidden = false;
  panel.tabIndex = -1;
  panel.focus();
}

/** Under the five minutes that a challenge is taken. */
const offerAnewMs = 4 * 60 * 1000;
let isPressed = false;

/** Has the browser offer passkeys in the list beneath the name field (conditional UI), for as long as the page is open. */
async function offer(): Promise<void> {
  while (!isPressed) {
    const timer = setTimeout(() => WebAuthnAbortService.cancelCeremony(), offerAnewMs);
    try {
      return await signIn(true);
    } catch (error) {
      const isAnew = error instanceof Error && error.name === 'AbortError';
      if (error instanceof Refused) showProblem(error.code);
      if (!isAnew && !(error instanceof Refused && error.code === 'passkey_refused')) return;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function attempt(button: HTMLButtonElement | null, work: () => Promise<void>): Promise<void> {
  isPressed = true;
  WebAuthnAbortService.cancelCeremony(); // Of the two questions a page may ask, the one that was pressed.
  for (const problem of all('[data-passkey-problem]')) problem.hidden = true;
  if (button) button.disabled = true;
  try {
    await work();
  } catch (error) {
    if (error instanceof Refused) showProblem(error.code);
    else if (error instanceof Error && error.name === 'InvalidStateError') showProblem('passkey_exists');
    else if (!isCancelled(error)) showProblem(undefined);
  } finally {
    if (button) button.disabled = false;
  }
}

const work: Readonly<Record<string, () => Promise<void>>> = {
  'sign-in': () => signIn(false),
  'second-factor': () => authenticate('/sign-in/second-factor/passkey', {}, false),
};

if (browserSupportsWebAuthn()) {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-passkey]')) {
    button.hidden = false;
    const asked = work[button.dataset.passkey ?? ''];
    if (asked) button.addEventListener('click', () => void attempt(button, asked));
  }
  for (const part of all('[data-passkey-only]')) part.hidden = false;
  for (const part of all('[data-passkey-without]')) part.hidden = true;
  const form = document.querySelector<HTMLFormElement>('form[data-passkey-register]');
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(form.querySelector<HTMLButtonElement>('button[type="submit"]'), () => register(form));
  });
  const named = document.querySelector('input[autocomplete~="webauthn"]');
  if (named && (await browserSupportsWebAuthnAutofill())) void offer();
}
